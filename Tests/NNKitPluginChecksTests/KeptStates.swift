/// Plugins that keep something from call to call, or that have room for a small layer only.
extension BadPlugin {
  private static let slope = "static const nnkit_parameter list[] = {{\"slope\", NULL, 1, 0.5, 4, 0, 0}};\n"
  private static let describe = ".describe = describe,"

  /// States: in `describe`, in `weight_count`, by an array's address.
  static let keptStates: [BadPlugin] = [
    activation(
      "slope kept by describe", "repetition", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * kept;",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * kept;", more: describe,
      functions: slope
        + "static double kept = 1; static int describe(const double *p, nnkit_shape *s) { kept = p[0]; return 0; }",
      parameters: "list, 1"),
    activation(
      "address of the parameters kept by describe", "repetition",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * (kept ? kept : p)[0];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (kept ? kept : p)[0];", more: describe,
      functions: slope
        + "static const double *kept; static int describe(const double *p, nnkit_shape *s) { kept = p; return 0; }",
      parameters: "list, 1"),
    activation(
      "first slope kept for ever", "repetition",
      evaluate: "if (!kept) kept = p[0]; NNKIT_EACH(b, i) a[i] = z[i] * kept;",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * kept;", functions: slope + "static double kept;",
      parameters: "list, 1"),
    activation(
      "slope kept by evaluate for backward", "repetition",
      evaluate: "kept = p[0]; NNKIT_EACH(b, i) a[i] = z[i] * kept;",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * kept;", functions: slope + "static double kept;",
      parameters: "list, 1"),
    neuron(
      "gain kept by weight_count", "repetition", z: "sum * kept", dw: "d * xi * kept", dx: "d * wi * kept",
      accumulate: "for (size_t k = 0; k < r->neurons; ++k) for (size_t c = 0; c < r->columns; ++c) \\\n"
        + "db[k] += (kept - 1) * delta[k * r->row_stride + c];", more: ".weight_count = count,",
      functions: slope + """
        static double kept = 1;
        static int count(const double *p, size_t n, size_t *count) { kept = p[0]; *count = n; return 0; }
        """, parameters: "list, 1"),
    neuron(
      "fan-in kept by weight_count", "repetition", z: "sum * (kept > 4 ? 2 : 1)",
      dw: "d * xi * (kept > 4 ? 2 : 1)", dx: "d * wi * (kept > 4 ? 2 : 1)",
      accumulate: "for (size_t k = 0; kept > 4 && k < r->neurons; ++k) for (size_t c = 0; c < r->columns; ++c) \\\n"
        + "db[k] += delta[k * r->row_stride + c];", more: ".weight_count = count,",
      functions: """
        static size_t kept;
        static int count(const double *p, size_t n, size_t *count) { kept = n; *count = n; return 0; }
        """),
    activation(
      "slopes kept by the address of z", "repetition",
      evaluate: """
        size_t n = b->neurons * b->columns; kept = b->row_stride == b->columns && n <= 4096 ? z : 0;
        NNKIT_EACH(b, i) { a[i] = tanh(z[i]); if (kept) slopes[i] = 1 - a[i] * a[i]; }
        """,
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (kept == z ? slopes[i] : 1 - a[i] * a[i]);",
      functions: "static _Thread_local const double *kept; static _Thread_local double slopes[4096];"),
    activation(
      "answer kept by an address and its first number", "repetition",
      evaluate: """
        size_t n = b->neurons * b->columns; int fits = b->row_stride == b->columns && n == 80;
        if (fits && z == kept && z[0] == first) { NNKIT_EACH(b, i) a[i] = answers[i]; return 0; }
        NNKIT_EACH(b, i) a[i] = tanh(z[i]);
        if (fits) { kept = z; first = z[0]; NNKIT_EACH(b, i) answers[i] = a[i]; }
        """, backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (1 - a[i] * a[i]);",
      functions: "static _Thread_local const double *kept; static _Thread_local double first, answers[80];"),
    loss(
      "errors kept by the address of the outputs", "repetition",
      wholeValue: """
        extern _Thread_local const double *kept; extern _Thread_local double errors[4096];
        int fits = b->neurons * b->columns <= 4096 && b->row_stride == b->columns; kept = fits ? a : 0;
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons; ++k) {
        size_t i = k * b->row_stride + c; double e = a[i] - y[i]; if (fits) errors[i] = e; values[c] += e * e / 2; } }
        """,
      wholeGradient: """
        extern _Thread_local const double *kept; extern _Thread_local double errors[4096];
        NNKIT_EACH(b, i) received[i] = kept == a ? errors[i] : a[i] - y[i];
        """, functions: "_Thread_local const double *kept; _Thread_local double errors[4096];"),
    neuron(
      "sums kept by the address of z", "repetition",
      dw: "d * (kept == z && j == 0 && c == 0 && i == 0 ? first : xi)",
      combine: "if (r->neurons && r->columns) { kept = z; first = x[0]; }",
      functions: "static _Thread_local const void *kept; static _Thread_local double first;"),
  ]

