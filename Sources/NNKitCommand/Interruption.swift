import Glibc
import Synchronization

/// SIGINT and SIGTERM: the first asks a run to end in order, a second one ends the program at once.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// The signal that has come, if one has.
  static var signal: Int32? {
    let signal = received.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// From now on the signals are taken note of; before, they end the program as ever.
  static func awaitSignals() {
    // Made here, since a handler may not make it.
    _ = received.load(ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      if Interruption.received.exchange(signal, ordering: .relaxed) != 0 { _exit(128 + signal) }
    }
    action.sa_flags = Int32(SA_RESTART)
    sigemptyset(&action.sa_mask)
    // A parent whose threads block signals, as Dispatch's do, hands that on.
    var both = sigset_t()
    sigemptyset(&both)
    for signal in [SIGINT, SIGTERM] {
      sigaction(signal, &action, nil)
      sigaddset(&both, signal)
    }
    pthread_sigmask(SIG_UNBLOCK, &both, nil)
  }
}
