internal import CKernels
internal import RealModule

/// How gradients move the parameters.
///
/// Steps and defaults are those of PyTorch's `torch.optim`.
///
/// In the formulas g is the gradient of one parameter w: the mean over the samples of the batch, plus the
/// regularization's part; r is the rate.
public enum Optimizer: Hashable, Codable, Sendable {
  /// w ← w − r g. With momentum μ: v ← μ v + g, w ← w − r v; Nesterov's: w ← w − r (g + μ v).
  case sgd(rate: Double = 1e-3, momentum: Double = 0, nesterov: Bool = false)
  /// s ← d s + (1 − d) g², w ← w − r g / (√s + ε). Tieleman and Hinton, 2012.
  case rmsprop(rate: Double = 1e-2, decay: Double = 0.99, epsilon: Double = 1e-8)
  /// s ← s + g², w ← w − r g / (√s + ε). Duchi, Hazan and Singer, 2011.
  case adagrad(rate: Double = 1e-2, epsilon: Double = 1e-10)
  /// m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², w ← w − r m̂ / (√ŝ + ε) with m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ).
  /// Kingma and Ba, 2015. With a weight decay λ (AdamW) first w ← w − r λ w, biases too: Loshchilov and Hutter, 2019.
  case adam(
    rate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0)
  /// Each weight has a step size of its own, from the rate on: it grows by η₊ while the sign of g stays, shrinks by η₋
  /// when it turns. Riedmiller and Braun, 1993.
  case rprop(
    rate: Double = 1e-2, etaMinus: Double = 0.5, etaPlus: Double = 1.2, stepMinimum: Double = 1e-6,
    stepMaximum: Double = 50)

  /// What a configuration calls it.
  package var name: String {
    switch self {
    case .sgd: "sgd"
    case .rmsprop: "rmsprop"
    case .adagrad: "adagrad"
    case .adam(_, _, _, _, let weightDecay): weightDecay == 0 ? "adam" : "adamw"
    case .rprop: "rprop"
    }
  }

  public var rate: Double {
    switch self {
    case .sgd(let rate, _, _), .rmsprop(let rate, _, _), .adagrad(let rate, _), .adam(let rate, _, _, _, _),
      .rprop(let rate, _, _, _, _):
      rate
    }
  }

  /// The same with another rate.
  package func with(rate: Double) -> Optimizer {
    switch self {
    case .sgd(_, let momentum, let nesterov): .sgd(rate: rate, momentum: momentum, nesterov: nesterov)
    case .rmsprop(_, let decay, let epsilon): .rmsprop(rate: rate, decay: decay, epsilon: epsilon)
    case .adagrad(_, let epsilon): .adagrad(rate: rate, epsilon: epsilon)
    case .adam(_, let beta1, let beta2, let epsilon, let decay):
      .adam(rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay)
    case .rprop(_, let minus, let plus, let minimum, let maximum):
      .rprop(rate: rate, etaMinus: minus, etaPlus: plus, stepMinimum: minimum, stepMaximum: maximum)
    }
  }

  /// How many numbers it keeps for each parameter.
  package var stateCount: Int {
    switch self {
    case .sgd(_, let momentum, _): momentum == 0 ? 0 : 1
    case .rmsprop, .adagrad: 1
    case .adam, .rprop: 2
    }
  }

  /// What state `index` of a parameter begins with.
  var initialState: [Double] {
    if case .rprop(let rate, _, _, _, _) = self { return [0, rate] }
    return [Double](repeating: 0, count: stateCount)
  }
}

/// A step that a product takes at once, in place of a gradient: M ← keep · M + factor · Σ δ x.
struct FusedUpdate {
  /// M is the optimizer's state of the weights, along which these move afterwards: w ← w − r M; otherwise the weights.
  let movesState: Bool
  let keep: Double
  let factor: Double
}

extension Optimizer {
  /// Its step on weights, if a product can take it at once; nil if it needs their gradients.
  ///
  /// Plain SGD: w ← (1 − r l₂) w − (r / samples) Σ δ x. Momentum: v ← μ v + (1 / samples) Σ δ x.
  func fusedUpdate(samples: Int, rate: Double, regularization: Regularization) -> FusedUpdate? {
    guard case .sgd(_, let momentum, let nesterov) = self, regularization.l1 == 0 else { return nil }
    if momentum == 0 {
      return FusedUpdate(movesState: false, keep: 1 - rate * regularization.l2, factor: -rate / Double(samples))
    }
    if nesterov || regularization.l2 != 0 { return nil }
    return FusedUpdate(movesState: true, keep: momentum, factor: 1 / Double(samples))
  }
}

/// What a network's loss adds for its weights (not its biases): l1 · Σ|w| + (l2 / 2) · Σw².
public struct Regularization: Hashable, Codable, Sendable {
  public var l1: Double
  public var l2: Double

  public init(l1: Double = 0, l2: Double = 0) {
    self.l1 = l1
    self.l2 = l2
  }
}

/// One step of an optimizer, as the kernels take it.
public struct OptimizerStep {
  let optimizer: Optimizer
  let rate: Double
  /// 1 / samples of the batch: gradients are sums over its columns.
  let gradientScale: Double
  var regularization: Regularization
  /// Which step it is, from 1.
  let number: Int

  var common: nnk_step {
    nnk_step(gradient_scale: gradientScale, l1: regularization.l1, l2: regularization.l2, rate: rate)
  }

  /// 1 − β₁ᵗ and 1 − β₂ᵗ.
  func corrections(_ beta1: Double, _ beta2: Double) -> (Double, Double) {
    (1 - Double.pow(beta1, number), 1 - Double.pow(beta2, number))
  }
}
