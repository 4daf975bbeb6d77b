/// Functions full of kinks that they cannot name, with one slope or the other at each.
extension BadPlugin {
  private static let perColumn = "for (size_t c = 0; c < b->columns; ++c)"

  static let unusualKinks: [BadPlugin] = [
    kind(
      "sum of what is positive", "",
      z: "double z = bias; for (size_t i = 0; i < n; ++i) z += fmax(0, w[i] * x[i]); return z;",
      slopes: """
        for (size_t i = 0; i < n; ++i) { int on = w[i] * x[i] > 0; dw[i] = on ? x[i] : 0; dx[i] = on ? w[i] : 0; }
        """),
    kind(
      "clipped sum", "",
      z: """
        double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return fmin(fmax(z, -1), 1);
        """,
      slopes: """
        double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i];
        *db = z > -1 && z < 1; for (size_t i = 0; i < n; ++i) { dw[i] = *db * x[i]; dx[i] = *db * w[i]; }
        """),
    kind(
      "Huber's distance", "",
      z: """
        double z = bias; for (size_t i = 0; i < n; ++i) { double e = fabs(w[i] - x[i]); z += e < 1 ? e * e / 2 : e - 0.5; }
        return z;
        """,
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = fmin(fmax(w[i] - x[i], -1), 1); dx[i] = -dw[i]; }"),
    kind(
      "small kinks in a large sum", "",
      z: """
        double z = bias + 1e6; for (size_t i = 0; i < n; ++i) z += w[i] * x[i] + 1e-3 * fabs(x[i] - 0.5); return z;
        """,
      slopes: """
        for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i] + 1e-3 * ((x[i] > 0.5) - (x[i] < 0.5)); }
        """),
    kind(
      "distance in the plane", "",
      z: "double s = 0; for (size_t i = 0; i < n; ++i) s = hypot(s, w[i] - x[i]); return s + bias;",
      slopes: """
        double s = 0; for (size_t i = 0; i < n; ++i) s = hypot(s, w[i] - x[i]);
        for (size_t i = 0; i < n; ++i) { dw[i] = s == 0 ? 0 : (w[i] - x[i]) / s; dx[i] = -dw[i]; }
        """),
    loss(
      "Huber's loss of large errors", "",
      value: "fabs(a[i] - y[i]) < 3 ? (a[i] - y[i]) * (a[i] - y[i]) / 2 : 3 * fabs(a[i] - y[i]) - 4.5",
      gradient: "fmin(fmax(a[i] - y[i], -3), 3)"),
    loss(
      "hinge of the best other", "",
      wholeValue: """
        \(perColumn) { double most = -INFINITY, own = 0; size_t t = 0; for (size_t k = 0; k < b->neurons; ++k)
        if (y[k * b->row_stride + c] > y[t * b->row_stride + c]) t = k; if (b->neurons) own = a[t * b->row_stride + c];
        for (size_t k = 0; k < b->neurons; ++k) if (k != t) most = fmax(most, a[k * b->row_stride + c]);
        values[c] = fmax(0, 1 + most - own); }
        """,
      wholeGradient: """
        \(perColumn) { double most = -INFINITY, own = 0; size_t t = 0, m = 0; for (size_t k = 0; k < b->neurons; ++k)
        if (y[k * b->row_stride + c] > y[t * b->row_stride + c]) t = k; if (b->neurons) own = a[t * b->row_stride + c];
        for (size_t k = 0; k < b->neurons; ++k) { received[k * b->row_stride + c] = 0;
        if (k != t && a[k * b->row_stride + c] > most) { most = a[k * b->row_stride + c]; m = k; } }
        if (1 + most - own > 0) { received[m * b->row_stride + c] = 1; received[t * b->row_stride + c] = -1; } }
        """),
    loss(
      "hinges of all others", "",
      wholeValue: """
        \(perColumn) { size_t t = 0; values[c] = 0; for (size_t k = 0; k < b->neurons; ++k)
        if (y[k * b->row_stride + c] > y[t * b->row_stride + c]) t = k; for (size_t k = 0; k < b->neurons; ++k)
        if (k != t) values[c] += fmax(0, 1 + a[k * b->row_stride + c] - a[t * b->row_stride + c]); }
        """,
      wholeGradient: """
        \(perColumn) { size_t t = 0; for (size_t k = 0; k < b->neurons; ++k) { received[k * b->row_stride + c] = 0;
        if (y[k * b->row_stride + c] > y[t * b->row_stride + c]) t = k; } for (size_t k = 0; k < b->neurons; ++k)
        if (k != t && 1 + a[k * b->row_stride + c] - a[t * b->row_stride + c] > 0) {
        received[k * b->row_stride + c] += 1; received[t * b->row_stride + c] -= 1; } }
        """),
    loss(
      "errors and how they change", "",
      wholeValue: """
        \(perColumn) { double last = 0; values[c] = 0; for (size_t k = 0; k < b->neurons; ++k) {
        double e = a[k * b->row_stride + c] - y[k * b->row_stride + c]; values[c] += fabs(e) + fabs(e - last); last = e; } }
        """,
      wholeGradient: """
        \(perColumn) { double last = 0; for (size_t k = 0; k < b->neurons; ++k) { size_t i = k * b->row_stride + c;
        double e = a[i] - y[i], s = (e > last) - (e < last); received[i] = (e > 0) - (e < 0) + s;
        if (k > 0) received[i - b->row_stride] -= s; last = e; } }
        """),
    activation(
      "greatest of neighbours", "",
      evaluate: """
        \(perColumn) for (size_t k = 0; k < b->neurons; ++k) { size_t i = k * b->row_stride + c,
        o = (k + 1) % b->neurons * b->row_stride + c; a[i] = z[i] >= z[o] ? z[i] : z[o]; }
        """,
      backward: """
        \(perColumn) { for (size_t k = 0; k < b->neurons; ++k) delta[k * b->row_stride + c] = 0;
        for (size_t k = 0; k < b->neurons; ++k) { size_t i = k * b->row_stride + c,
        o = (k + 1) % b->neurons * b->row_stride + c; delta[z[i] >= z[o] ? i : o] += received[i]; } }
        """, flags: "NNKIT_WHOLE_LAYER"),
    activation(
      "distance from the mean", "",
      evaluate: """
        \(perColumn) { double m = 0; for (size_t k = 0; k < b->neurons; ++k) m += z[k * b->row_stride + c] / b->neurons;
        for (size_t k = 0; k < b->neurons; ++k) a[k * b->row_stride + c] = fabs(z[k * b->row_stride + c] - m); }
        """,
      backward: """
        \(perColumn) { double m = 0, t = 0; for (size_t k = 0; k < b->neurons; ++k)
        m += z[k * b->row_stride + c] / b->neurons; for (size_t k = 0; k < b->neurons; ++k) {
        size_t i = k * b->row_stride + c; delta[i] = z[i] > m ? received[i] : -received[i]; t += delta[i] / b->neurons; }
        for (size_t k = 0; k < b->neurons; ++k) delta[k * b->row_stride + c] -= t; }
        """, flags: "NNKIT_WHOLE_LAYER"),
    activation(
      "maker of a table, once", "",
      evaluate: """
        static _Atomic(double *) table;
        if (!table) { double *made = malloc(8), *none = NULL; made[0] = 1;
        if (!__atomic_compare_exchange_n((double **)&table, &none, made, 0, 5, 5)) free(made); }
        const double *found = table; NNKIT_EACH(b, i) a[i] = found[0] * z[i];
        """),
  ]
}
