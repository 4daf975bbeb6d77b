internal import Dispatch
internal import Synchronization

/// What is waiting for the training thread, looked at after each batch for next to nothing.
package final class Mailbox: Sendable {
  package struct Mail: Sendable {
    package var commands: [ViewCommand] = []
    /// A page waits for a state, with these neurons in full.
    package var wantsState = false
    /// A page has no state yet, so that it gets one even if nothing has changed.
    package var isUrgent = false
    package var selections: [[Int]] = []
    package var isClosed = false
  }

  private static let limit = 64
  private let isFull = Atomic<Bool>(false)
  private let mail = Mutex(Mail())
  private let bell = DispatchSemaphore(value: 0)

  package init() {}

  /// Whether there is anything: one read of memory.
  package var isEmpty: Bool { !isFull.load(ordering: .acquiring) }

  /// Puts something in; commands beyond a limit are left out, since no user clicks that fast.
  package func put(_ change: @Sendable (inout Mail) -> Void) {
    mail.withLock { mail in
      change(&mail)
      if mail.commands.count > Self.limit { mail.commands.removeLast(mail.commands.count - Self.limit) }
    }
    isFull.store(true, ordering: .releasing)
    bell.signal()
  }

  /// Takes all there is.
  package func take() -> Mail {
    isFull.store(false, ordering: .releasing)
    return mail.withLock { mail in
      defer { mail = Mail(isClosed: mail.isClosed) }
      return mail
    }
  }

  /// Waits until something is put in, at most `seconds`.
  package func wait(seconds: Double = 3600) {
    _ = bell.wait(timeout: .now() + min(3600, max(0, seconds)))
  }
}
