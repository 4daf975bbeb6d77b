/// How fast a training goes and how long it will take, as the process sees it that trains now.
package struct TrainingPace {
  /// How many epochs there are in all, and how many samples each has.
  package let epochs: Int
  package let samples: Int
  /// Where this process began, in epochs.
  private let start: Double

  /// - Parameters:
  ///   - epochs: How many epochs there are in all.
  ///   - samples: How many samples an epoch has.
  ///   - batch: How many samples a batch has.
  ///   - start: The epoch, from 0, and its batch with which this process begins: a run may be resumed.
  package init(epochs: Int, samples: Int, batch: Int, start: (epoch: Int, batch: Int)) {
    self.epochs = epochs
    self.samples = samples
    let size = max(1, min(batch, samples))
    let batches = max(1, (samples + size - 1) / size)
    self.start = Double(start.epoch) + Double(start.batch) / Double(batches)
  }

  /// The share of all epochs that is done, in 0...1, earlier processes' included.
  package func shareDone(epoch: Int, share: Double) -> Double {
    min(1, (Double(epoch) + share) / Double(max(1, epochs)))
  }

  /// How long the rest will take at the pace since this process began.
  ///
  /// - Parameters:
  ///   - epoch: The epoch that is being trained, from 0.
  ///   - share: How much of it is done, in 0...1.
  ///   - elapsed: Seconds since this process began to train.
  /// - Returns: Seconds.
  package func secondsLeft(epoch: Int, share: Double, elapsed: Double) -> Double {
    let done = Double(epoch) + share
    return elapsed / max(done - start, 1e-9) * max(0, Double(epochs) - done)
  }

  /// Samples a second within an epoch, of those that this process has trained.
  ///
  /// - Parameters:
  ///   - epoch: The epoch that is being trained, from 0.
  ///   - share: How much of it is done, in 0...1.
  ///   - elapsed: Seconds since this process began to train this epoch.
  /// - Returns: Samples a second.
  package func samplesPerSecond(epoch: Int, share: Double, elapsed: Double) -> Double {
    let before = max(0, min(1, start - Double(epoch)))
    return max(0, share - before) * Double(samples) / max(elapsed, 1e-9)
  }

  /// At most about so many epochs have a line each.
  private static let lines = 100

  /// Whether an epoch, from 0, gets a line: each of few; of many the first, and then one in so many.
  package func isReported(epoch: Int) -> Bool {
    let first = Int(start)
    let step = max(1, (epochs - first + Self.lines - 1) / Self.lines)
    return epoch == first || (epoch + 1) % step == 0 || epoch + 1 == epochs
  }
}
