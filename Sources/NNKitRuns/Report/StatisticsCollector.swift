package import NNKit

/// Gathers, while a network trains, how its layers' outputs and local gradients are spread.
///
/// It looks at what the training's own batches left in the layers, and keeps what it costs below a share of the time, or
/// two thousandths of a second: an epoch that would cost more is left out, but for the first and the last. However many
/// epochs there are, it keeps at most twice `limit`.
package final class StatisticsCollector<Scalar: NetworkScalar> {
  /// About how many samples of an epoch it looks at.
  private static var samplesWanted: Double { 256 }
  private static var limit: Int { 50 }
  private static var greatestShare: Double { 0.005 }
  /// Nobody waits for so little; without it runs that last milliseconds would have no curves.
  private static var allowance: Double { 0.002 }

  private let network: Network<Scalar>
  private var counters: [LayerCounter<Scalar>]
  package private(set) var layers: [[LayerEpoch]]
  /// What looking cost, which is part of the epochs' own time, and what came after each of them.
  private(set) var secondsWithin = 0.0
  private(set) var secondsAfter = 0.0
  var seconds: Double { secondsWithin + secondsAfter }
  private let start = ContinuousClock.now
  /// Only every so-manieth epoch is kept.
  private var stride = 1
  private var isLooking = true
  private let lastEpoch: Int

  package init(_ network: Network<Scalar>, epochs: Int) {
    self.network = network
    lastEpoch = epochs - 1
    counters = network.layers.map { LayerCounter($0) }
    layers = network.layers.map { _ in [] }
  }

  /// Sees the network right after a batch.
  package func look(_ progress: BatchProgress) {
    let share = Double(progress.batch + 1) / Double(progress.batches)
    guard isLooking, Double(counters[0].samples) < Self.samplesWanted * share else { return }
    let before = ContinuousClock.now
    for index in counters.indices { counters[index].add(network.layers[index]) }
    secondsWithin += (ContinuousClock.now - before) / .seconds(1)
  }

  /// Takes an epoch's figures down, and decides whether to look at the next.
  package func endEpoch(_ epoch: Int) {
    let now = ContinuousClock.now
    if counters[0].samples > 0 {
      for index in counters.indices { layers[index].append(counters[index].close(epoch: epoch + 1)) }
      if layers[0].count > 2 * Self.limit { thin() }
    }
    secondsAfter += (ContinuousClock.now - now) / .seconds(1)
    let isAffordable = seconds < max(Self.allowance, Self.greatestShare * ((now - start) / .seconds(1)))
    isLooking = (epoch + 1) % stride == 0 && isAffordable || epoch + 1 == lastEpoch
  }

  /// Leaves out every second epoch, from now on too.
  private func thin() {
    stride *= 2
    for index in layers.indices {
      let last = layers[index].count - 1
      layers[index] = layers[index].enumerated().filter { $0.offset % 2 == 0 || $0.offset == last }.map(\.element)
    }
  }
}
