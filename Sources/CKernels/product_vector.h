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

// c = alpha * (sum over p of b[p] * row p of A') + beta * c, where A' has k rows of m numbers, four rows at a time.
// Rows whose b is 0 are not read.
TARGET static void NAME(vector_times_rows)(size_t m, size_t k, T alpha, const T *a, size_t a_row, const T *b,
                                           size_t b_row, T beta, T *c) {
  if (beta != 1)
    for (size_t i = 0; i < m; ++i) c[i] = beta == 0 ? 0 : beta * c[i];
  for (size_t p = 0; p < k;) {
    const T *row[4] = {a, a, a, a};
    T factor[4] = {};
    for (int found = 0; found < 4 && p < k; ++p)
      if (b[p * b_row] != 0) {
        row[found] = a + p * a_row;
        factor[found++] = alpha * b[p * b_row];
      }
    for (size_t i = 0; i < m; ++i)
      c[i] += factor[0] * row[0][i] + factor[1] * row[1][i] + factor[2] * row[2][i] + factor[3] * row[3][i];
  }
}
