import Foundation
import Testing

@Suite("nnkit as a dependency")
struct PackageTests {
  @Test("the README's package depends on NNKit by path, extends Neuron, checks its gradients and trains")
  func readme() throws {
    let folder = try TemporaryFolder()
    let blocks = try Checkout.readmeBlocks("swift")
    let manifest = try #require(blocks.first { $0.contains("executableTarget") })
      .replacingOccurrences(of: "../nnkit", with: Checkout.path)
    let program = try #require(blocks.first { $0.contains("import NNKit") })
    // A checkout may lie in a folder of any name, and a package is called by it.
    let name = URL(fileURLWithPath: Checkout.path).lastPathComponent
    try folder.write(
      """
      // swift-tools-version: 6.2
      import PackageDescription
      let package = Package(name: "Rings", \(manifest.replacingOccurrences(of: "package: \"nnkit\"", with: "package: \"\(name)\"")))
      """, to: "Package.swift")
    try FileManager.default.createDirectory(atPath: folder.path("Sources/Rings"), withIntermediateDirectories: true)
    try folder.write(program, to: "Sources/Rings/main.swift")
    let swift = ["swift", "build", "--package-path", folder.path]
    let build = try Command(program: "/usr/bin/env", swift)
    try #require(build.code == 0, "\(build.output)\(build.errors)")
    let run = try Command(program: folder.path(".build/debug/Rings"), [])
    try #require(run.code == 0, "\(run.output)\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(try #require(lines.first.flatMap { Double($0) }) < 1e-6)
    let answers = try JSON(String(try #require(lines.last)))
    #expect(try #require(answers[0].numbers.first) > 0.9 && #require(answers[1].numbers.first) < 0.1)
  }
}
