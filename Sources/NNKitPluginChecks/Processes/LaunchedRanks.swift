import CNNKitSystem
import Glibc
import NNKit

/// Several processes of `nnkit plugins examine`, started by a communicator's launcher, as the ranks of one check.
struct LaunchedRanks {
  let ending: ChildEnding
  /// What the ranks have to say.
  let report: ExaminationReport
  /// What the launcher and they have printed.
  let output: String

  /// Starts the ranks and waits for them.
  ///
  /// - Parameters:
  ///   - launch: The words of the launcher.
  ///   - program: The path of the program nnkit.
  ///   - arguments: Those of `nnkit plugins examine`.
  ///   - seconds: How long they may take.
  /// - Throws: `FileError` if the launcher cannot be started.
  init(_ launch: [String], _ program: String, _ arguments: [String], seconds: Double) throws {
    let folder = try Self.temporaryFolder()
    let (file, log) = ("\(folder)/report", "\(folder)/log")
    defer {
      unlink(file)
      unlink(log)
      rmdir(folder)
    }
    try WholeFile.write(ExaminationReport.beginning, to: file, isDurable: false)
    let words =
      launch + [Self.path(of: program), "plugins", "examine"] + arguments + ["--report", file, "--started-by", "0"]
    let child = try Self.spawn(words, log: log)
    var status: Int32 = 0
    let deadline = ContinuousClock.now + .seconds(seconds)
    var isOver = false
    while !isOver, ContinuousClock.now < deadline {
      isOver = waitpid(child, &status, WNOHANG) != 0
      if !isOver { usleep(2000) }
    }
    if !isOver { Self.end(child, &status) }
    kill(-child, SIGKILL)
    report = ExaminationReport((try? WholeFile.read(file)) ?? [])
    output = String(decoding: (try? WholeFile.read(log)) ?? [], as: UTF8.self)
    ending = isOver ? ChildEnding(status: status) : .timedOut(seconds: seconds)
  }

  /// A launcher ends its ranks when it is asked to end.
  private static func end(_ child: pid_t, _ status: inout Int32) {
    kill(child, SIGTERM)
    for _ in 0..<1000 {
      if waitpid(child, &status, WNOHANG) != 0 { return }
      usleep(3000)
    }
    kill(-child, SIGKILL)
    waitpid(child, &status, 0)
  }

  /// Of another process, /proc/self is another program.
  private static func path(of program: String) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(program, &bytes, Int(PATH_MAX))
    return count > 0 ? String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : program
  }

  private static func temporaryFolder() throws -> String {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = "\(base)/nnkit-ranks-XXXXXX".utf8CString.map { $0 }
    guard mkdtemp(&template) != nil else { throw FileError.system(base, "have a new folder") }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func spawn(_ words: [String], log: String) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var list: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for text in list { free(text) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, words[0], &actions, &attributes, &list, environ)
    guard code == 0 else { throw FileError(words[0], "cannot be started: \(String(cString: strerror(code)))") }
    return child
  }
}
