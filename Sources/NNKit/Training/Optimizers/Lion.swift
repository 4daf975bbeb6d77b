internal import CKernels

/// Only the sign of a mean of gradients counts: Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023.
///
/// w ← w − r (sign(β₁ m + (1 − β₁) g) + λ w), then m ← β₂ m + (1 − β₂) g, where r is the learning rate and λ the weight
/// decay. A learning rate of a third to a tenth of Adam's suits it.
public struct Lion: Optimizer {
  public static let name = "lion"
  public static let summary = "steps of one size, by the sign of a mean of gradients"
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("beta1", \.beta1, .from(0, below: 1), "how much of the mean the step's direction has"),
    Setting("beta2", \.beta2, .from(0, below: 1), "how much of the mean each step keeps"),
    Setting("weight_decay", \.weightDecay, .atLeast(0), "times the learning rate: by which part parameters shrink"),
  ]

  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  public var weightDecay: Double

  public init() { self.init(learningRate: 1e-4) }

  public init(learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
  }

  public var memory: [OptimizerMemory] { [OptimizerMemory("m")] }

  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_lion_f32, nnk_step_lion_f64, beta1, beta2, weightDecay)
  }

  public func formulas(at moment: StepMoment) -> [StepFormula] {
    let kept = weightDecay == 0 ? "w" : "(1 - learning_rate·weight_decay)·w"
    if moment.isAlone { return [.parameter("\(kept) - learning_rate·sign(g)")] }
    return [
      .parameter("\(kept) - learning_rate·sign(beta1·m + (1 - beta1)·g)"), .memory(0, "beta2·m + (1 - beta2)·g"),
    ]
  }

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
