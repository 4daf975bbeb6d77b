internal import CKernels

/// Only the sign of a mean of gradients counts: Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023.
///
/// w ← w − r (sign(β₁ m + (1 − β₁) g) + λ w), then m ← β₂ m + (1 − β₂) g, where r is the learning rate and λ the weight
/// decay. A learning rate of a third to a tenth of Adam's suits it.
public struct Lion: Optimizer {
  /// `optimizer: lion`.
  public static let name = "lion"
  /// Beside the name in tables of optimizers.
  public static let summary = "steps of one size, by the sign of a mean of gradients"
  /// The learning rate r, β₁, β₂ and λ, the weight decay.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("beta1", \.beta1, .from(0, below: 1), "how much of the mean the step's direction has"),
    Setting("beta2", \.beta2, .from(0, below: 1), "how much of the mean each step keeps"),
    Setting("weight_decay", \.weightDecay, .atLeast(0), "times the learning rate: by which part parameters shrink"),
  ]

  /// r, before a schedule changes it.
  public var learningRate: Double
  /// β₁: how much of the mean gradient a step follows.
  public var beta1: Double
  /// β₂: how much of the mean gradient stays.
  public var beta2: Double
  /// How much of a parameter each step takes away, times the learning rate.
  public var weightDecay: Double

  /// The paper's β₁ and β₂, and a learning rate of 1e-4.
  public init() { self.init(learningRate: 1e-4) }

  /// The paper's β₁ and β₂, where others are not given.
  public init(learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
  }

  /// The running mean m.
  public var memory: [OptimizerMemory] { [OptimizerMemory("m")] }

  /// w by the sign of a mixture of m and g, then m.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_lion_f32, nnk_step_lion_f64, beta1, beta2, weightDecay)
  }

  /// w, then m.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    let kept = weightDecay == 0 ? "w" : "(1 - learning_rate·weight_decay)·w"
    if moment.isAlone { return [.parameter("\(kept) - learning_rate·sign(g)")] }
    return [
      .parameter("\(kept) - learning_rate·sign(beta1·m + (1 - beta1)·g)"), .memory(0, "beta2·m + (1 - beta2)·g"),
    ]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    let rate = shortNumber(learningRate)
    let kept = weightDecay == 0 ? "w" : "(1 − \(rate)·\(shortNumber(weightDecay)))·w"
    return "w ← \(kept) − \(rate)·sign \(g)"
  }
}

extension Optimizer where Self == Lion {
  /// Steps by the sign of a mean of gradients; see `Lion`.
  public static func lion(
    learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0
  ) -> Lion {
    Lion(learningRate: learningRate, beta1: beta1, beta2: beta2, weightDecay: weightDecay)
  }
}
