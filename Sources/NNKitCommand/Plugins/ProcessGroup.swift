import CNNKitSystem
import Glibc
import NNKit

/// A program and all that it starts in its turn: they are ended together.
final class ProcessGroup {
  private let leader: pid_t
  /// As `waitpid` gives it, once the program has ended.
  private var status: Int32?

  /// Starts a program, found as a shell finds it, with the standard streams of this one.
  ///
  /// - Parameters:
  ///   - program: Its name or path.
  ///   - arguments: Without its name.
  ///   - log: A file that gets its output and its messages in place of these streams.
  /// - Throws: `FileError` if it cannot be started.
  init(_ program: String, _ arguments: [String], log: String? = nil) throws {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let log {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
      posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    }
    var list: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { list.forEach { free($0) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, program, &actions, &attributes, &list, environ)
    guard code == 0 else { throw FileError(program, "cannot be started: \(String(cString: strerror(code)))") }
    leader = child
  }

  /// Whether the program ended of itself, with exit code 0.
  var succeeded: Bool { hasEnded && status == 0 }

  /// Whether the program has ended; what it left running is then ended too.
  var hasEnded: Bool {
    if status != nil { return true }
    // Until its status has been asked for, no other process or group gets its number.
    var information = siginfo_t()
    guard waitid(P_PID, id_t(leader), &information, WEXITED | WNOHANG | WNOWAIT) == 0, information.si_signo != 0 else {
      return false
    }
    kill(-leader, SIGKILL)
    var found: Int32 = 0
    while waitpid(leader, &found, 0) < 0 && errno == EINTR {}
    status = found
    return true
  }

  /// Returns when the program of one of several groups has ended, and at the latest after a tenth of a second.
  static func awaitEnd(of groups: [ProcessGroup]) {
    let leaders = groups.map(\.leader)
    nnk_await_end(leaders, leaders.count, 100)
  }

  /// Has the program and all that it started hold still, until `go`.
  func stop() { if !hasEnded { kill(-leader, SIGSTOP) } }
  func go() { if !hasEnded { kill(-leader, SIGCONT) } }

  /// Asks the program to end, and ends it if it has not within so many seconds.
  ///
  /// - Parameters:
  ///   - seconds: How long it has to end in order.
  ///   - isUrgent: Asked again and again: whether it is to be ended at once all the same.
  func end(within seconds: Double, isUrgent: () -> Bool = { false }) {
    if hasEnded { return }
    kill(-leader, SIGTERM)
    // A stopped process would not get the signal.
    kill(-leader, SIGCONT)
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !hasEnded {
      if ContinuousClock.now > deadline || isUrgent() { kill(-leader, SIGKILL) }
      usleep(5000)
    }
  }
}
