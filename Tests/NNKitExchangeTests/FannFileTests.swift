import Foundation
import NNKit
import NNKitExchange
import Testing

/// Networks in FANN's files, against what libfann computes with them (`Fixtures/fann/fann_networks.c`).
@Suite struct FannFileTests {
  private let plugins: Plugins

  init() throws { plugins = try bundled() }

  private func model(_ name: String) throws -> (model: Model<Double>, notes: [String]) {
    try FANNFormat().read(fixture("fann/\(name).net"), as: Double.self, plugins: plugins)
  }

  /// The inputs of FANN's training data, every second line.
  private func inputs(_ name: String) throws -> [[Double]] {
    let lines = try String(contentsOfFile: fixture("fann/\(name).data"), encoding: .utf8).split(separator: "\n")
    return stride(from: 1, to: lines.count, by: 2).map { lines[$0].split(separator: " ").compactMap { Double($0) } }
  }

  @Test(
    "networks that FANN trained give FANN's outputs",
    arguments: [
      ("standard", "fann", [5, 4, 2]), ("functions", "fann", [15, 2]), ("sparse", "fann", [6, 5, 2]),
      ("scaled", "scaled", [4, 2]), ("shortcut", "fann", [4, 3, 2]),
    ])
  func outputs(name: String, data: String, widths: [Int]) throws {
    let (model, _) = try model(name)
    #expect(model.network.layers.map(\.neurons.count) == widths)
    let found = try model.outputs(for: inputs(data))
    #expect(found.count == 12)
    #expect(difference(found, try json("fann/\(name).json")) < (name == "scaled" ? 1e-7 : 1e-14))
  }

  @Test("what FANN does otherwise is said in a note")
  func notes() throws {
    #expect(try model("standard").notes.isEmpty)
    #expect(try model("sparse").notes.isEmpty)
    #expect(try model("functions").notes.count == 2)
  }

  @Test("a network written for FANN is read with the same outputs")
  func roundTrip() throws {
    let names = ["sigmoid", "tanh", "identity", "gaussian", "softsign", "hard_tanh", "sine", "hard_sigmoid", "step"]
    let first = try Layer<Double>(names.map { Neuron(inputs: 3, activation: try plugins.activation($0)) })
    let last = try Layer<Double>(neurons: 2, inputs: 9, activation: plugins.activation("sigmoid"))
    let model = Model(
      try Network(layers: [first, last], seed: 4), inputScaling: Scaling(offset: [1, 2, 3], factor: [0.5, 2, 1]),
      targetScaling: Scaling(offset: [5], factor: [0.1]))
    let export = try FANNExport(model, plugins: plugins)
    #expect(export.text.hasPrefix("FANN_FLO_2.1\nnum_layers=3\n") && export.notes.count == 1)
    var file = try FANNNetwork(Array(export.text.utf8), path: "x.net")
    let again = try file.model(Double.self, plugins: plugins)
    let samples = try inputs("fann")
    #expect(difference(try again.outputs(for: samples), try model.outputs(for: samples)) < 1e-12)
    let relu = Model(
      try Network<Double>(layers: [Layer(neurons: 1, inputs: 1, activation: plugins.activation("relu"))]))
    let error = #expect(throws: ExportError.self) { try FANNExport(relu, plugins: plugins) }
    #expect(error?.description.contains("layer 0, neuron 0: FANN has no activation `relu`") == true)
  }

  @Test("sparse layers and shortcuts come back from a file as such")
  func sparseAndShortcuts() throws {
    let sparse = try model("sparse").model.network
    #expect(sparse.layers.allSatisfy { $0.connectionLists != nil })
    let shortcut = try model("shortcut").model.network
    #expect(shortcut.layers.dropFirst().allSatisfy { !$0.sources.isSum } && shortcut.layers[2].fanIn == 3 + 4 + 3)
    for network in [sparse, shortcut] {
      let text = try FANNExport(Model(network), plugins: plugins).text
      var file = try FANNNetwork(Array(text.utf8), path: "x.net")
      let again = try file.model(Double.self, plugins: plugins).network
      #expect(again.layers.map(\.connectionLists) == network.layers.map(\.connectionLists))
      #expect(again.layers.map(\.sources) == network.layers.map(\.sources))
      let samples = try inputs("fann")
      #expect(
        difference(
          try Model(again).outputs(for: samples), try Model(network).outputs(for: samples)) < 1e-14)
    }
  }

  @Test("files that are damaged, or have what nnkit does not, are errors with their line")
  func damage() throws {
    func refused(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> String {
      do {
        var file = try FANNNetwork(bytes, path: "x.net")
        _ = try file.model(Double.self, plugins: plugins)
        return ""
      } catch let error as FileError {
        return "\(error)"
      } catch {
        Issue.record("\(type(of: error)): \(error)", sourceLocation: sourceLocation)
        return "\(error)"
      }
    }
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: fixture(name)))) }
    let sound = try bytes("fann/standard.net")
    for count in stride(from: 0, to: sound.count - 3, by: 11) { #expect(refused(Array(sound[..<count])) != "") }
    var random = RandomSource(seed: 1)
    for _ in 0..<300 {
      var bytes = sound
      for _ in 0..<3 { bytes[Int(random.uniform() * Double(bytes.count))] = UInt8(random.uniform() * 256) }
      _ = refused(bytes)
    }
    let text = String(decoding: sound, as: UTF8.self)
    #expect(
      refused(Array(text.replacingOccurrences(of: "network_type=0", with: "network_type=7").utf8)).contains(
        "expected 0"))
    #expect(refused(Array("FANN_FIX_2.1\n".utf8)).contains("x.net:1: found `FANN_FIX_2.1`"))
    let stepwise = text.replacingOccurrences(of: ", 3, ", with: ", 4, ")
    #expect(refused(Array(stepwise.utf8)).contains("FANN_SIGMOID_STEPWISE"))
    let huge = text.replacingOccurrences(of: "layer_sizes=4 6", with: "layer_sizes=4 2000000000")
    #expect(huge != text && refused(Array(huge.utf8)).contains("layer_sizes says"))
  }
}
