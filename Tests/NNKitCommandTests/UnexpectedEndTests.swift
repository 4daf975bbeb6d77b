import Foundation
import NNKit
import Testing

/// Plugins that end the program when they are called: only plugins that cannot even be opened are known before.
@Suite("plugins that end the program")
struct UnexpectedEndTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func install(_ statement: String) throws {
    try FileManager.default.createDirectory(atPath: folder.path("plugins"), withIntermediateDirectories: true)
    let source = try #require(Checkout.readmeBlocks("c").first)
    try Checkout.compile(
      "#include <stdlib.h>\n#include <string.h>\n"
        + source.replacingOccurrences(of: "  NNKIT_EACH", with: "  \(statement)\n  NNKIT_EACH"),
      to: folder.path("plugins/bent.so"))
  }

  private func commands() -> [[String]] {
    let options = ["--plugin-path", folder.path("plugins")]
    let bent = ["--set", "network.layers.0.activation=bent"] + options
    return [
      ["run", Checkout.example("xor"), "--quiet", "--output", folder.path("run")] + bent,
      ["gradcheck", Checkout.example("xor")] + bent, ["plugins", "bench", "bent"] + options,
    ]
  }

  @Test("exit() in a plugin is an error with the plugin's name, not a quiet success", arguments: [0, 3])
  func exits(_ code: Int) throws {
    try install("exit(\(code));")
    for command in commands() {
      try Command(command).expectFailure([
        "plugins/bent.so: the plugin has ended the program with exit()", "nnkit plugins check",
      ])
    }
  }

  @Test(
    "a crash in a plugin, or in what it calls, names the plugin and shows no stack",
    .disabled(if: Sanitizer.isOn, "a sanitizer tells of crashes itself"),
    arguments: [
      ("*(volatile int *)8 = 1;", Int32(11), "segmentation fault"),
      ("void *volatile nowhere = (void *)16; memset(nowhere, 0, 64);", 11, "segmentation fault"),
      ("abort();", 6, "abort()"),
    ])
  func crashes(_ statement: String, _ signal: Int32, _ words: String) throws {
    try install(statement)
    for command in commands() {
      let command = try Command(command)
      command.expectFailure(["plugins/bent.so: the plugin has crashed (\(words))"], code: -signal)
      #expect(command.errors.split(separator: "\n").count == 1, "\(command.errors)")
    }
  }
}
