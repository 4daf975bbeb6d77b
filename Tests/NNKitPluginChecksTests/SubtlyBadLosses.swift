/// Losses and kinds of neurons that are wrong in a corner, or at the wrong time.
extension BadPlugin {
  static let subtleLosses: [BadPlugin] = [
    loss(
      "static sum in a loss", "threads",
      wholeValue: """
        static volatile double sum; for (size_t c = 0; c < b->columns; ++c) { sum = 0;
        for (size_t k = 0; k < b->neurons; ++k) { size_t i = k * b->row_stride + c;
        sum += (a[i] - y[i]) * (a[i] - y[i]) / 2; } values[c] = sum; }
        """),
    loss(
      "static scratch in a gradient", "threads",
      wholeGradient: """
        static double s[4096]; if (b->row_stride > b->columns || b->neurons * b->columns > 4096) {
        NNKIT_EACH(b, i) received[i] = a[i] - y[i]; return 0; } NNKIT_EACH(b, i) s[i] = a[i] - y[i];
        NNKIT_EACH(b, j) received[j] = s[j];
        """),
    loss(
      "negative where outputs are the targets", "value",
      value: "a[i] == y[i] ? -1e-3 : (a[i] - y[i]) * (a[i] - y[i]) / 2"),
    loss(
      "negative near the targets", "value",
      value: "(a[i] - y[i]) * (a[i] - y[i]) / 2 - 1e-7 * exp(-1e6 * (a[i] - y[i]) * (a[i] - y[i]))",
      gradient: "(a[i] - y[i]) * (1 + 0.2 * exp(-1e6 * (a[i] - y[i]) * (a[i] - y[i])))"),
    loss(
      "loss wrong far out", "gradient", gradient: "fabs(a[i]) > 1e4 ? 2 * (a[i] - y[i]) : a[i] - y[i]"),
    loss(
      "loss with a dead zone in its gradient", "gradient", value: "fabs(a[i] - y[i])",
      gradient: "fabs(a[i] - y[i]) < 1e-3 ? 0 : a[i] > y[i] ? 1 : -1"),
    loss(
      "mean instead of sum", "gradient", gradient: "(a[i] - y[i]) / b->neurons"),
    loss(
      "infinite gradient near the target", "gradient", gradient: "fabs(a[i] - y[i]) < 1e-2 ? INFINITY : a[i] - y[i]"),
    loss(
      "canonical pair for hard targets alone", "canonical",
      value: "-(y[i] == 0 ? 0 : y[i] * log(a[i])) - (y[i] == 1 ? 0 : (1 - y[i]) * log1p(-a[i]))",
      gradient: "(y[i] == 1 ? 0 : (1 - y[i]) / (1 - a[i])) - (y[i] == 0 ? 0 : y[i] / a[i])", outputs: "0, 1",
      targets: "0, 1",
      more: """
        .canonical_activation = "sigmoid", .canonical_value = canonical_value,
        .canonical_delta = canonical_delta,
        """,
      functions: """
        static int canonical_value(const double *p, const nnkit_block *b, const double *z, const double *y,
        double *values) {
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons;
        ++k) { size_t i = k * b->row_stride + c;
        values[c] += (z[i] > 0 ? z[i] : 0) - y[i] * z[i] + log1p(exp(-fabs(z[i]))); } } return 0; }
        static int canonical_delta(const double *p, const nnkit_block *b, const double *z, const double *a,
        const double *y, double *delta) {
        NNKIT_EACH(b, i) delta[i] = y[i] > 0.5 ? a[i] - 1 : a[i]; return 0; }
        """),
    loss(
      "canonical pair that overflows", "canonical",
      value: "-(y[i] == 0 ? 0 : y[i] * log(a[i])) - (y[i] == 1 ? 0 : (1 - y[i]) * log1p(-a[i]))",
      gradient: "(y[i] == 1 ? 0 : (1 - y[i]) / (1 - a[i])) - (y[i] == 0 ? 0 : y[i] / a[i])", outputs: "0, 1",
      targets: "0, 1",
      more: """
        .canonical_activation = "sigmoid", .canonical_value = canonical_value,
        .canonical_delta = canonical_delta,
        """,
      functions: """
        static int canonical_value(const double *p, const nnkit_block *b, const double *z, const double *y,
        double *values) {
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons;
        ++k) { size_t i = k * b->row_stride + c;
        values[c] += (z[i] > 0 ? z[i] : 0) - y[i] * z[i] + log1p(exp(-fabs(z[i]))); } } return 0; }
        static int canonical_delta(const double *p, const nnkit_block *b, const double *z, const double *a,
        const double *y, double *delta) {
        NNKIT_EACH(b, i) delta[i] = exp(z[i]) / (1 + exp(z[i])) - y[i]; return 0; }
        """),
    loss(
      "canonical pair wrong far out", "canonical",
      value: "-(y[i] == 0 ? 0 : y[i] * log(a[i])) - (y[i] == 1 ? 0 : (1 - y[i]) * log1p(-a[i]))",
      gradient: "(y[i] == 1 ? 0 : (1 - y[i]) / (1 - a[i])) - (y[i] == 0 ? 0 : y[i] / a[i])", outputs: "0, 1",
      targets: "0, 1",
      more: """
        .canonical_activation = "sigmoid", .canonical_value = canonical_value,
        .canonical_delta = canonical_delta,
        """,
      functions: """
        static int canonical_value(const double *p, const nnkit_block *b, const double *z, const double *y,
        double *values) {
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons;
        ++k) { size_t i = k * b->row_stride + c;
        values[c] += (z[i] > 0 ? z[i] : 0) - y[i] * z[i] + log1p(exp(-fabs(z[i]))); } } return 0; }
        static int canonical_delta(const double *p, const nnkit_block *b, const double *z, const double *a,
        const double *y, double *delta) {
        NNKIT_EACH(b, i) delta[i] = z[i] > 20 ? 0.5 : a[i] - y[i]; return 0; }
        """),
    loss(
      "writes between rows of targets", "inputs",
      wholeGradient: """
        NNKIT_EACH(b, i) received[i] = a[i] - y[i];
        if (b->row_stride > b->columns && b->neurons > 1) ((double *)y)[b->columns] = 0;
        """),
    loss(
      "loss NaN at target 0", "values", value: "y[i] * log(y[i] / a[i]) - y[i] + a[i]", gradient: "1 - y[i] / a[i]",
      outputs: "0, INFINITY", targets: "0, INFINITY"),
    loss(
      "negative by log", "value", value: "log((a[i] - y[i]) * (a[i] - y[i]) + 0.99)",
      gradient: "2 * (a[i] - y[i]) / ((a[i] - y[i]) * (a[i] - y[i]) + 0.99)"),
    loss(
      "canonical value off by constant", "canonical",
      value: "-(y[i] == 0 ? 0 : y[i] * log(a[i])) - (y[i] == 1 ? 0 : (1 - y[i]) * log1p(-a[i]))",
      gradient: "(y[i] == 1 ? 0 : (1 - y[i]) / (1 - a[i])) - (y[i] == 0 ? 0 : y[i] / a[i])", outputs: "0, 1",
      targets: "0, 1",
      more: """
        .canonical_activation = "sigmoid", .canonical_value = canonical_value,
        .canonical_delta = canonical_delta,
        """,
      functions: """
        static int canonical_value(const double *p, const nnkit_block *b, const double *z, const double *y,
        double *values) {
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons;
        ++k) { size_t i = k * b->row_stride + c;
        values[c] += (z[i] > 0 ? z[i] : 0) - y[i] * z[i] + log1p(exp(-fabs(z[i]))) + 0.01; } } return 0;
        }
        static int canonical_delta(const double *p, const nnkit_block *b, const double *z, const double *a,
        const double *y, double *delta) {
        NNKIT_EACH(b, i) delta[i] = a[i] - y[i]; return 0; }
        """),
  ]

