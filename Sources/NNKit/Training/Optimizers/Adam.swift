internal import CKernels
internal import RealModule

/// Running means of g and of g² give each parameter its own step: Kingma and Ba, 2015, as `torch.optim.Adam` computes it.
///
/// m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², w ← w − r m̂ / (√ŝ + ε) with m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ),
/// where r is the learning rate and t the step's number.
public struct Adam: Optimizer {
  /// What a configuration calls it.
  public static let name = "adam"
  /// One line for tables and help.
  public static let summary = "steps by running means of the gradient and of its square"
  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("beta1", \.beta1, .from(0, below: 1), "how much of the gradient's mean each step keeps"),
    Setting("beta2", \.beta2, .from(0, below: 1), "how much of the squared gradient's mean each step keeps"),
    Setting("epsilon", \.epsilon, .atLeast(0), "keeps the divisor from being 0"),
  ]

  /// That of the first step; the schedule changes it.
  public var learningRate: Double
  /// β₁: how much of the mean gradient stays in a step.
  public var beta1: Double
  /// β₂: how much of the mean squared gradient stays in a step.
  public var beta2: Double
  /// ε, which keeps the division by the root from 0.
  public var epsilon: Double

  /// With settings of its own.
  public init() { self.init(learningRate: 1e-3) }

  /// With settings of its own.
  public init(learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// What it keeps for each parameter between steps.
  public var memory: [OptimizerMemory] { [OptimizerMemory("m"), OptimizerMemory("s")] }

  /// Moves the parameters of `step`.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) { self.step(step, weightDecay: 0) }

  /// Adam's step after w ← w − r λ w.
  func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>, weightDecay: Double) {
    step.run(
      nnk_step_adam_f32, nnk_step_adam_f64, beta1, beta2, epsilon, weightDecay, 1 - Double.pow(beta1, step.number),
      1 - Double.pow(beta2, step.number))
  }

  /// The formulas of one step, with its numbers put in; an explanation shows them.
  public func formulas(at moment: StepMoment) -> [StepFormula] { Self.formulas(at: moment, kept: "w") }

  /// Adam's formulas, where `kept` is what is left of w before the gradient's part is taken off.
  static func formulas(at moment: StepMoment, kept: String) -> [StepFormula] {
    if moment.isAlone { return [.parameter("\(kept) - learning_rate·g / (|g| + epsilon)")] }
    return [
      .memory(0, "beta1·m + (1 - beta1)·g"), .memory(1, "beta2·s + (1 - beta2)·g^2"),
      .parameter("\(kept) - learning_rate·(m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)"),
    ]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    "w ← w − \(shortNumber(learningRate))·\(g) / (|\(g)| + \(shortNumber(epsilon)))"
  }
}

extension Optimizer where Self == Adam {
  /// Steps by running means of g and g²; see `Adam`.
  public static func adam(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Adam {
    Adam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon)
  }
}
