import Glibc
import NNKit

/// The program nnkit, run to do what might crash, hang or end it: calls of an unknown plugin.
package struct ChildProcess {
  /// Where a child writes what it has to say, a line each; its standard streams lead nowhere.
  static let reportDescriptor: Int32 = 3

  package let ending: ChildEnding
  /// Whether there were processes that it had started when it ended; they have been ended too.
  package let leftProcesses: Bool
  package let lines: [ExaminationLine]

  /// The program of this process, whatever became of its file.
  package static let thisProgram = "/proc/self/exe"

  /// Runs `nnkit plugins examine`.
  ///
  /// - Parameters:
  ///   - file: Absolute path of the plugin.
  ///   - options: What else the command is given.
  ///   - seconds: How long it may take.
  ///   - program: The path of the program nnkit.
  /// - Throws: `FileError` if there can be no other process.
  package init(
    examining file: String, _ options: [String], seconds: Double, by program: String = thisProgram
  ) throws {
    let arguments = ["plugins", "examine", file, "--started-by", "\(getpid())"] + options
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { throw FileError.system("a pipe", "be made") }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(pipe[0]) }
    let mark = "\(getpid())-\(ContinuousClock.now)"
    let strays = StrayProcesses(mark: mark)
    setenv(StrayProcesses.variable, mark, 1)
    let child = try Self.spawn(program, arguments, report: pipe[1])
    close(pipe[1])
    let deadline = ContinuousClock.now + .seconds(seconds)
    var bytes: [UInt8] = []
    var status: Int32 = 0
    var isOver = false
    while !isOver, ContinuousClock.now < deadline {
      // Another process may keep the pipe open; and a plugin may close it and hang all the same.
      isOver = waitpid(child, &status, WNOHANG) != 0
      if !Self.read(pipe[0], &bytes) && !isOver { usleep(200) }
    }
    kill(-child, SIGKILL)
    if !isOver { waitpid(child, &status, 0) }
    leftProcesses = strays.end()
    lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
      ExaminationLine(line: String($0))
    }
    ending = isOver ? ChildEnding(status: status) : .timedOut(seconds: seconds)
  }

  private static func spawn(_ program: String, _ arguments: [String], report: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, report, reportDescriptor)
    // A group of its own, so that all the processes that a plugin starts can be ended with it.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var list: [UnsafeMutablePointer<CChar>?] = (["nnkit"] + arguments).map { strdup($0) } + [nil]
    defer { list.forEach { free($0) } }
    // The backtrace of a crash that is expected takes seconds and is read by nobody.
    setenv("SWIFT_BACKTRACE", "enable=no", 0)
    var child: pid_t = 0
    let code = posix_spawn(&child, program, &actions, &attributes, &list, environ)
    guard code == 0 else { throw FileError(program, "cannot be started: \(String(cString: strerror(code)))") }
    return child
  }

  /// Reads what is in the pipe, waiting for a moment; false at its end.
  private static func read(_ descriptor: Int32, _ bytes: inout [UInt8]) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&waited, 1, 10) > 0 {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return false }
      bytes += chunk[..<count]
    }
    return true
  }
}
