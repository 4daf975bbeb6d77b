internal import CKernels

/// Resilient propagation: only the gradient's sign counts.
///
/// Riedmiller and Braun, 1993, as `torch.optim.Rprop` computes it. Each parameter has a step size, at first the learning
/// rate: it grows by η₊ while the sign of g stays, and shrinks by η₋ when the sign turns; the parameter then rests for one
/// step.
public struct Rprop: Optimizer {
  /// What a configuration calls it.
  public static let name = "rprop"
  /// One line for tables and help.
  public static let summary = "a step size for each parameter, by whether its gradient keeps its sign"
  /// Whether the learning rate, and so a schedule, has an effect.
  public static let followsSchedule = false
  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("eta_minus", \.etaMinus, .greater(than: 0, below: 1), "by which a step size shrinks when the sign turns"),
    Setting("eta_plus", \.etaPlus, .greater(than: 1), "by which a step size grows while the sign stays"),
    Setting("step_minimum", \.stepMinimum, .atLeast(0), "the least step size"),
    Setting("step_maximum", \.stepMaximum, .atLeast(0), "the greatest step size"),
  ]

  /// That of the first step; the schedule changes it.
  public var learningRate: Double
  /// By what a step shrinks when the gradient changes its sign.
  public var etaMinus: Double
  /// By what a step grows while the gradient keeps its sign.
  public var etaPlus: Double
  /// The shortest step.
  public var stepMinimum: Double
  /// The longest step.
  public var stepMaximum: Double

  /// With settings of its own.
  public init() { self.init(learningRate: 1e-2) }

  /// With settings of its own.
  public init(
    learningRate: Double, etaMinus: Double = 0.5, etaPlus: Double = 1.2, stepMinimum: Double = 1e-6,
    stepMaximum: Double = 50
  ) {
    self.learningRate = learningRate
    self.etaMinus = etaMinus
    self.etaPlus = etaPlus
    self.stepMinimum = stepMinimum
    self.stepMaximum = stepMaximum
  }

  /// Why the settings cannot be used together; nil if they can.
  public var conflict: String? {
    stepMinimum > stepMaximum
      ? "`step_minimum` is \(stepMinimum), greater than `step_maximum`, \(stepMaximum)" : nil
  }

  /// What it keeps for each parameter between steps.
  public var memory: [OptimizerMemory] {
    [OptimizerMemory("previous"), OptimizerMemory("step_size", initial: learningRate)]
  }

  /// Moves the parameters of `step`.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_rprop_f32, nnk_step_rprop_f64, etaMinus, etaPlus, stepMinimum, stepMaximum)
  }

  /// The formulas of one step, with its numbers put in; an explanation shows them.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    if moment.isAlone, stepMinimum <= moment.learningRate, moment.learningRate <= stepMaximum {
      return [.parameter("w - learning_rate·sign(g)")]
    }
    let agreement = moment.memory[0] * moment.gradient
    let (factor, why) =
      agreement > 0
      ? ("eta_plus", "the sign stays: it grows")
      : agreement < 0 ? ("eta_minus", "the sign turns: it shrinks") : ("1", "no sign before")
    let size = StepFormula.memory(1, "max(step_minimum, min(step_maximum, \(factor)·step_size))", note: why)
    return [size, agreement < 0 ? .stays(because: "the sign turned") : .parameter("w - step_size·sign(g)")]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? { "w ← w − \(shortNumber(learningRate))·sign \(g)" }
}

extension Optimizer where Self == Rprop {
  /// Resilient propagation; see `Rprop`.
  public static func rprop(
    learningRate: Double = 1e-2, etaMinus: Double = 0.5, etaPlus: Double = 1.2, stepMinimum: Double = 1e-6,
    stepMaximum: Double = 50
  ) -> Rprop {
    Rprop(
      learningRate: learningRate, etaMinus: etaMinus, etaPlus: etaPlus, stepMinimum: stepMinimum,
      stepMaximum: stepMaximum)
  }
}
