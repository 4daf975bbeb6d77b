internal import Synchronization

/// The processes that train one network together, as this one of them sees them.
///
/// A launcher starts the processes, each of which runs the same program on the same data:
///
///     // mpirun -n 4 ./program
///     let ranks = try Ranks(plugins.communicator("mpi"))
///     try Trainer(network, loss: loss, settings: settings, ranks: ranks).train(on: samples)
///     try ranks.finish()
///
/// Each takes its part of every batch, and the gradients are summed over all. One thread at a time may use it.
public final class Ranks: @unchecked Sendable {
  /// The number of this process, from 0.
  public let rank: Int
  /// How many processes there are.
  public let count: Int
  /// The library that connects them: "Open MPI v4.1.4".
  public let library: String
  /// What connects them.
  public let communicator: Communicator
  /// How many seconds this rank waits for the others before it gives up.
  public var timeLimit: Double
  /// Whether ranks that are all on one machine make their steps through memory that they share, and not through the library.
  public var sharesMemory = true

  private static let tries = Atomic<Int>(0)
  /// Whether this process has joined others, or has tried to: it can do so once.
  package static var isTried: Bool { tries.load(ordering: .relaxed) > 0 }

  private let thread: CommunicationThread
  private var peers: RankPeers?
  /// Whether sums may be under way that no rank waits for.
  private var isBroken = false
  private var isFinished = false
  /// Memory that the library may still write to after a failure.
  private var abandoned: [Matrix<Double>] = []

  /// Joins the other processes.
  ///
  /// - Parameters:
  ///   - communicator: The plugin that connects them.
  ///   - timeLimit: For how many seconds a rank waits for the others.
  /// - Throws: `CommunicatorFailure` if there is no library, or no connection.
  public convenience init(_ communicator: Communicator, timeLimit: Double = 60) throws {
    try self.init(communicator, timeLimit: timeLimit, startLimit: max(timeLimit, 60))
  }

  /// The same with a limit of its own for the seconds in which all have to join.
  package init(_ communicator: Communicator, timeLimit: Double = 60, startLimit: Double) throws {
    Self.tries.add(1, ordering: .relaxed)
    self.communicator = communicator
    self.timeLimit = timeLimit
    thread = try CommunicationThread(communicator)
    (rank, count, library) = try thread.awaitStart { seconds in
      guard seconds < startLimit else {
        throw RanksError("the communicator `\(communicator.name)` has not started within \(Int(startLimit)) s")
      }
    }
    if count > 1 { peers = RankPeers(try gather(RankPeers.own), rank: rank) }
  }

  /// How many ranks share this one's processors, itself included.
  package var sharers: Int { peers?.sharers ?? 1 }

  /// Says how many threads compute on each rank: where a processor is left, the communicator has it for itself.
  func expect(threads: Int) {
    thread.hasProcessor.store(Processors.count >= sharers * (threads + 1), ordering: .relaxed)
  }

  /// Whether all ranks are on one machine.
  var areOnOneMachine: Bool { peers?.areOnOneMachine ?? false }

  /// This rank's part of some samples: contiguous, and as many as any other's, or one less.
  package func share(of range: Range<Int>) -> Range<Int> {
    let part = cut(range.count, into: count, rank)
    return range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
  }

  // MARK: What all ranks do together

  /// Begins a sum over all ranks, in place; the memory must stay until `wait`.
  package func begin(_ numbers: UnsafeMutableRawPointer, count: Int, _ number: Communicator.Number) {
    isBroken = true
    thread.ask(.sum(numbers, count: count, number))
  }

  /// Waits for all sums that were begun.
  ///
  /// - Parameter isPatient: Without the time limit: another rank has work of its own to end.
  /// - Throws: `RanksError` if a rank is gone or does not answer in time; `CommunicatorFailure`.
  package func wait(isPatient: Bool = false) throws {
    isBroken = true
    var sight: Sight?
    try thread.awaitAll { try check($0, isPatient: isPatient, &sight) }
    isBroken = false
  }

  /// Waits for something that the other ranks do without the library.
  ///
  /// - Parameter isDone: Waits for about so many milliseconds, and returns whether it is done.
  /// - Throws: `RanksError` if a rank has ended or does not come in time.
  func wait(until isDone: (_ milliseconds: Int32) -> Bool) throws {
    isBroken = true
    let start = ContinuousClock.now
    while !isDone(50) {
      // One that has ended well may have come before.
      if let gone = (peers?.missing ?? []).first(where: { $0.state == .ended }), !isDone(0) { throw ended(gone) }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if seconds > timeLimit { throw silence(seconds) }
    }
    isBroken = false
  }

  /// Keeps memory until `release`: after a failure for good, since the library may still write to it.
  func keep(_ matrix: Matrix<Double>) { abandoned.append(matrix) }
  func release() { abandoned.removeLast() }

  /// The sum over all ranks of each number.
  package func sum(_ numbers: [Double], isPatient: Bool = false) throws -> [Double] {
    let matrix = Matrix(row: numbers)
    keep(matrix)
    begin(matrix.base, count: matrix.count, .float64)
    try wait(isPatient: isPatient)
    release()
    return Array(matrix.row(0))
  }

