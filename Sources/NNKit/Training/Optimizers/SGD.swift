internal import CKernels

/// Gradient descent on batches, as PyTorch's `torch.optim.SGD` computes it.
///
/// w ← w − r g, where r is the learning rate. With momentum μ: v ← μ v + g, w ← w − r v; Nesterov's: w ← w − r (g + μ v).
public struct SGD: Optimizer {
  /// `optimizer: sgd`.
  public static let name = "sgd"
  /// Beside the name in tables of optimizers.
  public static let summary = "gradient descent, with or without momentum"
  /// The learning rate r, the momentum μ, and whether it is Nesterov's.
  public static let settings: [Setting<Self>] = [
    learningRateSetting, Setting("momentum", \.momentum, .atLeast(0), "how much of its velocity a parameter keeps"),
    Setting("nesterov", \.nesterov, "looks ahead by the momentum"),
  ]

  /// r, before a schedule changes it.
  public var learningRate: Double
  /// How much of the last step stays in the next.
  public var momentum: Double
  /// Whether the step looks ahead by the momentum.
  public var nesterov: Bool

  /// Plain gradient descent with PyTorch's learning rate of 0.001.
  public init() { self.init(learningRate: 1e-3) }

  /// Gradient descent; with a momentum greater than 0, by a velocity v.
  public init(learningRate: Double, momentum: Double = 0, nesterov: Bool = false) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
  }

  /// Says so if Nesterov's step is asked for without momentum.
  public var conflict: String? { nesterov && momentum == 0 ? "nesterov needs a momentum > 0" : nil }
  /// The velocity v, if there is momentum.
  public var memory: [OptimizerMemory] { momentum == 0 ? [] : [OptimizerMemory("v")] }

  /// w ← w − r g, or by way of v.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    if momentum == 0 { return step.run(nnk_step_sgd_f32, nnk_step_sgd_f64) }
    if nesterov { return step.run(nnk_step_nesterov_f32, nnk_step_nesterov_f64, momentum) }
    step.run(nnk_step_momentum_f32, nnk_step_momentum_f64, momentum)
  }

  /// w ← (1 − r l₂) w − (r / samples) Σ δ x; with momentum v ← μ v + (1 / samples) Σ δ x.
  public func fusedUpdate(samples: Int, learningRate: Double, regularization: Regularization) -> FusedUpdate? {
    if regularization.l1 != 0 { return nil }
    if momentum == 0 {
      return FusedUpdate(keep: 1 - learningRate * regularization.l2, factor: -learningRate / Double(samples))
    }
    if nesterov || regularization.l2 != 0 { return nil }
    return FusedUpdate(movesMemory: true, keep: momentum, factor: 1 / Double(samples))
  }

  /// v, then w.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    if momentum == 0 || moment.isAlone && !nesterov { return [.parameter("w - learning_rate·g")] }
    if moment.isAlone { return [.parameter("w - learning_rate·(1 + momentum)·g")] }
    let velocity = StepFormula.memory(0, "momentum·v + g")
    return [velocity, .parameter(nesterov ? "w - learning_rate·(g + momentum·v)" : "w - learning_rate·v")]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    let rate = shortNumber(learningRate)
    if momentum == 0 { return "w ← w − \(rate)·\(g)" }
    if !nesterov { return "w ← w − \(rate)·\(g) (no momentum yet)" }
    return
      "w ← w − \(rate)·\(shortNumber(1 + momentum))·\(g) (Nesterov looks ahead by the momentum \(shortNumber(momentum)))"
  }
}

extension Optimizer where Self == SGD {
  /// Gradient descent; see `SGD`.
  public static func sgd(learningRate: Double = 1e-3, momentum: Double = 0, nesterov: Bool = false) -> SGD {
    SGD(learningRate: learningRate, momentum: momentum, nesterov: nesterov)
  }
}
