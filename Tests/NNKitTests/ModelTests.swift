import Foundation
import NNKit
import Testing

/// Models saved and read again.
@Suite struct ModelTests {
  private let folder = Result { try TemporaryFolder() }

  private func file(_ name: String = "model.safetensors") throws -> URL { try folder.get().file(name) }

  /// Per-neuron activations with parameters, frozen parts, a loss with a parameter, classes and both scalings.
  private func model<Scalar: NetworkScalar>(as type: Scalar.Type = Scalar.self) throws -> Model<Scalar> {
    let activations = try [
      bundled().activation("leaky_relu", parameters: ["slope": 0.3]), bundled().activation("tanh"),
      bundled().activation("elu", parameters: ["alpha": 2]),
    ]
    let network = try Network<Scalar>(
      layers: [
        Layer(activations.map { Neuron(inputs: 2, activation: $0) }),
        Layer(neurons: 2, inputs: 3, activation: bundled().activation("identity")),
      ], seed: 11)
    scatterBiases(of: network, seed: 1)
    network.layers[0].frozen = .biases
    network.layers[1].frozen = [.weights, .biases]
    return Model(
      network, loss: try bundled().loss("huber", parameters: ["delta": 3]), classes: ["yes", "no \"ñ\""],
      inputScaling: Scaling(offset: [1, -2], factor: [0.5, 4]), targetScaling: Scaling(offset: [3], factor: [0.1]))
  }

  private func read<Scalar: NetworkScalar>(_ type: Scalar.Type = Scalar.self) throws -> Model<Scalar> {
    try Model<Scalar>(contentsOf: file(), plugins: bundled())
  }

  private func roundTrip<Scalar: NetworkScalar>(_ type: Scalar.Type) throws {
    let model = try model(as: Scalar.self)
    try model.write(to: file())
    let loaded = try read(Scalar.self)
    #expect(parameters(of: loaded.network) == parameters(of: model.network))
    #expect(loaded.network.layers.map(\.frozen) == model.network.layers.map(\.frozen))
    for (left, right) in zip(loaded.network.layers, model.network.layers) {
      #expect(left.neurons.map(\.activation) == right.neurons.map(\.activation))
    }
    #expect(loaded.loss == model.loss && loaded.classes == model.classes)
    #expect(loaded.inputScaling == model.inputScaling && loaded.targetScaling == model.targetScaling)
    let samples: [[Scalar]] = [[0.5, -1], [3, 2]]
    #expect(try loaded.outputs(for: samples) == model.outputs(for: samples))
    #expect(try loaded.encoded() == model.encoded())
  }

  @Test("what is saved is read again bit by bit, in either precision")
  func roundTrip() throws {
    try roundTrip(Float.self)
    try roundTrip(Double.self)
  }

  @Test("many samples are answered a batch at a time, each as it is alone, and no batch is kept whole")
  func manySamples() throws {
    let model = try model(as: Double.self)
    let samples = (0..<5000).map { [Double($0) / 500, 3 - Double($0) / 250] }
    let answers = try model.outputs(for: samples)
    #expect(answers.count == 5000)
    for index in [0, 4095, 4096, 4999] {
      let alone = try model.outputs(for: [samples[index]])[0]
      #expect(zip(answers[index], alone).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) })
    }
    _ = try model.network.outputs(for: samples)
    #expect(model.network.layers.allSatisfy { $0.outputs.columns <= 4096 })
    #expect(try model.outputs(for: [[Double]]()).isEmpty)
  }

  @Test("a row gives its numbers to generic code where they lie")
  func contiguousRows() throws {
    let matrix = try Matrix<Float>([[1, 2, 3], [4, 5, 6]])
    let place = matrix.row(1).withContiguousStorageIfAvailable { Array($0) }
    #expect(place == [4, 5, 6])
    matrix.row(0).assign(matrix.row(1))
    matrix.row(1).assign([7, 8, 9].lazy.map(Float.init))
    #expect(matrix.values == [[4, 5, 6], [7, 8, 9]])
  }

