/// How cascade-correlation grows a network; see `CascadeTrainer`.
public struct CascadeSettings: Configurable {
  /// How many neurons it adds at most.
  public var neurons: Int
  /// How many candidates there are of each activation.
  public var groups: Int
  /// By what a new neuron's weights to the outputs are multiplied when it is installed.
  public var weightMultiplier: Double
  /// How the outputs are trained in each round.
  public var output: CascadePhase
  /// How the candidates are trained in each round.
  public var candidate: CascadePhase

  /// FANN's defaults, where others are not given.
  public init(
    neurons: Int = 30, groups: Int = 2, weightMultiplier: Double = 0.4, output: CascadePhase = CascadePhase(),
    candidate: CascadePhase = CascadePhase()
  ) {
    self.neurons = neurons
    self.groups = groups
    self.weightMultiplier = weightMultiplier
    self.output = output
    self.candidate = candidate
  }

  /// Those of its own; the two phases have theirs.
  public static let settings: [Setting<Self>] = [
    Setting("neurons", \.neurons, 0...100_000, "how many neurons are added at most"),
    Setting("groups", \.groups, 1...10_000, "how many candidates there are of each activation and steepness"),
    Setting(
      "weight_multiplier", \.weightMultiplier, .greater(than: 0),
      "times a candidate's weights to the outputs are what it is installed with"),
  ]
}

/// How long the outputs, or the candidates, are trained in each round of a cascade: until they stagnate.
public struct CascadePhase: Configurable {
  /// The most epochs, each one step over all samples.
  public var epochs: Int
  /// The fewest epochs.
  public var leastEpochs: Int
  /// How many epochs may pass without a change.
  public var stagnation: Int
  /// By which share the improvement since the phase's start has to grow or fall to be a change.
  public var change: Double

  /// FANN's defaults, where others are not given.
  public init(epochs: Int = 150, leastEpochs: Int = 50, stagnation: Int = 12, change: Double = 0.01) {
    self.epochs = epochs
    self.leastEpochs = leastEpochs
    self.stagnation = stagnation
    self.change = change
  }

  /// The same for outputs and candidates.
  public static let settings: [Setting<Self>] = [
    Setting("epochs", \.epochs, 1...Int.max, "the most epochs of a round"),
    Setting("least_epochs", \.leastEpochs, 0...Int.max, "the fewest epochs of a round"),
    Setting("stagnation", \.stagnation, 1...Int.max, "how many epochs may pass without a change"),
    Setting("change", \.change, .from(0, below: 1), "by which share the improvement has to grow to be a change"),
  ]

  /// Says so if there are to be more epochs at least than at most.
  public var conflict: String? {
    leastEpochs > epochs ? "`least_epochs` is \(leastEpochs), greater than `epochs`, \(epochs)" : nil
  }
}

/// Whether a phase of a cascade has come to a standstill, as FANN decides it.
///
/// Whenever the improvement since the phase's start has grown by a share of itself, or fallen by one, there is a new goal,
/// and `stagnation` more epochs to reach it.
struct Stagnation {
  private let phase: CascadePhase
  private var (goal, fall) = (0.0, -Double.infinity)
  private var end: Int

  init(_ phase: CascadePhase) {
    self.phase = phase
    end = phase.epochs
  }

  /// - Parameters:
  ///   - improvement: Since the phase's start; greater is better.
  ///   - epoch: From 0.
  /// - Returns: Whether the phase ends before the step of this epoch.
  mutating func isOver(_ improvement: Double, epoch: Int) -> Bool {
    if goal >= 0 ? improvement > goal || improvement < fall : improvement < goal || improvement > fall {
      (goal, fall) = (improvement * (1 + phase.change), improvement * (1 - phase.change))
      end = epoch + phase.stagnation
    }
    return epoch >= end && epoch >= phase.leastEpochs
  }
}
