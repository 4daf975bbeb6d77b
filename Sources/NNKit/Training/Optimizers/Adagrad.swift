internal import CKernels

/// Steps divided by the root of the sum of all g²: Duchi, Hazan and Singer, 2011, as `torch.optim.Adagrad` computes it.
///
/// s ← s + g², w ← w − r g / (√s + ε), where r is the learning rate.
public struct Adagrad: Optimizer {
  /// `optimizer: adagrad`.
  public static let name = "adagrad"
  /// Beside the name in tables of optimizers.
  public static let summary = "steps divided by the root of the sum of all squared gradients"
  /// The learning rate r and ε.
  public static let settings: [Setting<Self>] = [
    learningRateSetting, Setting("epsilon", \.epsilon, .atLeast(0), "keeps the divisor from being 0"),
  ]

  /// r, before a schedule changes it.
  public var learningRate: Double
  /// ε, which keeps the division by the root from 0.
  public var epsilon: Double

  /// PyTorch's defaults.
  public init() { self.init(learningRate: 1e-2) }

  /// PyTorch's ε, where another is not given.
  public init(learningRate: Double, epsilon: Double = 1e-10) {
    self.learningRate = learningRate
    self.epsilon = epsilon
  }

  /// s, the sum of all g².
  public var memory: [OptimizerMemory] { [OptimizerMemory("s")] }

  /// s, then w ← w − r g / (√s + ε).
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_adagrad_f32, nnk_step_adagrad_f64, epsilon)
  }

  /// s, then w.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    if moment.isAlone { return [.parameter("w - learning_rate·g / (|g| + epsilon)")] }
    return [.memory(0, "s + g^2"), .parameter("w - learning_rate·g / (sqrt(s) + epsilon)")]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    "w ← w − \(shortNumber(learningRate))·\(g) / (|\(g)| + \(shortNumber(epsilon)))"
  }
}

extension Optimizer where Self == Adagrad {
  /// Steps divided by the root of the sum of all g²; see `Adagrad`.
  public static func adagrad(learningRate: Double = 1e-2, epsilon: Double = 1e-10) -> Adagrad {
    Adagrad(learningRate: learningRate, epsilon: epsilon)
  }
}
