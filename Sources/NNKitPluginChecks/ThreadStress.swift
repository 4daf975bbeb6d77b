import NNKit
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Threads that do something at once, over and over, each of them interrupted in the middle of it again and again.
///
/// They are threads of the system, not a pool's: that has as many as there are processors, and on one of these it would do
/// one thing after the other. A signal puts a thread to sleep wherever it is, so that others continue meanwhile.
final class ThreadStress: Sendable {
  private let turn: @Sendable (Int) throws -> Void
  private let isOver = Atomic(false)
  private let turns = Atomic(0)
  private let failure = Mutex<(any Error)?>(nil)

  private init(_ turn: @escaping @Sendable (Int) throws -> Void) { self.turn = turn }

  /// Lets `count` threads take turns until the time is over.
  ///
  /// - Parameters:
  ///   - count: How many threads.
  ///   - duration: How long.
  ///   - turn: What each does over and over, given its number.
  /// - Returns: How many turns there were in all.
  /// - Throws: What the first turn to throw threw; then no more are taken.
  static func run(_ count: Int, for duration: Duration, _ turn: @escaping @Sendable (Int) throws -> Void) throws -> Int
  {
    signal(interruption) { _ in
      var pause = timespec(tv_sec: 0, tv_nsec: 50_000)
      nanosleep(&pause, nil)
    }
    let crowd = ThreadStress(turn)
    let threads = try (0..<count).map { try crowd.start($0) }
    let end = ContinuousClock.now + duration
    var place = 0
    while ContinuousClock.now < end, !crowd.isOver.load(ordering: .relaxed) {
      usleep(100)
      pthread_kill(threads[place % count], interruption)
      place += 1
    }
    crowd.isOver.store(true, ordering: .relaxed)
    for thread in threads { pthread_join(thread, nil) }
    if let error = crowd.failure.withLock({ $0 }) { throw error }
    return crowd.turns.load(ordering: .relaxed)
  }

  /// A signal with no other use, which does not end a process if it arrives late.
  private static let interruption = SIGURG

  private final class Member: Sendable {
    let crowd: ThreadStress
    let number: Int

    init(_ crowd: ThreadStress, _ number: Int) { (self.crowd, self.number) = (crowd, number) }
  }

  private func start(_ number: Int) throws -> pthread_t {
    var thread = pthread_t()
    let member = Unmanaged.passRetained(Member(self, number))
    let code = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        let member = Unmanaged<Member>.fromOpaque(pointer).takeRetainedValue()
        member.crowd.takeTurns(member.number)
        return nil
      }, member.toOpaque())
    guard code == 0 else {
      member.release()
      throw FileError("a thread", "cannot be made: \(String(cString: strerror(code)))")
    }
    return thread
  }

  private func takeTurns(_ number: Int) {
    do {
      while !isOver.load(ordering: .relaxed) {
        try turn(number)
        turns.add(1, ordering: .relaxed)
      }
    } catch {
      failure.withLock { $0 = $0 ?? error }
      isOver.store(true, ordering: .relaxed)
    }
  }
}
