/// Adam with weight decay apart from the gradient: Loshchilov and Hutter, 2019, as `torch.optim.AdamW` computes it.
///
/// First w ← w − r λ w, biases too, where r is the learning rate and λ the weight decay; then Adam's step.
public struct AdamW: Optimizer {
  /// `optimizer: adamw`.
  public static let name = "adamw"
  /// Beside the name in tables of optimizers.
  public static let summary = "adam, after each parameter has shrunk by a part of itself"
  /// Adam's, then λ, the weight decay.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("beta1", \.beta1, .from(0, below: 1), "how much of the gradient's mean each step keeps"),
    Setting("beta2", \.beta2, .from(0, below: 1), "how much of the squared gradient's mean each step keeps"),
    Setting("epsilon", \.epsilon, .atLeast(0), "keeps the divisor from being 0"),
    Setting("weight_decay", \.weightDecay, .atLeast(0), "times the learning rate: by which part parameters shrink"),
  ]

  /// r, before a schedule changes it.
  public var learningRate: Double
  /// β₁: how much of the mean gradient stays in a step.
  public var beta1: Double
  /// β₂: how much of the mean squared gradient stays in a step.
  public var beta2: Double
  /// ε, which keeps the division by the root from 0.
  public var epsilon: Double
  /// How much of a parameter each step takes away, times the learning rate.
  public var weightDecay: Double

  /// Adam's defaults and a weight decay of 0.01, as PyTorch has them.
  public init() { self.init(learningRate: 1e-3) }

  /// PyTorch's defaults, where others are not given.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  private var adam: Adam { Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon) }
  /// The running means m and s, as Adam has them.
  public var memory: [OptimizerMemory] { adam.memory }

  /// The weight decay w ← w − r λ w, then Adam's step.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) { adam.step(step, weightDecay: weightDecay) }

  /// Adam's, of what the weight decay leaves.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    Adam.formulas(at: moment, kept: weightDecay == 0 ? "w" : "(1 - learning_rate·weight_decay)·w")
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    let rate = shortNumber(learningRate)
    return
      "w ← (1 − \(rate)·\(shortNumber(weightDecay)))·w − \(rate)·\(g) / (|\(g)| + \(shortNumber(epsilon)))"
  }
}

extension Optimizer where Self == AdamW {
  /// Adam with weight decay apart from the gradient; see `AdamW`.
  public static func adamw(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01
  ) -> AdamW {
    AdamW(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }
}
