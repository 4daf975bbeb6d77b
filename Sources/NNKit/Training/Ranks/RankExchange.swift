/// Where the numbers of an exchange's last message stand, before those of small gradients.
private enum Sums {
  static let (loss, hits, bitFails, samples, seconds, failures, gradients, requests) = (0, 1, 2, 3, 4, 5, 6, 7)
  static let count = requests + RankRequest.allCases.count
}

/// What the ranks of a training exchange: the gradients of each step, losses and hits, what they ask each other for, and
/// what has failed.
///
/// Every exchange has one last message, a sum of double precision, which carries all but large gradients. So all ranks know
/// the same after it: they report the same figures, and stop in the same batch.
package final class RankExchange<Scalar: NetworkScalar>: @unchecked Sendable {
  package let ranks: Ranks
  /// What this rank asks the others for, looked at in each exchange.
  package var request: () -> RankRequest? = { nil }
  /// What the ranks have agreed on in the last exchange: the first that any of them has asked for.
  package private(set) var agreed: RankRequest?
  /// How many seconds rank 0 has spent, as of the last exchange: all ranks follow its clock.
  private(set) var seconds = 0.0
  var ownSeconds: () -> Double = { 0 }

  /// How ranks that are all on one machine make a step; nil where the library adds up their gradients.
  private(set) var shared: SharedStep<Scalar>?
  /// Whether a rank has asked for sums of all gradients in the last exchange.
  private(set) var leavesSums = false

  /// What has failed on this rank since the last exchange, in which the others will know.
  private var failure: (any Error)?
  private let network: Network<Scalar>
  /// What has been sent of the current step.
  private var sent: Set<Int> = []

  private let message: Matrix<Double>
  /// Where the last message has the gradients of small parameters, by their numbers in the network.
  private var places: [Int: Int] = [:]

  init(_ ranks: Ranks, _ network: Network<Scalar>) {
    (self.ranks, self.network) = (ranks, network)
    var count = Sums.count
    for (index, parameter) in network.parameters.enumerated() where !Self.isLarge(parameter) {
      places[index] = count
      count += parameter.value.count
    }
    message = Matrix(rows: 1, columns: count)
  }

  /// Gradients of fewer bytes travel together, in the last message.
  private static func isLarge(_ parameter: Parameter<Scalar>) -> Bool {
    parameter.value.count * MemoryLayout<Scalar>.stride >= MatrixStorage<Scalar>.sharableBytes
  }

  /// Has ranks that are all on one machine share their memory; all call it before they train.
  ///
  /// - Parameters:
  ///   - optimizer: What moves the network.
  ///   - batch: How many samples a batch has at most, on all ranks together.
  ///   - sharesWeights: Whether one copy of the weights is enough; see `Trainer.onlyStepsChangeWeights`.
  /// - Throws: `RanksError`, `CommunicatorFailure`.
  func share(with optimizer: OptimizerState<Scalar>, batch: Int, sharesWeights: Bool) throws {
    if let shared, batch <= shared.capacity { return }
    // Who steps which numbers may change, so all need all that the optimizer keeps.
    shared?.collect()
    shared = nil
    shared = try SharedStep(
      ranks, network, optimizer, isLarge: Self.isLarge, messageCount: message.count, capacity: batch,
      sharesWeights: sharesWeights)
  }

  // MARK: The gradients of a step

  /// Computes this rank's part of the gradients, and sends those of each layer as soon as they are there.
  ///
  /// - Parameter body: Gets what it calls with the number of a layer whose gradients are complete.
  func send(_ body: (_ layerDone: @escaping (Int) -> Void) throws -> Void) {
    sent = []
    if failure == nil {
      do { try body { [unowned self] in send(layer: $0) } } catch { failure = error }
    }
    // A rank without samples, or one that has failed, adds nothing.
    for (index, layer) in network.layers.enumerated().reversed() where !sent.contains(index) {
      for parameter in layer.parameters where !parameter.isFrozen { parameter.gradient.reset() }
      send(layer: index)
    }
  }

  private func send(layer index: Int) {
    sent.insert(index)
    if shared != nil { return }
    // One sum for each matrix, whose gradient is complete at once: pieces of it could not begin earlier, and each would take the
    // network's delay.
    for parameter in network.layers[index].parameters where !parameter.isFrozen && Self.isLarge(parameter) {
      ranks.begin(parameter.gradient.base, count: parameter.gradient.count, Communicator.Number(Scalar.self))
    }
  }

  /// Waits until all gradients of the step are sums over all ranks.
  ///
  /// - Parameter own: The losses and hits of this rank's samples.
  /// - Returns: Those of all.
  /// - Throws: What has failed, on whichever rank; `RanksError`, `CommunicatorFailure`.
  func finishStep(_ own: TallySums) throws -> TallySums {
    for (index, parameter) in network.parameters.enumerated() where !parameter.isFrozen {
      guard let place = places[index] else { continue }
      for offset in 0..<parameter.gradient.count {
        message.base[place + offset] = Double(parameter.gradient.base[offset])
      }
    }
    let sums = try exchange(own, message)
    for (index, parameter) in network.parameters.enumerated() where !parameter.isFrozen {
      guard let place = places[index] else { continue }
      for offset in 0..<parameter.gradient.count {
        parameter.gradient.base[offset] = Scalar(message.base[place + offset])
      }
    }
    return sums
  }

  // MARK: Other exchanges

  /// Sums losses and hits over all ranks.
  ///
  /// - Parameter compute: Gives this rank's; where it fails, all ranks end.
  /// - Returns: The sums.
  /// - Throws: As `finishStep`.
  func sum(_ compute: () throws -> TallySums) throws -> TallySums {
    var own = TallySums()
    if failure == nil {
      do { own = try compute() } catch { failure = error }
    }
    return try exchange(own, Matrix(rows: 1, columns: Sums.count))
  }

  /// Runs a callback; what it throws is thrown after the next exchange, when the others know of it too.
  func callBack(_ body: () throws -> Void) throws {
    do { try body() } catch {
      // What the ranks have agreed on ends all of them at this place.
      if agreed != nil { throw error }
      failure = failure ?? error
    }
  }

  /// Lets all ranks know what this one asks for, or what has failed on it.
  ///
  /// - Returns: What any of them asks for.
  func agree(asking own: RankRequest? = nil) throws -> RankRequest? {
    _ = try exchange(TallySums(), Matrix(rows: 1, columns: Sums.count), asking: own)
    return agreed
  }

  /// Compares the weights of all ranks, which are the same to the byte unless a machine or its library is at fault; those of
  /// which there is one copy are compared in vain.
  ///
  /// - Throws: `RanksError` that names the ranks whose weights are others than those of rank 0.
  func compareWeights(epoch: Int) throws {
    let others = try ranks.differing([network.weightsDigest])[0]
    if others.isEmpty { return }
    throw RanksError(
      "after epoch \(epoch + 1) the weights of \(Ranks.list(others)) differ from those of rank 0, so the training cannot"
        + " continue; all ranks must have the same processors, libraries and number of threads")
  }

  // MARK: The last message

  private func exchange(
    _ own: TallySums, _ message: Matrix<Double>, asking: RankRequest? = nil
  ) throws -> TallySums {
    let numbers = message.base
    for place in 0..<Sums.count { numbers[place] = 0 }
    if failure == nil {
      numbers[Sums.loss] = own.loss
      numbers[Sums.hits] = Double(own.hits)
      numbers[Sums.bitFails] = Double(own.bitFails ?? 0)
      numbers[Sums.samples] = Double(own.samples)
    }
    if ranks.rank == 0 { numbers[Sums.seconds] = ownSeconds() }
    numbers[Sums.failures] = failure == nil ? 0 : 1
    let asked = asking ?? request() ?? (Task.isCancelled ? .cancel : nil)
    if let asked { numbers[Sums.requests + asked.rawValue] = 1 }
    if network.leavesAllGradients { numbers[Sums.gradients] = 1 }
    if let shared {
      try shared.sum(message)
    } else {
      ranks.keep(message)
      ranks.begin(numbers, count: message.count, .float64)
      try ranks.wait()
      ranks.release()
    }
    leavesSums = numbers[Sums.gradients] > 0
    agreed = RankRequest.allCases.first { numbers[Sums.requests + $0.rawValue] > 0 }
    seconds = numbers[Sums.seconds]
    if numbers[Sums.failures] > 0 { throw try commonFailure() }
    return TallySums(
      loss: numbers[Sums.loss], hits: Int(numbers[Sums.hits]), samples: Int(numbers[Sums.samples]),
      bitFails: Int(numbers[Sums.bitFails]))
  }

  /// What this rank ends with where some have failed: all with the number that is not finite, if that is all; else the lowest
  /// that has failed with its own error.
  private func commonFailure() throws -> any Error {
    let own = failure
    failure = nil
    var row = [0.0, 0, 0, 0, 0]
    if let error = own as? NonFiniteError { row = [1] + error.numbers } else if own != nil { row[0] = 2 }
    let all = try ranks.gather(row)
    if let first = all.firstIndex(where: { $0[0] == 2 }) {
      return first == ranks.rank ? own ?? EndedByOtherRank(rank: first) : EndedByOtherRank(rank: first)
    }
    let first = all.first { $0[0] == 1 } ?? row
    return NonFiniteError(numbers: Array(first.dropFirst()))
  }
}

