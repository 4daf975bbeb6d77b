/// Activations that are wrong in a corner, or at the wrong time.
extension BadPlugin {
  static let subtleActivations: [BadPlugin] = [
    activation(
      "static scratch in evaluate", "threads",
      evaluate: """
        NNKIT_EACH(b, i) scratch[i % 4096] = z[i];
        NNKIT_EACH(b, j) a[j] = b->row_stride == b->columns && b->neurons * b->columns > 64 && b->neurons
        * b->columns < 4096 ? scratch[j] : z[j];
        """, functions: "static double scratch[4096];"),
    activation(
      "static scratch in backward", "threads",
      backward: """
        NNKIT_EACH(b, i) scratch[i % 4096] = received[i];
        NNKIT_EACH(b, j) delta[j] = b->row_stride == b->columns && b->neurons
        * b->columns > 64 && b->neurons * b->columns < 4096 ? scratch[j] : received[j];
        """, functions: "static double scratch[4096];"),
    activation(
      "static powers", "threads", evaluate: "NNKIT_EACH(b, i) a[i] = sum(z[i]);",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (1 + 2 * z[i]);",
      functions: """
        static double power[3];
        static __attribute__((noinline)) double sum(double x) { power[0] = 1; for (int k = 1; k < 3;
        ++k) power[k] = power[k - 1] * x; double s = 0; for (int k = 0; k < 3;
        ++k) s += ((volatile double *)power)[k]; return s; }
        """),
    formula(
      "infinite slope far out", "derivative", value: "tanh(x)", slope: "x > 1e3 ? INFINITY : 1 - y * y"),
    formula(
      "infinite slope in a band", "derivative", value: "tanh(x)", slope: "x > 2 && x < 2.05 ? INFINITY : 1 - y * y"),
    formula(
      "infinite slope far below", "derivative", value: "x", slope: "x < -1e12 ? -INFINITY : 1"),
    activation(
      "wrong for negative received", "derivative",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (received[i] < 0 ? 0.9 : 1);"),
    activation(
      "clips what it received", "derivative",
      backward: "NNKIT_EACH(b, i) delta[i] = fmin(fmax(received[i], -1e3), 1e3);"),
    activation(
      "forgets small received", "derivative",
      backward: "NNKIT_EACH(b, i) delta[i] = fabs(received[i]) < 1e-6 ? 0 : received[i];"),
    formula(
      "kink at 3", "derivative", value: "fabs(x - 3)", slope: "x > 3 ? 1 : -1"),
    formula(
      "clamped at 2.5", "derivative", value: "fmin(fmax(x, -2.5), 2.5)", slope: "fabs(x) < 2.5 ? 1 : 0"),
    formula(
      "jump at 4.2", "derivative", value: "x > 4.2 ? x + 0.01 : x", slope: "1"),
    formula(
      "kink at 1000.5", "derivative", value: "x > 1000.5 ? 2 * x - 1000.5 : x", slope: "x > 1000.5 ? 2 : 1"),
    formula(
      "kink at -0.004", "derivative", value: "x > -0.004 ? x : 0.5 * x - 0.002", slope: "x > -0.004 ? 1 : 0.5"),
    formula(
      "one of two kinks named", "derivative", value: "fmin(fmax(x, -1), 1)", slope: "fabs(x) < 1 ? 1 : 0", kinks: [-1]),
    formula(
      "kink named beside its place", "derivative", value: "x > 3.01 ? x : 3.01", slope: "x > 3.01 ? 1 : 0", kinks: [3]),
    formula(
      "small kink", "derivative", value: "x > 5 ? 1.001 * x - 0.005 : x", slope: "x > 5 ? 1.001 : 1"),
    formula(
      "wrong slope in a band", "derivative", value: "tanh(x)",
      slope: "x > 1 && x < 1.05 ? 1.01 * (1 - y * y) : 1 - y * y"),
    formula(
      "no slope between at a kink", "derivative", value: "x > 0 ? x : 0", slope: "x > 0 ? 1 : x < 0 ? 0 : 5", kinks: [0]
    ),
    formula(
      "slope of another function", "derivative", value: "x / (1 + exp(-x))", slope: "1 / (1 + exp(-x))"),
    formula(
      "slope slightly off where flat", "derivative", value: "tanh(x)", slope: "1 - y * y + (fabs(x) > 6 ? 1e-4 : 0)"),
    activation(
      "hash of z", "derivative",
      evaluate: """
        NNKIT_EACH(b, i) { union { double d; unsigned long long u; } v; v.d = z[i]; v.u ^= v.u >> 33;
        v.u *= 0xff51afd7ed558ccdULL; v.u ^= v.u >> 33; a[i] = (double)(v.u >> 11) * 0x1p-53; }
        """, backward: "NNKIT_EACH(b, i) delta[i] = 0;"),
    activation(
      "float without its parameter", "parameters", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * p[0];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * p[0];",
      more: ".evaluate_float = evaluate_float, .backward_float = backward_float,",
      functions: """
        static const nnkit_parameter list[] = {{"slope", NULL, 1, 0.5, 4, 0, 0}};
        static int evaluate_float(const double *p, const nnkit_block *b, const float *z, float *a) {
        NNKIT_EACH(b, i) a[i] = z[i]; return 0; }
        static int backward_float(const double *p, const nnkit_block *b, const float *z, const float *a,
        const float *received, float *delta) {
        NNKIT_EACH(b, i) delta[i] = received[i]; return 0; }
        """, parameters: "list, 1"),
    activation(
      "float clips what it received", "float",
      more: ".evaluate_float = evaluate_float, .backward_float = backward_float,",
      functions: """
        static int evaluate_float(const double *p, const nnkit_block *b, const float *z, float *a) {
        NNKIT_EACH(b, i) a[i] = z[i]; return 0; }
        static int backward_float(const double *p, const nnkit_block *b, const float *z, const float *a,
        const float *received, float *delta) {
        NNKIT_EACH(b, i) delta[i] = fminf(received[i], 100); return 0; }
        """),
    activation(
      "wrong between a parameter's bounds", "parameters", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * p[0];",
      backward: """
        NNKIT_EACH(b, i) delta[i] = received[i] * (p[0] == 0.5 || p[0] == 1 || p[0] == 4 ? p[0] : 1);
        """,
      functions: """
        static const nnkit_parameter list[] = {{"slope", NULL, 1, 0.5, 4, 0, 0}};
        """, parameters: "list, 1"),
    activation(
      "two parameters that know nothing of each other", "parameters",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * p[0] * p[1];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (p[0] + p[1] - 1);",
      functions: """
        static const nnkit_parameter list[] = {{"up", NULL, 1, 0.5, 4, 0, 0}, {"down", NULL, 1, 0.5, 4, 0, 0}};
        """, parameters: "list, 2"),
    activation(
      "writes between rows of z", "inputs",
      evaluate: """
        NNKIT_EACH(b, i) a[i] = z[i];
        if (b->row_stride > b->columns && b->neurons > 1) ((double *)z)[b->columns] = 0;
        """),
    activation(
      "writes between rows of received", "inputs",
      backward: """
        NNKIT_EACH(b, i) delta[i] = received[i];
        if (b->row_stride > b->columns && b->neurons > 1) ((double *)received)[b->columns] = 0;
        """),
    activation(
      "forks", "values", evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; fork();"),
    activation(
      "leaves a process", "values",
      evaluate: """
        NNKIT_EACH(b, i) a[i] = z[i]; static int once; if (!once++) (void)!system("sleep 61 &");
        """),
    activation(
      "waits for a process", "values", status: "hung",
      evaluate: """
        NNKIT_EACH(b, i) a[i] = z[i]; (void)!system("sleep 62");
        """),
    activation(
      "cache from evaluate used in backward", "repetition",
      evaluate: "size_t n = 0; NNKIT_EACH(b, i) { a[i] = tanh(z[i]); if (n < 65536) cache[n++] = a[i]; }",
      backward: """
        size_t n = 0; NNKIT_EACH(b, i) { double y = n < 65536 ? cache[n++] : a[i];
        delta[i] = received[i] * (1 - y * y); }
        """, functions: "static double cache[1 << 16];"),
    formula(
      "two unnamed kinks close", "derivative", value: "fabs(x - 1) < 0.001 ? 0 : x - 1",
      slope: "fabs(x - 1) < 0.001 ? 0 : 1"),
    formula(
      "slope for tiny z", "derivative", value: "x * x", slope: "fabs(x) < 1e-2 ? 0 : 2 * x"),
    activation(
      "delta adds a constant", "derivative", backward: "NNKIT_EACH(b, i) delta[i] = received[i] + 1e-4;"),
    activation(
      "reads between rows", "bounds",
      evaluate: """
        NNKIT_EACH(b, i) a[i] = z[i];
        if (b->row_stride > b->columns && b->neurons > 1) a[0] = z[b->columns] * 0 + z[0];
        """),
    activation(
      "writes one element far", "bounds", status: "crashed",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (b->columns == 33) a[5 * b->row_stride] = 1;"),
    activation(
      "NaN at parameter 0", "parameters", evaluate: "NNKIT_EACH(b, i) a[i] = expm1(p[0] * z[i]) / p[0];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * exp(p[0] * z[i]);",
      functions: """
        static const nnkit_parameter list[] = {{"k", NULL, 1, -2, 2, 0, 0}};
        """, parameters: "list, 1"),
    formula(
      "jump tiny at 2", "derivative", value: "x > 2 ? x + 1e-5 : x", slope: "1"),
    activation(
      "float backward uses wrong sign far", "float", evaluate: "NNKIT_EACH(b, i) a[i] = tanh(z[i]);",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (1 - a[i] * a[i]);",
      more: ".evaluate_float = evaluate_float, .backward_float = backward_float,",
      functions: """
        static int evaluate_float(const double *p, const nnkit_block *b, const float *z, float *a) {
        NNKIT_EACH(b, i) a[i] = tanhf(z[i]); return 0; }
        static int backward_float(const double *p, const nnkit_block *b, const float *z, const float *a,
        const float *received, float *delta) {
        NNKIT_EACH(b, i) delta[i] = received[i] * (1 - fabsf(a[i])); return 0; }
        """),
    activation(
      "counts its calls", "repetition",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (b->columns == 64) a[0] += (n++ & 4) ? 1e-12 : 0;",
      functions: "static unsigned n;"),
  ]
}