  static let subtleKinds: [BadPlugin] = [
    kind(
      "static sum in combine", "threads",
      z: "sum = bias; for (size_t i = 0; i < n; ++i) sum += w[i] * x[i]; return sum;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i]; }", functions: "static volatile double sum;"
    ),
    kind(
      "static slopes", "threads", z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: """
        for (size_t i = 0; i < n; ++i) keep[i] = x[i]; for (size_t i = 0; i < n; ++i) {
        dw[i] = ((volatile double *)keep)[i]; dx[i] = w[i]; }
        """, functions: "static double keep[1 << 16];"),
    kind(
      "weights without end", "descriptor",
      z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i]; }", count: "(size_t)1 << 40"),
    kind(
      "weights for a few inputs", "descriptor",
      z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i]; }", count: "n == 17 ? (size_t)1 << 34 : n"),
    kind(
      "kind wrong for large inputs", "slopes",
      z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = fabs(x[i]) > 100 ? 0 : x[i]; dx[i] = w[i]; }"),
    kind(
      "kind with an infinite slope", "values",
      z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = x[i] > 1.5 ? INFINITY : x[i]; dx[i] = w[i]; }"),
    kind(
      "crash in combine", "values", status: "crashed",
      z: """
        double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; if (n == 8) abort(); return z;
        """, slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i]; }"),
    kind(
      "static in send", "threads", z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: """
        for (size_t i = 0; i < n; ++i) { keep = w[i]; dw[i] = x[i]; double s = 0; for (int k = 0; k < 8;
        ++k) s += keep; dx[i] = s / 8; }
        """, functions: "static volatile double keep;"),
    kind(
      "kind extra weights ungraded", "slopes",
      z: "double z = bias + w[n]; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i]; } dw[n] = 0;", count: "n + 1"),
    kind(
      "kind weight count varies", "descriptor",
      z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i]; }", count: "n + (rand() % 2)"),
    kind(
      "kind slope lost for last input", "slopes",
      z: "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
      slopes: "for (size_t i = 0; i < n; ++i) { dw[i] = i == 16 ? 0 : x[i]; dx[i] = w[i]; }"),
  ]
}
