// What the two losses that go with a softmax share: their canonical forms, as functions of z.
//
// A file defines PROBABILITY(a), the softmax of z as it follows from the output a. Columns are taken some at a time, so
// that what is kept for each fits on the stack and the inner loops run along rows.
#ifndef SOFTMAX_PAIR_H
#define SOFTMAX_PAIR_H

#define CHUNK 64
#define AT(array, j, c) array[(j) * block->row_stride + first + (c)]
#define EACH_COLUMN(c) for (size_t c = 0; c < count; ++c)
#define EACH_IN_CHUNK(j, c) for (size_t j = 0; j < block->neurons; ++j) EACH_COLUMN(c)
#define EACH_CHUNK                                                                                 \
  for (size_t first = 0, count; first < block->columns &&                                          \
       ((count = block->columns - first < CHUNK ? block->columns - first : CHUNK), 1); first += count)

// L = Σ y_k (m - z_k + ln Σ e^(z_j - m)), m the greatest z.
#define SOFTMAX_VALUES(NAME, T)                                                                                 \
  KERNEL static int NAME(const double *p, const nnkit_block *block, const T *z, const T *y,               \
                               double *values) {                                                                \
    EACH_CHUNK {                                                                                                \
      T maximum[CHUNK], sum[CHUNK] = {0};                                                                       \
      EACH_COLUMN(c) maximum[c] = (T)-INFINITY;                                                                 \
      EACH_IN_CHUNK(j, c) maximum[c] = AT(z, j, c) > maximum[c] ? AT(z, j, c) : maximum[c];                     \
      EACH_IN_CHUNK(j, c) sum[c] += (T)exp(AT(z, j, c) - maximum[c]);                                           \
      EACH_COLUMN(c) sum[c] = (T)log(sum[c]), values[first + c] = 0;                                            \
      EACH_IN_CHUNK(j, c) values[first + c] +=                                                                  \
          AT(y, j, c) == 0 ? 0 : (double)(AT(y, j, c) * ((maximum[c] - AT(z, j, c)) + sum[c]));                 \
    }                                                                                                           \
    (void)p;                                                                                                    \
    return 0;                                                                                                   \
  }

#define SOFTMAX_DELTAS(NAME, T)                                                                                 \
  KERNEL static int NAME(const double *p, const nnkit_block *block, const T *z, const T *a, const T *y,   \
                               T *delta) {                                                                      \
    EACH_CHUNK {                                                                                                \
      T sum[CHUNK] = {0};                                                                                       \
      EACH_IN_CHUNK(j, c) sum[c] += AT(y, j, c);                                                                \
      EACH_IN_CHUNK(j, c) AT(delta, j, c) = (T)PROBABILITY(AT(a, j, c)) * sum[c] - AT(y, j, c);                 \
    }                                                                                                           \
    (void)p, (void)z;                                                                                           \
    return 0;                                                                                                   \
  }

#define SOFTMAX_PAIR                                                                                            \
  SOFTMAX_VALUES(canonical_value, double)                                                                       \
  SOFTMAX_VALUES(canonical_value_float, float)                                                                  \
  SOFTMAX_DELTAS(canonical_delta, double)                                                                       \
  SOFTMAX_DELTAS(canonical_delta_float, float)

#endif
