internal import CKernels

/// Resilient propagation: only the gradient's sign counts.
///
/// Riedmiller and Braun, 1993, as `torch.optim.Rprop` computes it. Each parameter has a step size, at first the learning
/// rate: it grows by η₊ while the sign of g stays, and shrinks by η₋ when the sign turns; the parameter then rests for one
/// step.
public struct Rprop: StepSizeOptimizer {
  /// `optimizer: rprop`.
  public static let name = "rprop"
  /// Beside the name in tables of optimizers.
  public static let summary = "a step size for each parameter, by whether its gradient keeps its sign"
  /// The learning rate, by which the first step sizes are set, then η₋, η₊ and the bounds of step sizes.
  public static let settings = stepSizeSettings()

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

  /// PyTorch's defaults.
  public init() { self.init(learningRate: 1e-2) }

  /// PyTorch's defaults, where others are not given.
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

  /// Δ, then w ← w − sign(g) Δ, or a rest after a turn.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_rprop_f32, nnk_step_rprop_f64, etaMinus, etaPlus, stepMinimum, stepMaximum)
  }

  /// Δ, then w.
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
