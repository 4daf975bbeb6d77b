import Foundation
import Testing

@Suite("nnkit as a dependency")
struct PackageTests {
  @Test("a package that depends on NNKit by path runs the README's programs, and misuse says so, kind by kind")
  func outside() throws {
    let folder = try package()
    try checkReadme(run("Rings", in: folder))
    let lines = try run("Outside", in: folder)
    for line in lines { #expect(line.hasPrefix("ok: "), "\(line)") }
    #expect(lines.count == Self.outsideChecks)
    // In Swift 5 mode, and copied to where nothing of nnkit is.
    let bin = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: folder.path(".build/debug/OutsideInSwift5"), toPath: bin.path("copied"))
    let copied = try Command(program: bin.path("copied"), [])
    #expect(copied.code == 0, "\(copied.errors)")
    #expect(copied.output.split(separator: "\n").map(String.init) == lines)
    // What only the program nnkit needs is not resolved.
    let resolved = try String(contentsOfFile: folder.path("Package.resolved"), encoding: .utf8)
    #expect(resolved.contains("swift-numerics"))
    for name in ["swift-nio", "swift-argument-parser"] { #expect(!resolved.contains(name)) }
  }

  private static let outsideChecks = 16

  /// The README's package, with the programs of the README and of Tests/Outside in it: built once for all of them.
  private func package() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let blocks = try Checkout.readmeBlocks("swift")
    // A checkout may lie in a folder of any name, and a package is called by it.
    let name = URL(fileURLWithPath: Checkout.path).lastPathComponent
    let outside = """
      .executableTarget(name: "Outside", dependencies: [
        .product(name: "NNKitFunctions", package: "\(name)"), .product(name: "NNKitRuns", package: "\(name)"),
        .product(name: "NNKitPluginChecks", package: "\(name)"),
      ]),
      .executableTarget(name: "OutsideInSwift5", dependencies: [
        .product(name: "NNKitFunctions", package: "\(name)"), .product(name: "NNKitRuns", package: "\(name)"),
        .product(name: "NNKitPluginChecks", package: "\(name)"),
      ], swiftSettings: [.swiftLanguageMode(.v5)]),
      """
    let manifest = try #require(blocks.first { $0.contains("executableTarget") })
      .replacingOccurrences(of: "../nnkit", with: Checkout.path)
      .replacingOccurrences(of: "package: \"nnkit\"", with: "package: \"\(name)\"")
      .replacingOccurrences(of: "targets: [", with: "targets: [\n\(outside)")
    try folder.write(
      """
      // swift-tools-version: 6.2
      import PackageDescription
      let package = Package(name: "Rings", \(manifest))
      """, to: "Package.swift")
    for target in ["Rings", "Outside", "OutsideInSwift5"] {
      try FileManager.default.createDirectory(
        atPath: folder.path("Sources/\(target)"), withIntermediateDirectories: true)
    }
    let neuron = try #require(blocks.first { $0.contains("class RadialNeuron") })
    let program = try #require(blocks.first { $0.contains("let network") })
    let loop = try #require(blocks.first { $0.contains("optimizer.step") })
    try folder.write(neuron, to: "Sources/Rings/RadialNeuron.swift")
    try folder.write("\(program)\n\(loop)", to: "Sources/Rings/main.swift")
    for target in ["Outside", "OutsideInSwift5"] {
      try FileManager.default.copyItem(
        atPath: "\(Checkout.path)/Tests/Outside/main.swift", toPath: folder.path("Sources/\(target)/main.swift"))
    }
    // Without what only a debugger and an editor read.
    let build = try Command(
      program: "/usr/bin/env",
      ["swift", "build", "--package-path", folder.path, "-debug-info-format", "none", "--disable-index-store"])
    try #require(build.code == 0, "\(build.output)\(build.errors)")
    return folder
  }

  private func run(_ program: String, in folder: TemporaryFolder) throws -> [String] {
    let run = try Command(program: folder.path(".build/debug/\(program)"), [])
    try #require(run.code == 0, "\(run.output)\(run.errors)")
    return run.output.split(separator: "\n").map(String.init)
  }

  /// The extended neuron's gradients are right, it learns, and so it does by the training loop written out.
  private func checkReadme(_ lines: [String]) throws {
    try #require(lines.count == 6)
    #expect(try #require(Double(lines[0])) < 1e-6)
    let answers = try JSON(lines[1])
    #expect(try #require(answers[0].numbers.first) > 0.9 && #require(answers[1].numbers.first) < 0.1)
    let losses = lines[2...].compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    #expect(lines[2].hasPrefix("epoch 50: L = ") && losses.count == 4)
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
  }
}
