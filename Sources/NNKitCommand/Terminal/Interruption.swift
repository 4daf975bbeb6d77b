import Glibc
import Synchronization

/// The signals that ask a program to end or to stop.
///
/// Of SIGINT, SIGTERM and their like the first asks it to end in order, a second one ends it at once; SIGTSTP, a
/// terminal's Ctrl-Z, asks it to stop.
enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let isRepeated = Atomic<Bool>(false)
  private static let mayEndAtOnce = Atomic<Bool>(true)
  private static let isStopAsked = Atomic<Bool>(false)

  /// The signal that has come, if one has.
  static var signal: Int32? {
    let signal = received.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// Whether there was a second one, where that does not end the program at once.
  static var isUrgent: Bool { isRepeated.load(ordering: .relaxed) }

  /// Whether SIGTSTP has come since this was last asked.
  static func takeStop() -> Bool { isStopAsked.exchange(false, ordering: .relaxed) }

  /// From now on the signals are taken note of; before, they end the program as ever.
  ///
  /// - Parameters:
  ///   - signals: Which.
  ///   - secondEnds: Whether a second one ends the program then and there; if not, `isUrgent` is true then.
  static func awaitSignals(_ signals: [Int32] = [SIGINT, SIGTERM], secondEnds: Bool = true) {
    // Made here, since a handler may not make them.
    _ = received.load(ordering: .relaxed)
    _ = isRepeated.load(ordering: .relaxed)
    _ = isStopAsked.load(ordering: .relaxed)
    mayEndAtOnce.store(secondEnds, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      if signal == SIGTSTP { return Interruption.isStopAsked.store(true, ordering: .relaxed) }
      if Interruption.received.compareExchange(expected: 0, desired: signal, ordering: .relaxed).exchanged { return }
      if Interruption.mayEndAtOnce.load(ordering: .relaxed) { _exit(128 + signal) }
      Interruption.isRepeated.store(true, ordering: .relaxed)
    }
    action.sa_flags = Int32(SA_RESTART)
    sigemptyset(&action.sa_mask)
    // A parent whose threads block signals, as Dispatch's do, hands that on.
    var all = sigset_t()
    sigemptyset(&all)
    for signal in signals {
      // `nohup` has the one ignored, shells without jobs the other, and that is to stay so.
      if [SIGHUP, SIGTSTP].contains(signal) && isIgnored(signal) { continue }
      sigaction(signal, &action, nil)
      sigaddset(&all, signal)
    }
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
