/// FANN's activation functions by nnkit's: a = output · f(input · s · z + shift) + move, s being the neuron's steepness.
///
/// Numbers and formulas are those of FANN 2.2, fann_data.h and fann_activation.h.
struct FANNActivation {
  let code: Int
  let name: String
  /// Nnkit's function.
  let function: String
  var input = 1.0
  var shift = 0.0
  var output = 1.0
  var move = 0.0
  /// Whether nnkit's function has a steepness of its own, which input · s then is.
  var hasSteepness = true

  /// Of several with one code, a file is read as the first.
  static let all: [FANNActivation] = [
    FANNActivation(code: 0, name: "FANN_LINEAR", function: "identity", hasSteepness: false),
    FANNActivation(code: 1, name: "FANN_THRESHOLD", function: "step", hasSteepness: false),
    FANNActivation(code: 2, name: "FANN_THRESHOLD_SYMMETRIC", function: "threshold_symmetric", hasSteepness: false),
    // 1 / (1 + e^(−2 s z))
    FANNActivation(code: 3, name: "FANN_SIGMOID", function: "sigmoid", input: 2),
    FANNActivation(code: 5, name: "FANN_SIGMOID_SYMMETRIC", function: "tanh"),
    FANNActivation(code: 7, name: "FANN_GAUSSIAN", function: "gaussian"),
    FANNActivation(code: 8, name: "FANN_GAUSSIAN_SYMMETRIC", function: "gaussian_symmetric"),
    // (s z / 2) / (1 + |s z|) + 1/2
    FANNActivation(code: 10, name: "FANN_ELLIOT", function: "elliott"),
    FANNActivation(code: 11, name: "FANN_ELLIOT_SYMMETRIC", function: "elliott_symmetric"),
    FANNActivation(code: 11, name: "FANN_ELLIOT_SYMMETRIC", function: "softsign", hasSteepness: false),
    FANNActivation(code: 12, name: "FANN_LINEAR_PIECE", function: "linear_piece"),
    // max(0, min(1, s z)), and hard_sigmoid is max(0, min(1, z/6 + 1/2)).
    FANNActivation(
      code: 12, name: "FANN_LINEAR_PIECE", function: "hard_sigmoid", input: 6, shift: -3, hasSteepness: false),
    FANNActivation(code: 13, name: "FANN_LINEAR_PIECE_SYMMETRIC", function: "linear_piece_symmetric"),
    FANNActivation(code: 13, name: "FANN_LINEAR_PIECE_SYMMETRIC", function: "hard_tanh", hasSteepness: false),
    FANNActivation(code: 14, name: "FANN_SIN_SYMMETRIC", function: "sine"),
    FANNActivation(code: 15, name: "FANN_COS_SYMMETRIC", function: "cosine"),
    FANNActivation(code: 16, name: "FANN_SIN", function: "sine", output: 0.5, move: 0.5),
    FANNActivation(code: 17, name: "FANN_COS", function: "cosine", output: 0.5, move: 0.5),
  ]

  /// Those that FANN computes by straight pieces, or not at all.
  static let unsupported = [
    4: "FANN_SIGMOID_STEPWISE", 6: "FANN_SIGMOID_SYMMETRIC_STEPWISE", 9: "FANN_GAUSSIAN_STEPWISE",
  ]

  /// The one that gives nnkit's function with nothing behind it.
  static func of(_ function: String) -> FANNActivation? {
    all.first { $0.function == function && $0.output == 1 && $0.move == 0 }
  }

  /// The steepness with which its sigmoid is nnkit's.
  var usualSteepness: Double { input == 2 ? 0.5 : 1 }

  /// What nnkit's function takes of a neuron's steepness; the rest is a factor of the weights.
  func parts(ofSteepness steepness: Double) -> (steepness: Double, weights: Double) {
    let product = input * steepness
    // FANN takes a negative steepness too.
    return hasSteepness && product >= 0 ? (product, 1) : (1, product)
  }
}
