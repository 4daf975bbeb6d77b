/// How the learning rate follows from the number of ranks.
///
/// A batch is that of all ranks together, and its gradient a mean: so nothing has to change with their number. But with a
/// batch that is as many times larger as there are ranks, a learning rate that is as many times larger keeps the sum of the
/// steps (Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017, section 2.1).
public enum LearningRateScaling: String, CaseIterable, Codable, Sendable {
  /// It does not.
  case none
  /// It is multiplied by the number of ranks, which it reaches evenly over the first epochs: those of `schedule.warmup`, or 5.
  case linear
}

/// The learning rate of each batch, as schedule and scaling give it.
package struct LearningRatePace {
  /// Goyal et al., section 2.2.
  static let warmup = 5.0

  let schedule: Schedule
  /// The optimizer's learning rate, multiplied by the number of ranks if that is asked for.
  let base: Double
  /// Where the warm-up begins; nil for the schedule's own.
  private let start: Double?
  private let epochs: Int

  package init(_ settings: TrainingSettings, ranks: Int) {
    let learningRate = settings.optimizer.learningRate
    var schedule = settings.schedule
    let isScaled = settings.learningRateScaling == .linear && ranks > 1
    if isScaled, schedule.warmup == 0 { schedule.warmup = min(Self.warmup, Double(settings.epochs)) }
    self.schedule = schedule
    base = isScaled ? learningRate * Double(ranks) : learningRate
    start = isScaled ? learningRate : nil
    epochs = settings.epochs
  }

  /// The learning rate of a batch, by its number from 0 over all epochs.
  package func learningRate(batch: Int, batchesPerEpoch: Int, state: Schedule.State) -> Double {
    let warmup = schedule.warmup * Double(batchesPerEpoch)
    if let start, Double(batch) < warmup { return start + (base - start) * min(1, Double(batch + 1) / warmup) }
    return schedule.learningRate(
      base: base, batch: batch, batchesPerEpoch: batchesPerEpoch, epochs: epochs, state: state)
  }
}