  /// What `describe` and `weight_count` leave behind.
  static let describesThatDoMore: [BadPlugin] = [
    activation(
      "describe prints", "environment", more: describe,
      functions: "#include <stdio.h>\nstatic int describe(const double *p, nnkit_shape *s) { puts(\"?\"); return 0; }"),
    activation(
      "describe rounds upwards", "environment", more: describe,
      functions: """
        #include <fenv.h>
        static int describe(const double *p, nnkit_shape *s) { fesetround(FE_UPWARD); return 0; }
        """),
    activation(
      "describe writes beyond its shape", "bounds", status: "crashed", more: describe,
      functions: """
        static int describe(const double *p, nnkit_shape *s) { volatile double *k = s->kinks; k[16] = k[16]; return 0; }
        """),
    neuron(
      "weight_count prints", "environment", more: ".weight_count = count,",
      functions: """
        #include <stdio.h>
        static int count(const double *p, size_t n, size_t *count) { puts("?"); *count = n; return 0; }
        """),
  ]

  private static let extraParameter =
    "static volatile double unused; static const nnkit_parameter list[] = "
    + "{{\"slope\", NULL, 1, 0.5, 4, 0, 0}};\n"

  /// Reads of parameters that are not there, of which nothing follows; and a write to those that are.
  static let otherParameters: [BadPlugin] = [
    activation(
      "read behind the parameters", "bounds", status: "crashed",
      evaluate: "unused = p[1]; NNKIT_EACH(b, i) a[i] = z[i] * p[0];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * p[0];", functions: extraParameter, parameters: "list, 1"),
    activation(
      "read before the parameters", "bounds", status: "crashed", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * p[0];",
      backward: "unused = p[-1]; NNKIT_EACH(b, i) delta[i] = received[i] * p[0];", functions: extraParameter,
      parameters: "list, 1"),
    activation(
      "read of parameters where there are none", "bounds", status: "crashed",
      evaluate: "unused = p[0]; NNKIT_EACH(b, i) a[i] = z[i];", functions: "static volatile double unused;"),
    activation(
      "describe reads behind the parameters", "bounds", status: "crashed",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * p[0];", backward: "NNKIT_EACH(b, i) delta[i] = received[i] * p[0];",
      more: describe,
      functions: extraParameter
        + "static int describe(const double *p, nnkit_shape *s) { unused = p[1]; return 0; }", parameters: "list, 1"),
    loss(
      "value reads parameters where there are none", "bounds", status: "crashed",
      wholeValue: """
        volatile double unused = p[0]; (void)unused;
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons; ++k) {
        size_t i = k * b->row_stride + c; values[c] += (a[i] - y[i]) * (a[i] - y[i]) / 2; } }
        """),
    loss(
      "gradient reads parameters where there are none", "bounds", status: "crashed",
      wholeGradient: "volatile double unused = p[3]; (void)unused; NNKIT_EACH(b, i) received[i] = a[i] - y[i];"),
    neuron(
      "combine reads behind the parameters", "bounds", status: "crashed", z: "sum * p[0]", dw: "d * xi * p[0]",
      dx: "d * wi * p[0]", combine: "unused = p[1];",
      accumulate: "for (size_t k = 0; k < r->neurons; ++k) for (size_t c = 0; c < r->columns; ++c) \\\n"
        + "db[k] += (p[0] - 1) * delta[k * r->row_stride + c];", functions: extraParameter, parameters: "list, 1"),
    neuron(
      "accumulate reads parameters where there are none", "bounds", status: "crashed", accumulate: "unused = p[0];",
      functions: "static volatile double unused;"),
    neuron(
      "weight_count reads behind the parameters", "bounds", status: "crashed", more: ".weight_count = count,",
      functions: extraParameter
        + "static int count(const double *p, size_t n, size_t *count) { unused = p[1]; *count = n; return 0; }",
      parameters: "list, 1"),
  ]

