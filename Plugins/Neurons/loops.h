// The three functions of a kind of neuron in one precision; kind.h includes this file twice, and says what stands here
// for T, NAME, REAL and the formulas.
//
// A layer's inputs are either rows of its own (a row an input: column_stride 1) or samples (a row a sample: input_stride
// 1). Each loop has two forms, with the columns innermost or the inputs, so that the innermost runs along memory.

typedef struct {
  REAL s[TILE], q[TILE], r[TILE];  // the sums of each column of a tile
} NAME(sums);

// s, q and r over all inputs, for n columns of one neuron.
INLINE void NAME(add_up)(const nnkit_rows *rows, const T *w, const T *x, size_t n, int along_inputs, NAME(sums) *all) {
  typedef REAL real;
  const size_t fan_in = rows->fan_in, extra = EXTRA ? fan_in : 0;
  if (along_inputs) {
    for (size_t c = 0; c < n; ++c) {
      const T *xs = x + c * rows->column_stride;
      real s = START, q = 0, r = 0;
      for (size_t i = 0; i < fan_in; ++i) ADD_INPUT((real)w[i], (real)w[extra + i], (real)xs[i])
      all->s[c] = s, all->q[c] = q, all->r[c] = r;
    }
    return;
  }
  const size_t stride = rows->column_stride;
  for (size_t c = 0; c < n; ++c) all->s[c] = START, all->q[c] = 0, all->r[c] = 0;
  for (size_t i = 0; i < fan_in; ++i) {
    const T *xs = x + i * rows->input_stride;
    const real wi = w[i], vi = w[extra + i];
    real *ss = all->s, *qs = all->q, *rs = all->r;
    if (stride == 1) {
      for (size_t c = 0; c < n; ++c) {
        real s = ss[c], q = qs[c], r = rs[c];
        ADD_INPUT(wi, vi, (real)xs[c])
        ss[c] = s, qs[c] = q, rs[c] = r;
      }
    } else {
      for (size_t c = 0; c < n; ++c) {
        real s = ss[c], q = qs[c], r = rs[c];
        ADD_INPUT(wi, vi, (real)xs[c * stride])
        ss[c] = s, qs[c] = q, rs[c] = r;
      }
    }
  }
}

// Whether the inputs lie along memory, and are as many as to be worth it.
INLINE int NAME(runs_along_inputs)(const nnkit_rows *rows) {
  return rows->input_stride == 1 && (rows->column_stride != 1 || rows->fan_in >= rows->columns);
}

KERNEL static int NAME(combine)(const double *p, const nnkit_rows *rows, const T *w, const T *b, const T *x, T *z) {
  typedef REAL real;
  const int along_inputs = NAME(runs_along_inputs)(rows);
  NAME(sums) all;
  for (size_t j = 0; j < rows->neurons; ++j) {
    const real bias = b[j], scale = (real)(SCALE(bias));
    for (size_t first = 0; first < rows->columns; first += TILE) {
      const size_t n = rows->columns - first < TILE ? rows->columns - first : TILE;
      NAME(add_up)(rows, w + j * rows->weight_row, x + first * rows->column_stride, n, along_inputs, &all);
      T *zs = z + j * rows->row_stride + first;
      for (size_t c = 0; c < n; ++c) {
        const real s = all.s[c], q = all.q[c], r = all.r[c];
        zs[c] = (T)(Z(s, q, r));
      }
    }
  }
  return 0;
}

typedef struct {
  REAL u[TILE], v[TILE];  // what a column's derivatives by weights or by inputs have in common
} NAME(factors);

// u and v for n columns of one neuron, by its weights or by its inputs.
INLINE void NAME(prepare)(const nnkit_rows *rows, const T *w, REAL bias, const T *x, const T *zs, const T *deltas,
                          size_t n, int along_inputs, int by_weights, NAME(factors) *common) {
  typedef REAL real;
  NAME(sums) all;
  if (NEEDS_SUMS) NAME(add_up)(rows, w, x, n, along_inputs, &all);
  const real scale = (real)(SCALE(bias));
  for (size_t c = 0; c < n; ++c) {
    const real z = zs[c], delta = deltas[c];
    const real s = NEEDS_SUMS ? all.s[c] : 0, q = NEEDS_SUMS ? all.q[c] : 0, r = NEEDS_SUMS ? all.r[c] : 0;
    real u = delta, v = 0;
    COMMON(delta, z, by_weights)
    common->u[c] = u, common->v[c] = v;
  }
}

