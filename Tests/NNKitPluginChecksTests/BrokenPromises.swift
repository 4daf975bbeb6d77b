/// Plugins that compute what they say, and break another promise of the header.
extension BadPlugin {
  private static let tanh = "NNKIT_EACH(b, i) a[i] = tanh(z[i]);"
  private static let slope = "NNKIT_EACH(b, i) delta[i] = received[i] * (1 - a[i] * a[i]);"
  private static let kinkAtZero =
    "static int describe(const double *p, nnkit_shape *s) { s->kink_count = 1; s->kinks[0] = 0; return 0; }"
  private static let floats = """
    static int evaluate_float(const double *p, const nnkit_block *b, const float *z, float *a) {
      NNKIT_EACH(b, i) a[i] = z[i]; return 0; }
    static int backward_float(const double *p, const nnkit_block *b, const float *z, const float *a,
                              const float *received, float *delta) {
      NNKIT_EACH(b, i) delta[i] += received[i]; return 0; }
    """
  private static let canonical = """
    static int canonical_value(const double *p, const nnkit_block *b, const double *z, const double *y, double *values) {
      return value(p, b, z, y, values); }
    static int canonical_delta(const double *p, const nnkit_block *b, const double *z, const double *a,
                               const double *y, double *delta) {
      NNKIT_EACH(b, i) delta[i] += z[i] - y[i];
      return 0; }
    """

