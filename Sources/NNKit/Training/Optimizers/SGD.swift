internal import CKernels

/// Gradient descent on batches, as PyTorch's `torch.optim.SGD` computes it.
///
/// w ← w − r g, where r is the learning rate. With momentum μ: v ← μ v + g, w ← w − r v; Nesterov's: w ← w − r (g + μ v).
public struct SGD: Optimizer {
  /// What a configuration calls it.
  public static let name = "sgd"
  /// One line for tables and help.
  public static let summary = "gradient descent, with or without momentum"
  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    learningRateSetting, Setting("momentum", \.momentum, .atLeast(0), "how much of its velocity a parameter keeps"),
    Setting("nesterov", \.nesterov, "looks ahead by the momentum"),
  ]

  /// That of the first step; the schedule changes it.
  public var learningRate: Double
  /// How much of the last step stays in the next.
  public var momentum: Double
  /// Whether the step looks ahead by the momentum.
  public var nesterov: Bool

  /// With settings of its own.
  public init() { self.init(learningRate: 1e-3) }

  /// With settings of its own.
  public init(learningRate: Double, momentum: Double = 0, nesterov: Bool = false) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
  }

  /// Why the settings cannot be used together; nil if they can.
  public var conflict: String? { nesterov && momentum == 0 ? "nesterov needs a momentum > 0" : nil }
  /// What it keeps for each parameter between steps.
  public var memory: [OptimizerMemory] { momentum == 0 ? [] : [OptimizerMemory("v")] }

  /// Moves the parameters of `step`.
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

  /// The formulas of one step, with its numbers put in; an explanation shows them.
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