  @Test("the same model gives the same bytes, each time it is encoded or written")
  func sameBytes() throws {
    let first = try model(as: Float.self).encoded()
    for _ in 0..<5 { #expect(try model(as: Float.self).encoded() == first) }
    try model(as: Float.self).write(to: file())
    try model(as: Float.self).write(to: file("again"))
    #expect(try Data(contentsOf: file()) == Data(first) && Data(contentsOf: file("again")) == Data(first))
  }

  @Test("every finite number survives, the smallest and the greatest too")
  func extremeNumbers() throws {
    let numbers: [Double] = [.leastNonzeroMagnitude, -.greatestFiniteMagnitude, -0.0, .leastNormalMagnitude, 0.1]
    let network = try Network<Double>(keepingWeightsOf: [layer([numbers], bundled().activation("identity"))])
    try network.write(to: file())
    let loaded = try read(Double.self).network.output.weights.values[0]
    #expect(loaded.map(\.bitPattern) == numbers.map(\.bitPattern))
  }

  @Test("a float32 model is read exactly as float64, a float64 model rounded as float32")
  func precisions() throws {
    let single = try model(as: Float.self)
    try single.write(to: file())
    #expect(
      try parameters(of: read(Double.self).network)
        == parameters(of: single.network).map { $0.map { Double($0) } })
    let double = try model(as: Double.self)
    try double.write(to: file())
    #expect(
      try parameters(of: read(Float.self).network) == parameters(of: double.network).map { $0.map { Float($0) } })
  }

  @Test("scaling is applied to raw inputs and undone on outputs")
  func scaling() throws {
    let network = try Network<Double>(keepingWeightsOf: [layer([[1.0, 10]], bundled().activation("identity"))])
    let model = Model(
      network, inputScaling: Scaling(offset: [1, 2], factor: [2, 3]), targetScaling: Scaling(offset: [5], factor: [0.5])
    )
    // (3 − 1) · 2 + 10 · (4 − 2) · 3 = 64; 64 / 0.5 + 5.
    #expect(try model.outputs(for: [[3, 4]]) == [[133]])
    #expect(try model.outputs(for: []).isEmpty)
    #expect(throws: NetworkError.self) { try model.outputs(for: [[1]]) }
  }

  @Test("a network alone is saved and read as well")
  func networkAlone() throws {
    let network = try model(as: Float.self).network
    try network.write(to: file())
    let loaded = try Network<Float>(contentsOf: file(), plugins: bundled())
    #expect(try loaded.outputs(for: [[1, 2]]) == network.outputs(for: [[1, 2]]))
    #expect(try read(Float.self).loss == nil && read(Float.self).classes == nil)
  }

  @Test("a loaded network goes on training")
  func training() throws {
    let network: Network<Double> = try NNKitTests.network(
      [2, 3, 1], Array(repeating: bundled().activation("tanh"), count: 2))
    let samples = try Samples<Double>(inputs: [[0, 1], [1, 0]], targets: [[0.5], [-0.5]])
    let settings = TrainingSettings(epochs: 5, batch: 2, shuffle: false, optimizer: .sgd(learningRate: 0.1))
    try network.train(on: samples, loss: bundled().loss("squared_error"), settings: settings)
    try network.write(to: file())
    let loaded = try Network<Double>(contentsOf: file(), plugins: bundled())
    for network in [network, loaded] {
      try network.train(on: samples, loss: bundled().loss("squared_error"), settings: settings)
    }
    #expect(parameters(of: loaded) == parameters(of: network))
  }

  @Test("a file that cannot be written is an error, and what was there stays")
  func notWritable() throws {
    let error = #expect(throws: FileError.self) {
      try model(as: Float.self).write(to: file("no/such/folder/model"))
    }
    #expect(error?.description.contains("no/such/folder/model") == true)
    try FileManager.default.createDirectory(at: file("folder"), withIntermediateDirectories: true)
    #expect(throws: FileError.self) { try model(as: Float.self).write(to: file("folder")) }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.get().path)
    #expect(left == ["folder"], "no temporary file stays behind")
  }
}
