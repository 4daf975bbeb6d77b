/// The ranks of a training that cannot continue together.
public struct RanksError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, with which ranks, and what to do.
  public let description: String

  package init(_ description: String) { self.description = description }
}

/// This rank ends because another one has failed, which reports why.
package struct EndedByOtherRank: Error, Sendable, CustomStringConvertible {
  /// The one that has failed.
  package let rank: Int
  package var description: String { "rank \(rank) has failed" }
}

/// What ranks ask each other for, beside the sums of a step.
package enum RankRequest: Int, CaseIterable, Sendable {
  /// SIGINT or SIGTERM has come: the run is to end with its state saved.
  case interrupt, terminate
  /// The run is to end here, with a model.
  case finish
  /// The task of the training is cancelled.
  case cancel
  /// The callback after an epoch has asked for the end.
  case stop
}