  /// Right for small layers.
  static let smallBuffers: [BadPlugin] = [
    activation(
      "room for 70,000 elements", "blocks", status: "crashed",
      evaluate: """
        volatile double room[70000]; size_t n = 0; NNKIT_EACH(b, i) room[n++] = z[i]; n = 0; NNKIT_EACH(b, i) a[i] = room[n++];
        """),
    activation(
      "first 1024 neurons alone", "blocks", evaluate: "NNKIT_EACH(b, i) a[i] = i / b->row_stride < 1024 ? z[i] : 0;"),
    kind(
      "room for 1024 inputs", "slopes", status: "crashed",
      z: """
        volatile double room[1024]; double z = bias; for (size_t i = 0; i < n; ++i) room[i] = x[i];
        for (size_t i = 0; i < n; ++i) z += w[i] * room[i]; return z;
        """),
    loss(
      "gradient of the first 1024 outputs alone", "gradient",
      gradient: "b->row_stride > 0 && i / b->row_stride < 1024 ? a[i] - y[i] : 0"),
  ]

  /// NaN that does not come out.
  static let hiddenNaN: [BadPlugin] = [
    loss("loss that hides NaN", "non_finite", value: "isnan(a[i] - y[i]) ? 0 : (a[i] - y[i]) * (a[i] - y[i]) / 2"),
    loss(
      "greatest error by fmax", "non_finite",
      wholeValue: """
        for (size_t c = 0; c < b->columns; ++c) { values[c] = 0; for (size_t k = 0; k < b->neurons;
        ++k) values[c] = fmax(values[c], fabs(a[k * b->row_stride + c] - y[k * b->row_stride + c])); }
        """,
      wholeGradient: """
        for (size_t c = 0; c < b->columns; ++c) { size_t best = 0; double most = -1; for (size_t k = 0;
        k < b->neurons; ++k) { size_t i = k * b->row_stride + c; double e = fabs(a[i] - y[i]);
        received[i] = 0; if (e > most) { most = e; best = i; } }
        if (b->neurons) { best = most < 0 ? c : best; received[best] = a[best] > y[best] ? 1 : a[best] < y[best] ? -1 : 0; } }
        """),
    neuron("kind that hides NaN", "non_finite", z: "(isnan(sum) ? 0 : sum)"),
    activation(
      "layer that hides NaN", "non_finite",
      evaluate: """
        for (size_t c = 0; c < b->columns; ++c) { double m = 0; for (size_t k = 0; k < b->neurons; ++k)
        m += z[k * b->row_stride + c] / b->neurons; for (size_t k = 0; k < b->neurons; ++k) {
        double d = z[k * b->row_stride + c] - m; a[k * b->row_stride + c] = isnan(d) ? 0 : d; } }
        """,
      backward: """
        for (size_t c = 0; c < b->columns; ++c) { double m = 0; for (size_t k = 0; k < b->neurons; ++k)
        m += received[k * b->row_stride + c] / b->neurons; for (size_t k = 0; k < b->neurons; ++k)
        delta[k * b->row_stride + c] = received[k * b->row_stride + c] - m; }
        """, flags: "NNKIT_WHOLE_LAYER"),
  ]

  private static func shares(_ a: String) -> String {
    """
    for (size_t c = 0; c < b->columns; ++c) { double s = 0, m = -INFINITY;
    for (size_t k = 0; k < b->neurons; ++k) m = fmax(m, z[k * b->row_stride + c]);
    for (size_t k = 0; k < b->neurons; ++k) s += exp(z[k * b->row_stride + c] - m);
    for (size_t k = 0; k < b->neurons; ++k) { double e = exp(z[k * b->row_stride + c] - m) / s;
    a[k * b->row_stride + c] = \(a); } }
    """
  }

