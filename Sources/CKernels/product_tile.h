// C = alpha * A * B + beta * C by panels of B, for one precision and one processor level.

// C[0..rows, 0..columns] = alpha * A * panel + beta * C. `rows` and `vectors`, the number of vectors that `columns` takes,
// are known at compile time, and so is whether the last of them is `whole`.
TARGET static inline __attribute__((always_inline)) void NAME(tile)(
    const int rows, const int vectors, const int whole, size_t columns, size_t depth, T alpha, const T *a, size_t a_row,
    size_t a_column, const T *panel, size_t panel_row, T beta, T *c, size_t c_row) {
  NAME(vector) sum[ROWS][2] = {};
  const size_t last = columns - (size_t)(vectors - 1) * LANES;
#define IS_WHOLE(v) (whole || v + 1 < vectors)
  if (beta != 0)
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r)
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; ++v) __builtin_prefetch(c + r * c_row + v * LANES, 1);
  // Three rows to a pointer: the processor adds 0, 1 or 2 strides to an address for nothing.
  const T *rows_at[3] = {a, a + 3 * a_row, a + 6 * a_row};
  for (size_t p = 0; p < depth; ++p) {
    NAME(vector) b[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) {
      const T *from = panel + p * panel_row + v * LANES;
      b[v] = IS_WHOLE(v) ? *(const NAME(unaligned) *)from : NAME(load)(from, last);
    }
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
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v) {
      T *place = c + r * c_row + v * LANES;
      NAME(vector) value = alpha * sum[r][v];
      if (beta != 0) value += beta * (IS_WHOLE(v) ? *(const NAME(unaligned) *)place : NAME(load)(place, last));
      if (IS_WHOLE(v)) {
        *(NAME(unaligned) *)place = value;
      } else {
        NAME(store)(place, value, last);
      }
    }
  }
#undef IS_WHOLE
}

#define TILE(rows, vectors, whole) \
  NAME(tile)(rows, vectors, whole, columns, depth, alpha, a, a_row, a_column, panel, panel_row, beta, c, c_row)
#define TILE_CASE(rows)                    \
  case rows:                               \
    if (columns == PANEL)                  \
      TILE(rows, 2, 1);                    \
    else if (columns > LANES)              \
      TILE(rows, 2, 0);                    \
    else if (columns == LANES)             \
      TILE(rows, 1, 1);                    \
    else                                   \
      TILE(rows, 1, 0);                    \
    break;

