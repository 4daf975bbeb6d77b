internal import CKernels

/// Steps divided by the root of a running mean of g²: Tieleman and Hinton, 2012, as `torch.optim.RMSprop` computes it.
///
/// s ← d s + (1 − d) g², w ← w − r g / (√s + ε), where r is the learning rate and d the decay.
public struct RMSprop: Optimizer {
  /// `optimizer: rmsprop`.
  public static let name = "rmsprop"
  /// Beside the name in tables of optimizers.
  public static let summary = "steps divided by the root of a running mean of the squared gradient"
  /// The learning rate r, the decay d and ε.
  public static let settings: [Setting<Self>] = [
    learningRateSetting, Setting("decay", \.decay, .from(0, below: 1), "how much of the mean each step keeps"),
    Setting("epsilon", \.epsilon, .atLeast(0), "keeps the divisor from being 0"),
  ]

  /// r, before a schedule changes it.
  public var learningRate: Double
  /// α: how much of the mean squared gradient stays in a step.
  public var decay: Double
  /// ε, which keeps the division by the root from 0.
  public var epsilon: Double

  /// PyTorch's defaults.
  public init() { self.init(learningRate: 1e-2) }

  /// PyTorch's d and ε, where others are not given.
  public init(learningRate: Double, decay: Double = 0.99, epsilon: Double = 1e-8) {
    self.learningRate = learningRate
    self.decay = decay
    self.epsilon = epsilon
  }

  /// s, the running mean of g².
  public var memory: [OptimizerMemory] { [OptimizerMemory("s")] }

  /// s, then w ← w − r g / (√s + ε).
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_rmsprop_f32, nnk_step_rmsprop_f64, decay, epsilon)
  }

  /// s, then w.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    if moment.isAlone { return [.parameter("w - learning_rate·g / (sqrt((1 - decay)·g^2) + epsilon)")] }
    return [
      .memory(0, "decay·s + (1 - decay)·g^2"), .parameter("w - learning_rate·g / (sqrt(s) + epsilon)"),
    ]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    "w ← w − \(shortNumber(learningRate))·\(g)"
      + " / (√(\(shortNumber(1 - decay))·\(squared(g))) + \(shortNumber(epsilon)))"
  }
}

extension Optimizer where Self == RMSprop {
  /// Steps divided by the root of a running mean of g²; see `RMSprop`.
  public static func rmsprop(learningRate: Double = 1e-2, decay: Double = 0.99, epsilon: Double = 1e-8) -> RMSprop {
    RMSprop(learningRate: learningRate, decay: decay, epsilon: epsilon)
  }
}
