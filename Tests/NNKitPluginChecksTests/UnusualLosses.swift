/// Losses and kinds of neurons that are unusual, or written the naive way, and keep every promise.
extension BadPlugin {
  static let unusualLosses: [BadPlugin] = [
    loss(
      "quantile loss", "", value: "(a[i] > y[i] ? 0.3 : -0.7) * (a[i] - y[i])",
      gradient: "a[i] > y[i] ? 0.3 : a[i] < y[i] ? -0.7 : 0"),
    loss(
      "logarithm of cosh, naive loss", "", value: "log(cosh(a[i] - y[i]))", gradient: "tanh(a[i] - y[i])"),
    loss(
      "Cauchy's loss", "", value: "log1p((a[i] - y[i]) * (a[i] - y[i]))",
      gradient: "2 * (a[i] - y[i]) / (1 + (a[i] - y[i]) * (a[i] - y[i]))"),
    loss(
      "Poisson of a logarithm", "", value: "exp(a[i]) - y[i] * a[i]", gradient: "exp(a[i]) - y[i]", flags: "0",
      targets: "0, INFINITY"),
    loss(
      "absolute percentage", "", value: "fabs(a[i] - y[i]) / (1 + fabs(y[i]))",
      gradient: "(a[i] > y[i] ? 1 : a[i] < y[i] ? -1 : 0) / (1 + fabs(y[i]))"),
    loss(
      "squared hinge", "", value: "pow(fmax(0, 1 - (2 * y[i] - 1) * a[i]), 2)",
      gradient: "-2 * (2 * y[i] - 1) * fmax(0, 1 - (2 * y[i] - 1) * a[i])", targets: "0, 1"),
    loss(
      "greatest error alone", "",
      wholeValue: """
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons;
        ++k) { double e = fabs(a[k * b->row_stride + c] - y[k * b->row_stride + c]);
        if (!(e <= values[c])) values[c] = e; } }
        """,
      wholeGradient: """
        for (size_t c = 0; c < b->columns; ++c) { size_t best = 0; double most = -1; for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c; double e = fabs(a[i] - y[i]);
        received[i] = 0; if (e > most) { most = e; best = i; } }
        if (b->neurons) received[best] = a[best] > y[best] ? 1 : a[best] < y[best] ? -1 : 0; }
        """),
    loss(
      "length of the error", "",
      wholeValue: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0; for (size_t k = 0; k < b->neurons;
        ++k) s = hypot(s, a[k * b->row_stride + c] - y[k * b->row_stride + c]); values[c] = s; }
        """,
      wholeGradient: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0; for (size_t k = 0; k < b->neurons;
        ++k) s = hypot(s, a[k * b->row_stride + c] - y[k * b->row_stride + c]); for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c;
        received[i] = s == 0 ? 0 : (a[i] - y[i]) / s; } }
        """),
    loss(
      "focal loss", "", value: "y[i] == 0 ? 0 : -y[i] * (1 - a[i]) * (1 - a[i]) * log(a[i])",
      gradient: "y[i] == 0 ? 0 : y[i] * (2 * (1 - a[i]) * log(a[i]) - (1 - a[i]) * (1 - a[i]) / a[i])", outputs: "0, 1",
      targets: "0, 1"),
    kind(
      "least input", "",
      z: """
        size_t k = 0; for (size_t i = 1; i < n; ++i) if (w[i] * x[i] < w[k] * x[k]) k = i;
        return w[k] * x[k] + bias;
        """,
      slopes: """
        size_t k = 0; for (size_t i = 1; i < n; ++i) if (w[i] * x[i] < w[k] * x[k]) k = i;
        for (size_t i = 0; i < n; ++i) { dw[i] = i == k ? x[i] : 0; dx[i] = i == k ? w[i] : 0; }
        """),
    kind(
      "distance in blocks", "", z: "double z = bias; for (size_t i = 0; i < n; ++i) z += fabs(w[i] - x[i]); return z;",
      slopes: """
        for (size_t i = 0; i < n; ++i) { double s = w[i] > x[i] ? 1 : w[i] < x[i] ? -1 : 0; dw[i] = s;
        dx[i] = -s; }
        """),
    kind(
      "soft maximum", "",
      z: """
        double m = -1e308, s = 0; for (size_t i = 0; i < n; ++i) m = fmax(m, w[i] * x[i]);
        for (size_t i = 0; i < n; ++i) s += exp(w[i] * x[i] - m); return m + log(s) + bias;
        """,
      slopes: """
        double m = -1e308, s = 0; for (size_t i = 0; i < n; ++i) m = fmax(m, w[i] * x[i]);
        for (size_t i = 0; i < n; ++i) s += exp(w[i] * x[i] - m); for (size_t i = 0; i < n; ++i) {
        double q = exp(w[i] * x[i] - m) / s; dw[i] = q * x[i]; dx[i] = q * w[i]; }
        """),
    kind(
      "gated sum", "",
      z: """
        double u = 0, v = 0; for (size_t i = 0; i < n; ++i) { u += w[i] * x[i]; v += w[n + i] * x[i]; }
        return u / (1 + exp(-v)) + bias;
        """,
      slopes: """
        double u = 0, v = 0; for (size_t i = 0; i < n; ++i) { u += w[i] * x[i]; v += w[n + i] * x[i]; }
        double s = 1 / (1 + exp(-v)), t = 1 / (1 + exp(v)); for (size_t i = 0; i < n; ++i) {
        dw[i] = s * x[i]; dw[n + i] = u * s * t * x[i]; dx[i] = s * w[i] + u * s * t * w[n + i]; }
        """, count: "2 * n"),
    kind(
      "all pairs", "",
      z: """
        double z = bias; for (size_t i = 0; i < n; ++i) for (size_t k = 0; k < n;
        ++k) z += w[i * n + k] * x[i] * x[k]; return z;
        """,
      slopes: """
        for (size_t i = 0; i < n; ++i) { dx[i] = 0; for (size_t k = 0; k < n; ++k) {
        dw[i * n + k] = x[i] * x[k]; dx[i] += (w[i * n + k] + w[k * n + i]) * x[k]; } }
        """, count: "n * n"),
    kind(
      "greatest of two sums", "",
      z: """
        double u = 0, v = 0; for (size_t i = 0; i < n; ++i) { u += w[i] * x[i]; v += w[n + i] * x[i]; }
        return fmax(u, v) + bias;
        """,
      slopes: """
        double u = 0, v = 0; for (size_t i = 0; i < n; ++i) { u += w[i] * x[i]; v += w[n + i] * x[i]; }
        for (size_t i = 0; i < n; ++i) { dw[i] = u >= v ? x[i] : 0; dw[n + i] = u >= v ? 0 : x[i];
        dx[i] = w[u >= v ? i : n + i]; }
        """, count: "2 * n"),
    kind(
      "sine of a sum", "", z: "double s = bias; for (size_t i = 0; i < n; ++i) s += w[i] * x[i]; return sin(s);",
      slopes: """
        double s = bias; for (size_t i = 0; i < n; ++i) s += w[i] * x[i]; *db = cos(s);
        for (size_t i = 0; i < n; ++i) { dw[i] = *db * x[i]; dx[i] = *db * w[i]; }
        """),
    kind(
      "whether a sum is positive", "",
      z: "double s = bias; for (size_t i = 0; i < n; ++i) s += w[i] * x[i]; return s > 0;",
      slopes: "*db = 0; for (size_t i = 0; i < n; ++i) dw[i] = dx[i] = 0;"),
    loss(
      "epsilon insensitive", "", value: "fabs(a[i] - y[i]) <= 0.1 ? 0 : fabs(a[i] - y[i]) - 0.1",
      gradient: "fabs(a[i] - y[i]) <= 0.1 ? 0 : a[i] > y[i] ? 1 : -1"),
    loss(
      "cosine distance", "",
      wholeValue: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0, q = 0, r = 0; for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c; s += a[i] * y[i]; q += a[i] * a[i];
        r += y[i] * y[i]; } double v = 1 - s / sqrt(q * r);
        values[c] = q == 0 || r == 0 ? 1 : v < 0 ? 0 : v; }
        """,
      wholeGradient: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0, q = 0, r = 0; for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c; s += a[i] * y[i]; q += a[i] * a[i];
        r += y[i] * y[i]; } for (size_t k = 0; k < b->neurons; ++k) { size_t i = k * b->row_stride + c;
        received[i] = q == 0 || r == 0 ? 0 : -(y[i] - s / q * a[i]) / sqrt(q * r); } }
        """, flags: "NNKIT_NON_NEGATIVE"),
    kind(
      "norm of products", "",
      z: """
        double s = 0; for (size_t i = 0; i < n; ++i) s += w[i] * x[i] * w[i] * x[i];
        return sqrt(s) + bias;
        """,
      slopes: """
        double s = 0; for (size_t i = 0; i < n; ++i) s += w[i] * x[i] * w[i] * x[i]; s = sqrt(s);
        for (size_t i = 0; i < n; ++i) { dw[i] = s == 0 ? 0 : w[i] * x[i] * x[i] / s;
        dx[i] = s == 0 ? 0 : w[i] * w[i] * x[i] / s; }
        """),
    kind(
      "chebyshev", "",
      z: """
        double z = 0; for (size_t i = 0; i < n; ++i) if (!(fabs(w[i] - x[i]) <= z)) z = fabs(w[i] - x[i]);
        return z + bias;
        """,
      slopes: """
        size_t k = 0; double m = -1; for (size_t i = 0; i < n; ++i) if (fabs(w[i] - x[i]) > m) {
        m = fabs(w[i] - x[i]); k = i; } for (size_t i = 0; i < n; ++i) {
        double s = i == k ? (w[i] > x[i]) - (w[i] < x[i]) : 0; dw[i] = s; dx[i] = -s; }
        """),
    kind(
      "one extra weight, a gain", "",
      z: """
        double z = 0; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z * exp(w[n]) + bias;
        """,
      slopes: """
        double z = 0; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; const double e = exp(w[n]);
        for (size_t i = 0; i < n; ++i) { dw[i] = e * x[i]; dx[i] = e * w[i]; } dw[n] = z * e;
        """, count: "n + 1"),
  ]
}
