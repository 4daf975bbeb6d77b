internal import CKernels

/// Steps to the lowest point of a parabola through two slopes: Fahlman, 1988, as FANN computes it.
///
/// With e = g + decay · w / samples and the step Δ before: Δ ← Δ e / (e₋₁ − e), at most μ Δ, to which −r e is added while the
/// slope keeps its direction; where the step before was 0.001 at most, Δ ← −r e. Then w ← w + Δ. r is the learning rate
/// and e₋₁ the e of the step before. It is meant for steps over the whole training set: `batch` at least its size.
public struct Quickprop: Optimizer {
  /// `optimizer: quickprop`.
  public static let name = "quickprop"
  /// Beside the name in tables of optimizers.
  public static let summary = "steps to the lowest point of a parabola, for batches of all samples"
  /// The learning rate r, μ and the decay.
  public static let settings: [Setting<Self>] = [
    learningRateSetting, Setting("mu", \.mu, .greater(than: 0), "how many times as long as the last a step may be"),
    Setting("decay", \.decay, .atLeast(0), "times each parameter is added to the sum of its gradients"),
  ]

  /// r, before a schedule changes it.
  public var learningRate: Double
  /// By what a step may grow at most.
  public var mu: Double
  /// How much the slope counts a weight itself: a weight decay.
  public var decay: Double

  /// FANN's defaults.
  public init() { self.init(learningRate: 0.7) }

  /// FANN's μ and decay, where others are not given.
  public init(learningRate: Double, mu: Double = 1.75, decay: Double = 1e-4) {
    self.learningRate = learningRate
    self.mu = mu
    self.decay = decay
  }

  /// e and the step Δ of the step before.
  public var memory: [OptimizerMemory] { [OptimizerMemory("previous"), OptimizerMemory("delta")] }

  /// Δ by the parabola, the greatest step or the learning rate, then w ← w + Δ.
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    step.run(nnk_step_quickprop_f32, nnk_step_quickprop_f64, mu, decay)
  }

  /// Δ, in the way that e and the step before decide, then w.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    let slope = decay == 0 ? "g" : "(g + decay·w / n)"
    if moment.isAlone { return [.parameter("w - learning_rate·\(slope)")] }
    let e = moment.gradient + decay * moment.parameter / Double(moment.samples)
    let (previous, delta) = (moment.memory[0], moment.memory[1])
    let isLong = abs(delta) > 0.001
    let keepsDirection = delta > 0 ? e < 0 : e > 0
    let shrink = mu / (1 + mu)
    let isGreatest = delta > 0 ? e < shrink * previous : e > shrink * previous
    var terms: [String] = []
    if isLong { terms.append(isGreatest ? "mu·delta" : "delta·\(slope) / (previous - \(slope))") }
    var formula = terms.joined()
    if !isLong || keepsDirection { formula += "\(formula.isEmpty ? "-" : " - ")learning_rate·\(slope)" }
    let note =
      !isLong ? "no step before" : isGreatest ? "the greatest step" : "to the lowest point of the parabola"
    return [
      .memory(1, formula, note: note), .memory(0, decay == 0 ? "g" : "g + decay·w / n"), .parameter("w + delta"),
    ]
  }

  /// How far a parameter with the gradient `g` moves in the first step, as a formula; nil if there is none.
  public func firstStep(_ g: String) -> String? {
    let rate = shortNumber(learningRate)
    if decay == 0 { return "w ← w − \(rate)·\(g)" }
    return "w ← w − \(rate)·(\(g) + \(shortNumber(decay))·w / n) for batches of n samples"
  }
}

extension Optimizer where Self == Quickprop {
  /// Steps to the lowest point of a parabola; see `Quickprop`.
  public static func quickprop(learningRate: Double = 0.7, mu: Double = 1.75, decay: Double = 1e-4) -> Quickprop {
    Quickprop(learningRate: learningRate, mu: mu, decay: decay)
  }
}