KERNEL static int NAME(accumulate)(const double *p, const nnkit_rows *rows, const T *w, const T *b, const T *x,
                                   const T *z, const T *delta, T *restrict dw, T *restrict db) {
  typedef REAL real;
  const int along_inputs = NAME(runs_along_inputs)(rows);
  const size_t fan_in = rows->fan_in, extra = EXTRA ? fan_in : 0;
  NAME(factors) common;
  for (size_t j = 0; j < rows->neurons; ++j) {
    const T *ws = w + j * rows->weight_row;
    T *dws = dw + j * rows->weight_row;
    for (size_t first = 0; first < rows->columns; first += TILE) {
      const size_t n = rows->columns - first < TILE ? rows->columns - first : TILE;
      const T *tile = x + first * rows->column_stride;
      const T *zs = z + j * rows->row_stride + first, *deltas = delta + j * rows->row_stride + first;
      NAME(prepare)(rows, ws, b[j], tile, zs, deltas, n, along_inputs, 1, &common);
      real sum = 0;
      for (size_t c = 0; c < n; ++c) sum += BY_BIAS((real)deltas[c], (real)zs[c]);
      db[j] += (T)sum;
      if (along_inputs) {
        for (size_t c = 0; c < n; ++c) {
          const T *xs = tile + c * rows->column_stride;
          const real u = common.u[c], v = common.v[c];
          for (size_t i = 0; i < fan_in; ++i) {
            dws[i] += (T)(BY_WEIGHT((real)ws[i], (real)ws[extra + i], (real)xs[i], u, v));
          }
          if (EXTRA) {
            for (size_t i = 0; i < fan_in; ++i) dws[fan_in + i] += (T)(BY_EXTRA((real)xs[i], u));
          }
        }
        continue;
      }
      for (size_t i = 0; i < fan_in; ++i) {
        const T *xs = tile + i * rows->input_stride;
        const size_t stride = rows->column_stride;
        real by_weight = 0, by_extra = 0;
        for (size_t c = 0; c < n; ++c) {
          const real u = common.u[c], v = common.v[c], input = xs[stride == 1 ? c : c * stride];
          by_weight += BY_WEIGHT((real)ws[i], (real)ws[extra + i], input, u, v);
          if (EXTRA) by_extra += BY_EXTRA(input, u);
        }
        dws[i] += (T)by_weight;
        if (EXTRA) dws[fan_in + i] += (T)by_extra;
      }
    }
  }
  return 0;
}

KERNEL static int NAME(send)(const double *p, const nnkit_rows *rows, const T *w, const T *b, const T *x, const T *z,
                             const T *delta, T *restrict messages) {
  typedef REAL real;
  const int along_inputs = NAME(runs_along_inputs)(rows);
  const size_t fan_in = rows->fan_in, extra = EXTRA ? fan_in : 0, stride = rows->column_stride;
  // Messages lie along the columns; along the inputs as well where there is one column alone.
  const int is_one = rows->columns == 1 && rows->row_stride == 1 && rows->input_stride == 1;
  NAME(factors) common;
  for (size_t j = 0; j < rows->neurons; ++j) {
    const T *ws = w + j * rows->weight_row;
    for (size_t first = 0; first < rows->columns; first += TILE) {
      const size_t n = rows->columns - first < TILE ? rows->columns - first : TILE;
      const T *tile = x + first * stride;
      NAME(prepare)(rows, ws, b[j], tile, z + j * rows->row_stride + first, delta + j * rows->row_stride + first, n,
                    along_inputs, 0, &common);
      if (is_one) {
        const real u = common.u[0], v = common.v[0];
        for (size_t i = 0; i < fan_in; ++i) {
          messages[i] += (T)(BY_INPUT((real)ws[i], (real)ws[extra + i], (real)x[i], u, v));
        }
        continue;
      }
      for (size_t i = 0; i < fan_in; ++i) {
        const T *xs = tile + i * rows->input_stride;
        const real wi = ws[i], vi = ws[extra + i];
        T *to = messages + i * rows->row_stride + first;
        if (stride == 1) {
          for (size_t c = 0; c < n; ++c) to[c] += (T)(BY_INPUT(wi, vi, (real)xs[c], common.u[c], common.v[c]));
        } else {
          for (size_t c = 0; c < n; ++c) {
            to[c] += (T)(BY_INPUT(wi, vi, (real)xs[c * stride], common.u[c], common.v[c]));
          }
        }
      }
    }
  }
  return 0;
}
