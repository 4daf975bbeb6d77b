internal import CKernels
internal import RealModule

/// Adam with Nesterov's momentum: Dozat, 2016, as `torch.optim.NAdam` computes it.
///
/// With μₜ = β₁ (1 − 0.5 · 0.96^(t · decay)) and Πₜ = μ₁ · … · μₜ: m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g²,
/// w ← w − r (1 − μₜ) / (1 − Πₜ) · g / d − r μₜ₊₁ / (1 − Πₜ₊₁) · m / d, where d = √(s / (1 − β₂ᵗ)) + ε, r is the learning
/// rate and t the step's number.
public struct NAdam: Optimizer {
  /// `optimizer: nadam`.
  public static let name = "nadam"
  /// Beside the name in tables of optimizers.
  public static let summary = "adam that looks ahead by the momentum of its next step"
  /// Adam's, then ψ, the momentum decay.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("beta1", \.beta1, .from(0, below: 1), "how much of the gradient's mean each step keeps"),
    Setting("beta2", \.beta2, .from(0, below: 1), "how much of the squared gradient's mean each step keeps"),
    Setting("epsilon", \.epsilon, .atLeast(0), "keeps the divisor from being 0"),
    Setting("momentum_decay", \.momentumDecay, .atLeast(0), "how fast the momentum rises to beta1"),
  ]

  /// r, before a schedule changes it.
  public var learningRate: Double
  /// β₁: how much of the mean gradient stays in a step.
  public var beta1: Double
  /// β₂: how much of the mean squared gradient stays in a step.
  public var beta2: Double
  /// ε, which keeps the division by the root from 0.
  public var epsilon: Double
  /// How fast the momentum approaches β₁.
  public var momentumDecay: Double

  /// PyTorch's defaults.
  public init() { self.init(learningRate: 2e-3) }

  /// PyTorch's defaults, where others are not given.
  public init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    momentumDecay: Double = 4e-3
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.momentumDecay = momentumDecay
  }

  /// The running means m and s, as Adam has them.
  public var memory: [OptimizerMemory] { [OptimizerMemory("m"), OptimizerMemory("s")] }

  /// m and s, then w, a step ahead along m.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    let (next, product) = (momentum(step.number + 1), product(step.number))
    step.run(
      nnk_step_nadam_f32, nnk_step_nadam_f64, beta1, beta2, epsilon, 1 - Double.pow(beta2, step.number),
      (1 - momentum(step.number)) / (1 - product), next / (1 - product * next))
  }

  /// μₜ.
  private func momentum(_ t: Int) -> Double { beta1 * (1 - 0.5 * Double.pow(0.96, Double(t) * momentumDecay)) }

  /// Πₜ: after some hundred steps too small to make a difference, so no more factors are looked at.
  private func product(_ t: Int) -> Double {
    var product = 1.0
    for number in 0..<t where product > 1e-20 { product *= momentum(number + 1) }
    return product
  }

  /// m and s, then w.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    let t = moment.number
    let before = numberText(product(t - 1), digits: 17)
    return [
      .memory(0, "beta1·m + (1 - beta1)·g"), .memory(1, "beta2·s + (1 - beta2)·g^2"),
      .number("mu", "beta1·(1 - 0.5·0.96^(t·momentum_decay))"),
      .number("mu_next", "beta1·(1 - 0.5·0.96^((t + 1)·momentum_decay))"),
      .number("product", t == 1 ? "mu" : "\(before)·mu"),
      .number("d", "sqrt(s / (1 - beta2^t)) + epsilon"),
      .parameter(
        "w - learning_rate·(1 - mu)·g / ((1 - product)·d) - learning_rate·mu_next·m / ((1 - product·mu_next)·d)"),
    ]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    let (now, next) = (momentum(1), momentum(2))
    let factor = 1 + next * (1 - beta1) / (1 - now * next)
    return
      "w ← w − \(shortNumber(learningRate))·\(shortNumber(factor))·\(g) / (|\(g)| + \(shortNumber(epsilon)))"
  }
}

extension Optimizer where Self == NAdam {
  /// Adam with Nesterov's momentum; see `NAdam`.
  public static func nadam(
    learningRate: Double = 2e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    momentumDecay: Double = 4e-3
  ) -> NAdam {
    NAdam(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, momentumDecay: momentumDecay)
  }
}
