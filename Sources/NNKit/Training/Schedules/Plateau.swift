extension Schedule {
  /// The learning rate is multiplied by `factor` whenever a figure has not become better for more than `patience` epochs,
  /// as PyTorch's `ReduceLROnPlateau` does it (with its threshold mode `rel`).
  ///
  /// A figure is better if it is less than best · (1 − threshold), an accuracy if it is greater than best · (1 + threshold).
  public struct Plateau: Shape {
    /// What a configuration calls it.
    public static let name = "plateau"
    /// One line for tables and help.
    public static let summary = "multiplied by a factor whenever a figure stops becoming better"
    /// Its settings, in the order in which they are shown.
    public static let settings: [Setting<Self>] = [
      Setting("metric", \.metric, "the figure that is watched"),
      Setting("factor", \.factor, .greater(than: 0, below: 1), "by what the learning rate is multiplied"),
      Setting("patience", \.patience, 0...Int.max, "how many epochs in a row may pass without a better figure"),
      Setting("cooldown", \.cooldown, 0...Int.max, "how many epochs after a reduction do not count"),
      Setting("minimum", \.minimum, .atLeast(0), "the least learning rate"),
      Setting(
        "threshold", \.threshold, .from(0, below: 1), "the part of the best figure by which a better one differs"),
    ]

    /// The figure that it watches.
    public var metric: EarlyStopping.Metric
    /// What the learning rate is multiplied by.
    public var factor: Double
    /// How many epochs without a better figure it waits.
    public var patience: Int
    /// For how many epochs it counts none after a fall.
    public var cooldown: Int
    /// The least learning rate, as a share of the first.
    public var minimum: Double
    /// By which share a figure must be better to count.
    public var threshold: Double

    /// With settings of its own.
    public init() { self.init(metric: .validationLoss) }

    /// With settings of its own.
    public init(
      metric: EarlyStopping.Metric, factor: Double = 0.1, patience: Int = 10, cooldown: Int = 0, minimum: Double = 0,
      threshold: Double = 1e-4
    ) {
      self.metric = metric
      self.factor = factor
      self.patience = patience
      self.cooldown = cooldown
      self.minimum = minimum
      self.threshold = threshold
    }

    /// The figure that it watches; nil if it watches none.
    public var watched: EarlyStopping.Metric? { metric }
    /// The learning rate at a moment of the training.
    public func learningRate(at moment: Moment) -> Double { moment.state.learningRate ?? moment.base }

    /// Counts an epoch, and lowers the learning rate when its patience is over.
    public func endEpoch(_ report: EpochReport, base: Double, _ state: inout State) {
      // Figures of another metric cannot be compared.
      if state.metric != metric { (state.metric, state.best, state.epochsSinceBest) = (metric, nil, 0) }
      if let figure = metric.figure(in: report), isBetter(figure, than: state.best) {
        (state.best, state.epochsSinceBest) = (figure, 0)
      } else {
        state.epochsSinceBest += 1
      }
      if state.cooldown > 0 {
        state.cooldown -= 1
        state.epochsSinceBest = 0
      }
      if state.epochsSinceBest > patience {
        let now = state.learningRate ?? base
        // PyTorch leaves out reductions that are too small to matter.
        let next = max(now * factor, minimum)
        if now - next > 1e-8 { state.learningRate = next }
        (state.cooldown, state.epochsSinceBest) = (cooldown, 0)
      }
    }

    private func isBetter(_ figure: Double, than best: Double?) -> Bool {
      guard let best else { return figure.isFinite }
      return metric.isAccuracy ? figure > best * (1 + threshold) : figure < best * (1 - threshold)
    }

    /// The formula of that learning rate, with its numbers put in: as it is shown, and as a reader of formulas takes it.
    public func formula(at moment: Moment) -> (shown: String, read: String) { ("r", "r") }

    /// One sentence on where it stands; nil if there is nothing to say.
    public var words: String? {
      "it is multiplied by \(shortNumber(factor)), down to \(shortNumber(minimum)) at least, whenever"
        + " \(metric.rawValue.replacing("_", with: " ")) has not become better for more than \(patience) epochs"
    }
  }
}

extension Schedule.Shape where Self == Schedule.Plateau {
  /// The learning rate is multiplied by `factor` whenever a figure stops becoming better; see `Schedule.Plateau`.
  public static func plateau(
    metric: EarlyStopping.Metric = .validationLoss, factor: Double = 0.1, patience: Int = 10, cooldown: Int = 0,
    minimum: Double = 0, threshold: Double = 1e-4
  ) -> Schedule.Plateau {
    Schedule.Plateau(
      metric: metric, factor: factor, patience: patience, cooldown: cooldown, minimum: minimum, threshold: threshold)
  }
}
