// C = alpha * A * B + beta * C, the rows of A and the columns of B contiguous: each element of C is a dot product.
//
// A tile of SIDE x ACROSS dot products, at most LANES in all, is added up in as many registers, a vector of partial sums
// each; at the end these are folded into one register that holds the tile.

// From x and y, each groups of partial sums, to a vector of groups of half the width: first those of x, then those of y.
#define FOLD(x, y, HALF) (__builtin_shufflevector(x, y, HALF(0)) + __builtin_shufflevector(x, y, HALF(HALF_WIDTH)))
#define FOLD_ALL(COUNT, HALF) \
  _Pragma("clang loop unroll(full)") for (int i = 0; i < COUNT; ++i) sum[i] = FOLD(sum[2 * i], sum[2 * i + 1], HALF);

// The first half of each group, `o` = 0, or the second, `o` = the half's width; GROUPS_L_H for L lanes and halves of H.
#define GROUPS_16_8(o) o, o + 1, o + 2, o + 3, o + 4, o + 5, o + 6, o + 7, o + 16, o + 17, o + 18, o + 19, o + 20, \
    o + 21, o + 22, o + 23
#define GROUPS_16_4(o) o, o + 1, o + 2, o + 3, o + 8, o + 9, o + 10, o + 11, o + 16, o + 17, o + 18, o + 19, o + 24, \
    o + 25, o + 26, o + 27
#define GROUPS_16_2(o) o, o + 1, o + 4, o + 5, o + 8, o + 9, o + 12, o + 13, o + 16, o + 17, o + 20, o + 21, o + 24, \
    o + 25, o + 28, o + 29
#define GROUPS_16_1(o) o, o + 2, o + 4, o + 6, o + 8, o + 10, o + 12, o + 14, o + 16, o + 18, o + 20, o + 22, o + 24, \
    o + 26, o + 28, o + 30
#define GROUPS_8_4(o) o, o + 1, o + 2, o + 3, o + 8, o + 9, o + 10, o + 11
#define GROUPS_8_2(o) o, o + 1, o + 4, o + 5, o + 8, o + 9, o + 12, o + 13
#define GROUPS_8_1(o) o, o + 2, o + 4, o + 6, o + 8, o + 10, o + 12, o + 14
#define GROUPS_4_2(o) o, o + 1, o + 4, o + 5
#define GROUPS_4_1(o) o, o + 2, o + 4, o + 6
#define GROUPS_2_1(o) o, o + 2

// From LANES vectors to the vector of their sums.
TARGET static inline __attribute__((always_inline)) NAME(vector) NAME(fold)(NAME(vector) *sum) {
#if LANES == 16
#define HALF_WIDTH 8
  FOLD_ALL(8, GROUPS_16_8)
#undef HALF_WIDTH
#define HALF_WIDTH 4
  FOLD_ALL(4, GROUPS_16_4)
#undef HALF_WIDTH
#define HALF_WIDTH 2
  FOLD_ALL(2, GROUPS_16_2)
#undef HALF_WIDTH
#define HALF_WIDTH 1
  FOLD_ALL(1, GROUPS_16_1)
#elif LANES == 8
#define HALF_WIDTH 4
  FOLD_ALL(4, GROUPS_8_4)
#undef HALF_WIDTH
#define HALF_WIDTH 2
  FOLD_ALL(2, GROUPS_8_2)
#undef HALF_WIDTH
#define HALF_WIDTH 1
  FOLD_ALL(1, GROUPS_8_1)
#elif LANES == 4
#define HALF_WIDTH 2
  FOLD_ALL(2, GROUPS_4_2)
#undef HALF_WIDTH
#define HALF_WIDTH 1
  FOLD_ALL(1, GROUPS_4_1)
#else
#define HALF_WIDTH 1
  FOLD_ALL(1, GROUPS_2_1)
#endif
#undef HALF_WIDTH
  return sum[0];
}

// A tile of side x across, both known at compile time; what is beyond `rows` and `columns` is computed twice and dropped.
TARGET static inline __attribute__((always_inline)) void NAME(dot_tile)(
    const int side, const int across, size_t rows, size_t columns, size_t depth, T alpha, const T *a, size_t a_row,
    const T *b, size_t b_column, T beta, T *c, size_t c_row) {
  NAME(vector) sum[LANES] = {};
  const T *x[4], *y[LANES];
#pragma clang loop unroll(full)
  for (size_t r = 0; r < (size_t)side; ++r) x[r] = a + (r < rows ? r : rows - 1) * a_row;
#pragma clang loop unroll(full)
  for (size_t s = 0; s < (size_t)across; ++s) y[s] = b + (s < columns ? s : columns - 1) * b_column;
#define ADD_PRODUCTS(LOAD)                                                                                            \
  NAME(vector) u[4];                                                                                                  \
  _Pragma("clang loop unroll(full)") for (int r = 0; r < side; ++r) u[r] = LOAD(x[r] + p);                            \
  _Pragma("clang loop unroll(full)") for (int s = 0; s < across; ++s) {                                               \
    const NAME(vector) v = LOAD(y[s] + p);                                                                            \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < side; ++r) sum[r * across + s] += u[r] * v;                \
  }
#define WHOLE(values) (*(const NAME(unaligned) *)(values))
#define PART(values) NAME(load)(values, depth - p)
  size_t p = 0;
  for (; p + LANES <= depth; p += LANES) { ADD_PRODUCTS(WHOLE) }
  if (p < depth) { ADD_PRODUCTS(PART) }
  T values[LANES];
  const NAME(vector) folded = alpha * NAME(fold)(sum);
  memcpy(values, &folded, sizeof values);
  for (size_t r = 0; r < rows; ++r)
    for (size_t s = 0; s < columns; ++s) {
      T *place = c + r * c_row + s;
      *place = beta == 0 ? values[r * across + s] : values[r * across + s] + beta * *place;
    }
#undef ADD_PRODUCTS
#undef WHOLE
#undef PART
}

TARGET static inline __attribute__((always_inline)) void NAME(dot_tiles)(
    const int side, const int across, size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, const T *b,
    size_t b_column, T beta, T *c, size_t c_row) {
  for (size_t i = 0; i < m; i += side)
    for (size_t j = 0; j < n; j += across) {
      nnk_fetch_expected_rows();
      NAME(dot_tile)(side, across, m - i < (size_t)side ? m - i : side, n - j < (size_t)across ? n - j : across, k, alpha,
                     a + i * a_row, a_row, b + j * b_column, b_column, beta, c + i * c_row + j, c_row);
    }
}

TARGET static void NAME(dot_product)(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, const T *b,
                                     size_t b_column, T beta, T *c, size_t c_row) {
#if LANES == 16
  // 10 columns, as many as a small batch usually has, are two tiles of 5 and would be two and a half of 4.
  if (n % 5 == 0 && n % 4 != 0)
    NAME(dot_tiles)(3, 5, m, n, k, alpha, a, a_row, b, b_column, beta, c, c_row);
  else
    NAME(dot_tiles)(4, 4, m, n, k, alpha, a, a_row, b, b_column, beta, c, c_row);
#elif LANES == 8
  NAME(dot_tiles)(4, 2, m, n, k, alpha, a, a_row, b, b_column, beta, c, c_row);
#else
  NAME(dot_tiles)(2, LANES / 2, m, n, k, alpha, a, a_row, b, b_column, beta, c, c_row);
#endif
}

#undef FOLD
#undef FOLD_ALL
