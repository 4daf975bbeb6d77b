import Glibc
import NNKit

/// This program run once more, to do what might crash, hang or end it: calls of a plugin that nobody knows yet.
struct ChildProcess {
  enum Ending: Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    case timedOut
  }

  /// Where a child writes what it has to say, a line each; its standard streams lead nowhere.
  static let reportDescriptor: Int32 = 3

  let ending: Ending
  let lines: [String]

  /// Runs the program with some arguments, for so many seconds at most.
  ///
  /// - Throws: `FileError` if there can be no other process.
  init(_ arguments: [String], seconds: Double) throws {
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { throw FileError.system("a pipe", "be made") }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(pipe[0]) }
    let child = try Self.spawn(arguments, report: pipe[1])
    close(pipe[1])
    let deadline = ContinuousClock.now + .seconds(seconds)
    var bytes: [UInt8] = []
    let isInTime = Self.read(pipe[0], until: deadline, &bytes)
    if !isInTime { kill(child, SIGKILL) }
    // A plugin may close the pipe and hang all the same.
    var status: Int32 = 0
    while waitpid(child, &status, WNOHANG) == 0 {
      if ContinuousClock.now > deadline { kill(child, SIGKILL) }
      usleep(200)
    }
    lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    let signal = status & 0x7F
    ending =
      !isInTime || signal == SIGKILL ? .timedOut : signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
  }

  private static func spawn(_ arguments: [String], report: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, report, reportDescriptor)
    var list: [UnsafeMutablePointer<CChar>?] = (["nnkit"] + arguments).map { strdup($0) } + [nil]
    defer { list.forEach { free($0) } }
    // The backtrace of a crash that is expected takes seconds and is read by nobody.
    setenv("SWIFT_BACKTRACE", "enable=no", 0)
    var child: pid_t = 0
    let code = posix_spawn(&child, "/proc/self/exe", &actions, nil, &list, environ)
    guard code == 0 else { throw FileError("a process", "cannot be made: \(String(cString: strerror(code)))") }
    return child
  }

  /// Reads to the end of the pipe; false if that does not come in time.
  private static func read(_ descriptor: Int32, until deadline: ContinuousClock.Instant, _ bytes: inout [UInt8]) -> Bool
  {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let left = (deadline - .now) / .milliseconds(1)
      if left <= 0 { return false }
      var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if poll(&waited, 1, Int32(min(left.rounded(.up), 1e6))) <= 0 { continue }
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return true }
      bytes += chunk[..<count]
    }
  }
}
