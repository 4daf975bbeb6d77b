internal import CKernels

/// iRPROP−: Igel and Hüsken, 2000, as FANN computes it (`FANN_TRAIN_RPROP`).
///
/// Each parameter has a step size Δ, at first the learning rate: Δ ← η₊ Δ while the sign of g stays, Δ ← η₋ Δ when it turns,
/// and w ← w − sign(g) Δ. After a turn g counts as 0: FANN then moves the parameter up by Δ, where the paper leaves it, and
/// so does nnkit. It is meant for steps over the whole training set: `batch` at least its size.
public struct IRpropMinus: Optimizer {
  /// What a configuration calls it.
  public static let name = "irpropm"
  /// One line for tables and help.
  public static let summary = "rprop as FANN has it (iRPROP−), for batches of all samples"
  /// Whether the learning rate, and so a schedule, has an effect.
  public static let followsSchedule = false
  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    learningRateSetting,
    Setting("eta_minus", \.etaMinus, .greater(than: 0, below: 1), "by which a step size shrinks when the sign turns"),
    Setting("eta_plus", \.etaPlus, .greater(than: 1), "by which a step size grows while the sign stays"),
    Setting("step_minimum", \.stepMinimum, .atLeast(0), "the least step size after a turn"),
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
  public init() { self.init(learningRate: 0.1) }

  /// With settings of its own.
  public init(
    learningRate: Double, etaMinus: Double = 0.5, etaPlus: Double = 1.2, stepMinimum: Double = 0,
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
    step.run(nnk_step_irpropm_f32, nnk_step_irpropm_f64, etaMinus, etaPlus, stepMinimum, stepMaximum)
  }

  /// The formulas of one step, with its numbers put in; an explanation shows them.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    let turns = moment.memory[0] * moment.gradient < 0
    let size =
      turns
      ? StepFormula.memory(
        1, "max(step_minimum, eta_minus·max(0.0001, step_size))", note: "the sign turns: it shrinks")
      : .memory(1, "min(step_maximum, eta_plus·max(0.0001, step_size))", note: "no turn: it grows")
    return [size, .parameter(turns ? "w + step_size" : "w - step_size·sign(g)")]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    let size = min(stepMaximum, etaPlus * max(0.0001, learningRate))
    return "w ← w − \(shortNumber(size))·sign \(g)"
  }
}

extension Optimizer where Self == IRpropMinus {
  /// iRPROP−; see `IRpropMinus`.
  public static func irpropm(
    learningRate: Double = 0.1, etaMinus: Double = 0.5, etaPlus: Double = 1.2, stepMinimum: Double = 0,
    stepMaximum: Double = 50
  ) -> IRpropMinus {
    IRpropMinus(
      learningRate: learningRate, etaMinus: etaMinus, etaPlus: etaPlus, stepMinimum: stepMinimum,
      stepMaximum: stepMaximum)
  }
}
