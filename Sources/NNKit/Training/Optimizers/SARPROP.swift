internal import RealModule

/// Rprop with simulated annealing: Treadgold and Gedeon, "Simulated annealing and weight decay in adaptive learning: the
/// SARPROP algorithm", IEEE Transactions on Neural Networks 9(4), 1998.
///
/// With SA = 2^(−T (t − 1)), where T is the temperature and t the step: e = g + k₁ SA w is the gradient with a weight decay
/// that fades away. Each parameter has a step size Δ, at first the learning rate: Δ ← η₊ Δ while the sign of e stays, and
/// w ← w − sign(e) Δ. When it turns, Δ ← η₋ Δ, and the parameter rests. If Δ was less than k₂ E, random noise is added
/// then: Δ ← η₋ Δ + k₃ r √E SA. E is the mean loss over the batch's samples, and r a random number in 0 ..< 1 that follows
/// from the seed, the step and the parameter.
///
/// FANN's `FANN_TRAIN_SARPROP` takes its mean squared error for E and 2^1.385 for k₃. It subtracts the decay where the paper
/// and nnkit add it, and gives a parameter whose sign has just turned the step size of its neighbour. It is meant for steps
/// over the whole training set: `batch` at least its size.
public struct SARPROP: StepSizeOptimizer {
  /// `optimizer: sarprop`.
  public static let name = "sarprop"
  /// Beside the name in tables of optimizers.
  public static let summary = "rprop with weight decay and noise that fade away, for batches of all samples"
  /// Those of rprop, then T, k₁, k₂ and k₃.
  public static let settings =
    stepSizeSettings() + [
      Setting(
        "temperature", \.temperature, .atLeast(0), "how fast decay and noise fade: halved in 1 / temperature steps"),
      Setting("weight_decay", \.weightDecay, .atLeast(0), "times each parameter is added to its gradient at first"),
      Setting("threshold", \.threshold, .atLeast(0), "times the loss: noise is added to smaller step sizes"),
      Setting("noise", \.noise, .atLeast(0), "times the root of the loss: how much noise at most, at first"),
    ]
  /// True: noise and its threshold grow with E.
  public static let needsLoss = true

  /// Each parameter's first step size; FANN begins with 1e-6.
  public var learningRate: Double
  /// η₋: by which a step size shrinks when the sign turns.
  public var etaMinus: Double
  /// η₊: by which a step size grows while the sign stays.
  public var etaPlus: Double
  /// The least step size.
  public var stepMinimum: Double
  /// The greatest step size.
  public var stepMaximum: Double
  /// T; FANN's `sarprop_temperature`.
  public var temperature: Double
  /// k₁; FANN's `sarprop_weight_decay_shift` is its logarithm to the base 2.
  public var weightDecay: Double
  /// k₂; FANN's `sarprop_step_error_threshold_factor`.
  public var threshold: Double
  /// k₃; FANN's `sarprop_step_error_shift` is its logarithm to the base 2.
  public var noise: Double

  /// The paper's constants, T = 0.015 as FANN has it, and a first step size of 0.1.
  public init() { self.init(learningRate: 0.1) }

  /// The paper's constants, where others are not given.
  public init(
    learningRate: Double, etaMinus: Double = 0.5, etaPlus: Double = 1.2, stepMinimum: Double = 1e-6,
    stepMaximum: Double = 50, temperature: Double = 0.015, weightDecay: Double = 0.01, threshold: Double = 0.1,
    noise: Double = 3
  ) {
    self.learningRate = learningRate
    self.etaMinus = etaMinus
    self.etaPlus = etaPlus
    self.stepMinimum = stepMinimum
    self.stepMaximum = stepMaximum
    self.temperature = temperature
    self.weightDecay = weightDecay
    self.threshold = threshold
    self.noise = noise
  }

  /// e decides whether each Δ grows, shrinks or gets noise; then w moves by Δ, or rests.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    let cooling = Double.exp2(-temperature * Double(step.number - 1))
    let loss = max(0, step.loss ?? 0)
    let (decay, limit, greatest) = (
      Scalar(weightDecay * cooling), threshold * loss, noise * loss.squareRoot() * cooling
    )
    let (least, most) = (Scalar(stepMinimum), Scalar(stepMaximum))
    for i in 0..<step.count {
      let e = step.gradient(i) + decay * step[i]
      let (agreement, size) = (step[i, memory: 0] * e, step[i, memory: 1])
      if agreement < 0 {
        let shrunk = Scalar(etaMinus) * size
        let noisy = Double(size) < limit ? shrunk + Scalar(greatest * step.random(i)) : shrunk
        (step[i, memory: 0], step[i, memory: 1]) = (0, min(most, max(least, noisy)))
        continue
      }
      let next = agreement > 0 ? min(most, Scalar(etaPlus) * size) : size
      (step[i, memory: 0], step[i, memory: 1]) = (e, next)
      if e > 0 { step[i] -= next } else if e < 0 { step[i] += next }
    }
  }

  /// e and Δ for one parameter, and where that takes w.
  public func formulas(at moment: StepMoment) -> [StepFormula] {
    let cooling = Double.exp2(-temperature * Double(moment.number - 1))
    let fading = moment.number == 1 ? "" : "·2^(-temperature·(t - 1))"
    var formulas: [StepFormula] = []
    var (e, name) = (moment.gradient, "g")
    if weightDecay > 0 {
      e += weightDecay * cooling * moment.parameter
      name = "slope"
      formulas.append(.number(name, "g + weight_decay\(fading)·w"))
    }
    let (previous, size) = (moment.memory[0], moment.memory[1])
    if previous * e < 0 {
      let isNoisy = size < threshold * moment.loss
      formulas.append(
        isNoisy
          ? .memory(
            1,
            "min(step_maximum, max(step_minimum, eta_minus·step_size + noise·random·sqrt(loss)\(fading)))",
            note: "the sign turns and the step is small: it shrinks, and gets noise")
          : .memory(
            1, "min(step_maximum, max(step_minimum, eta_minus·step_size))", note: "the sign turns: it shrinks"))
      return formulas + [.stays(because: "the sign turned")]
    }
    if previous * e > 0 {
      formulas.append(.memory(1, "min(step_maximum, eta_plus·step_size)", note: "the sign stays: it grows"))
    }
    return formulas + [.parameter("w - step_size·sign(\(name))")]
  }

  /// A step of the learning rate against e.
  public func firstStep(_ g: String) -> String? {
    let e = weightDecay == 0 ? g : "(\(g) + \(shortNumber(weightDecay))·w)"
    return "w ← w − \(shortNumber(learningRate))·sign \(e)"
  }
}

extension Optimizer where Self == SARPROP {
  /// Rprop with simulated annealing; see `SARPROP`.
  public static func sarprop(
    learningRate: Double = 0.1, etaMinus: Double = 0.5, etaPlus: Double = 1.2, stepMinimum: Double = 1e-6,
    stepMaximum: Double = 50, temperature: Double = 0.015, weightDecay: Double = 0.01, threshold: Double = 0.1,
    noise: Double = 3
  ) -> SARPROP {
    SARPROP(
      learningRate: learningRate, etaMinus: etaMinus, etaPlus: etaPlus, stepMinimum: stepMinimum,
      stepMaximum: stepMaximum, temperature: temperature, weightDecay: weightDecay, threshold: threshold, noise: noise)
  }
}
