/// Adam with weight decay apart from the gradient: Loshchilov and Hutter, 2019, as `torch.optim.AdamW` computes it.
///
/// First w ← w − r λ w, biases too, where r is the learning rate and λ the weight decay; then Adam's step.
public struct AdamW: Optimizer {
  /// What a configuration calls it.
  public static let name = "adamw"
  /// One line for tables and help.
  public static let summary = "adam, after each parameter has shrunk by a part of itself"
  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("beta1", \.beta1, .from(0, below: 1), "how much of the gradient's mean each step keeps"),
    Setting("beta2", \.beta2, .from(0, below: 1), "how much of the squared gradient's mean each step keeps"),
    Setting("epsilon", \.epsilon, .atLeast(0), "keeps the divisor from being 0"),
    Setting("weight_decay", \.weightDecay, .atLeast(0), "times the learning rate: by which part parameters shrink"),
  ]

  /// That of the first step; the schedule changes it.
  public var learningRate: Double
  /// β₁: how much of the mean gradient stays in a step.
  public var beta1: Double
  /// β₂: how much of the mean squared gradient stays in a step.
  public var beta2: Double
  /// ε, which keeps the division by the root from 0.
  public var epsilon: Double
  /// How much of a parameter each step takes away, times the learning rate.
  public var weightDecay: Double

  /// With settings of its own.
  public init() { self.init(learningRate: 1e-3) }

  /// With settings of its own.
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
  /// What it keeps for each parameter between steps.
  public var memory: [OptimizerMemory] { adam.memory }

  /// Moves the parameters of `step`.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) { adam.step(step, weightDecay: weightDecay) }

  /// The formulas of one step, with its numbers put in; an explanation shows them.
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
