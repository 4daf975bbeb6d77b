import Glibc
import NNKit
import Synchronization

/// Standard output, which every command writes to by `print`.
///
/// Text is kept until there is much of it, or a line of it for a terminal. The first failure to write (a full disk) is kept
/// too: what comes after it is dropped, and the program ends with a message and the exit code 1. A reader that goes away is
/// not a failure.
enum StandardOutput {
  private struct State {
    var waiting: [UInt8] = []
    var isOpen = true
    var failure: FileError?
    let isTerminal = isatty(STDOUT_FILENO) == 1
  }

  private static let state = Mutex(State())
  private static let blockSize = 1 << 16

  static func print(_ text: String) {
    state.withLock { state in
      if !state.isOpen { return }
      state.waiting += text.utf8
      if state.isTerminal || state.waiting.count >= blockSize { write(&state) }
    }
  }

  /// Writes what has been printed so far.
  static func flush() { state.withLock { write(&$0) } }

  /// Writes what has been printed so far.
  ///
  /// - Throws: `FileError`, once, if some of what was printed could not be written.
  static func check() throws(FileError) {
    let failure = state.withLock { state in
      write(&state)
      defer { state.failure = nil }
      return state.failure
    }
    if let failure { throw failure }
  }

  /// Whatever is printed fails: the program was started without a standard output.
  static func close() {
    state.withLock { state in
      state.isOpen = false
      errno = EBADF
      state.failure = .system("standard output", "be written")
    }
  }

  /// Lets a command print although there is no standard output, since its result is elsewhere.
  static func allowClosed() { state.withLock { if !$0.isOpen { $0.failure = nil } } }

  private static func write(_ state: inout State) {
    var written = 0
    while written < state.waiting.count && state.isOpen {
      let count = state.waiting[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        // The other side of a pipe may have made it one that does not wait.
        var reader = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        poll(&reader, 1, -1)
      } else if errno != EINTR {
        if errno != EPIPE { state.failure = .system("standard output", "be written") }
        state.isOpen = false
      }
    }
    state.waiting.removeAll(keepingCapacity: true)
  }
}

/// Prints to `StandardOutput`: within this module it takes the place of Swift's own `print`, which does not say when it fails.
func print(_ text: String, terminator: String = "\n") { StandardOutput.print(text + terminator) }
