/// The bundled activation functions in C99, on a type `real`; their parameters are arguments of the C functions.
///
/// An elementwise function takes z and the parameters and returns a; one of a whole layer takes its outputs, n of them,
/// and changes them in place.
struct CActivation {
  let parameters: [String]
  let body: String
  var isWholeLayer = false

  /// The function's definition under the name `name`.
  func definition(named name: String) -> String {
    let arguments = parameters.map { ", real \($0)" }.joined()
    let head =
      isWholeLayer ? "static void \(name)(real *a, int n\(arguments))" : "static real \(name)(real z\(arguments))"
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
    return ([head + " {"] + lines + ["}"]).joined(separator: "\n")
  }

  /// Each bundled activation by its name.
  ///
  /// Exponentials are taken of numbers that are at most 0, so that none overflows.
  static let bundled: [String: CActivation] = [
    "celu": CActivation(parameters: ["alpha"], body: "return z > 0 ? z : alpha * expm1(z / alpha);"),
    "cosine": CActivation(parameters: ["steepness"], body: "return cos(steepness * z);"),
    "elliott": CActivation(
      parameters: ["steepness"], body: "z *= steepness;\nreturn z < 0 ? 1 / (2 * (1 - z)) : (1 + z / (1 + z)) / 2;"),
    "elliott_symmetric": CActivation(
      parameters: ["steepness"], body: "return steepness * z / (1 + fabs(steepness * z));"),
    "elu": CActivation(parameters: ["alpha"], body: "return z > 0 ? z : alpha * expm1(z);"),
    "exponential": CActivation(parameters: [], body: "return exp(z);"),
    "gaussian": CActivation(parameters: ["steepness"], body: "z *= steepness;\nreturn exp(-z * z);"),
    "gaussian_symmetric": CActivation(
      parameters: ["steepness"], body: "return 2 * exp(-(steepness * z) * (steepness * z)) - 1;"),
    "gelu": CActivation(parameters: [], body: "return z * erfc(-z * 0.70710678118654752440) / 2;"),
    "hard_sigmoid": CActivation(parameters: [], body: "return z <= -3 ? 0 : z >= 3 ? 1 : (z + 3) / 6;"),
    "hard_swish": CActivation(parameters: [], body: "return z <= -3 ? 0 : z >= 3 ? z : z * (z + 3) / 6;"),
    "hard_tanh": CActivation(parameters: [], body: "return z < -1 ? -1 : z > 1 ? 1 : z;"),
    "identity": CActivation(parameters: [], body: "return z;"),
    "leaky_relu": CActivation(parameters: ["slope"], body: "return z >= 0 ? z : slope * z;"),
    "linear_piece": CActivation(
      parameters: ["steepness"], body: "z *= steepness;\nreturn z < 0 ? 0 : z > 1 ? 1 : z;"),
    "linear_piece_symmetric": CActivation(
      parameters: ["steepness"], body: "z *= steepness;\nreturn z < -1 ? -1 : z > 1 ? 1 : z;"),
    "log_sigmoid": CActivation(parameters: [], body: "return (z < 0 ? z : 0) - log1p(exp(-fabs(z)));"),
    "log_softmax": CActivation(
      parameters: [],
      body: """
        real greatest = a[0], sum = 0;
        for (int j = 1; j < n; ++j) greatest = a[j] > greatest ? a[j] : greatest;
        for (int j = 0; j < n; ++j) sum += exp(a[j] - greatest);
        for (int j = 0; j < n; ++j) a[j] = a[j] - greatest - log(sum);
        """, isWholeLayer: true),
    "mish": CActivation(
      parameters: [],
      body: """
        const real t = exp(-fabs(z));
        return z * (z < 0 ? (t * t + 2 * t) / (t * t + 2 * t + 2) : (1 + 2 * t) / (1 + 2 * t + 2 * t * t));
        """),
    "relu": CActivation(parameters: [], body: "return z < 0 ? 0 : z;"),
    "relu6": CActivation(parameters: [], body: "return z < 0 ? 0 : z > 6 ? 6 : z;"),
    "selu": CActivation(
      parameters: [],
      body: "return 1.0507009873554804934 * (z > 0 ? z : 1.6732632423543772848 * expm1(z));"),
    "sigmoid": CActivation(
      parameters: ["steepness"],
      body: """
        z *= steepness;
        const real t = exp(-fabs(z));
        return (z < 0 ? t : 1) / (1 + t);
        """),
    "silu": CActivation(
      parameters: [],
      body: """
        const real t = exp(-fabs(z));
        return z * (z < 0 ? t : 1) / (1 + t);
        """),
    "sine": CActivation(parameters: ["steepness"], body: "return sin(steepness * z);"),
    "softmax": CActivation(
      parameters: [],
      body: """
        real greatest = a[0], sum = 0;
        for (int j = 1; j < n; ++j) greatest = a[j] > greatest ? a[j] : greatest;
        for (int j = 0; j < n; ++j) sum += a[j] = exp(a[j] - greatest);
        for (int j = 0; j < n; ++j) a[j] /= sum;
        """, isWholeLayer: true),
    "softplus": CActivation(parameters: [], body: "return (z > 0 ? z : 0) + log1p(exp(-fabs(z)));"),
    "softsign": CActivation(parameters: [], body: "return z / (1 + fabs(z));"),
    "step": CActivation(parameters: [], body: "return z > 0 ? 1 : z <= 0 ? 0 : z;"),
    "threshold_symmetric": CActivation(parameters: [], body: "return z > 0 ? 1 : z <= 0 ? -1 : z;"),
    "tanh": CActivation(parameters: ["steepness"], body: "return tanh(steepness * z);"),
  ]
}
