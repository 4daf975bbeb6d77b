import Foundation
import NNKit
import NNKitExchange
import Testing

/// Networks to ONNX and back, and networks of PyTorch, scikit-learn and a graph in Keras' manner.
@Suite struct ONNXTests {
  private let plugins: Plugins

  init() throws { plugins = try bundled() }

  private func exported(
    _ model: Model<Double>, _ precision: ONNXExport.Precision = .float64, strict: Bool = true, plugins: Plugins? = nil
  ) throws -> ONNXExport {
    try ONNXExport(
      model, name: "net", precision: precision, isStrict: strict, plugins: plugins ?? self.plugins)
  }

  private func imported<Scalar: NetworkScalar>(
    _ bytes: [UInt8], as _: Scalar.Type, plugins: Plugins? = nil
  ) throws -> Model<Scalar> {
    var file = try ONNXImport(bytes, path: "net.onnx", plugins: plugins ?? self.plugins)
    return try file.model(Scalar.self)
  }

  /// Every bundled activation and kind, one neuron each, behind a layer of one kind and before a layer of all.
  private func everything(_ last: String) throws -> Model<Double> {
    let names = plugins.names(of: .activation).filter { $0 != "softmax" && $0 != "log_softmax" }
    let activations =
      try names.map { try plugins.activation($0) } + [
        plugins.activation("elu", parameters: ["alpha": 1.7]), plugins.activation("celu", parameters: ["alpha": 0.6]),
        plugins.activation("leaky_relu", parameters: ["slope": 0.2]),
      ]
    let kinds = try plugins.names(of: .neuron).map { try plugins.neuron($0) }
    #expect(names.count >= 22 && kinds.count >= 5)
    let layers = [
      try Layer<Double>(activations.map { Neuron(inputs: 5, activation: $0) }),
      try Layer(
        kinds.map { try PluginNeuron(inputs: activations.count, activation: plugins.activation("tanh"), kind: $0) }),
      try Layer(kinds.map { try PluginNeuron(inputs: kinds.count, activation: plugins.activation(last), kind: $0) }),
    ]
    return Model(
      try Network(layers: layers, seed: 3), loss: try plugins.loss("huber"), targetKind: .classes,
      classes: ["käse\n", "\"d\""] + (2..<kinds.count).map { "class \($0)" }, inputNames: ["p", "q", "r", "s", "t"],
      inputScaling: Scaling(offset: [1, -2, 0, 3, 0.1], factor: [2, 0.5, 1, 0.1, 3]),
      targetScaling: Scaling(offset: [100], factor: [0.01]))
  }

