import NNKit
import Testing

/// The functions that nnkit brings along, as issue and README name them.
enum Names {
  static let elementwise = [
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus",
    "softsign", "log_sigmoid", "relu6", "hard_tanh", "hard_sigmoid", "hard_swish", "sine", "gaussian", "exponential",
    "step", "cosine", "elliott", "elliott_symmetric", "gaussian_symmetric", "linear_piece", "linear_piece_symmetric",
    "threshold_symmetric",
  ]
  static let wholeLayer = ["softmax", "log_softmax"]
  static let activations = elementwise + wholeLayer
  static let losses = [
    "squared_error", "half_squared_error", "mean_squared_error", "mean_absolute_error", "huber", "log_cosh",
    "cross_entropy", "binary_cross_entropy", "hinge", "kl_divergence", "poisson", "negative_log_likelihood",
  ]
}

/// For each loss the activations that may stand before it: their outputs lie where the loss is defined.
func suitableActivations(before loss: Loss, in plugins: Plugins) throws -> [String] {
  try Names.activations.filter { name in
    let range = try plugins.activation(name).shape().range
    return loss.outputRange.lowerBound <= range.lowerBound && range.upperBound <= loss.outputRange.upperBound
  }
}

/// Targets in a loss's domain for `samples` samples: class probabilities where it compares distributions.
func targets<Scalar: NetworkScalar>(
  for loss: Loss, samples: Int, outputs: Int, random: inout RandomSource, as type: Scalar.Type = Scalar.self
) -> [[Scalar]] {
  switch loss.name {
  case "cross_entropy", "kl_divergence", "negative_log_likelihood":
    return (0..<samples).map { _ in
      let parts = (0..<outputs).map { _ in 0.05 + random.uniform() }
      return parts.map { Scalar($0 / parts.reduce(0, +)) }
    }
  case "hinge": return (0..<samples).map { _ in (0..<outputs).map { _ in random.uniform() < 0.5 ? -1 : 1 } }
  case "binary_cross_entropy": return random.table(samples, outputs, in: 0.05...0.95)
  case "poisson": return (0..<samples).map { _ in (0..<outputs).map { _ in Scalar((5 * random.uniform()).rounded()) } }
  default: return random.table(samples, outputs)
  }
}