TARGET static void NAME(some_rows)(size_t rows, size_t columns, size_t depth, T alpha, const T *a, size_t a_row,
                                   size_t a_column, const T *panel, size_t panel_row, T beta, T *c, size_t c_row) {
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

// Copies `rows` x `depth` of A into strips of ROWS rows, `depth` * ROWS numbers each, ROWS numbers to each step in depth.
TARGET static void NAME(pack_rows)(const T *a, size_t a_row, size_t a_column, size_t rows, size_t depth, T *strips) {
  size_t r = 0;
  // Where A lies transposed, what is read at a time is whole cache lines: its rows may be a power of two apart.
  if (a_row == 1 && rows == STRIPS * ROWS) {
    for (size_t p = 0; p < depth; ++p)
#pragma clang loop unroll(full)
      for (size_t s = 0; s < STRIPS; ++s) {
        __builtin_prefetch(a + (p + 12) * a_column + s * ROWS);
        memcpy(strips + (s * depth + p) * ROWS, a + p * a_column + s * ROWS, ROWS * sizeof(T));
      }
    return;
  }
  if (a_row == 1 && rows % ROWS == 0) {
    for (size_t p = 0; p < depth; ++p)
      for (size_t s = 0; s < rows / ROWS; ++s) {
        __builtin_prefetch(a + (p + 12) * a_column + s * ROWS);
        memcpy(strips + (s * depth + p) * ROWS, a + p * a_column + s * ROWS, ROWS * sizeof(T));
      }
    return;
  }
  for (; r < rows; r += ROWS, strips += depth * ROWS)
    for (size_t p = 0; p < depth; ++p)
      for (size_t i = 0; i < ROWS && r + i < rows; ++i) strips[p * ROWS + i] = a[(r + i) * a_row + p * a_column];
}

// C[0..m, 0..width] = alpha * A * panels + beta * C over `depth` steps: panel j begins at panels + j * PANEL * panel_step.
TARGET static void NAME(block_product)(size_t m, size_t width, size_t depth, T alpha, const T *a, size_t a_row,
                                       size_t a_column, const T *panels, size_t panel_step, size_t panel_row, T beta,
                                       T *c, size_t c_row) {
  T *strips = strips_of_thread.SUFFIX;
  const int packs_rows = a_column != 1 && width > 4 * PANEL;
  for (size_t i = 0; i < m; i += ROWS) {
    const size_t rows = m - i < ROWS ? m - i : ROWS, strip = i / ROWS % STRIPS;
    const T *some = a + i * a_row;
    if (packs_rows && strip == 0)
      NAME(pack_rows)(some, a_row, a_column, m - i < STRIPS * ROWS ? m - i : STRIPS * ROWS, depth, strips);
    for (size_t j = 0; j < width; j += PANEL)
      NAME(some_rows)(rows, width - j < PANEL ? width - j : PANEL, depth, alpha,
                      packs_rows ? strips + strip * depth * ROWS : some, packs_rows ? 1 : a_row,
                      packs_rows ? ROWS : a_column, panels + j * panel_step, panel_row, beta, c + i * c_row + j, c_row);
  }
}

// Panels whose rows are contiguous are read where they lie if they are shallow, or if few rows of A meet them.
TARGET static int NAME(packs)(size_t m, size_t k, size_t b_column) {
  return b_column != 1 || (k > SHALLOW && m > 2 * ROWS);
}

TARGET static void NAME(panel_product)(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row,
                                       size_t a_column, const T *b, size_t b_row, size_t b_column, T beta, T *c,
                                       size_t c_row) {
  T *panels = panels_of_thread.SUFFIX;
  const int packs = NAME(packs)(m, k, b_column);
  for (size_t first = 0; first < n; first += WIDTH) {
    const size_t width = n - first < WIDTH ? n - first : WIDTH;
    size_t p = 0;
    do {  // once even for k = 0, so that beta is applied
      const size_t depth = k - p < DEPTH ? k - p : DEPTH;
      const T *from = b + p * b_row + first * b_column;
      for (size_t j = 0; packs && j < width; j += PANEL)
        NAME(pack)(from + j * b_column, b_row, b_column, depth, width - j < PANEL ? width - j : PANEL, panels + j * DEPTH);
      NAME(block_product)(m, width, depth, alpha, a + p * a_column, a_row, a_column, packs ? panels : from,
                          packs ? DEPTH : 1, packs ? PANEL : b_row, p == 0 ? beta : 1, c + first, c_row);
      p += depth;
    } while (p < k);
  }
}

// All of B, packed once for several threads: blocks of DEPTH rows one after the other, and in each its panels, the last one
// filled up. A piece is a panel of a block; they are counted block by block.
TARGET static void NAME(pack_pieces)(size_t n, size_t k, const T *b, size_t b_row, size_t b_column, size_t first,
                                     size_t count, T *packed) {
  const size_t panels = (n + PANEL - 1) / PANEL;
  for (size_t piece = first; piece < first + count; ++piece) {
    const size_t j = piece % panels * PANEL, p = piece / panels * DEPTH, depth = k - p < DEPTH ? k - p : DEPTH;
    NAME(pack)(b + p * b_row + j * b_column, b_row, b_column, depth, n - j < PANEL ? n - j : PANEL,
               packed + p * panels * PANEL + j * depth);
  }
}

// The `columns` columns of C from `first` on, a multiple of PANEL, with B as pack_pieces leaves it.
TARGET static void NAME(packed_product)(size_t m, size_t first, size_t columns, size_t n, size_t k, T alpha,
                                        const T *a, size_t a_row, size_t a_column, const T *packed, T beta, T *c,
                                        size_t c_row) {
  const size_t all = (n + PANEL - 1) / PANEL * PANEL;
  for (size_t j = first; j < first + columns; j += WIDTH) {
    const size_t width = first + columns - j < WIDTH ? first + columns - j : WIDTH;
    for (size_t p = 0; p < k; p += DEPTH) {
      const size_t depth = k - p < DEPTH ? k - p : DEPTH;
      NAME(block_product)(m, width, depth, alpha, a + p * a_column, a_row, a_column, packed + p * all + j * depth, depth,
                          PANEL, p == 0 ? beta : 1, c + j, c_row);
    }
  }
}

#undef TILE
#undef TILE_CASE
