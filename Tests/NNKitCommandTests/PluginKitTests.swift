import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("the plugin kit")
struct PluginKitTests {
  @Test(
    "new writes a plugin that compiles with the command it prints, passes its checks and trains",
    arguments: ["activation", "loss", "neuron"], ["c", "swift"])
  func new(_ kind: String, _ language: String) throws {
    let folder = try TemporaryFolder()
    let command = try Command("plugins", "new", "mine", "--kind", kind, "--language", language, in: folder.path)
    try #require(command.code == 0, "\(command.errors)")
    let program = try Checkout.nnkit
    let script = command.output.replacingOccurrences(of: "\nnnkit ", with: "\n\(program) ")
    let steps = try Command(program: "/bin/sh", ["-ec", script], in: folder.path)
    try #require(steps.code == 0, "\(script)\n\(steps.output)\(steps.errors)")
    #expect(steps.output.contains("all checks passed") && folder.exists("mine/runs/mine-1/model.safetensors"))
    // What it shows: a parameter that a configuration may set, and a kink.
    let (name, other, key) =
      [
        "activation": ("slope", "0.5", "network.layers.0.activation"), "loss": ("quantile", "0.9", "loss"),
        "neuron": ("scale", "2", "network.layers.0.neuron"),
      ][kind] ?? ("", "", "")
    let shown = try Command("plugins", "show", "mine", "--plugin-path", folder.path("mine")).output
    #expect(shown.contains(name) && shown.contains(kind == "neuron" ? "|x - w|" : "if("), "\(shown)")
    let explained = try Command(
      "explain", "mine.yaml", "--plugin-path", ".", "--set", "\(key)={name: mine, \(name): \(other)}",
      in: folder.path("mine"))
    #expect(explained.code == 0 && explained.output.contains("mine(\(name): "), "\(explained.errors)")
    #expect(!explained.output.contains("states no formula"))
    #expect(try folder.read("mine/README.md").split(separator: "\n", omittingEmptySubsequences: false).count <= 12)
    try Command("plugins", "new", "mine", in: folder.path).expectFailure(["mine", "File exists"])
  }

  @Test("the command that new prints is right where the header's folder has a space in its name")
  func spaces() throws {
    let folder = try TemporaryFolder()
    for part in ["bin", "include/nnkit"] {
      try FileManager.default.createDirectory(atPath: folder.path("a b/\(part)"), withIntermediateDirectories: true)
    }
    let program = try Checkout.nnkit
    try FileManager.default.copyItem(atPath: program, toPath: folder.path("a b/bin/nnkit"))
    try FileManager.default.copyItem(
      atPath: "\(Checkout.header)/nnkit/plugin.h", toPath: folder.path("a b/include/nnkit/plugin.h"))
    let command = try Command(program: folder.path("a b/bin/nnkit"), ["plugins", "new", "mine"], in: folder.path)
    let lines = command.output.split(separator: "\n").prefix(2).joined(separator: "\n")
    let compiler = try Command(program: "/bin/sh", ["-ec", lines], in: folder.path)
    #expect(compiler.code == 0 && folder.exists("mine/mine.so"), "\(command.output)\(compiler.errors)")
  }

  @Test("new refuses names that a configuration could not use")
  func names() throws {
    for name in ["Mine", "9", "a-b", "name", "a/b"] {
      try Command("plugins", "new", name).expectFailure(["not a name for a function"], code: 2)
    }
  }

  @Test("bench measures both precisions at three sizes")
  func bench() throws {
    let lines = try Command("plugins", "bench", "relu", "huber").output.split(separator: "\n").map(String.init)
    #expect(lines.count == 2 + 8 && lines[1].contains("1,000,000"))
    for line in lines.dropFirst(2) {
      let numbers = line.split(separator: " ").suffix(3).compactMap { Double($0) }
      #expect(numbers.count == 3 && numbers.allSatisfy { $0 > 0 && $0 < 10_000 }, "\(line)")
    }
    try Command("plugins", "bench", "rellu").expectFailure(["did you mean `relu`"])
  }

  @Test("paths lists the folders in their order, and what is there")
  func paths() throws {
    let folder = try TemporaryFolder()
    try Checkout.compile(try #require(Checkout.readmeBlocks("c").first), to: folder.path("bent.so"))
    try folder.write("nothing", to: "text.so")
    let output = try Command("plugins", "paths", "--plugin-path", folder.path).output
    #expect(output.hasPrefix("\(folder.path)   (--plugin-path)\n  bent.so: bent\n"))
    #expect(output.contains("unusable: \(folder.path("text.so"))") && output.contains("libnnkit-relu.so: relu"))
  }

  @Test("watch compiles and runs again when the source is saved, and keeps the last good build")
  func watch() throws {
    let folder = try TemporaryFolder()
    try #require(try Command("plugins", "new", "mine", in: folder.path).code == 0)
    let process = try StartedProcess(
      Checkout.nnkit,
      ["plugins", "watch", "mine.c", "--", "mine.yaml", "--quiet", "--set", "training.epochs=1"],
      in: folder.path("mine"), output: .nowhere, errors: .nowhere)
    func awaitRun(_ number: Int) -> Bool {
      let deadline = ContinuousClock.now + .seconds(60)
      while ContinuousClock.now < deadline {
        if folder.exists("mine/runs/mine-\(number)/summary.json") { return true }
        usleep(20_000)
      }
      return false
    }
    try #require(awaitRun(1))
    let source = try folder.read("mine/mine.c")
    try folder.write(source + "no C at all", to: "mine/mine.c")
    try #require(awaitRun(2))
    try folder.write(source.replacingOccurrences(of: "\"0.1\"", with: "\"0.2\""), to: "mine/mine.c")
    try #require(awaitRun(3))
    let versions = try (1...3).map { number in
      let plugins = try JSON(folder.read("mine/runs/mine-\(number)/summary.json"))["plugins"].list
      return plugins.first { $0["function"].text == "mine" }?["version"].text
    }
    #expect(versions == ["0.1", "0.1", "0.2"])
    process.send(SIGTERM)
    #expect(process.wait() == 143)
  }
}
