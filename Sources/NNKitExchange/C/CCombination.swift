/// How the bundled kinds of neurons combine x, w and b into z, in C99 on a type `real`.
///
/// Each is the body of a function of `const real *x, const TYPE *w, real b, int n`, which returns z.
enum CCombination {
  static let bundled: [String: String] = [
    "average": """
    real sum = 0;
    (void)w, (void)b;
    for (int i = 0; i < n; ++i) sum += x[i];
    return sum / n;
    """,
    "maximum": """
    real greatest = x[0];
    (void)w, (void)b;
    for (int i = 1; i < n; ++i) greatest = x[i] > greatest ? x[i] : greatest;
    return greatest;
    """,
    "weighted_sum": """
    real z = b;
    for (int i = 0; i < n; ++i) z += w[i] * x[i];
    return z;
    """,
    "radial_basis": """
    real sum = 0;
    for (int i = 0; i < n; ++i) sum += (x[i] - w[i]) * (x[i] - w[i]);
    return exp(b) * sqrt(sum);
    """,
    "product": """
    real z = 1;
    for (int i = 0; i < n; ++i) z *= 1 + w[i] * x[i];
    return z + b;
    """,
    "quadratic": """
    real z = b;
    for (int i = 0; i < n; ++i) z += (w[i] + w[n + i] * x[i]) * x[i];
    return z;
    """,
    "cosine": """
    real dot = 0, ww = 0, xx = 0;
    for (int i = 0; i < n; ++i) dot += w[i] * x[i], ww += w[i] * (real)w[i], xx += x[i] * x[i];
    return (ww == 0 || xx == 0 ? 0 : dot / (sqrt(ww) * sqrt(xx))) + b;
    """,
  ]

  static func definition(named name: String, number: String) -> String? {
    guard let body = bundled[name] else { return nil }
    let lines = body.split(separator: "\n").map { "  \($0)" }
    return (["static real \(name)(const real *x, const \(number) *w, real b, int n) {"] + lines + ["}"])
      .joined(separator: "\n")
  }
}
