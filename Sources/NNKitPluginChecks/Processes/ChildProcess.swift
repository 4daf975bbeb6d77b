import CNNKitSystem
import Glibc
import NNKit

/// The program nnkit, run to do what might crash, hang or end it: calls of an unknown plugin.
package struct ChildProcess {
  package let ending: ChildEnding
  /// Whether there were processes that it had started when it ended; they have been ended too.
  package let leftProcesses: Bool
  private let report: ExaminationReport
  package var lines: [ExaminationLine] { report.lines }
  /// The call that it announced last.
  var call: String? { report.call }

  /// The program of this process, whatever became of its file.
  package static let thisProgram = "/proc/self/exe"

  /// Runs `nnkit plugins examine`.
  ///
  /// - Parameters:
  ///   - file: Absolute path of the plugin.
  ///   - options: What else the command is given.
  ///   - seconds: How long one call may take, beside the time for which it waits for a processor; all of them together six
  ///     times as long.
  ///   - program: The path of the program nnkit.
  /// - Throws: `FileError` if there can be no other process.
  package init(
    examining file: String, _ options: [String], seconds: Double, by program: String = thisProgram
  ) throws {
    let arguments = ["plugins", "examine", file, "--started-by", "\(getpid())"] + options
    let report = nnk_memory_file()
    guard report >= 0 else { throw FileError.system("a file in memory", "be made") }
    defer { close(report) }
    let beginning = ExaminationReport.beginning
    guard write(report, beginning, beginning.count) == beginning.count, fcntl(report, F_SETFL, O_APPEND) == 0 else {
      throw FileError.system("a file in memory", "be written")
    }
    let strays = StrayProcesses(adopts: program == Self.thisProgram)
    let child: pid_t
    do {
      child = try Self.spawn(program, arguments, Self.environment(mark: strays.mark), report: report)
    } catch {
      _ = strays.end()
      throw error
    }
    let start = ContinuousClock.now
    var (latestCall, calledAt) = (Self.latestChange(of: report), start)
    var status: Int32 = 0
    var (isOver, isHung) = (false, false)
    while !isOver, !isHung, !Self.isOverdue(child, since: start, 6 * seconds) {
      nnk_await_end([child], 1, 50)
      isOver = waitpid(child, &status, WNOHANG) != 0
      if case let change = Self.latestChange(of: report), change != latestCall {
        (latestCall, calledAt) = (change, ContinuousClock.now)
      }
      isHung = Self.isOverdue(child, since: calledAt, seconds)
    }
    kill(-child, SIGKILL)
    if !isOver { waitpid(child, &status, 0) }
    leftProcesses = strays.end()
    self.report = ExaminationReport(try WholeFile.read("/proc/self/fd/\(report)"))
    if isOver {
      ending = ChildEnding(status: status)
    } else {
      ending = isHung ? .timedOut(seconds: seconds) : .unfinished(seconds: seconds)
    }
  }

  /// When a file was last written, in nanoseconds.
  private static func latestChange(of file: Int32) -> Int {
    var information = stat()
    fstat(file, &information)
    return information.st_mtim.tv_sec * 1_000_000_000 + information.st_mtim.tv_nsec
  }

  /// Whether a process has had its time.
  ///
  /// On a busy machine it may have no processor for long: that does not count, up to six times as long.
  private static func isOverdue(_ child: pid_t, since start: ContinuousClock.Instant, _ seconds: Double) -> Bool {
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    guard elapsed > seconds, elapsed < 6 * seconds else { return elapsed > seconds }
    return elapsed > seconds + secondsWithoutProcessor(child)
  }

  /// For how long a thread of a process was ready but had no processor, the one of them that waited longest; 0 where the
  /// system does not say.
  private static func secondsWithoutProcessor(_ process: pid_t) -> Double {
    guard let folder = opendir("/proc/\(process)/task") else { return 0 }
    defer { closedir(folder) }
    var longest = 0.0
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      // Nanoseconds with a processor, nanoseconds without one, and how often it had one.
      let descriptor = open("/proc/\(process)/task/\(name)/schedstat", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var bytes = [UInt8](repeating: 0, count: 128)
      let count = max(0, Glibc.read(descriptor, &bytes, bytes.count))
      let numbers = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ").compactMap { Double($0) }
      if numbers.count > 1 { longest = max(longest, numbers[1] / 1e9) }
    }
    return longest
  }

  /// This process's environment, with the mark by which the child's own children are found.
  private static func environment(mark: String) -> [String] {
    var variables: [String] = []
    var next = environ
    while let entry = next.pointee {
      variables.append(String(cString: entry))
      next += 1
    }
    variables.removeAll { $0.hasPrefix("\(StrayProcesses.variable)=") }
    variables.append("\(StrayProcesses.variable)=\(mark)")
    // The backtrace of a crash that is expected takes seconds, and no one reads it.
    if getenv("SWIFT_BACKTRACE") == nil { variables.append("SWIFT_BACKTRACE=enable=no") }
    return variables
  }

  private static func spawn(
    _ program: String, _ arguments: [String], _ environment: [String], report: Int32
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, report, ExaminationReport.descriptor)
    nnk_inherit_below(&actions, ExaminationReport.descriptor + 1)
    // A group of its own, so that all the processes that a plugin starts can be ended with it.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var list: [UnsafeMutablePointer<CChar>?] = (["nnkit"] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for text in list + variables { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, program, &actions, &attributes, &list, &variables)
    guard code == 0 else { throw FileError(program, "cannot be started: \(String(cString: strerror(code)))") }
    return child
  }
}
