import Foundation
import NNKit
import NNKitExchange
import Testing

/// Windows, pools and joins in ONNX files: those of PyTorch, and nnkit's own there and back.
@Suite struct ONNXImageTests {
  private let plugins: Plugins

  init() throws { plugins = try bundled() }

  private struct Known: Decodable { let inputs, outputs: [[Double]] }

  private func imported(_ bytes: [UInt8]) throws -> Model<Double> {
    var file = try ONNXImport(bytes, path: "net.onnx", plugins: plugins)
    return try file.model(Double.self)
  }

  private func file(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: fixture("onnx/\(name).onnx"))))
  }

  @Test(
    "networks of images of PyTorch and in Keras' manner give their outputs, each node in the layer that it belongs to",
    arguments: [
      ("torch_lenet", 6), ("torch_residual", 9), ("torch_branches", 3), ("torch_inception", 6),
      ("torch_preactivated", 4), ("torch_signal", 3), ("torch_mobile", 5), ("keras_images_like", 3),
    ])
  func pyTorch(name: String, layers: Int) throws {
    let known = try json("onnx/\(name).json", as: Known.self)
    let model = try imported(file(name))
    #expect(known.inputs.count == 8)
    #expect(difference(try model.outputs(for: known.inputs), known.outputs) < 2e-6)
    #expect(model.network.layers.count == layers)
  }

  @Test("the layers of a file have its windows, its groups and its sources")
  func structure() throws {
    let layers = try imported(file("torch_lenet")).network.layers
    #expect(layers[0].wiring.window?.kernel == 3 && layers[0].neurons.count == 4)
    #expect(layers[1].kindNames == ["maximum"] && layers[1].wiring.window?.stride == 2)
    #expect(layers[2].wiring.window?.groups == 2 && layers[2].wiring.window?.padding == 1)
    #expect(layers[3].kindNames == ["average"])
    let branches = try imported(file("torch_branches")).network.layers
    #expect(branches[1].sources == .concatenated([.inputs, .layer(0)]))
    #expect(branches[2].sources == .concatenated([.layer(1), .inputs, .layer(0)]))
    let residual = try imported(file("torch_residual")).network.layers
    #expect(residual.contains { $0.sources.isSum })
    // The scale that all ways begin with is that of the model's inputs where all take it, a layer's where one does.
    #expect(try imported(file("torch_preactivated")).inputScaling == nil)
  }

  @Test("windows, pools, sums and sparse layers come back from a file with the same weights")
  func roundTrip() throws {
    let (relu, tanh) = (try plugins.activation("relu"), try plugins.activation("tanh"))
    let first = try SlidingWindow(channels: 2, height: 6, width: 6, samePaddedKernel: 3, groups: 2)
    let pool = try SlidingWindow(channels: 4, height: 6, width: 6, kernel: 2, stride: 2, groups: 4)
    let second = try SlidingWindow(channels: 4, height: 3, width: 3, samePaddedKernel: 3)
    let mixed = (0..<4).map { Neuron<Double>(inputs: second.fanIn, activation: $0 < 2 ? relu : tanh) }
    let layers = try [
      Layer<Double>(neurons: 4, window: first, activation: plugins.activation("softmax")),
      Layer(pool: plugins.neuron("maximum"), window: pool, activation: tanh),
      Layer(mixed, window: second),
      Layer(
        (0..<5).map { _ in Neuron(inputs: 36, activation: relu) }, sources: .added([.layer(1), .layer(2)]),
        connections: .rate(0.4)),
      Layer(
        (0..<3).map { _ in Neuron(inputs: 41, activation: try plugins.activation("identity")) },
        sources: .concatenated([.layer(3), .layer(2)])),
    ]
    let numbers = (0..<72).map(Double.init)
    let model = Model(
      try Network(layers: layers, seed: 9),
      inputScaling: Scaling(offset: numbers.map { $0 / 9 }, factor: numbers.map { 1 + $0 / 50 }))
    let samples = (0..<5).map { row in
      (0..<72).map { column in
        let remainder = (row * 7 + column * 5) % 13
        return Double(remainder) / 4 - 1
      }
    }
    let bytes = try ONNXExport(model, name: "net", precision: .float64, isStrict: true, plugins: plugins).encoded
    let again = try imported(bytes)
    #expect(again.network.snapshot() == model.network.snapshot())
    #expect(again.network.layers.map(\.sources) == model.network.layers.map(\.sources))
    #expect(again.network.layers.map(\.wiring) == model.network.layers.map(\.wiring))
    #expect(again.network.layers[3].connectionLists == model.network.layers[3].connectionLists)
    #expect(again.inputScaling == model.inputScaling)
    #expect(difference(try again.outputs(for: samples), try model.outputs(for: samples)) < 1e-14)
  }

  @Test("neurons of other kinds that leave padding out are refused with the layer and the reason")
  func refusedKinds() throws {
    let window = try SlidingWindow(channels: 1, height: 3, width: 3, kernel: 2, padding: 1)
    let neurons = try (0..<2).map { _ in
      try PluginNeuron<Double>(
        inputs: window.fanIn, activation: plugins.activation("tanh"), kind: plugins.neuron("maximum"))
    }
    let last = try Layer<Double>(neurons: 1, inputs: 32, activation: plugins.activation("identity"))
    let model = Model(try Network(layers: [Layer(neurons, window: window), last], seed: 1))
    let error = #expect(throws: ExportError.self) {
      try ONNXExport(model, name: "net", precision: .float64, isStrict: true, plugins: plugins)
    }
    #expect(error?.description.contains("layer 0: neurons of the kind `maximum` leave padding out") == true)
  }

  @Test("outputs that a file moves to other places are refused, not given in the wrong order")
  func movedOutputs() throws {
    let error = #expect(throws: FileError.self) { try imported(file("moved_outputs")) }
    #expect(error?.description.contains("moved to other places") == true)
  }

  @Test("whatever is changed in a file of windows is a typed error or another network, never a trap")
  func damage() throws {
    for name in ["torch_lenet", "torch_branches", "torch_mobile", "torch_signal"] {
      let sound = try file(name)
      var (refused, random) = (0, RandomSource(seed: 2))
      for _ in 0..<400 {
        var bytes = sound
        for _ in 0..<3 { bytes[Int(random.uniform() * Double(bytes.count))] = UInt8(random.uniform() * 256) }
        do { _ = try imported(bytes) } catch is FileError { refused += 1 } catch is UnknownFunctionError {
          refused += 1
        } catch { Issue.record("\(name): \(type(of: error)): \(error)") }
      }
      #expect(refused > 100)
    }
  }
}
