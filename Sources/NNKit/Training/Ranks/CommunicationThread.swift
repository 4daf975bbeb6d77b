internal import CNNKitSystem

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif
internal import Synchronization

/// The one thread that calls a communicator, so that sums are under way while other threads compute.
///
/// It makes the calls in the order in which they are asked for. Its caller waits for them, never for the library: so a rank
/// that does not answer cannot keep this one from ending.
final class CommunicationThread: @unchecked Sendable {
  enum Call {
    case sum(UnsafeMutableRawPointer, count: Int, Communicator.Number)
    case broadcast(UnsafeMutableRawPointer, count: Int, root: Int)
    case barrier
    case finish(failed: Bool)
  }

  private struct State {
    var calls: [Call] = []
    var place: (rank: Int, ranks: Int, text: String)?
    var asked = 0
    var done = 0
    var failure: (any Error)?
    /// Whether the thread has ended.
    var isOver = false
  }

  private let communicator: Communicator
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state = State()
  /// Whether the caller waits: then this thread asks without pause, and else leaves the processor to others.
  private let isAwaited = Atomic<Bool>(false)
  /// Whether a processor is left for this thread: then it asks without pause too while other threads compute.
  let hasProcessor = Atomic<Bool>(false)
  private let questions = Atomic<Int>(0)
  /// How often it has asked whether a sum is done.
  var questionCount: Int { questions.load(ordering: .relaxed) }

  /// Starts the thread, which stays until `finish`.
  ///
  /// - Throws: `NetworkError` if the system gives no thread.
  init(_ communicator: Communicator) throws {
    self.communicator = communicator
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<CommunicationThread>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    guard code == 0 else {
      Unmanaged.passUnretained(self).release()
      throw NetworkError("there is no thread for the communicator: \(String(cString: strerror(code)))", .setting)
    }
    pthread_detach(thread)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  private func locked<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  // MARK: The caller's side

  /// Adds a call behind those that were asked for.
  func ask(_ call: Call) {
    locked { state in
      state.calls.append(call)
      state.asked += 1
    }
    pthread_cond_broadcast(condition)
  }

  /// Waits until this process has joined the others.
  ///
  /// - Parameter patience: Called every 50 ms with the seconds so far; an error that it throws ends the waiting.
  /// - Returns: The number of this process, how many there are, and what connects them.
  /// - Throws: `CommunicatorFailure`; what `patience` throws.
  func awaitStart(_ patience: (Double) throws -> Void) throws -> (rank: Int, ranks: Int, text: String) {
    try wait(patience) { $0.place != nil }
    guard let place = locked({ $0.place }) else { throw NetworkError("the communicator has not started", .setting) }
    return place
  }

  /// Waits until the thread has ended, at most for some seconds.
  func awaitEnd(seconds limit: Double) {
    struct Late: Error {}
    try? wait({ if $0 > limit { throw Late() } }, until: \.isOver)
  }

  /// Waits for all calls that were asked for.
  func awaitAll(_ patience: (Double) throws -> Void) throws { try wait(patience) { $0.done == $0.asked } }

  private func wait(_ patience: (Double) throws -> Void, until isReady: (State) -> Bool) throws {
    let start = ContinuousClock.now
    isAwaited.store(true, ordering: .relaxed)
    defer { isAwaited.store(false, ordering: .relaxed) }
    while true {
      let isOver = try locked { state in
        if isReady(state) { return true }
        if let failure = state.failure { throw failure }
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        time.tv_nsec += 50_000_000
        if time.tv_nsec >= 1_000_000_000 {
          (time.tv_sec, time.tv_nsec) = (time.tv_sec + 1, time.tv_nsec - 1_000_000_000)
        }
        pthread_cond_timedwait(condition, mutex, &time)
        return isReady(state)
      }
      if isOver { return }
      try patience((ContinuousClock.now - start) / .seconds(1))
    }
  }

  // MARK: The thread's side

  private func run() {
    nnk_pause_exactly()
    var hasStarted = false
    do {
      let place = try communicator.start()
      hasStarted = true
      locked { $0.place = place }
      pthread_cond_broadcast(condition)
      try makeCalls()
    } catch {
      locked { $0.failure = error }
      pthread_cond_broadcast(condition)
      if hasStarted { try? communicator.finish(failed: true) }
    }
    locked { $0.isOver = true }
    pthread_cond_broadcast(condition)
  }

  private func makeCalls() throws {
    // Sums under way, in the order in which they began.
    var pending: [UnsafeMutableRawPointer?] = []
    var pause = Pause()
    while true {
      if let call = next(waits: pending.isEmpty) {
        pause = Pause()
        switch call {
        case .sum(let buffer, let count, let number):
          pending.append(try communicator.begin(buffer, count, number))
          continue
        case .broadcast(let bytes, let count, let root): try communicator.broadcast(bytes, count, from: root)
        case .barrier: try communicator.barrier()
        case .finish(let failed):
          try communicator.finish(failed: failed)
          return finishOne()
        }
        finishOne()
      } else if try communicator.isDone(pending[0]) {
        pending.removeFirst()
        pause = Pause()
        finishOne()
      } else {
        questions.add(1, ordering: .relaxed)
        pause.take(
          isAwaited: isAwaited.load(ordering: .relaxed), hasProcessor: hasProcessor.load(ordering: .relaxed))
      }
    }
  }

  /// The next call, if there is one; waits for it where that is all there is to do.
  private func next(waits: Bool) -> Call? {
    locked { state in
      while waits && state.calls.isEmpty { pthread_cond_wait(condition, mutex) }
      return state.calls.isEmpty ? nil : state.calls.removeFirst()
    }
  }

  private func finishOne() {
    locked { $0.done += 1 }
    pthread_cond_broadcast(condition)
  }

  /// What the thread does between two questions whether a sum is done.
  private struct Pause {
    /// How long it asks without pause: about the time that a small sum takes.
    private static let eager = Duration.microseconds(200)
    /// The same where a processor is left: about the time that a large sum takes.
    private static let mostEager = Duration.milliseconds(50)
    private let start = ContinuousClock.now

    func take(isAwaited: Bool, hasProcessor: Bool) {
      let time = ContinuousClock.now - start
      if hasProcessor ? time < Self.mostEager : isAwaited && time < Self.eager {
        // Where there are more ranks than processors, another one may have to compute first.
        sched_yield()
      } else {
        var time = timespec(tv_sec: 0, tv_nsec: isAwaited ? 10_000 : 50_000)
        nanosleep(&time, nil)
      }
    }
  }
}
