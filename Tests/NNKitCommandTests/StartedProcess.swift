import CNNKitSystem
import Foundation
import Testing

/// A program that a test starts, and that goes on beside it.
///
/// Foundation's `Process` learns of a program's end when a socket is closed that the program inherits. So does whatever
/// another thread starts at that moment, and then the end is noticed when that has ended, too. This one hands down nothing but
/// the standard streams, no signal that the test's thread blocks or ignores either, and asks the kernel for one process alone.
final class StartedProcess {
  enum Stream {
    /// That of the tests.
    case inherited
    case nowhere
    case file(String)
    case pipe(Pipe)
  }

  let number: pid_t
  private let words: [String]
  private let output: Pipe?
  private var ending: Int32?
  private static let minutes = 20
  private let deadline = ContinuousClock.now + .seconds(60 * minutes)

  /// Starts a program by its path; the tests' environment has `environment` added, or replaced by it.
  init(
    _ program: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:],
    input: Stream = .inherited, output: Stream = .inherited, errors: Stream = .inherited
  ) throws {
    words = (folder.map { ["/usr/bin/env", "--chdir=\($0)"] } ?? []) + [program] + arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let streams = [input, output, errors]
    for (descriptor, stream) in streams.enumerated() { stream.add(to: &actions, as: Int32(descriptor)) }
    nnk_inherit_below(&actions, 3)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var list: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in list + settings { free(text) } }
    var number: pid_t = 0
    let code = posix_spawn(&number, words[0], &actions, &attributes, &list, &settings)
    try #require(code == 0, "\(program) cannot be started: \(String(cString: strerror(code)))")
    self.number = number
    self.output = if case .pipe(let pipe) = output { pipe } else { nil }
    if case .pipe(let pipe) = input { try pipe.fileHandleForReading.close() }
    for case .pipe(let pipe) in [output, errors] { try? pipe.fileHandleForWriting.close() }
  }

  deinit {
    send(SIGKILL)
    wait()
  }

  /// Whether it has not ended yet.
  ///
  /// What goes on for longer than any test needs is ended, and is a fault: a suite that waits forever does not say for what.
  var isRunning: Bool {
    if ending == nil, ContinuousClock.now > deadline {
      Issue.record("\(words) has not ended within \(Self.minutes) minutes")
      kill(number, SIGKILL)
      reap(0)
    } else if ending == nil {
      reap(WNOHANG)
    }
    return ending == nil
  }

  /// Its number may be that of another process from then on.
  private func reap(_ options: Int32) {
    var status: Int32 = 0
    let found = waitpid(number, &status, options)
    if found == number {
      ending = status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
    } else if found < 0 && errno != EINTR {
      Issue.record("how \(words) has ended cannot be known: \(String(cString: strerror(errno)))")
      ending = .max
    }
  }

  func send(_ signal: Int32) {
    if isRunning { kill(number, signal) }
  }

  /// Waits for the end: the exit code, or the number of the signal that ended it, below 0.
  @discardableResult
  func wait() -> Int32 {
    while isRunning { usleep(1000) }
    return ending ?? 0
  }

  /// Waits for output that goes into a pipe; empty once the process has closed it or ended.
  func nextOutput() throws -> Data {
    let handle = try #require(output).fileHandleForReading
    var waited = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
    while poll(&waited, 1, 100) == 0 && isRunning {}
    poll(&waited, 1, 0)
    return waited.revents == 0 ? Data() : handle.availableData
  }
}

extension StartedProcess.Stream {
  fileprivate func add(to actions: inout posix_spawn_file_actions_t, as descriptor: Int32) {
    let isInput = descriptor == STDIN_FILENO
    switch self {
    case .inherited: break
    case .nowhere: posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", isInput ? O_RDONLY : O_WRONLY, 0)
    case .file(let path):
      posix_spawn_file_actions_addopen(
        &actions, descriptor, path, isInput ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    case .pipe(let pipe):
      let end = isInput ? pipe.fileHandleForReading : pipe.fileHandleForWriting
      posix_spawn_file_actions_adddup2(&actions, end.fileDescriptor, descriptor)
    }
  }
}