/// The sum over the ranks, as the first of a step's transforms.
struct RankSum<Own: NetworkScalar>: GradientTransform {
  let exchange: RankExchange<Own>
  /// Losses and hits: of this rank before, of all ranks afterwards.
  let tally: TallyBox

  final class TallyBox: @unchecked Sendable {
    var sums = TallySums()
  }

  func apply<Scalar: NetworkScalar>(to parameters: [Parameter<Scalar>], samples: inout Int) throws {
    tally.sums = try exchange.finishStep(tally.sums)
    samples = tally.sums.samples
  }
}

extension NonFiniteError {
  private static let kinds = ["weighted input", "output", "loss", "weight", "bias"]

  /// What it says of the place, as numbers for other ranks.
  fileprivate var numbers: [Double] {
    [
      Double(Self.kinds.firstIndex(of: what) ?? 2), layer.map { Double($0 + 1) } ?? 0,
      neuron.map { Double($0 + 1) } ?? 0, value,
    ]
  }

  fileprivate init(numbers: [Double]) {
    let kind = Self.kinds.indices.contains(Int(numbers[0])) ? Int(numbers[0]) : 2
    self.init(
      what: Self.kinds[kind], layer: numbers[1] > 0 ? Int(numbers[1]) - 1 : nil,
      neuron: numbers[2] > 0 ? Int(numbers[2]) - 1 : nil, value: numbers[3])
  }
}

