import Foundation
import NNKit
import Testing

/// What `make install` would run, and the command that compiles a plugin.
@Suite struct InstallTests {
  @Test("make install takes every bundled plugin once, from a file of its own")
  func plugins() throws {
    let commands = try Command(program: "/usr/bin/make", ["-n", "install", "PREFIX=/opt/nnkit"], in: Checkout.path)
    try #require(commands.code == 0, "\(commands.errors)")
    let sources = commands.output.split(whereSeparator: { " ;\n".contains($0) }).filter {
      $0.hasPrefix("Plugins/") && !$0.hasPrefix("Plugins/Communicators/")
    }
    let installed = sources.map { String(($0.split(separator: "/").last ?? "").prefix { $0 != "." }) }
    let built = try FileManager.default.contentsOfDirectory(atPath: #require(SearchPath.programFolder))
      .filter { $0.hasPrefix("libnnkit-") && $0.hasSuffix(".so") }.map { String($0.dropFirst(9).dropLast(3)) }
    #expect(installed.sorted() == built.filter { $0 != "mpi" }.sorted())
  }

  @Test("README, header, Makefile and `nnkit plugins new` compile a plugin with the same options")
  func oneRecipe() throws {
    let folder = try TemporaryFolder()
    let new = try Command("plugins", "new", "bent", in: folder.path)
    let mpi = try Command(program: "/usr/bin/make", ["-n", "mpi"], in: Checkout.path)
    let texts = try ["README.md", "Sources/CNNKit/include/nnkit/plugin.h"].map {
      try String(contentsOfFile: "\(Checkout.path)/\($0)", encoding: .utf8)
    }
    let expected = "-fno-math-errno -fno-trapping-math -shared -fPIC -fvisibility=hidden -Wl,-z,defs,-z,now"
    for text in texts + [new.output, mpi.output] {
      let commands = text.components(separatedBy: " -O3 ").dropFirst()
      #expect(!commands.isEmpty && commands.allSatisfy { $0.hasPrefix(expected) }, "\(text.suffix(2000))")
    }
  }
}
