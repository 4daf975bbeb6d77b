import NNKit

/// Communicators, checked: what several processes sum and send is what it should be, and the same on all of them.
///
/// `nnkit plugins check` has the communicator's launcher start the processes, each of which runs this.
struct CommunicatorExamination: KindExamination {
  typealias Function = Communicator
  static let checks = [PluginCheck.descriptor, .ranks]
  static let speeds: Speeds? = nil

  private let communicator: Communicator
  private let calling: (String) -> Void

  init(_ communicator: Communicator, _ context: ExaminationContext) {
    self.communicator = communicator
    calling = context.calling
  }

  func run(_ check: PluginCheck) throws -> Int { check == .ranks ? try together() : 1 }

  private func together() throws -> Int {
    calling("start")
    let ranks: Ranks
    do { ranks = try Ranks(communicator) } catch let error as CommunicatorFailure where error.call == "start" {
      throw SkippedCheck(reason: "\(error)")
    }
    var compared = 0
    for count in [0, 1, 3, 1024, 1 << 20] {
      compared += try sum(count, ranks, Float.self)
      compared += try sum(count, ranks, Double.self)
      compared += try broadcast(count, ranks)
    }
    compared += try several(ranks)
    calling("barrier()")
    try ranks.barrier()
    calling("finish(0)")
    try ranks.finish()
    return compared
  }

  /// What a rank adds: whole numbers, whose sums are exact in both precisions.
  private func number(_ rank: Int, _ index: Int) -> Double { Double((rank + 1) * (index % 97 + 1)) }

  private func expected(_ index: Int, _ ranks: Ranks) -> Double {
    Double(ranks.count * (ranks.count + 1) / 2 * (index % 97 + 1))
  }

  /// Which rank ends a call cannot be known: all of them announce it in one place.
  ///
  /// - Returns: The call, with the rank that has made it.
  private func announce(_ call: String, _ ranks: Ranks) -> String {
    calling(call)
    return "\(call) on rank \(ranks.rank) of \(ranks.count)"
  }

  private func sum<Scalar: NetworkScalar>(_ count: Int, _ ranks: Ranks, _: Scalar.Type) throws -> Int {
    let call = announce("all_reduce_begin(\(count) numbers, \(Scalar.precisionName))", ranks)
    let numbers = Matrix(row: (0..<count).map { Scalar(number(ranks.rank, $0)) })
    ranks.begin(numbers.base, count: count, Communicator.Number(Scalar.self))
    try ranks.wait()
    try compare(numbers, call) { Scalar(expected($0, ranks)) }
    return count
  }

  private func compare<Scalar: NetworkScalar>(
    _ numbers: Matrix<Scalar>, _ call: String, _ expected: (Int) -> Scalar
  ) throws {
    for index in 0..<numbers.count where numbers.base[index] != expected(index) {
      throw Finding(call, found: "\(numbers.base[index]) at index \(index)", expected: "\(expected(index))")
    }
  }

  private func broadcast(_ count: Int, _ ranks: Ranks) throws -> Int {
    let root = ranks.count - 1
    let call = announce("broadcast(\(count) bytes, root \(root))", ranks)
    let sent = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    let received = try ranks.broadcast(ranks.rank == root ? sent : [], from: root)
    guard received == sent else {
      let index = zip(received, sent).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
      throw Finding(call, found: "another byte at index \(index)", expected: "that of rank \(root)")
    }
    return count
  }

  /// Sums of random numbers, several under way at once: the same bytes on all ranks, and when they are summed again.
  private func several(_ ranks: Ranks) throws -> Int {
    let call = announce("8 sums at once", ranks)
    func sums() throws -> [Matrix<Float>] {
      var random = RandomSource(seed: UInt64(ranks.rank))
      let matrices = (0..<8).map { size in
        Matrix<Float>(row: (0..<1 << (2 * size)).map { _ in Float(random.normal()) })
      }
      for matrix in matrices { ranks.begin(matrix.base, count: matrix.count, .float32) }
      try ranks.wait()
      return matrices
    }
    let (first, second) = (try sums(), try sums())
    for (one, other) in zip(first, second) { try compare(one, "\(call), twice") { other.base[$0] } }
    let differing = try ranks.differing(
      first.map { matrix in
        (0..<matrix.count).reduce(0) { ($0 &* 31) &+ UInt64(matrix.base[$1].bitPattern) }
      })
    if let others = differing.first(where: { !$0.isEmpty }) {
      throw Finding(call, found: "other bytes on \(Ranks.list(others)) than on rank 0", expected: "the same on all")
    }
    return first.reduce(0) { $0 + $1.count }
  }
}
