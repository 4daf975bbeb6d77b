import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("plugins that are not trusted")
struct PluginTrustTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path("plugins"), withIntermediateDirectories: true)
    try Checkout.compile(try #require(Checkout.readmeBlocks("c").first), to: folder.path("plugins/bent.so"))
  }

  private func check(_ more: String...) throws -> Command {
    try Command(["check", Checkout.example("xor"), "--plugin-path", folder.path("plugins")] + more)
  }

  private func expectRefused(_ parts: String...) throws {
    try check().expectFailure(["bent.so", "another user could change it", "--trust-plugins"] + parts)
    #expect(try check("--trust-plugins").code == 0)
    let report = try Command("plugins", "check", folder.path("plugins/bent.so"))
    #expect(report.code == 1 && report.output.contains("another user could change it"))
  }

  @Test("a file or a folder on its way that everybody may write to is refused, with the command that mends it")
  func worldWritable() throws {
    #expect(try check().code == 0)
    for name in ["plugins/bent.so", "plugins"] {
      let path = folder.path(name)
      chmod(path, 0o777)
      try expectRefused("everybody may write", "chmod o-w \(path)")
      let mended = try Command(program: "/bin/sh", ["-c", "chmod o-w \(path)"])
      #expect(mended.code == 0)
      #expect(try check().code == 0)
    }
    // With the sticky bit nobody replaces another's files.
    chmod(folder.path("plugins"), 0o1777)
    #expect(try check().code == 0)
    // The folder above is on the way too, and so is what a link leads to.
    chmod(folder.path("plugins"), 0o755)
    chmod(folder.path, 0o777)
    try expectRefused("chmod o-w \(folder.path)")
    let links = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: links.path("linked.so"), withDestinationPath: folder.path("plugins/bent.so"))
    try Command("check", Checkout.example("xor"), "--plugin-path", links.path)
      .expectFailure(["linked.so", "chmod o-w \(folder.path)"])
  }

  @Test("a group of one's own may write, one with other members may not")
  func groups() throws {
    chmod(folder.path("plugins"), 0o775)
    #expect(try check().code == 0)
    // Groups and users of others can be given only by root.
    guard geteuid() == 0, let other = getgrnam("daemon") else { return }
    chown(folder.path("plugins"), 0, other.pointee.gr_gid)
    chmod(folder.path("plugins"), 0o775)
    try expectRefused("may write to it, as a member of its group", "chmod g-w \(folder.path("plugins"))")
    chown(folder.path("plugins"), 65_534, 0)
    chmod(folder.path("plugins"), 0o755)
    try expectRefused("it belongs to the user", "chown 0 \(folder.path("plugins"))")
  }

  @Test(
    "a plugin that dies or hangs when it is opened does so in another process", arguments: ["crash", "exit", "hang"])
  func deadly(_ way: String) throws {
    let body = ["crash": "*(volatile int *)8 = 1;", "exit": "_exit(0);", "hang": "for (volatile int i = 1; i;) {}"]
    let source =
      "#include <unistd.h>\n" + (try #require(Checkout.readmeBlocks("c").first))
      + "\n__attribute__((constructor)) static void start(void) { \(body[way] ?? "") }\n"
    try Checkout.compile(source, to: folder.path("plugins/\(way).so"))
    // A sanitizer makes an exit of its own of either.
    let (crash, exit) = Sanitizer.isOn ? ("ends the process", "") : ("crashes (signal 11", " with exit code 0")
    let words = ["crash": crash, "exit": "ends the process\(exit)", "hang": "hangs"][way] ?? ""
    try check().expectFailure(["\(way).so", words, "plugins check"])
    let list = try Command("plugins", "paths", "--plugin-path", folder.path("plugins"))
    #expect(list.output.contains("bent.so: bent") && list.output.contains(words), "\(list.output)\(list.errors)")
  }

  @Test("a run records the plugins' checksums, and evaluate and resume warn when one has changed")
  func changed() throws {
    let options = ["--plugin-path", folder.path("plugins"), "--set", "network.layers.0.activation=bent"]
    let run = try Command(["run", Checkout.example("xor"), "--quiet", "--output", folder.path("run")] + options)
    try #require(run.code == 0, "\(run.errors)")
    let plugins = try JSON(folder.read("run/summary.json"))["plugins"].list
    let bent = try #require(plugins.first { $0["function"].text == "bent" })
    let sum = try Command(program: "/usr/bin/sha256sum", [folder.path("plugins/bent.so")]).output
    #expect(bent["file"].text == folder.path("plugins/bent.so") && bent["version"].text == "1.0")
    #expect(bent["sha256"].text == String(sum.prefix(64)))
    let evaluate = ["evaluate", folder.path("run"), "--plugin-path", folder.path("plugins")]
    let same = try Command(evaluate)
    #expect(same.code == 0 && same.errors.isEmpty)
    let source = try #require(Checkout.readmeBlocks("c").first).replacingOccurrences(of: "\"1.0\"", with: "\"1.1\"")
    try Checkout.compile(source, to: folder.path("plugins/bent.so"))
    let other = try Command(evaluate)
    #expect(other.code == 0 && other.errors.contains("the plugin of `bent` has changed"), "\(other.errors)")
    #expect(other.errors.contains("version 1.0") && other.errors.contains("version 1.1"))
  }

  @Test("a run taken up with another plugin than it was begun with says so")
  func changedBeforeResuming() throws {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.0001}")
    let plugins = ["--plugin-path", folder.path("plugins")]
    let begun = try run.start("run", plugins + ["--set", "network.layers.0.activation=bent"])
    try run.awaitCheckpoint("run", begun)
    kill(begun.processIdentifier, SIGTERM)
    begun.waitUntilExit()
    try #require(begun.terminationStatus == 143)
    let source = try #require(Checkout.readmeBlocks("c").first).replacingOccurrences(of: "\"1.0\"", with: "\"1.1\"")
    try Checkout.compile(source, to: folder.path("plugins/bent.so"))
    let resumed = try Command(["run", "--resume", run.folder.path("run"), "--quiet"] + plugins)
    #expect(resumed.code == 0 && resumed.errors.contains("the plugin of `bent` has changed"), "\(resumed.errors)")
  }
}
