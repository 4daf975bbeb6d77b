package import NNKit
internal import RealModule

/// Gathers, while a network trains, how its layers' outputs and local gradients are spread.
///
/// It looks at what the training's own batches left in the layers, and keeps what it costs below a share of the time that
/// the training will take, or two thousandths of a second. So it looks at the first and the last epoch, and between them at
/// as many as it may, at most `limit`, ever further apart.
package final class StatisticsCollector<Scalar: NetworkScalar> {
  /// About how many samples of an epoch it looks at.
  private static var samplesWanted: Double { 256 }
  private static var limit: Int { 100 }
  private static var greatestShare: Double { 0.005 }
  /// So short a time delays no run noticeably; without it runs that last milliseconds would have no curves.
  private static var allowance: Double { 0.002 }

  /// What it has gathered, as a checkpoint carries it on.
  package struct Gathered: Codable {
    package fileprivate(set) var layers: [[LayerEpoch]]
    /// What looking cost, which is part of the epochs' own time, and what came after each of them.
    fileprivate(set) var secondsWithin = 0.0
    fileprivate(set) var secondsAfter = 0.0
    var seconds: Double { secondsWithin + secondsAfter }
    /// JSON has no other numbers.
    var isFinite: Bool { seconds.isFinite && layers.joined().allSatisfy(\.isFinite) }
  }

  package private(set) var gathered: Gathered
  /// How the layers' numbers were spread in the last epoch; nil if it was not looked at.
  private(set) var seen: [LayerSpread]?
  private let network: Network<Scalar>
  private var counters: [LayerCounter<Scalar>]
  private let start = ContinuousClock.now
  private let epochs: Int
  private var epochsSeen = 0
  /// The next epoch to look at, from 0.
  private var next = 0

  package init(_ network: Network<Scalar>, epochs: Int) {
    self.network = network
    self.epochs = epochs
    counters = network.layers.map { LayerCounter($0) }
    gathered = Gathered(layers: network.layers.map { _ in [] })
  }

  /// Continues from a checkpoint's statistics; those of another network are ignored.
  package func resume(from former: Gathered) {
    guard former.layers.count == gathered.layers.count, Set(former.layers.map(\.count)).count == 1, former.isFinite
    else { return }
    gathered = former
  }

  /// Sees the network right after a batch.
  package func look(_ progress: BatchProgress) {
    let share = Double(progress.batch + 1) / Double(progress.batches)
    guard progress.epoch >= next, Double(counters[0].samples) < Self.samplesWanted * share else { return }
    let before = ContinuousClock.now
    for index in counters.indices { counters[index].add(network.layers[index]) }
    gathered.secondsWithin += (ContinuousClock.now - before) / .seconds(1)
  }

  /// Takes an epoch's figures down, and decides at which to look next.
  package func endEpoch(_ epoch: Int) {
    epochsSeen += 1
    seen = counters[0].samples > 0 ? counters.map(\.spread) : nil
    guard counters[0].samples > 0 else { return }
    let now = ContinuousClock.now
    for index in counters.indices { gathered.layers[index].append(counters[index].close(epoch: epoch + 1)) }
    gathered.secondsAfter += (ContinuousClock.now - now) / .seconds(1)
    next = min(epochs - 1, epochAfter(epoch + 1, elapsed: (now - start) / .seconds(1)))
  }

  /// After `done` epochs: the next, so that those which can still be afforded keep one ratio up to the last.
  private func epochAfter(_ done: Int, elapsed: Double) -> Int {
    let looks = gathered.layers[0].count
    let whole = elapsed / Double(epochsSeen) * Double(epochs)
    let afforded = (max(Self.allowance, Self.greatestShare * whole) / gathered.seconds - 1) * Double(looks)
    let left = min(afforded, Double(Self.limit - looks))
    if left < 1 { return epochs - 1 }
    let ratio = Double.pow(Double(epochs) / Double(done), 1 / left)
    return max(done, Int((Double(done) * ratio).rounded()) - 1)
  }
}
