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

  @Test("on the way through several links every folder in between is looked at, and every link's owner")
  func links() throws {
    // given -> between/second, second -> ../plugins: `between` is on the way, though on neither end of it.
    try FileManager.default.createDirectory(atPath: folder.path("between"), withIntermediateDirectories: true)
    for (link, target) in [("given", "between/./second"), ("between/second", "../plugins")] {
      try FileManager.default.createSymbolicLink(atPath: folder.path(link), withDestinationPath: target)
    }
    let check = { try Command("check", Checkout.example("xor"), "--plugin-path", self.folder.path("given")) }
    #expect(try check().code == 0)
    chmod(folder.path("between"), 0o777)
    try check().expectFailure(["another user could change it", "chmod o-w \(folder.path("between"))"])
    chmod(folder.path("between"), 0o1777)
    #expect(try check().code == 0)
    // Only root can give others a link; in a folder with the sticky bit its owner may replace it.
    guard geteuid() == 0 else { return }
    lchown(folder.path("between/second"), 65_534, 65_534)
    try check().expectFailure(["it belongs to the user", "chown -h 0 \(folder.path("between/second"))"])
    #expect(try Command(program: "/bin/sh", ["-c", "chown -h 0 \(folder.path("between/second"))"]).code == 0)
    #expect(try check().code == 0)
  }

  @Test("links that lead round in a circle and pipes are errors, not hangs")
  func noFiles() throws {
    try #require(mkfifo(folder.path("plugins/pipe.so"), 0o600) == 0)
    try check().expectFailure(["pipe.so", "is not a regular file"])
    unlink(folder.path("plugins/pipe.so"))
    for (link, target) in [("plugins/a.so", "b.so"), ("plugins/b.so", "a.so")] {
      try FileManager.default.createSymbolicLink(atPath: folder.path(link), withDestinationPath: target)
    }
    try check().expectFailure(["a.so", "Too many levels of symbolic links"])
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

  @Test("a library that a plugin has the loader find in a folder of its own is looked at too, and so are that one's")
  func libraries() throws {
    try FileManager.default.createDirectory(atPath: folder.path("deep/er"), withIntermediateDirectories: true)
    func compile(_ text: String, _ library: String, _ options: String...) throws {
      let arguments = ["-shared", "-fPIC", try folder.write(text, to: "part.c"), "-o", folder.path(library)] + options
      try #require(try Command(program: "/usr/bin/cc", arguments).code == 0)
    }
    try compile("double two(void) { return 2; }", "deep/er/libtwo.so")
    try compile(
      "double two(void); double one(void) { return two() / 2; }", "deep/libone.so", "-L\(folder.path("deep/er"))",
      "-ltwo", "-Wl,-rpath,$ORIGIN/er")
    let source = try #require(Checkout.readmeBlocks("c").first)
      .replacingOccurrences(of: "  NNKIT_EACH", with: "  (void)one();\n  NNKIT_EACH")
    try compile(
      "double one(void);\n" + source, "plugins/bent.so", "-I", Checkout.header, "-L\(folder.path("deep"))", "-lone",
      "-lm",
      "-Wl,-rpath,\(folder.path("plugins/none")):${ORIGIN}/../deep", "-Wl,-rpath-link,\(folder.path("deep/er"))")
    #expect(try check().code == 0)
    for place in ["deep/libone.so", "deep", "deep/er/libtwo.so", "deep/er"] {
      chmod(folder.path(place), 0o777)
      try expectRefused("everybody may write", "chmod o-w \(folder.path(place))")
      chmod(folder.path(place), 0o755)
    }
    #expect(try check().code == 0)
  }

  @Test("an access control list that lets others write is seen, one that does not is no obstacle")
  func accessLists() throws {
    // Written as Linux keeps it, since `setfacl` is not everywhere: owner, a user, group, the most for both, others.
    try folder.write(
      """
      #include <sys/xattr.h>
      #include <stdlib.h>
      int main(int count, char **argument) {
        unsigned char list[] = {2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, atoi(argument[2]), 0, 1, 0, 0, 0,
          4, 0, 5, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255};
        return setxattr(argument[1], "system.posix_acl_access", list, sizeof list, 0) != 0;
      }
      """, to: "give.c")
    try #require(try Command(program: "/usr/bin/cc", [folder.path("give.c"), "-o", folder.path("give")]).code == 0)
    func give(_ permissions: Int) throws -> Bool {
      try Command(program: folder.path("give"), [folder.path("plugins"), "\(permissions)"]).code == 0
    }
    // Not every file system has such lists.
    guard try give(7) else { return }
    try expectRefused("daemon may write to it, as its access control list has it", "chmod g-w")
    try #require(try Command(program: "/bin/sh", ["-c", "chmod g-w \(folder.path("plugins"))"]).code == 0)
    #expect(try check().code == 0)
    try #require(try give(5))
    #expect(try check().code == 0)
  }

  @Test(
    "a plugin that dies or hangs when it is opened does so in another process",
    arguments: ["crash", "exit", "hang", "kill"])
  func deadly(_ way: String) throws {
    let body = [
      "crash": "*(volatile int *)8 = 1;", "exit": "_exit(0);", "hang": "for (;;) pause();",
      "kill": "raise(SIGKILL);",
    ]
    let source =
      "#include <signal.h>\n#include <unistd.h>\n" + (try #require(Checkout.readmeBlocks("c").first))
      + "\n__attribute__((constructor)) static void start(void) { \(body[way] ?? "") }\n"
    try Checkout.compile(source, to: folder.path("plugins/\(way).so"))
    // A sanitizer makes an exit of its own of either.
    let (crash, exit) = Sanitizer.isOn ? ("ends the process", "") : ("crashes (signal 11", " with exit code 0")
    let words =
      [
        "crash": crash, "exit": "ends the process\(exit)", "hang": "hangs",
        "kill": "crashes (signal 9, Killed, which the system sends too where memory runs out)",
      ][way] ?? ""
    try check().expectFailure(["\(way).so", words, "plugins check"])
    let list = try Command("plugins", "paths", "--plugin-path", folder.path("plugins"))
    #expect(list.output.contains("bent.so: bent") && list.output.contains(words), "\(list.output)\(list.errors)")
  }

  @Test("a plugin is tried out where standard streams are closed, too", arguments: ["<&-", ">&-", "<&- >&- 2>&-"])
  func closedStreams(_ streams: String) throws {
    let program = try Checkout.nnkit
    let command = try Command(
      program: "/bin/sh",
      [
        "-c", "exec \"$@\" \(streams)", "sh", program, "run", Checkout.example("xor"), "--plugin-path",
        folder.path("plugins"), "--output", folder.path("run"),
      ])
    #expect(command.code == 0, "\(command.errors)")
    #expect(try JSON(folder.read("run/summary.json"))["ending"].text == "completed")
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

  /// A matrix backend that works, or does not.
  private func writeBackend(version: String, found: String, code: Int) throws {
    try Checkout.compile(
      """
      #include <nnkit/plugin.h>
      #include <stdio.h>
      #include <stdlib.h>
      static int start(char *text, size_t size) { snprintf(text, size, "\(found)"); return \(code); }
      static int product(size_t m, size_t n, size_t k, double alpha, const double *a, size_t a_row, size_t a_column,
                         const double *b, size_t b_row, size_t b_column, double beta, double *c, size_t c_row) {
        for (size_t i = 0; i < m; ++i)
          for (size_t j = 0; j < n; ++j) {
            double x = 0, *place = c + i * c_row + j;
            for (size_t p = 0; p < k; ++p) x += a[i * a_row + p * a_column] * b[p * b_row + j * b_column];
            *place = alpha * x + (beta == 0 ? 0 : beta * *place);
          }
        return 0;
      }
      static const nnkit_backend slow = {
        .function = NNKIT_FUNCTION(nnkit_backend, NNKIT_BACKEND, "slow", "three loops", "C = alpha A B + beta C"),
        .start = start, .product = product};
      NNKIT_PLUGIN("a tester", "CC0-1.0", "\(version)", &slow.function)
      """, to: folder.path("plugins/slow.so"))
  }

  @Test("the matrix backend's plugin and library are recorded too, and changes of theirs told")
  func changedBackend() throws {
    try writeBackend(version: "1.0", found: "loops 1", code: 0)
    let plugins = ["--plugin-path", folder.path("plugins")]
    let begun = try Command(
      ["run", Checkout.example("xor"), "--quiet", "--output", folder.path("run"), "--backend", "slow"] + plugins
        + ["--set", "precision=float64", "--set", "training.epochs=2", "--set", "training.checkpoint.epochs=1"])
    try #require(begun.code == 0, "\(begun.errors)")
    let recorded = try JSON(folder.read("run/summary.json"))["plugins"].list
    let slow = try #require(recorded.first { $0["function"].text == "slow" })
    let sum = try Command(program: "/usr/bin/sha256sum", [folder.path("plugins/slow.so")]).output
    #expect(slow["file"].text == folder.path("plugins/slow.so") && slow["version"].text == "1.0")
    #expect(slow["sha256"].text == String(sum.prefix(64)) && slow["library"].text == "loops 1")

    try FileManager.default.copyItem(atPath: folder.path("run"), toPath: folder.path("left"))
    for (version, found, code, words) in [
      ("1.1", "loops 1", 0, ["the plugin of `slow` has changed", "version 1.0", "version 1.1"]),
      ("1.1", "no loops", 1, ["the backend `slow` cannot be used", "no loops"]),
    ] {
      try writeBackend(version: version, found: found, code: code)
      let evaluated = try Command(["evaluate", folder.path("run")] + plugins)
      #expect(evaluated.code == 0 && words.allSatisfy { evaluated.errors.contains($0) }, "\(evaluated.errors)")
      try? FileManager.default.removeItem(atPath: folder.path("left/model.safetensors"))
      try? FileManager.default.removeItem(atPath: folder.path("left/summary.json"))
      let resumed = try Command(["run", "--resume", folder.path("left"), "--quiet"] + plugins)
      #expect(resumed.code == 0 && words.allSatisfy { resumed.errors.contains($0) }, "\(resumed.errors)")
    }
    // A summary that says nothing of plugins is no promise that they are the same.
    try folder.write("{}", to: "run/summary.json")
    let unknown = try Command(["evaluate", folder.path("run"), "--backend", "builtin"] + plugins)
    #expect(unknown.code == 0 && unknown.errors.contains("does not name the run's plugins"), "\(unknown.errors)")
  }

  @Test("a backend whose plugin is the same, but not the library that it finds, is told of")
  func changedLibrary() throws {
    let path = folder.path("run")
    try writeBackend(
      version: "1", found: "%s\", getenv(\"NNKIT_TEST_FOUND\") ? getenv(\"NNKIT_TEST_FOUND\") : \"nothing", code: 0)
    let options = ["--plugin-path", folder.path("plugins")]
    let run = try Command(
      ["run", Checkout.example("xor"), "--quiet", "--output", path, "--backend", "slow"] + options
        + ["--set", "precision=float64", "--set", "training.epochs=1"], environment: ["NNKIT_TEST_FOUND": "loops 1"])
    try #require(run.code == 0, "\(run.errors)")
    let evaluated = try Command(["evaluate", path] + options, environment: ["NNKIT_TEST_FOUND": "loops 2"])
    #expect(evaluated.errors.contains("the run had loops 1, now there is loops 2"), "\(evaluated.errors)")
  }

  @Test("a run taken up with another plugin than it was begun with says so")
  func changedBeforeResuming() throws {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.0001}")
    let plugins = ["--plugin-path", folder.path("plugins")]
    let begun = try run.start("run", plugins + ["--set", "network.layers.0.activation=bent"])
    try run.awaitCheckpoint("run", begun)
    begun.send(SIGTERM)
    try #require(begun.wait() == 143)
    let source = try #require(Checkout.readmeBlocks("c").first).replacingOccurrences(of: "\"1.0\"", with: "\"1.1\"")
    try Checkout.compile(source, to: folder.path("plugins/bent.so"))
    let resumed = try Command(["run", "--resume", run.folder.path("run"), "--quiet"] + plugins)
    #expect(resumed.code == 0 && resumed.errors.contains("the plugin of `bent` has changed"), "\(resumed.errors)")
    try FileManager.default.removeItem(atPath: run.folder.path("run/summary.json"))
    try Command("run", "--resume", run.folder.path("run")).expectFailure([
      "`bent`", "the run had `bent` from \(folder.path("plugins/bent.so"))",
      "--plugin-path \(folder.path("plugins")) searches there",
    ])
    #expect(try Command(["run", "--resume", run.folder.path("run"), "--quiet"] + plugins).code == 0)
    // The model is of both.
    let summary = try JSON(run.folder.read("run/summary.json"))
    #expect(summary["earlier_plugins"][0]["version"].text == "1.0")
    let evaluated = try Command(["evaluate", run.folder.path("run")] + plugins)
    #expect(evaluated.errors.contains("the run was begun with another plugin of `bent`: version 1.0"))
  }
}
