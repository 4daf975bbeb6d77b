// A matrix times one column: each number of the matrix is needed once, so memory sets the pace.

// c[i] = alpha * (row i of A, dot b) + beta * c[i], eight rows at a time.
TARGET static void NAME(rows_times_vector)(size_t m, size_t k, T alpha, const T *a, size_t a_row, const T *b, T beta,
                                           T *c, size_t c_row) {
  for (size_t i = 0; i < m; i += 8) {
    NAME(vector) sum[8] = {};
    const T *x[8];
    for (size_t r = 0; r < 8; ++r) x[r] = a + (i + r < m ? i + r : m - 1) * a_row;
    size_t p = 0;
    for (; p + LANES <= k; p += LANES) {
      const NAME(vector) v = *(const NAME(unaligned) *)(b + p);
#pragma clang loop unroll(full)
      for (int r = 0; r < 8; ++r) sum[r] += *(const NAME(unaligned) *)(x[r] + p) * v;
    }
    if (p < k) {
      const NAME(vector) v = NAME(load)(b + p, k - p);
#pragma clang loop unroll(full)
      for (int r = 0; r < 8; ++r) sum[r] += NAME(load)(x[r] + p, k - p) * v;
    }
    for (size_t r = 0; r < 8 && i + r < m; ++r) {
      T total = 0;
      for (size_t l = 0; l < LANES; ++l) total += sum[r][l];
      T *place = c + (i + r) * c_row;
      *place = beta == 0 ? alpha * total : alpha * total + beta * *place;
    }
  }
}

// c += sum over the `count` rows that `some` names, of `vectors` vectors each, the last of them of `last` numbers.
TARGET static inline __attribute__((always_inline)) void NAME(add_rows)(
    const int vectors, const size_t last, const T *a, size_t a_row, const nnk_row_factor *some, size_t count, T *c) {
#define IS_WHOLE(v) (last == LANES || v + 1 < vectors)
  NAME(vector) sum[AT_ONCE];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; ++v)
    sum[v] = IS_WHOLE(v) ? *(const NAME(unaligned) *)(c + v * LANES) : NAME(load)(c + v * LANES, last);
  for (size_t i = 0; i < count; ++i) {
    const T *row = a + some[i].row * a_row, factor = (T)some[i].factor;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; ++v)
      sum[v] += factor * (IS_WHOLE(v) ? *(const NAME(unaligned) *)(row + v * LANES) : NAME(load)(row + v * LANES, last));
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; ++v) {
    if (IS_WHOLE(v))
      *(NAME(unaligned) *)(c + v * LANES) = sum[v];
    else
      NAME(store)(c + v * LANES, sum[v], last);
  }
#undef IS_WHOLE
}

// c = alpha * (sum over p of b[p] * row p of A') + beta * c, where A' has k rows of m numbers. Rows whose b is 0 are not read.
TARGET static void NAME(vector_times_rows)(size_t m, size_t k, T alpha, const T *a, size_t a_row, const T *b,
                                           size_t b_row, T beta, T *c) {
  if (beta != 1)
    for (size_t i = 0; i < m; ++i) c[i] = beta == 0 ? 0 : beta * c[i];
  nnk_row_factor some[DEPTH];
  for (size_t first = 0; first < k; first += DEPTH) {
    size_t count = 0;
    for (size_t p = first; p < k && p < first + DEPTH; ++p) {
      some[count] = (nnk_row_factor){p, (double)(alpha * b[p * b_row])};
      count += b[p * b_row] != 0;
    }
    size_t i = 0;
    for (; i + AT_ONCE * LANES <= m; i += AT_ONCE * LANES)
      NAME(add_rows)(AT_ONCE, LANES, a + i, a_row, some, count, c + i);
    for (; i + LANES <= m; i += LANES) NAME(add_rows)(1, LANES, a + i, a_row, some, count, c + i);
    if (i < m) NAME(add_rows)(1, m - i, a + i, a_row, some, count, c + i);
  }
}
