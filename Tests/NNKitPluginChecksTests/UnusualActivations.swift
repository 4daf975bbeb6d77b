/// Activations that are unusual, or written the naive way, and keep every promise.
extension BadPlugin {
  static let unusualActivations: [BadPlugin] = [
    formula(
      "gaussian by z*z", "", value: "exp(-x * x)", slope: "-2 * x * y"),
    formula(
      "sine of 30 z", "", value: "sin(30 * x)", slope: "30 * cos(30 * x)"),
    formula(
      "sinc", "", value: "x == 0 ? 1 : sin(x) / x", slope: "x == 0 ? 0 : (cos(x) - y) / x"),
    formula(
      "floor, as many kinks named as can be", "", value: "floor(x)", slope: "0", kinks: Array(-8...7).map(Double.init)),
    formula(
      "relu on a high floor", "", value: "(x > 0 ? x : 0) + 1e6", slope: "x > 0 ? 1 : 0", kinks: [0]),
    formula(
      "absolute value, steep", "", value: "1e6 * fabs(x - 3)", slope: "x > 3 ? 1e6 : x < 3 ? -1e6 : 0", kinks: [3]),
    formula(
      "Cauchy's bell", "", value: "1 / (1 + x * x)", slope: "-2 * x * y * y"),
    formula(
      "cube", "", value: "x * x * x", slope: "3 * x * x"),
    formula(
      "cubic root", "", value: "cbrt(x)", slope: "x == 0 ? 0 : 1 / (3 * y * y)", kinks: [0]),
    formula(
      "signed logarithm", "", value: "copysign(log1p(fabs(x)), x)", slope: "1 / (1 + fabs(x))"),
    formula(
      "inverse square root unit", "", value: "x / sqrt(1 + x * x)", slope: "1 / ((1 + x * x) * sqrt(1 + x * x))"),
    formula(
      "bent identity", "", value: "(sqrt(x * x + 1) - 1) / 2 + x", slope: "x / (2 * sqrt(x * x + 1)) + 1"),
    formula(
      "steep tanh", "", value: "tanh(1000 * x)", slope: "1000 * (1 - y * y)"),
    formula(
      "very steep tanh", "", value: "tanh(1e6 * x)", slope: "1e6 * (1 - y * y)"),
    formula(
      "triangle wave", "", value: "fabs(x - 2 * floor(x / 2 + 0.5))", slope: "x - 2 * floor(x / 2 + 0.5) > 0 ? 1 : -1",
      kinks: Array(-8...7).map(Double.init)),
    formula(
      "squareplus", "", value: "(x + sqrt(x * x + 4)) / 2", slope: "(1 + x / sqrt(x * x + 4)) / 2"),
    formula(
      "arc tangent", "", value: "atan(x)", slope: "1 / (1 + x * x)"),
    formula(
      "error function", "", value: "erf(x)", slope: "1.1283791670955126 * exp(-x * x)"),
    formula(
      "snake", "", value: "x + sin(x) * sin(x)", slope: "1 + sin(2 * x)"),
    formula(
      "two-sided exponential", "", value: "exp(-fabs(x))", slope: "x > 0 ? -y : x < 0 ? y : 0", kinks: [0]),
    formula(
      "soft shrink", "", value: "x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0", slope: "fabs(x) > 0.5",
      kinks: [-0.5, 0.5]),
    formula(
      "hard shrink", "", value: "fabs(x) > 0.5 ? x : 0", slope: "fabs(x) > 0.5", kinks: [-0.5, 0.5]),
    formula(
      "tanh shrink", "", value: "x - tanh(x)", slope: "tanh(x) * tanh(x)"),
    formula(
      "logarithm of the distance", "", value: "log(fabs(x))", slope: "x == 0 ? 0 : 1 / x", kinks: [0]),
    formula(
      "signed square", "", value: "x * fabs(x)", slope: "2 * fabs(x)"),
    formula(
      "Huber's function", "", value: "fabs(x) < 1 ? x * x / 2 : fabs(x) - 0.5", slope: "x > 1 ? 1 : x < -1 ? -1 : x"),
    formula(
      "three steps", "", value: "x < -1 ? -1 : x > 1 ? 1 : 0", slope: "0", kinks: [-1, 1]),
    formula(
      "logarithm of cosh", "", value: "fabs(x) + log1p(exp(-2 * fabs(x))) - M_LN2", slope: "tanh(x)"),
    formula(
      "softplus, naive", "", value: "log(1 + exp(x))", slope: "1 / (1 + exp(-x))"),
    formula(
      "sigmoid, naive", "", value: "1 / (1 + exp(-x))", slope: "y * (1 - y)"),
    formula(
      "swish, naive", "", value: "x / (1 + exp(-x))",
      slope: "x < -700 ? 0 : (1 + exp(-x) + x * exp(-x)) / ((1 + exp(-x)) * (1 + exp(-x)))"),
    formula(
      "square root of the distance", "", value: "sqrt(fabs(x))",
      slope: "x == 0 ? 0 : copysign(0.5, x) / y", kinks: [0]),
    formula(
      "constant", "", value: "1", slope: "0"),
    formula(
      "tiny", "", value: "1e-200 * tanh(x)", slope: "1e-200 * (1 - tanh(x) * tanh(x))"),
    formula(
      "huge", "", value: "1e200 * tanh(x)", slope: "1e200 * (1 - tanh(x) * tanh(x))"),
    formula(
      "polynomial of degree 7", "", value: "x - x * x * x / 6 + pow(x, 5) / 120",
      slope: "1 - x * x / 2 + pow(x, 4) / 24"),
    formula(
      "sine of the square", "", value: "sin(x * x)", slope: "2 * x * cos(x * x)"),
    activation(
      "sparsemax", "",
      evaluate: """
        for (size_t c = 0; c < b->columns; ++c) { double t = threshold(b, z, c); for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c; a[i] = z[i] > t ? z[i] - t : 0; } }
        """,
      backward: """
        for (size_t c = 0; c < b->columns; ++c) { double n = 0, sum = 0; for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c; if (a[i] > 0) { ++n;
        sum += received[i]; } } for (size_t k = 0; k < b->neurons; ++k) {
        size_t i = k * b->row_stride + c; delta[i] = a[i] > 0 ? received[i] - sum / n : 0; } }
        """,
      functions: """
        static double threshold(const nnkit_block *b, const double *z, size_t c) {
          double low = -1e308, high = -1e308;
          for (size_t k = 0; k < b->neurons;
        ++k) if (z[k * b->row_stride + c] > high) high = z[k * b->row_stride + c];
          low = high - 1;
          for (int n = 0; n < 60; ++n) {
            double count = 0, sum = 0;
            for (size_t k = 0; k < b->neurons; ++k) if (z[k * b->row_stride + c] > low) { ++count;
        sum += z[k * b->row_stride + c]; }
            double next = (sum - 1) / count;
            if (!(next > low)) break;
            low = next;
          }
          return low; }
        """, flags: "NNKIT_WHOLE_LAYER"),
    activation(
      "minus the mean of the layer", "",
      evaluate: """
        for (size_t c = 0; c < b->columns; ++c) { double m = 0; for (size_t k = 0; k < b->neurons;
        ++k) m += z[k * b->row_stride + c] / b->neurons; for (size_t k = 0; k < b->neurons;
        ++k) a[k * b->row_stride + c] = z[k * b->row_stride + c] - m; }
        """,
      backward: """
        for (size_t c = 0; c < b->columns; ++c) { double m = 0; for (size_t k = 0; k < b->neurons;
        ++k) m += received[k * b->row_stride + c] / b->neurons; for (size_t k = 0; k < b->neurons;
        ++k) delta[k * b->row_stride + c] = received[k * b->row_stride + c] - m; }
        """, flags: "NNKIT_WHOLE_LAYER"),
    formula(
      "gelu by tanh", "", value: "0.5 * x * (1 + tanh(0.7978845608 * (x + 0.044715 * x * x * x)))",
      slope: """
        ({ const double u = 0.7978845608 * (x + 0.044715 * x * x * x), t = tanh(u);
        0.5 * (1 + t) + (fabs(x) > 1e3 ? 0 : 0.5 * x * (1 - t * t) * 0.7978845608 * (1 + 3 * 0.044715 * x * x));
        })
        """),
    formula(
      "sine of 1000 z", "", value: "sin(1000 * x) / 1000", slope: "cos(1000 * x)"),
    formula(
      "rounded to quarters", "", value: "fmin(fmax(floor(4 * x), -2), 2) / 4", slope: "0",
      kinks: [-0.25, 0, 0.25, 0.5]),
    activation(
      "as steep and as far as its parameters say", "", evaluate: "NNKIT_EACH(b, i) a[i] = tanh(p[0] * (z[i] - p[1]));",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * p[0] * (1 - a[i] * a[i]);",
      functions: """
        static const nnkit_parameter list[] = {{"steep", NULL, 1, 0.01, 1000, 0, 0}, {"shift", NULL, 0,
        -100, 100, 0, 0}};
        """, parameters: "list, 2"),
    activation(
      "kink at its parameter", "", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] > p[0] ? z[i] - p[0] : 0;",
      backward: "NNKIT_EACH(b, i) delta[i] = z[i] > p[0] ? received[i] : 0;", more: ".describe = describe,",
      functions: """
        static const nnkit_parameter list[] = {{"at", NULL, 0, -INFINITY, INFINITY, 0, 0}};
        static int describe(const double *p, nnkit_shape *s) { s->kink_count = 1; s->kinks[0] = p[0];
        s->minimum = 0; return 0; }
        """, parameters: "list, 1"),
    activation(
      "sine of 30 z in both precisions", "", evaluate: "NNKIT_EACH(b, i) a[i] = sin(30 * z[i]);",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * 30 * cos(30 * z[i]);",
      more: ".evaluate_float = evaluate_float, .backward_float = backward_float,",
      functions: """
        static int evaluate_float(const double *p, const nnkit_block *b, const float *z, float *a) {
        NNKIT_EACH(b, i) a[i] = sinf(30 * z[i]); return 0; }
        static int backward_float(const double *p, const nnkit_block *b, const float *z, const float *a,
        const float *received, float *delta) {
        NNKIT_EACH(b, i) delta[i] = received[i] * 30 * cosf(30 * z[i]); return 0; }
        """),
    activation(
      "floor in both precisions", "", evaluate: "NNKIT_EACH(b, i) a[i] = floor(z[i]);",
      backward: "NNKIT_EACH(b, i) delta[i] = 0;",
      more: """
        .describe = describe, .evaluate_float = evaluate_float, .backward_float = backward_float,
        """,
      functions: """
        static int describe(const double *p, nnkit_shape *s) { s->kink_count = 16; for (int k = 0;
        k < 16; ++k) s->kinks[k] = k - 8; return 0; }
        static int evaluate_float(const double *p, const nnkit_block *b, const float *z, float *a) {
        NNKIT_EACH(b, i) a[i] = floorf(z[i]); return 0; }
        static int backward_float(const double *p, const nnkit_block *b, const float *z, const float *a,
        const float *received, float *delta) {
        NNKIT_EACH(b, i) delta[i] = 0; return 0; }
        """),
    activation(
      "length of the layer", "",
      evaluate: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0; for (size_t k = 0; k < b->neurons;
        ++k) s = hypot(s, z[k * b->row_stride + c]); for (size_t k = 0; k < b->neurons;
        ++k) a[k * b->row_stride + c] = s == 0 ? 0 : z[k * b->row_stride + c] / s; }
        """,
      backward: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0, t = 0; for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c; s = hypot(s, z[i]);
        t += a[i] * received[i]; } for (size_t k = 0; k < b->neurons; ++k) {
        size_t i = k * b->row_stride + c; delta[i] = s == 0 ? 0 : (received[i] - a[i] * t) / s; } }
        """, flags: "NNKIT_WHOLE_LAYER"),
    activation(
      "winner takes all", "",
      evaluate: """
        for (size_t c = 0; c < b->columns; ++c) { double m = -INFINITY; for (size_t k = 0;
        k < b->neurons; ++k) m = fmax(m, z[k * b->row_stride + c]); for (size_t k = 0; k < b->neurons;
        ++k) { size_t i = k * b->row_stride + c; a[i] = z[i] == m ? z[i] : 0; } }
        """, backward: "NNKIT_EACH(b, i) delta[i] = a[i] != 0 ? received[i] : 0;", flags: "NNKIT_WHOLE_LAYER"),
    formula(
      "tenth root of the distance", "", value: "pow(fabs(x), 0.1)",
      slope: "x == 0 ? 0 : copysign(0.1 * pow(fabs(x), -0.9), x)", kinks: [0]
    ),
    formula(
      "bump", "", value: "fabs(x) < 1 ? exp(-1 / (1 - x * x)) : 0",
      slope: "fabs(x) < 1 ? -2 * x / ((1 - x * x) * (1 - x * x)) * exp(-1 / (1 - x * x)) : 0"),
    formula(
      "tanh far out", "", value: "tanh(x - 500)", slope: "1 - y * y"),
    formula(
      "cubic spline", "", value: "x < 0 ? 0 : x > 1 ? 1 : x * x * (3 - 2 * x)",
      slope: "x < 0 || x > 1 ? 0 : 6 * x * (1 - x)"),
  ]
}