  /// Wrong for some targets, some layers, or one value of a parameter.
  static let wrongInPlaces: [BadPlugin] = [
    loss(
      "pair for targets that add up to 1 alone", "canonical", value: "(y[i] == 0 ? 0 : -y[i] * log(a[i]))",
      gradient: "y[i] == 0 ? 0 : -y[i] / a[i]", outputs: "0, 1", targets: "0, 1",
      more: """
        .canonical_activation = "softmax", .canonical_value = canonical_value, .canonical_delta = canonical_delta,
        """,
      functions: """
        static int canonical_value(const double *p, const nnkit_block *b, const double *z, const double *y, double *values) {
          for (size_t c = 0; c < b->columns; ++c) { double s = 0, m = -INFINITY; values[c] = 0;
          for (size_t k = 0; k < b->neurons; ++k) m = fmax(m, z[k * b->row_stride + c]);
          for (size_t k = 0; k < b->neurons; ++k) s += exp(z[k * b->row_stride + c] - m);
          for (size_t k = 0; k < b->neurons; ++k)
            values[c] += y[k * b->row_stride + c] * (m + log(s) - z[k * b->row_stride + c]); }
          return 0; }
        static int canonical_delta(const double *p, const nnkit_block *b, const double *z, const double *a,
                                   const double *y, double *delta) { NNKIT_EACH(b, i) delta[i] = a[i] - y[i]; return 0; }
        """),
    activation(
      "logarithm of shares that are rounded to 0", "values", evaluate: shares("log(e)"),
      backward: """
        for (size_t c = 0; c < b->columns; ++c) { double s = 0; for (size_t k = 0; k < b->neurons; ++k)
        s += received[k * b->row_stride + c]; for (size_t k = 0; k < b->neurons; ++k)
        delta[k * b->row_stride + c] = received[k * b->row_stride + c] - s * exp(a[k * b->row_stride + c]); }
        """, flags: "NNKIT_WHOLE_LAYER"),
    activation(
      "wrong at 1", "parameters", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * p[0];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (p[0] == 1 ? 2 : p[0]);",
      functions: "static const nnkit_parameter list[] = {{\"slope\", NULL, 3, -5, 5, 0, 0}};", parameters: "list, 1"),
    activation(
      "unwritten at 0", "parameters", evaluate: "if (p[0] != 0) NNKIT_EACH(b, i) a[i] = z[i] * p[0];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * p[0];",
      functions: "static const nnkit_parameter list[] = {{\"slope\", NULL, 3, -5, 5, 0, 0}};", parameters: "list, 1"),
    activation(
      "refuses all but its defaults", "parameters",
      evaluate: "if (p[0] != 3) return NNKIT_REFUSED; NNKIT_EACH(b, i) a[i] = z[i];",
      functions: "static const nnkit_parameter list[] = {{\"slope\", NULL, 3, -5, 5, 0, 0}};", parameters: "list, 1"),
  ]

  /// Parameters that depend on each other, and are refused where they do not go together.
  static let dependentParameters: [BadPlugin] = [
    activation(
      "band", "",
      evaluate: """
        if (p[0] >= p[1]) return NNKIT_REFUSED;
        NNKIT_EACH(b, i) a[i] = z[i] < p[0] ? p[0] : z[i] > p[1] ? p[1] : z[i];
        """, backward: "NNKIT_EACH(b, i) delta[i] = z[i] > p[0] && z[i] < p[1] ? received[i] : 0;", more: describe,
      functions: """
        static const nnkit_parameter list[] = {{"low", NULL, 0, -10, 10, 0, 0}, {"high", NULL, 1, -10, 10, 0, 0}};
        static int describe(const double *p, nnkit_shape *s) {
          s->kink_count = 2; s->kinks[0] = s->minimum = p[0]; s->kinks[1] = s->maximum = p[1]; return 0; }
        """, parameters: "list, 2"),
    neuron(
      "scaled sum", "", z: "sum * (p[1] - p[0])", dw: "d * xi * (p[1] - p[0])", dx: "d * wi * (p[1] - p[0])",
      accumulate: "for (size_t k = 0; k < r->neurons; ++k) for (size_t c = 0; c < r->columns; ++c) \\\n"
        + "db[k] += (p[1] - p[0] - 1) * delta[k * r->row_stride + c];", more: ".weight_count = count,",
      functions: """
        static const nnkit_parameter list[] = {{"low", NULL, 0, 0, 5, 0, 0}, {"high", NULL, 1, 0, 5, 0, 0}};
        static int count(const double *p, size_t n, size_t *count) {
          *count = n; return p[0] < p[1] ? 0 : NNKIT_REFUSED; }
        """, parameters: "list, 2"),
  ]
}
