// The product for one precision (T, BYTES, SUFFIX) and one processor level (LEVEL, TARGET, VECTOR_BYTES, ROWS).
#define NAME(name) PASTE(name, SUFFIX, LEVEL)
#define LANES (VECTOR_BYTES / BYTES)
#define PANEL (2 * LANES)
// How many sums of a vector each stay in registers, 16 of which the older levels have.
#define AT_ONCE (VECTOR_BYTES == 64 ? 16 : 8)

typedef T NAME(vector) __attribute__((vector_size(VECTOR_BYTES)));
typedef T NAME(unaligned) __attribute__((vector_size(VECTOR_BYTES), aligned(BYTES)));

// The first `count` numbers of a vector, and 0 for the others.
TARGET static inline __attribute__((always_inline)) NAME(vector) NAME(load)(const T *values, size_t count) {
#if VECTOR_BYTES == 64 && BYTES == 4
  return (NAME(vector))_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), values);
#elif VECTOR_BYTES == 64
  return (NAME(vector))_mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), values);
#else
  NAME(vector) result = {};
  for (size_t i = 0; i < LANES; ++i)
    if (i < count) result[i] = values[i];
  return result;
#endif
}

// Writes the first `count` numbers of a vector.
TARGET static inline __attribute__((always_inline)) void NAME(store)(T *values, NAME(vector) vector, size_t count) {
#if VECTOR_BYTES == 64 && BYTES == 4
  _mm512_mask_storeu_ps(values, (__mmask16)((1u << count) - 1), (__m512)vector);
#elif VECTOR_BYTES == 64
  _mm512_mask_storeu_pd(values, (__mmask8)((1u << count) - 1), (__m512d)vector);
#else
  for (size_t i = 0; i < LANES; ++i)
    if (i < count) values[i] = vector[i];
#endif
}

#include "product_dot.h"
#include "product_tile.h"
#include "product_vector.h"

typedef enum NAME(way) { NAME(BY_ROWS), NAME(BY_INPUTS), NAME(BY_DOTS), NAME(BY_PANELS) } NAME(way);

TARGET static NAME(way) NAME(way_of)(size_t n, size_t k, size_t a_row, size_t a_column, size_t b_row, size_t c_row) {
  if (n == 1 && a_column == 1 && b_row == 1) return NAME(BY_ROWS);
  if (n == 1 && a_row == 1 && c_row == 1) return NAME(BY_INPUTS);
  if (n < 2 * LANES && k >= 4 * LANES && a_column == 1 && b_row == 1) return NAME(BY_DOTS);
  return NAME(BY_PANELS);
}

TARGET static void NAME(product)(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, size_t a_column,
                                 const T *b, size_t b_row, size_t b_column, T beta, T *c, size_t c_row) {
  switch (NAME(way_of)(n, k, a_row, a_column, b_row, c_row)) {
    case NAME(BY_ROWS): NAME(rows_times_vector)(m, k, alpha, a, a_row, b, beta, c, c_row); break;
    case NAME(BY_INPUTS): NAME(vector_times_rows)(m, k, alpha, a, a_column, b, b_row, beta, c); break;
    case NAME(BY_DOTS): NAME(dot_product)(m, n, k, alpha, a, a_row, b, b_column, beta, c, c_row); break;
    case NAME(BY_PANELS):
      NAME(panel_product)(m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row);
  }
}

TARGET static int NAME(packs_whole)(size_t m, size_t n, size_t k, size_t a_row, size_t a_column, size_t b_row,
                                    size_t b_column, size_t c_row) {
  return k > 0 && NAME(way_of)(n, k, a_row, a_column, b_row, c_row) == NAME(BY_PANELS) && NAME(packs)(m, k, b_column);
}

static const PASTE_NAME(level, SUFFIX) NAME(functions) = {
    ROWS, PANEL, NAME(product), NAME(packs_whole), NAME(pack_pieces), NAME(packed_product)};

#undef NAME
#undef LANES
#undef PANEL
#undef AT_ONCE
#undef LEVEL
#undef TARGET
#undef VECTOR_BYTES
#undef ROWS
