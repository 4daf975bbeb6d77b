/// An optimizer that gives each parameter a step size Δ of its own, which follows the sign of the parameter's gradient.
///
/// At first Δ is the learning rate. It grows by `etaPlus` while the sign stays, and shrinks by `etaMinus` when it turns.
public protocol StepSizeOptimizer: Optimizer {
  /// η₋, in (0, 1): by which Δ shrinks when the gradient changes its sign.
  var etaMinus: Double { get set }
  /// η₊, greater than 1: by which Δ grows while the gradient keeps its sign.
  var etaPlus: Double { get set }
  /// The least Δ.
  var stepMinimum: Double { get set }
  /// The greatest Δ.
  var stepMaximum: Double { get set }
}

extension StepSizeOptimizer {
  /// The settings that all of them have.
  ///
  /// - Parameter least: When the least step size counts.
  /// - Returns: The learning rate, then η₋, η₊ and the bounds of step sizes.
  static func stepSizeSettings(least: String = "the least step size") -> [Setting<Self>] {
    [
      learningRateSetting,
      Setting("eta_minus", \.etaMinus, .greater(than: 0, below: 1), "by which a step size shrinks when the sign turns"),
      Setting("eta_plus", \.etaPlus, .greater(than: 1), "by which a step size grows while the sign stays"),
      Setting("step_minimum", \.stepMinimum, .atLeast(0), least),
      Setting("step_maximum", \.stepMaximum, .atLeast(0), "the greatest step size"),
    ]
  }

  /// False: the learning rate is each parameter's first step size, and no later one.
  public static var followsSchedule: Bool { false }

  /// Says so if the least step size is greater than the greatest.
  public var conflict: String? {
    stepMinimum > stepMaximum
      ? "`step_minimum` is \(stepMinimum), greater than `step_maximum`, \(stepMaximum)" : nil
  }

  /// The gradient of the step before (0 after a turn), and Δ.
  public var memory: [OptimizerMemory] {
    [OptimizerMemory("previous"), OptimizerMemory("step_size", initial: learningRate)]
  }
}