  /// The numbers of each rank, as many from each.
  package func gather(_ own: [Double], isPatient: Bool = false) throws -> [[Double]] {
    var table = [Double](repeating: 0, count: count * own.count)
    table.replaceSubrange(rank * own.count..<(rank + 1) * own.count, with: own)
    let all = try sum(table, isPatient: isPatient)
    return (0..<count).map { Array(all[$0 * own.count..<($0 + 1) * own.count]) }
  }

  /// The bytes that one rank has, on every rank.
  package func broadcast(_ bytes: [UInt8], from root: Int = 0) throws -> [UInt8] {
    var bytes = bytes
    let size = Int(try sum([rank == root ? Double(bytes.count) : 0])[0])
    if rank != root { bytes = [UInt8](repeating: 0, count: size) }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, size), alignment: 64)
    var mayFree = false
    // While the other thread may write there, the memory stays.
    defer { if mayFree { memory.deallocate() } }
    bytes.withUnsafeBytes { if let base = $0.baseAddress { memory.copyMemory(from: base, byteCount: size) } }
    thread.ask(.broadcast(memory, count: size, root: root))
    try wait()
    mayFree = true
    return [UInt8](UnsafeRawBufferPointer(start: memory, count: size))
  }

  /// Waits until all ranks are here.
  package func barrier() throws {
    thread.ask(.barrier)
    try wait()
  }

  /// Runs `body` on each rank; where it fails on some, it ends on all.
  ///
  /// - Parameters:
  ///   - isPatient: Whether a rank may take longer than the time limit.
  ///   - body: What this rank does.
  /// - Returns: What `body` returns.
  /// - Throws: The error of `body` on the lowest rank that has one; on all others `EndedByOtherRank`.
  package func together<Result>(isPatient: Bool = false, _ body: () throws -> Result) throws -> Result {
    let result: Swift.Result<Result, any Error> = .init(catching: body)
    var failed = 0.0
    if case .failure(let error) = result {
      if isBroken { throw error }
      // Another rank has failed, and is here too.
      failed = error is EndedByOtherRank ? 0 : 1
    }
    let all = try gather([failed], isPatient: isPatient)
    guard let first = all.firstIndex(where: { $0[0] > 0 }) else { return try result.get() }
    if first == rank, case .failure(let error) = result { throw error }
    throw EndedByOtherRank(rank: first)
  }

  /// Leaves the others; the last call of all.
  ///
  /// - Parameter failed: Whether this rank ends by an error that the others do not have: then it does not wait for them.
  /// - Throws: `CommunicatorFailure`.
  public func finish(failed: Bool = false) throws {
    if isFinished { return }
    isFinished = true
    if failed || isBroken {
      // The thread may be waiting for a rank that is gone.
      thread.ask(.finish(failed: true))
      return thread.awaitEnd(seconds: 1)
    }
    thread.ask(.finish(failed: false))
    // Others may have ended before, in order; one that does not come has nothing left to give.
    struct Late: Error {}
    do { try thread.awaitAll { if $0 > timeLimit { throw Late() } } } catch is Late {}
  }

  // MARK: Failures

  /// When a rank was first seen to have ended.
  private struct Sight {
    let seconds: Double
    let questions: Int
  }

  /// Ends the waiting for a rank that is gone, and for one that has not answered for too long.
  private func check(_ seconds: Double, isPatient: Bool, _ sight: inout Sight?) throws {
    let missing = peers?.missing ?? []
    if let gone = missing.first(where: { $0.state == .ended }) {
      let first = sight ?? Sight(seconds: seconds, questions: thread.questionCount)
      sight = first
      // A rank that has ended well may have sent all that this one waits for, and has not found yet.
      if thread.questionCount - first.questions >= 50 || seconds - first.seconds > 2 {
        throw ended(gone)
      }
    }
    guard !isPatient, seconds > timeLimit else { return }
    throw silence(seconds)
  }

  private func ended(_ gone: RankPeers.Missing) -> RanksError {
    RanksError("rank \(gone.rank) (process \(gone.process)) has ended unexpectedly, so all ranks end")
  }

  private func silence(_ seconds: Double) -> RanksError {
    let stopped = (peers?.missing ?? []).filter { $0.state == .stopped }
    let who =
      stopped.isEmpty
      ? "the other ranks have not answered"
      : "rank \(stopped[0].rank) (process \(stopped[0].process)) is stopped and has not answered"
    return RanksError(
      "\(who) for \(Int(seconds)) s, so all ranks end; `communicator: {name: \(communicator.name), time_limit: SECONDS}`"
        + " gives them longer")
  }

  /// Whether this rank is the one that reports an error: of an error that several have the lowest does.
  ///
  /// - Parameter error: What this rank ends with.
  /// - Returns: False if another rank reports it, or what has led to it.
  package func reports(_ error: any Error) -> Bool {
    if error is EndedByOtherRank { return false }
    if isBroken {
      // The lowest of the ranks that are left.
      let missing = Set((peers?.missing ?? []).map(\.rank))
      return (0..<rank).allSatisfy(missing.contains)
    }
    // All ranks know of these.
    if error is NonFiniteError || error is RanksError { return rank == 0 }
    return true
  }

  /// Whether the connection to the other ranks cannot be used any more.
  package var isLost: Bool { isBroken }
}
