// The product for one precision (T, SUFFIX) and one processor level (LEVEL, TARGET, VECTOR_BYTES, ROWS).
#define NAME(name) PASTE(name, SUFFIX, LEVEL)
#define LANES (VECTOR_BYTES / sizeof(T))
#define PANEL (2 * LANES)

typedef T NAME(vector) __attribute__((vector_size(VECTOR_BYTES)));
typedef T NAME(unaligned) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(T))));

// C[0..rows, 0..columns] = alpha * A * panel + beta * C, with `rows` and `vectors` known at compile time.
TARGET static inline __attribute__((always_inline)) void NAME(tile)(
    const int rows, const int vectors, size_t columns, size_t depth, T alpha, const T *a, size_t a_row,
    size_t a_column, const T *panel, T beta, T *c, size_t c_row) {
  NAME(vector) sum[ROWS][2] = {};
  // Three rows to a pointer: the processor adds 0, 1 or 2 strides to an address for nothing.
  const T *rows_at[3] = {a, a + 3 * a_row, a + 6 * a_row};
  for (size_t p = 0; p < depth; ++p) {
    const NAME(vector) *b = (const NAME(vector) *)(panel + p * PANEL);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r) {
      const T x = rows_at[r / 3][(r % 3) * a_row];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v) sum[r][v] += x * b[v];
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 3; ++i) rows_at[i] += a_column;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    T *out = c + r * c_row;
    if (columns == vectors * LANES) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v) {
        NAME(unaligned) *place = (NAME(unaligned) *)(out + v * LANES);
        *place = beta == 0 ? alpha * sum[r][v] : alpha * sum[r][v] + beta * *place;
      }
    } else {
      T values[PANEL];
      memcpy(values, sum[r], sizeof(NAME(vector)) * vectors);
      for (size_t j = 0; j < columns; ++j) out[j] = beta == 0 ? alpha * values[j] : alpha * values[j] + beta * out[j];
    }
  }
}

#define TILE(rows, vectors) \
  NAME(tile)(rows, vectors, columns, depth, alpha, a, a_row, a_column, panel, beta, c, c_row)
#define TILE_CASE(rows) \
  case rows: if (columns <= LANES) TILE(rows, 1); else TILE(rows, 2); break;

TARGET static void NAME(some_rows)(size_t rows, size_t columns, size_t depth, T alpha, const T *a, size_t a_row,
                                   size_t a_column, const T *panel, T beta, T *c, size_t c_row) {
  switch (rows) {
    TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4)
#if ROWS > 4
    TILE_CASE(5) TILE_CASE(6)
#endif
#if ROWS > 6
    TILE_CASE(7) TILE_CASE(8)
#endif
  }
}

// to[p][j] = from[j][p] for 4 x 4 numbers.
TARGET static inline __attribute__((always_inline)) void NAME(turn)(const T *from, size_t stride, T *to) {
  typedef T four __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T))));
  const four a = *(const four *)from, b = *(const four *)(from + stride);
  const four c = *(const four *)(from + 2 * stride), d = *(const four *)(from + 3 * stride);
  const four ac = __builtin_shufflevector(a, c, 0, 4, 1, 5), bd = __builtin_shufflevector(b, d, 0, 4, 1, 5);
  const four ac2 = __builtin_shufflevector(a, c, 2, 6, 3, 7), bd2 = __builtin_shufflevector(b, d, 2, 6, 3, 7);
  *(four *)to = __builtin_shufflevector(ac, bd, 0, 4, 1, 5);
  *(four *)(to + PANEL) = __builtin_shufflevector(ac, bd, 2, 6, 3, 7);
  *(four *)(to + 2 * PANEL) = __builtin_shufflevector(ac2, bd2, 0, 4, 1, 5);
  *(four *)(to + 3 * PANEL) = __builtin_shufflevector(ac2, bd2, 2, 6, 3, 7);
}

// Copies `depth` x `columns` of B into the panel, filled up with zeros to whole rows of PANEL.
TARGET static void NAME(pack)(const T *b, size_t b_row, size_t b_column, size_t depth, size_t columns, T *panel) {
  if (columns < PANEL) memset(panel, 0, depth * PANEL * sizeof(T));
  if (b_column == 1) {
    for (size_t p = 0; p < depth; ++p) memcpy(panel + p * PANEL, b + p * b_row, columns * sizeof(T));
  } else {
    // B lies transposed: squares of 4 x 4 are turned in registers.
    size_t j = 0;
    for (; b_row == 1 && j + 4 <= columns; j += 4) {
      const T *from = b + j * b_column;
      size_t p = 0;
      for (; p + 4 <= depth; p += 4) NAME(turn)(from + p, b_column, panel + p * PANEL + j);
      for (; p < depth; ++p)
        for (size_t i = 0; i < 4; ++i) panel[p * PANEL + j + i] = from[p + i * b_column];
    }
    for (; j < columns; ++j)
      for (size_t p = 0; p < depth; ++p) panel[p * PANEL + j] = b[p * b_row + j * b_column];
  }
}

TARGET static void NAME(product)(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, size_t a_column,
                                 const T *b, size_t b_row, size_t b_column, T beta, T *c, size_t c_row) {
  _Alignas(64) T panel[DEPTH * PANEL];
  for (size_t j = 0; j < n; j += PANEL) {
    const size_t columns = n - j < PANEL ? n - j : PANEL;
    size_t p = 0;
    do {  // once even for k = 0, so that beta is applied
      const size_t depth = k - p < DEPTH ? k - p : DEPTH;
      NAME(pack)(b + p * b_row + j * b_column, b_row, b_column, depth, columns, panel);
      for (size_t i = 0; i < m; i += ROWS)
        NAME(some_rows)(m - i < ROWS ? m - i : ROWS, columns, depth, alpha, a + i * a_row + p * a_column, a_row,
                        a_column, panel, p == 0 ? beta : 1, c + i * c_row + j, c_row);
      p += depth;
    } while (p < k);
  }
}

#undef TILE
#undef TILE_CASE
#undef NAME
#undef LANES
#undef PANEL
#undef LEVEL
#undef TARGET
#undef VECTOR_BYTES
#undef ROWS
