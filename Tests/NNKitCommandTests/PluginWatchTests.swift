import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `nnkit plugins watch` with a function that never returns.
@Suite("watching a plugin that hangs")
struct PluginWatchTests {
  private let folder: TemporaryFolder
  private let source: String

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path("scratch"), withIntermediateDirectories: true)
    source = try #require(Checkout.readmeBlocks("c").first)
    try folder.write(
      """
      data: {train: {generator: {name: xor}}}
      network: {layers: [{neurons: 2, activation: bent}, {neurons: 1, activation: sigmoid}]}
      loss: binary_cross_entropy
      training: {epochs: 1}
      """, to: "bent.yaml")
  }

  private var hanging: String {
    source.replacingOccurrences(of: "  NNKIT_EACH", with: "  for (volatile int i = 1; i;) {}\n  NNKIT_EACH")
  }

  /// What it is given to run comes behind the arguments of `wrapper`, if there is one.
  private func watch(_ wrapper: [String] = []) throws -> Process {
    let process = Process()
    let command = wrapper + [try #require(SearchPath.programFolder) + "/nnkit"]
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments =
      command.dropFirst() + ["plugins", "watch", "bent.c", "--", "bent.yaml", "--quiet"]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path("scratch")]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func wait(for what: String, seconds: Double = 60, _ isThere: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isThere() {
      try #require(ContinuousClock.now < deadline, "\(what) never came")
      usleep(10_000)
    }
  }

  /// The state of a process and its parent's number, from /proc; nil if it has ended.
  private func status(_ process: pid_t) -> (state: String, parent: pid_t)? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let fields = text.components(separatedBy: ") ").last?.split(separator: " "), fields.count > 1, fields[0] != "Z"
    else { return nil }
    return (String(fields[0]), pid_t(fields[1]) ?? 0)
  }

  /// What a process has computed for, in hundredths of a second.
  private func processorTime(of process: pid_t) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    let fields = text.components(separatedBy: ") ").last?.split(separator: " ") ?? []
    return fields.count > 11 ? Int(fields[11]) ?? 0 : 0
  }

  /// The `nnkit run` that a watch has started.
  private func run(of watch: Process) throws -> pid_t? {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.first { process in
      guard status(process)?.parent == watch.processIdentifier else { return false }
      let line = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
      return line.split(separator: "\0").dropFirst().first == "run"
    }
  }

  /// The run, once it is in the function, which is where it spends its time.
  private func awaitBusyRun(of watch: Process) throws -> pid_t {
    var found: pid_t?
    try wait(for: "a run") {
      found = try run(of: watch)
      return found != nil
    }
    let process = try #require(found)
    // Opening the plugins takes far less.
    try wait(for: "a busy run") { self.processorTime(of: process) >= 50 }
    return process
  }

  @Test("a save ends the run that hangs, and the next one comes to its end; Ctrl-C leaves nothing behind")
  func hangs() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    defer { kill(watch.processIdentifier, SIGKILL) }
    let first = try awaitBusyRun(of: watch)
    try folder.write(source, to: "bent.c")
    try wait(for: "the run of the mended function") {
      let runs = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("runs"))) ?? []
      return runs.contains { folder.exists("runs/\($0)/summary.json") }
    }
    #expect(status(first) == nil)

    try folder.write(hanging, to: "bent.c")
    let second = try awaitBusyRun(of: watch)
    kill(watch.processIdentifier, SIGINT)
    watch.waitUntilExit()
    #expect(watch.terminationReason == .exit && watch.terminationStatus == 130)
    #expect(status(second) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("scratch")).isEmpty)
  }

  @Test("a second signal does not wait for the run, and leaves nothing behind either")
  func second() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    defer { kill(watch.processIdentifier, SIGKILL) }
    let run = try awaitBusyRun(of: watch)
    let start = ContinuousClock.now
    kill(watch.processIdentifier, SIGTERM)
    usleep(300_000)
    kill(watch.processIdentifier, SIGTERM)
    watch.waitUntilExit()
    #expect(ContinuousClock.now - start < .seconds(1.8))
    #expect(watch.terminationStatus == 143 && status(run) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("scratch")).isEmpty)
  }

  @Test("a terminal that is gone ends watch and the run; nohup has them stay")
  func hangup() throws {
    try folder.write(hanging, to: "bent.c")
    let nohup = try watch(["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"])
    defer { kill(nohup.processIdentifier, SIGKILL) }
    let first = try awaitBusyRun(of: nohup)
    kill(nohup.processIdentifier, SIGHUP)
    usleep(300_000)
    #expect(nohup.isRunning && status(first) != nil)
    kill(nohup.processIdentifier, SIGTERM)
    nohup.waitUntilExit()
    #expect(nohup.terminationStatus == 143 && status(first) == nil)

    let watch = try watch()
    defer { kill(watch.processIdentifier, SIGKILL) }
    let second = try awaitBusyRun(of: watch)
    kill(watch.processIdentifier, SIGHUP)
    watch.waitUntilExit()
    #expect(watch.terminationStatus == 129 && status(second) == nil)
  }

  @Test("a source that is gone ends watch with an error, and the run with it")
  func gone() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    defer { kill(watch.processIdentifier, SIGKILL) }
    let run = try awaitBusyRun(of: watch)
    try FileManager.default.removeItem(atPath: folder.path("bent.c"))
    watch.waitUntilExit()
    #expect(watch.terminationReason == .exit && watch.terminationStatus == 1 && status(run) == nil)
  }
}
