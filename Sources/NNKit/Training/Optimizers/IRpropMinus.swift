internal import CKernels

/// iRPROP−: Igel and Hüsken, 2000, as FANN computes it (`FANN_TRAIN_RPROP`).
///
/// Each parameter has a step size Δ, at first the learning rate: Δ ← η₊ Δ while the sign of g stays, Δ ← η₋ Δ when it turns,
/// and w ← w − sign(g) Δ. After a turn g counts as 0: FANN then moves the parameter up by Δ, where the paper leaves it, and
/// so does nnkit. It is meant for steps over the whole training set: `batch` at least its size.
public struct IRpropMinus: StepSizeOptimizer {
  /// `optimizer: irpropm`.
  public static let name = "irpropm"
  /// Beside the name in tables of optimizers.
  public static let summary = "rprop as FANN has it (iRPROP−), for batches of all samples"
  /// Rprop's; the least step size counts after a turn alone, as FANN has it.
  public static let settings = stepSizeSettings(least: "the least step size after a turn")

  /// Each parameter's first step size.
  public var learningRate: Double
  /// By what a step shrinks when the gradient changes its sign.
  public var etaMinus: Double
  /// By what a step grows while the gradient keeps its sign.
  public var etaPlus: Double
  /// The shortest step.
  public var stepMinimum: Double
  /// The longest step.
  public var stepMaximum: Double

  /// FANN's defaults.
  public init() { self.init(learningRate: 0.1) }

  /// FANN's defaults, where others are not given.
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

  /// Δ, then w ← w − sign(g) Δ, or w + Δ after a turn.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_irpropm_f32, nnk_step_irpropm_f64, etaMinus, etaPlus, stepMinimum, stepMaximum)
  }

  /// Δ, then w.
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