  @Test(
    "all bundled functions come back from a file with the same weights, scalings and names",
    arguments: ["softmax", "log_softmax", "identity"])
  func roundTrip(last: String) throws {
    let model = try everything(last)
    let samples = (0..<8).map { row in (0..<5).map { Double(row * $0) * 0.3 - 1 } }
    let expected = try model.outputs(for: samples)
    for precision in ONNXExport.Precision.allCases {
      let bytes = try exported(model, precision).encoded
      let again = try imported(bytes, as: Double.self)
      if precision == .float64 {
        #expect(again.network.snapshot() == model.network.snapshot())
        #expect(try again.outputs(for: samples) == expected)
      } else {
        #expect(difference(try again.outputs(for: samples), expected) < 1e-5)
      }
      let scalings = (again.inputScaling, again.targetScaling)
      #expect(
        scalings.0 == model.inputScaling
          && scalings.1
            == Scaling(
              offset: Array(repeating: 100, count: model.network.outputCount),
              factor: Array(repeating: 0.01, count: model.network.outputCount))
      )
      #expect(again.classes == model.classes && again.inputNames == model.inputNames)
      #expect(again.loss == model.loss && again.targetKind == .classes)
      #expect(try exported(again, precision).encoded.count > 0)
    }
  }

  @Test("a network of single precision keeps the bytes of its weights")
  func singlePrecision() throws {
    let layers = [
      try Layer<Float>(neurons: 4, inputs: 3, activation: plugins.activation("gelu")),
      try Layer<Float>(neurons: 2, inputs: 4, activation: plugins.activation("step")),
    ]
    let model = Model(try Network(layers: layers, seed: 5))
    let copy = try Model<Double>(Safetensors(model.encoded(), path: "m"), path: "m", plugins: plugins)
    let again = try imported(exported(copy, .float32).encoded, as: Float.self)
    #expect(again.network.snapshot() == model.network.snapshot())
    #expect(again.network.layers.map(\.activation) == layers.map(\.activation))
  }

  // MARK: Files of other tools

  private struct Known: Decodable {
    let maker: String
    let inputs, outputs: [[Double]]
  }

  @Test(
    "files of PyTorch, scikit-learn and Keras' manner give their makers' outputs",
    arguments: [
      ("torch_activations", "log_softmax", 16), ("torch_activations_dynamo", "log_softmax", 16),
      ("torch_normalized", "softmax", 2), ("torch_normalized_dynamo", "softmax", 2), ("keras_like", "softmax", 2),
      ("sklearn_classifier", "softmax", 2), ("sklearn_zipmap", "softmax", 2), ("sklearn_binary", "sigmoid", 2),
      ("sklearn_regressor", "identity", 3), ("sklearn_logistic", "softmax", 1), ("sklearn_linear", "identity", 1),
    ])
  func others(name: String, last: String, layers: Int) throws {
    let known = try json("onnx/\(name).json", as: Known.self)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: fixture("onnx/\(name).onnx"))))
    let model = try imported(bytes, as: Double.self)
    #expect(!known.maker.isEmpty && known.outputs.count >= 5)
    #expect(difference(try model.outputs(for: known.inputs), known.outputs) < 2e-6)
    #expect(model.network.layers.count == layers && model.network.output.activation?.name == last)
    let single = try imported(bytes, as: Float.self)
    let outputs = try single.outputs(for: known.inputs.map { $0.map { Float($0) } })
    #expect(difference(outputs.map { $0.map(Double.init) }, known.outputs) < 2e-5)
  }

  @Test("class names and scaling of scikit-learn's files are the model's")
  func namesOfOthers() throws {
    func model(_ name: String) throws -> Model<Float> {
      try imported([UInt8](Data(contentsOf: URL(filePath: fixture("onnx/\(name).onnx")))), as: Float.self)
    }
    let classifier = try model("sklearn_classifier")
    #expect(classifier.classes == ["setosa", "versicolor", "virginica"] && classifier.targetKind == .classes)
    let scaling = try #require(classifier.inputScaling)
    #expect(abs(scaling.offset[0] - 5.8433) < 1e-3 && abs(1 / scaling.factor[0] - 0.8253) < 1e-3)
    #expect(try model("sklearn_zipmap").classes == ["0", "1", "2"])
    #expect(try model("sklearn_logistic").classes == ["setosa", "versicolor", "virginica"])
    #expect(try model("sklearn_binary").classes == ["0", "1"])
  }

  // MARK: Faults

  @Test("whatever is cut off or changed in a file is a typed error, never a trap")
  func damage() throws {
    for name in ["torch_normalized", "sklearn_zipmap"] {
      let sound = [UInt8](try Data(contentsOf: URL(filePath: fixture("onnx/\(name).onnx"))))
      var (refused, random) = (0, RandomSource(seed: 1))
      func attempt(_ bytes: [UInt8]) {
        do { _ = try imported(bytes, as: Float.self) } catch is FileError { refused += 1 } catch is UnknownFunctionError
        {
          refused += 1
        } catch { Issue.record("\(type(of: error)): \(error)") }
      }
      for count in stride(from: 0, to: sound.count, by: 7) { attempt(Array(sound[..<count])) }
      #expect(refused == (sound.count + 6) / 7)
      for _ in 0..<300 {
        var bytes = sound
        for _ in 0..<3 {
          bytes[Int(random.uniform() * Double(bytes.count))] = UInt8(random.uniform() * 256)
        }
        attempt(bytes)
      }
      #expect(refused > sound.count / 7 + 50)
    }
  }

  @Test("an operator that nnkit does not have is named with its node")
  func unsupported() throws {
    let model = try everything("identity")
    let text = try exported(model, .float32).encoded
    // An operator's name of the same length in the place of Softsign.
    let odd = try #require(replaced("Softsign", by: "LpNormed", in: text))
    #expect {
      try imported(odd, as: Float.self)
    } throws: { error in
      "\(error)".contains("net.onnx: node `") && "\(error)".contains("(LpNormed)")
        && "\(error)".contains("nnkit imports")
    }
  }

  private func replaced(_ word: String, by other: String, in bytes: [UInt8]) -> [UInt8]? {
    let (old, new) = (Array(word.utf8), Array(other.utf8))
    guard let place = bytes.indices.first(where: { bytes[$0...].starts(with: old) }) else { return nil }
    return Array(bytes[..<place]) + new + bytes[(place + old.count)...]
  }

  @Test("an extended neuron is refused by its class, layer and number")
  func extended() throws {
    final class Own: Neuron<Double> {}
    let layer = try Layer([
      Neuron(inputs: 2, activation: plugins.activation("tanh")), Own(inputs: 2, activation: plugins.activation("tanh")),
    ])
    let error = #expect(throws: ExportError.self) { try exported(Model(Network(keepingWeightsOf: [layer]))) }
    #expect(error?.description.contains("layer 0, neuron 1: a file can have no neuron of the class `Own`") == true)
  }
}
