import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `nnkit plugins watch` and `run` with a plugin that never returns.
@Suite("plugins that hang")
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

  /// It never returns, but leaves the processor to other tests.
  private var hanging: String {
    "#include <unistd.h>\n"
      + source.replacingOccurrences(of: "  NNKIT_EACH", with: "  for (volatile int i = 1; i;) pause();\n  NNKIT_EACH")
  }

  /// What it is given to run comes behind the arguments of `wrapper`, if there is one.
  private func watch(_ wrapper: [String] = [], options: [String] = []) throws -> StartedProcess {
    let command = wrapper + [try Checkout.nnkit, "plugins", "watch", "bent.c", "--", "bent.yaml", "--quiet"] + options
    return try StartedProcess(
      command[0], Array(command.dropFirst()), in: folder.path, environment: ["TMPDIR": folder.path("scratch")],
      output: .nowhere, errors: .nowhere)
  }

  private func wait(for what: String, seconds: Double = 180, _ isThere: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isThere() {
      try #require(ContinuousClock.now < deadline, "\(what) never came")
      usleep(10_000)
    }
  }

  /// What a process does and its parent's number, as the kernel tells them; nil if the process has ended.
  private func status(of process: pid_t) -> (state: Substring, parent: pid_t)? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let fields = text.components(separatedBy: ") ").last?.split(separator: " "), fields.count > 1, fields[0] != "Z"
    else { return nil }
    return pid_t(fields[1]).map { (fields[0], $0) }
  }

  private func parent(of process: pid_t) -> pid_t? { status(of: process)?.parent }
  private func isStopped(_ process: pid_t) -> Bool? { status(of: process).map { $0.state == "T" } }

  /// The process with a command of the program that another one has started.
  private func child(_ command: String, of process: StartedProcess) throws -> pid_t? {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.first { child in
      guard parent(of: child) == process.number else { return false }
      let line = (try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)) ?? ""
      return line.split(separator: "\0").dropFirst().first == command[...]
    }
  }

  /// The watch's run, once it is in the function: all that comes after its folder.
  private func awaitRun(_ number: Int, of watch: StartedProcess) throws -> pid_t {
    try wait(for: "run \(number)") { folder.exists("runs/bent-\(number)/config.yaml") }
    usleep(200_000)
    return try #require(try child("run", of: watch))
  }

  @Test("a save ends the run that hangs, and the next one comes to its end; Ctrl-C leaves nothing behind")
  func hangs() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    defer { watch.send(SIGKILL) }
    let first = try awaitRun(1, of: watch)
    try folder.write(source, to: "bent.c")
    try wait(for: "the run of the mended function") {
      folder.exists("runs/bent-2/summary.json")
    }
    #expect(parent(of: first) == nil)

    try folder.write(hanging, to: "bent.c")
    let second = try awaitRun(3, of: watch)
    watch.send(SIGINT)
    #expect(watch.wait() == 130)
    #expect(parent(of: second) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("scratch")).isEmpty)
  }

  @Test("the build just made is used before one of its name on the user's plugin path")
  func newest() throws {
    try Checkout.compile(source.replacingOccurrences(of: "\"1.0\"", with: "\"0.9\""), to: folder.path("bent.so"))
    try folder.write(source, to: "bent.c")
    let watch = try watch(options: ["--plugin-path", "."])
    defer { watch.send(SIGKILL) }
    try wait(for: "the run") { folder.exists("runs/bent-1/summary.json") }
    let plugins = try JSON(folder.read("runs/bent-1/summary.json"))["plugins"].list
    #expect(plugins.first { $0["function"].text == "bent" }?["version"].text == "1.0")
  }

  @Test(
    "a save that is no plugin leaves the last good build, whether it compiles or not", arguments: ["", "int x = ;"])
  func lastGood(_ text: String) throws {
    try folder.write(source, to: "bent.c")
    let watch = try watch()
    defer { watch.send(SIGKILL) }
    for (number, saved) in [source, text].enumerated() {
      if number > 0 { try folder.write(saved, to: "bent.c") }
      try wait(for: "run \(number + 1)") { folder.exists("runs/bent-\(number + 1)/summary.json") }
    }
  }

  @Test("a second signal does not wait for the run, and leaves nothing behind either")
  func second() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    defer { watch.send(SIGKILL) }
    let run = try awaitRun(1, of: watch)
    let start = ContinuousClock.now
    watch.send(SIGTERM)
    usleep(300_000)
    watch.send(SIGTERM)
    watch.wait()
    #expect(ContinuousClock.now - start < .seconds(1.8))
    #expect(watch.wait() == 143 && parent(of: run) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("scratch")).isEmpty)
  }

  @Test("Ctrl-Z stops the run along with watch, and both go on together")
  func stopped() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    defer { watch.send(SIGKILL) }
    let run = try awaitRun(1, of: watch)
    watch.send(SIGTSTP)
    try wait(for: "both to stop") { isStopped(watch.number) == true && isStopped(run) == true }
    watch.send(SIGCONT)
    try wait(for: "both to go on") { isStopped(watch.number) == false && isStopped(run) == false }
    watch.send(SIGINT)
    #expect(watch.wait() == 130 && parent(of: run) == nil)
  }

  @Test("a terminal that is gone ends watch and the run; nohup has them stay")
  func hangup() throws {
    try folder.write(hanging, to: "bent.c")
    let nohup = try watch(["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"])
    defer { nohup.send(SIGKILL) }
    let first = try awaitRun(1, of: nohup)
    nohup.send(SIGHUP)
    usleep(300_000)
    #expect(nohup.isRunning && parent(of: first) != nil)
    nohup.send(SIGTERM)
    #expect(nohup.wait() == 143 && parent(of: first) == nil)

    let watch = try watch()
    defer { watch.send(SIGKILL) }
    let second = try awaitRun(2, of: watch)
    watch.send(SIGHUP)
    #expect(watch.wait() == 129 && parent(of: second) == nil)
  }

  @Test("where watch itself is killed, the run ends too")
  func killed() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    let run = try awaitRun(1, of: watch)
    watch.send(SIGKILL)
    watch.wait()
    try wait(for: "the end of the run") { parent(of: run) == nil }
  }

  @Test("where a run is killed while it tries out a plugin that hangs, the trial ends too")
  func killedInTrial() throws {
    let opened = "\n#include <unistd.h>\n__attribute__((constructor)) static void start(void) { for (;;) pause(); }\n"
    try FileManager.default.createDirectory(atPath: folder.path("plugins"), withIntermediateDirectories: true)
    try Checkout.compile(source + opened, to: folder.path("plugins/bent.so"))
    let run = try StartedProcess(
      Checkout.nnkit, ["run", folder.path("bent.yaml"), "--plugin-path", folder.path("plugins")], errors: .nowhere)
    defer { run.send(SIGKILL) }
    var trial: pid_t?
    try wait(for: "the trial") {
      trial = try child("plugins", of: run)
      return trial != nil
    }
    run.send(SIGKILL)
    run.wait()
    try wait(for: "the end of the trial") { trial.flatMap { parent(of: $0) } == nil }
  }

  @Test("a source that is gone ends watch with an error, and the run with it")
  func gone() throws {
    try folder.write(hanging, to: "bent.c")
    let watch = try watch()
    defer { watch.send(SIGKILL) }
    let run = try awaitRun(1, of: watch)
    try FileManager.default.removeItem(atPath: folder.path("bent.c"))
    #expect(watch.wait() == 1 && parent(of: run) == nil)
  }
}