extension Network {
  /// Numbers that follow from all weights and biases.
  package var weightsDigest: UInt64 {
    parameters.reduce(0xcbf2_9ce4_8422_2325) { $1.value.digest(after: $0) }
  }
}

extension Matrix {
  /// FNV-1a over the numbers' bit patterns.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func digest(after before: UInt64) -> UInt64 {
    var hash = before
    for index in 0..<count { hash = (hash ^ Double(base[index]).bitPattern) &* 0x100_0000_01b3 }
    return hash
  }
}

extension Ranks {
  /// Which ranks have other digests than rank 0, for each of some.
  package func differing(_ digests: [UInt64]) throws -> [[Int]] {
    let all = try gather(digests.flatMap { [Double($0 >> 32), Double($0 & 0xffff_ffff)] })
    return digests.indices.map { index in
      (0..<count).filter { all[$0][2 * index..<2 * index + 2] != all[0][2 * index..<2 * index + 2] }
    }
  }

  /// "rank 2", "ranks 1, 2 and 3".
  package static func list(_ ranks: [Int]) -> String {
    let first = ranks.prefix(8).map(String.init)
    if ranks.count == 1 { return "rank \(first[0])" }
    if ranks.count > 8 { return "ranks \(first.joined(separator: ", ")) and \(ranks.count - 8) more" }
    return "ranks \(first.dropLast().joined(separator: ", ")) and \(first.last ?? "")"
  }
}
