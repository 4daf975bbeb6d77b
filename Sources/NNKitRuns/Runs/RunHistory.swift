package import NNKit

/// The epochs of a run that have ended, summed up; a checkpoint carries it on.
package struct RunHistory: Codable, Equatable, Sendable {
  /// What the epoch gave whose weights early stopping keeps.
  package struct BestEpoch: Codable, Equatable, Sendable {
    /// From 1.
    package let epoch: Int
    package let train: Metrics?
    package let validation: Metrics?
    package let test: Metrics?
  }

  package private(set) var epochs = 0
  /// Spent on training, without the measuring after each epoch.
  package private(set) var seconds = 0.0
  package private(set) var samples = 0
  /// Of the last epoch.
  package private(set) var train: Metrics?
  package private(set) var validation: Metrics?
  /// With early stopping; absent in checkpoints of earlier versions.
  package private(set) var best: BestEpoch?

  /// Whether it can be one that a checkpoint carried on.
  var isPossible: Bool { epochs >= 0 && 0...1e12 ~= seconds && 0...Int.max / 2 ~= samples }

  mutating func add(_ report: EpochReport, isBest: Bool) {
    epochs += 1
    seconds += report.seconds
    samples += report.samples
    (train, validation) = (report.train, report.validation)
    if isBest {
      best = BestEpoch(epoch: epochs, train: report.train, validation: report.validation, test: report.test)
    }
  }
}
