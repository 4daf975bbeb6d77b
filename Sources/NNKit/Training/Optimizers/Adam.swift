internal import CKernels
internal import RealModule

/// Running means of the gradient g and of g² give each parameter its own step size.
///
/// Kingma and Ba, 2015, with the formulas of `torch.optim.Adam`:
/// m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², w ← w − r m̂ / (√ŝ + ε) with m̂ = m / (1 − β₁ᵗ) and
/// ŝ = s / (1 − β₂ᵗ). r is the learning rate, and t is the number of the step, from 1.
public struct Adam: Optimizer {
  /// `optimizer: adam`.
  public static let name = "adam"
  /// Beside the name in tables of optimizers.
  public static let summary = "steps by running means of the gradient and of its square"
  /// The learning rate r, β₁, β₂ and ε.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("beta1", \.beta1, .from(0, below: 1), "how much of the gradient's mean each step keeps"),
    Setting("beta2", \.beta2, .from(0, below: 1), "how much of the squared gradient's mean each step keeps"),
    Setting("epsilon", \.epsilon, .atLeast(0), "keeps the divisor from being 0"),
  ]

  /// The learning rate r, before a schedule changes it.
  public var learningRate: Double
  /// β₁: the part of the gradient's mean that each step keeps.
  public var beta1: Double
  /// β₂: the part of the squared gradient's mean that each step keeps.
  public var beta2: Double
  /// ε: keeps the divisor from being 0.
  public var epsilon: Double

  /// With the default settings.
  public init() { self.init(learningRate: 1e-3) }

  /// With the given settings.
  public init(learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// The numbers that it keeps for each parameter between steps: the running means m and s.
  public var memory: [OptimizerMemory] { [OptimizerMemory("m"), OptimizerMemory("s")] }

  /// Moves the parameters of `step`.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) { self.step(step, weightDecay: 0) }

  /// Adam's step, after the weight decay w ← w − r λ w with λ = `weightDecay`.
  func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>, weightDecay: Double) {
    step.run(
      nnk_step_adam_f32, nnk_step_adam_f64, beta1, beta2, epsilon, weightDecay, 1 - Double.pow(beta1, step.number),
      1 - Double.pow(beta2, step.number))
  }

  /// The formulas of one step; an explanation shows them with the numbers put in.
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
