import Foundation
import NNKit
import Testing

@Suite("the example programs")
struct ExampleProgramTests {
  private func lines(_ program: String, _ arguments: String...) throws -> [String] {
    let path = try #require(SearchPath.programFolder) + "/\(program)"
    let run = try Command(program: path, arguments)
    try #require(run.code == 0, "\(run.output)\(run.errors)")
    return run.output.split(separator: "\n").map(String.init)
  }

  @Test("the radial neuron's gradients are central differences, and it learns exclusive or")
  func radialNeuron() throws {
    let lines = try lines("RadialNeuron")
    try #require(lines.count == 2)
    #expect(try #require(Double(lines[0])) < 1e-6)
    let answers = try JSON(lines[1])
    #expect(try #require(answers[0].numbers.first) > 0.9 && #require(answers[1].numbers.first) < 0.1)
  }

  @Test("the training loop written out lowers the loss")
  func trainingLoop() throws {
    let losses = try lines("TrainingLoop").compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    try #require(losses.count == 4)
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test("a model trained from code and read again names the irises that it is asked about")
  func trainingFromCode() throws {
    let folder = try TemporaryFolder()
    let lines = try lines("TrainingFromCode", "\(Checkout.path)/Examples/iris.csv", folder.path("iris.safetensors"))
    try #require(lines.count == 3)
    #expect(try #require(lines[0].split(separator: " ").last.flatMap { Double($0) }) > 0.95)
    #expect(lines[1...] == ["setosa", "virginica"])
  }

  private func source(_ name: String) throws -> String {
    try String(contentsOfFile: "\(Checkout.path)/Examples/\(name).swift", encoding: .utf8)
  }

  @Test("README shows the examples' very lines")
  func readme() throws {
    let blocks = try Checkout.blocks("swift", in: "README.md").map { "\($0)\n" }
    for name in ["RadialNeuron/RadialNeuron", "RadialNeuron/main"] {
      #expect(try blocks.contains(source(name)), "\(name).swift")
    }
    let loop = try source("TrainingLoop/main")
    #expect(blocks.contains { loop.hasSuffix("\n\($0)") }, "TrainingLoop/main.swift")
  }

  @Test(
    "each program that an article of the documentation shows is one of the examples",
    arguments: [
      ("YourFirstNetwork", ["TrainingFromCode/main"]),
      ("YourOwnNeuron", ["RadialNeuron/RadialNeuron", "RadialNeuron/main", "TrainingLoop/main"]),
    ])
  func article(_ article: String, _ names: [String]) throws {
    let blocks = try Checkout.blocks("swift", in: "Sources/NNKit/NNKit.docc/\(article).md").map { "\($0)\n" }
    #expect(try blocks == names.map(source))
  }
}