  /// Results that depend on what was there.
  static let unwritten: [BadPlugin] = [
    activation(
      "leaves outputs unwritten", "written", evaluate: "NNKIT_EACH(b, i) if (z[i] > 0) a[i] = z[i];",
      backward: "NNKIT_EACH(b, i) delta[i] = z[i] > 0 ? received[i] : 0;", more: ".describe = describe,",
      functions: kinkAtZero),
    activation(
      "leaves slopes unwritten", "written", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] > 0 ? z[i] : 0;",
      backward: "NNKIT_EACH(b, i) if (z[i] > 0) delta[i] = received[i];", more: ".describe = describe,",
      functions: kinkAtZero),
    activation(
      "adds to what was there", "written", evaluate: tanh,
      backward: "NNKIT_EACH(b, i) delta[i] += received[i] * (1 - a[i] * a[i]);"),
    activation(
      "adds in float alone", "written", more: ".evaluate_float = evaluate_float, .backward_float = backward_float,",
      functions: floats),
    activation(
      "whole layer added", "written",
      evaluate: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0; for (size_t k = 0; k < b->neurons; ++k)
        s += z[k * b->row_stride + c]; for (size_t k = 0; k < b->neurons; ++k)
        a[k * b->row_stride + c] += z[k * b->row_stride + c] - s / (double)b->neurons; }
        """,
      backward: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0; for (size_t k = 0; k < b->neurons; ++k)
        s += received[k * b->row_stride + c]; for (size_t k = 0; k < b->neurons; ++k)
        delta[k * b->row_stride + c] = received[k * b->row_stride + c] - s / (double)b->neurons; }
        """, flags: "NNKIT_WHOLE_LAYER"),
    activation(
      "hidden NaN left unwritten", "non_finite",
      evaluate: "NNKIT_EACH(b, i) { if (z[i] >= 0) a[i] = z[i]; if (z[i] < 0) a[i] = z[i]; }"),
    loss(
      "adds to its values", "written",
      wholeValue: """
        for (size_t c = 0; c < b->columns; ++c) for (size_t k = 0; k < b->neurons; ++k) {
        size_t i = k * b->row_stride + c; values[c] += (a[i] - y[i]) * (a[i] - y[i]) / 2; }
        """),
    loss(
      "leaves gradients unwritten", "written",
      value: "fabs(a[i] - y[i]) > 0.1 ? pow(fabs(a[i] - y[i]) - 0.1, 2) : 0",
      wholeGradient: """
        NNKIT_EACH(b, i) { double d = a[i] - y[i], e = fabs(d);
        if (e > 0.1) received[i] = 2 * (e - 0.1) * (d < 0 ? -1 : 1); }
        """),
    loss(
      "canonical pair that adds", "written",
      more: """
        .canonical_activation = "identity", .canonical_value = canonical_value, .canonical_delta = canonical_delta,
        """, functions: canonical),
    neuron(
      "sends what was there again", "addition",
      send: """
        for (size_t i = 0; i < r->fan_in; ++i) for (size_t c = 0; c < r->columns; ++c) messages[i * r->row_stride + c] *= 2;
        """),
  ]

  /// Derivatives wrong by a thousandth or less, of functions that cannot name their kinks.
  static let slightlyWrong: [BadPlugin] = [
    loss("gradient off by 1 in 2000", "gradient", gradient: "(a[i] - y[i]) * 1.0005"),
    loss("gradient off by 1 in 100,000", "gradient", gradient: "(a[i] - y[i]) * 1.00001"),
    loss("gradient wrong for more than 12 outputs", "gradient", gradient: "(a[i] - y[i]) / (b->neurons > 12 ? 2 : 1)"),
    neuron("weight gradient off by 1 in 1000", "slopes", dw: "d * xi * 1.001"),
    neuron("weight gradient off by 1 in 10,000", "slopes", dw: "d * xi * 1.0001"),
    neuron("message off by 1 in 10,000", "slopes", dx: "d * wi * 1.0001"),
    neuron(
      "bias gradient off by 1 in 10,000", "slopes",
      accumulate: "for (size_t k = 0; k < r->neurons; ++k) for (size_t c = 0; c < r->columns; ++c) \\\n"
        + "db[k] += 0.0001 * delta[k * r->row_stride + c];"),
    neuron("wrong for many inputs", "slopes", dx: "d * wi * (r->fan_in > 20 ? 1.001 : 1)"),
    activation(
      "softmax off by 1 in 2000", "derivative",
      evaluate: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0, m = -INFINITY;
        for (size_t k = 0; k < b->neurons; ++k) m = fmax(m, z[k * b->row_stride + c]);
        for (size_t k = 0; k < b->neurons; ++k) s += exp(z[k * b->row_stride + c] - m);
        for (size_t k = 0; k < b->neurons; ++k) a[k * b->row_stride + c] = exp(z[k * b->row_stride + c] - m) / s; }
        """,
      backward: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0; for (size_t k = 0; k < b->neurons; ++k)
        s += received[k * b->row_stride + c] * a[k * b->row_stride + c]; for (size_t k = 0; k < b->neurons; ++k)
        delta[k * b->row_stride + c] = 1.0005 * a[k * b->row_stride + c] * (received[k * b->row_stride + c] - s); }
        """, flags: "NNKIT_WHOLE_LAYER"),
  ]

  /// What a function may not do besides.
  static let sideEffects: [BadPlugin] = [
    activation(
      "rounds upwards", "environment", evaluate: tanh + "fesetround(FE_UPWARD);", backward: slope,
      functions: "#include <fenv.h>"),
    activation(
      "has tiny numbers be 0", "environment",
      evaluate: tanh + """
        if (b->columns == 40) {
        #if defined(__x86_64__)
          __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
        #else
          __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long long)1 << 24));
        #endif
        }
        """, backward: slope),
    activation(
      "prints", "environment", evaluate: tanh + "printf(\"%g\\n\", z[0]);", backward: slope,
      functions: "#include <stdio.h>"),
    activation(
      "writes to its block", "environment", evaluate: "((nnkit_block *)b)->flags = 7;" + tanh, backward: slope),
    activation(
      "writes to its parameters", "environment",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (b->columns == 40) ((volatile double *)p)[0] = 2;",
      functions: "static const nnkit_parameter list[] = {{\"unused\", NULL, 1, 0.5, 4, 0, 0}};", parameters: "list, 1"),
    neuron("writes to its rows", "environment", send: "((nnkit_rows *)r)->flags = 7;"),
    activation(
      "writes its input and puts it back", "inputs", status: "crashed",
      evaluate: """
        NNKIT_EACH(b, i) { volatile double *w = (double *)z + i; *w *= 2; a[i] = tanh(*w / 2); *w /= 2; }
        """, backward: slope),
    neuron(
      "writes the weights that were there", "inputs", status: "crashed",
      accumulate: "if (r->neurons) { volatile double *first = (double *)w; *first = *first; }"),
    activation(
      "hides NaN", "non_finite", evaluate: "NNKIT_EACH(b, i) a[i] = isnan(z[i]) ? 0 : tanh(z[i]);", backward: slope),
    activation(
      "never finite", "values", evaluate: "NNKIT_EACH(b, i) a[i] = INFINITY;",
      backward: "NNKIT_EACH(b, i) delta[i] = INFINITY;"),
    loss("loss never finite", "values", value: "INFINITY", gradient: "0"),
    activation(
      "wrong in large blocks", "blocks",
      evaluate: "NNKIT_EACH(b, i) a[i] = b->neurons * b->columns > 20000 ? 0 : z[i];"),
    activation(
      "wrong where rows lie apart", "bounds",
      evaluate: "NNKIT_EACH(b, i) a[i] = b->row_stride > b->columns + 5 ? 0 : z[i];"),
    neuron("wrong in large layers", "blocks", z: "sum * (r->neurons > 10 && j > 3 ? 2 : 1)"),
    activation(
      "raises a signal in its fifth call", "values", status: "crashed",
      evaluate: "static int calls; if (++calls == 5) raise(SIGFPE); NNKIT_EACH(b, i) a[i] = z[i];",
      functions: "#include <signal.h>"),
    activation(
      "kills itself", "values", status: "crashed", evaluate: "raise(SIGKILL);", functions: "#include <signal.h>"),
    activation(
      "starts a process and waits for it", "values", evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; (void)!system(\":\");"),
    activation(
      "borrows its memory to a process", "values",
      evaluate: """
        NNKIT_EACH(b, i) a[i] = z[i];
        static int once; if (!once++) { pid_t child = vfork(); if (child == 0) _exit(0); waitpid(child, NULL, 0); }
        """, functions: "#include <sys/wait.h>"),
    activation(
      "state behind a NaN", "repetition",
      evaluate: """
        NNKIT_EACH(b, i) a[i] = z[i];
        if (b->columns == 64) { a[0] = NAN; a[1] += 1e-9 * calls++; }
        """, functions: "static int calls;"),
  ]
}
