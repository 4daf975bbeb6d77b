/// When a run saves its state.
package enum CheckpointRule: Equatable, Sendable {
  /// At the end of an epoch, once a minute at most.
  case automatic
  /// After so many epochs, after so many seconds (within an epoch too), or after either.
  case every(epochs: Int?, seconds: Double?)

  /// Whether it is time.
  ///
  /// - Parameters:
  ///   - epoch: How many epochs have ended, where the last of them just has; nil within an epoch.
  ///   - seconds: How long ago the state was last saved, or the run began.
  /// - Returns: Whether the state is to be saved now.
  func isDue(endOfEpoch epoch: Int?, seconds: @autoclosure () -> Double) -> Bool {
    switch self {
    case .automatic: return epoch != nil && seconds() >= 60
    case .every(let epochs, let interval):
      if let epoch, let epochs, epoch % epochs == 0 { return true }
      return interval.map { seconds() >= $0 } ?? false
    }
  }
}
