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

  static let all: [FANNActivation] = [
    FANNActivation(code: 0, name: "FANN_LINEAR", function: "identity"),
    FANNActivation(code: 1, name: "FANN_THRESHOLD", function: "step"),
    FANNActivation(code: 2, name: "FANN_THRESHOLD_SYMMETRIC", function: "step", output: 2, move: -1),
    // 1 / (1 + e^(−2 s z))
    FANNActivation(code: 3, name: "FANN_SIGMOID", function: "sigmoid", input: 2),
    FANNActivation(code: 5, name: "FANN_SIGMOID_SYMMETRIC", function: "tanh"),
    FANNActivation(code: 7, name: "FANN_GAUSSIAN", function: "gaussian"),
    FANNActivation(code: 8, name: "FANN_GAUSSIAN_SYMMETRIC", function: "gaussian", output: 2, move: -1),
    // (s z / 2) / (1 + |s z|) + 1/2
    FANNActivation(code: 10, name: "FANN_ELLIOT", function: "softsign", output: 0.5, move: 0.5),
    FANNActivation(code: 11, name: "FANN_ELLIOT_SYMMETRIC", function: "softsign"),
    // max(0, min(1, s z)), and hard_sigmoid is max(0, min(1, z/6 + 1/2)).
    FANNActivation(code: 12, name: "FANN_LINEAR_PIECE", function: "hard_sigmoid", input: 6, shift: -3),
    FANNActivation(code: 13, name: "FANN_LINEAR_PIECE_SYMMETRIC", function: "hard_tanh"),
    FANNActivation(code: 14, name: "FANN_SIN_SYMMETRIC", function: "sine"),
    FANNActivation(code: 15, name: "FANN_COS_SYMMETRIC", function: "sine", shift: .pi / 2),
    FANNActivation(code: 16, name: "FANN_SIN", function: "sine", output: 0.5, move: 0.5),
    FANNActivation(code: 17, name: "FANN_COS", function: "sine", shift: .pi / 2, output: 0.5, move: 0.5),
  ]

  /// Those that FANN computes by straight pieces, or not at all.
  static let unsupported = [
    4: "FANN_SIGMOID_STEPWISE", 6: "FANN_SIGMOID_SYMMETRIC_STEPWISE", 9: "FANN_GAUSSIAN_STEPWISE",
  ]

  /// The one that gives nnkit's function with nothing behind it.
  static func of(_ function: String) -> FANNActivation? {
    all.first { $0.function == function && $0.output == 1 && $0.move == 0 }
  }
}
