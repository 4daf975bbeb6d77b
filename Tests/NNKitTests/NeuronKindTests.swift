import NNKit
import Testing

/// Kinds of neurons of plugins: their formulas, and the numbers that both engines make of them.
@Suite struct NeuronKindTests {
  static let names = ["weighted_sum", "radial_basis", "product", "quadratic", "cosine"]

  private func neuron(
    _ kind: String, _ weights: [Double], bias: Double, inputs: Int? = nil
  ) throws -> PluginNeuron<Double> {
    let neuron = try PluginNeuron<Double>(
      inputs: inputs ?? weights.count, activation: bundled().activation("identity"), kind: bundled().neuron(kind))
    neuron.weights.assign(weights)
    neuron.bias = bias
    return neuron
  }

  /// z, ∂z/∂w, ∂z/∂b and ∂z/∂x of one neuron that hears one sample.
  private func slopes(
    _ neuron: PluginNeuron<Double>, _ x: [Double]
  ) throws -> (z: Double, w: [Double], b: Double, x: [Double]) {
    try neuron.forward(Inputs(samples: Matrix([x])))
    neuron.received[0] = 1
    let upstream = Matrix<Double>(rows: x.count, columns: 1)
    neuron.weightGradients.fill(0)
    neuron.biasGradient = 0
    try neuron.backward(sendingTo: Messages(addingTo: upstream))
    return (
      neuron.weightedInputs[0], Array(neuron.weightGradients), neuron.biasGradient, upstream.values.map { $0[0] }
    )
  }

  private func expect(_ found: [Double], _ expected: [Double], location: SourceLocation = #_sourceLocation) {
    #expect(found.count == expected.count, sourceLocation: location)
    for (found, expected) in zip(found, expected) {
      #expect(isClose(found, expected, relative: 1e-14, absolute: 1e-15), sourceLocation: location)
    }
  }

  @Test("a radial basis is e^b times the distance from its centre, and flat on the centre itself")
  func radialBasis() throws {
    let found = try slopes(neuron("radial_basis", [1, 2], bias: 0), [4, 6])
    expect([found.z] + found.w + [found.b] + found.x, [5, -0.6, -0.8, 5, 0.6, 0.8])
    let narrow = try slopes(neuron("radial_basis", [1, 2], bias: 0.5), [4, 6])
    #expect(isClose(narrow.z, 5 * 1.6487212707001282, relative: 1e-14) && isClose(narrow.b, narrow.z, relative: 1e-14))
    let centre = try slopes(neuron("radial_basis", [1, 2], bias: 0.5), [1, 2])
    #expect(centre.z == 0 && centre.w == [0, 0] && centre.b == 0 && centre.x == [0, 0])
  }

  @Test("a product multiplies 1 + w·x, with the right slopes where factors are 0")
  func product() throws {
    let found = try slopes(neuron("product", [1, 2, 3], bias: 0.5), [1, 1, 1])
    expect([found.z] + found.w + [found.b] + found.x, [24.5, 12, 8, 6, 1, 12, 16, 18])
    // 1 + w·x is 0 for the first input: its own slope is that of the other factors, theirs are 0.
    let one = try slopes(neuron("product", [-0.5, 2, 3], bias: 0), [2, 1, 1])
    expect([one.z] + one.w + one.x, [0, 24, 0, 0, -6, 0, 0])
    let two = try slopes(neuron("product", [-0.5, -1, 3], bias: 1), [2, 1, 1])
    expect([two.z] + two.w + two.x, [1, 0, 0, 0, 0, 0, 0])
    // The xor of the plugin's reference: 1 where the inputs are alike, −1 where not.
    let xor = try neuron("product", [-2, -2], bias: 0)
    #expect(try [[0, 0], [0, 1], [1, 0], [1, 1]].map { try slopes(xor, $0).z } == [1, -1, -1, 1])
  }

  @Test("a quadratic has a second weight for each input's square, which begins at 0")
  func quadratic() throws {
    let found = try slopes(neuron("quadratic", [1, 2, 3, 4], bias: 0.5, inputs: 2), [2, -1])
    expect([found.z] + found.w + [found.b] + found.x, [16.5, 2, -1, 4, 1, 1, 13, -6])
    let neuron = try PluginNeuron<Double>(
      inputs: 3, activation: bundled().activation("tanh"), kind: bundled().neuron("quadratic"))
    var random = RandomSource(seed: 1)
    neuron.initialize(by: .heNormal, fanOut: 4, random: &random)
    #expect(neuron.weightCount == 6 && neuron.weights.prefix(3).allSatisfy { $0 != 0 })
    #expect(neuron.weights.suffix(3).allSatisfy { $0 == 0 } && neuron.bias == 0)
  }

  @Test("a cosine tells the angle alone, and b where there is none")
  func cosine() throws {
    let found = try slopes(neuron("cosine", [1, 0], bias: 0.5), [3, 3])
    let half = 0.5.squareRoot()
    expect([found.z] + found.w + [found.b] + found.x, [half + 0.5, 0, half, 1, half / 6, -half / 6])
    for (w, x) in [([0.0, 0.0], [1.0, 2.0]), ([1, 2], [0, 0])] {
      let nothing = try slopes(neuron("cosine", w, bias: 0.5), x)
      #expect(nothing.z == 0.5 && nothing.w == [0, 0] && nothing.b == 1 && nothing.x == [0, 0])
    }
  }

  @Test("the plugin weighted_sum has a plain neuron's numbers")
  func weightedSum() throws {
    let sigmoid = try bundled().activation("sigmoid")
    let kind = try bundled().neuron("weighted_sum")
    let plain: Network<Double> = try network([4, 5, 2], [sigmoid, sigmoid])
    let other = try Network<Double>(keepingWeightsOf: [
      Layer((0..<5).map { _ in try PluginNeuron(inputs: 4, activation: sigmoid, kind: kind) }),
      Layer((0..<2).map { _ in try PluginNeuron(inputs: 5, activation: sigmoid, kind: kind) }),
    ])
    for (from, to) in zip(plain.layers, other.layers) {
      to.weights.assign(from.weights)
      to.biases.assign(from.biases)
    }
    var random = RandomSource(seed: 3)
    let samples = try Samples<Double>(inputs: random.table(7, 4), targets: random.table(7, 2, in: 0...1))
    let loss = try bundled().loss("binary_cross_entropy")
    #expect(try LossStage(loss, behind: other.output).isCanonical)
    let (left, right) = (try pass(plain, loss, samples), try pass(other, loss, samples))
    #expect(difference(left.inputGradients, right.inputGradients) < 1e-14)
    for (left, right) in zip(traces(of: plain), traces(of: other)) {
      #expect(difference(left.values, right.values) < 1e-14, "\(left.name)")
    }
  }

  // MARK: Both engines

  /// 5 inputs, a layer of one kind, a layer of that kind beside plain and extended neurons and other kinds, 2 outputs.
  private func mixedNetwork<Scalar: NetworkScalar>(
    _ name: String, seed: UInt64 = 1, as type: Scalar.Type = Scalar.self
  ) throws -> Network<Scalar> {
    let plugins = try bundled()
    let (tanh, sigmoid) = (try plugins.activation("tanh"), try plugins.activation("sigmoid"))
    func neuron(_ kind: String, _ activation: Activation, inputs: Int) throws -> Neuron<Scalar> {
      try PluginNeuron(inputs: inputs, activation: activation, kind: plugins.neuron(kind))
    }
    let mixed: [Neuron<Scalar>] = [
      Neuron(inputs: 6, activation: tanh), try neuron(name, tanh, inputs: 6), try neuron(name, sigmoid, inputs: 6),
      SlopeNeuron(inputs: 6, activation: tanh), try neuron("quadratic", tanh, inputs: 6),
      Neuron(inputs: 6, activation: tanh), try neuron(name, tanh, inputs: 6),
    ]
    let network = try Network<Scalar>(
      layers: [
        Layer((0..<6).map { _ in try neuron(name, tanh, inputs: 5) }), Layer(mixed),
        Layer(neurons: 2, inputs: 7, activation: sigmoid),
      ], seed: seed)
    scatterBiases(of: network, seed: seed)
    return network
  }

  private func compare<Scalar: NetworkScalar>(
    _ name: String, _ batch: Int, _ tolerance: Double, threads: Int = 1, as type: Scalar.Type
  ) throws {
    var random = RandomSource(seed: 40 + UInt64(batch))
    let samples = try Samples<Scalar>(inputs: random.table(batch, 5), targets: random.table(batch, 2))
    let (one, other) = (try mixedNetwork(name, as: type), try mixedNetwork(name, as: type))
    one.engine = .neuron
    other.engine = .fused
    other.threads = threads
    let loss = try bundled().loss("squared_error")
    let (left, right) = (try pass(one, loss, samples), try pass(other, loss, samples))
    #expect(isClose(left.loss, right.loss, relative: tolerance))
    #expect(difference(left.inputGradients, right.inputGradients) <= tolerance)
    for (left, right) in zip(traces(of: one), traces(of: other)) {
      #expect(difference(left.values, right.values) <= tolerance, "\(left.name), batch \(batch)")
    }
  }

  @Test("both engines have the same numbers of every kind, beside plain and extended neurons", arguments: names)
  func engines(_ name: String) throws {
    for batch in [1, 2, 3, 7, 64] {
      try compare(name, batch, 1e-12, as: Double.self)
      try compare(name, batch, 1e-5, as: Float.self)
    }
  }

  @Test("several threads have the same numbers", arguments: names)
  func threads(_ name: String) throws {
    let plugins = try bundled()
    let tanh = try plugins.activation("tanh")
    func run(_ engine: Engine, _ threads: Int) throws -> Network<Double> {
      let kind = try plugins.neuron(name)
      let layers = try [40, 30].map { width in
        try Layer<Double>(
          (0..<width).map { _ in try PluginNeuron(inputs: width == 40 ? 50 : 40, activation: tanh, kind: kind) })
      }
      let network = try Network<Double>(layers: layers, seed: 2)
      (network.engine, network.threads) = (engine, threads)
      var random = RandomSource(seed: 5)
      let samples = try Samples<Double>(inputs: random.table(100, 50), targets: random.table(100, 30))
      try pass(network, plugins.loss("squared_error"), samples)
      return network
    }
    let alone = try run(.neuron, 1)
    for (left, right) in zip(traces(of: alone), traces(of: try run(.auto, 3))) {
      #expect(difference(left.values, right.values) < 1e-12, "\(left.name)")
    }
  }

  @Test("every gradient through kinds is a central difference's", arguments: names)
  func gradients(_ name: String) throws {
    var random = RandomSource(seed: 6)
    let samples = try Samples<Double>(inputs: random.table(4, 5), targets: random.table(4, 2))
    for engine in [Engine.auto, .neuron] {
      let network = try mixedNetwork(name, seed: 3, as: Double.self)
      network.engine = engine
      let check = try network.checkGradients(bundled().loss("squared_error"), on: samples)
      #expect(check.checked == network.parameterCount + 20 && check.leftOut == 0)
      #expect(check.worstRelativeError < 1e-6, "\(String(describing: check.worst))")
    }
  }

  @Test("where a radial basis lies on its input, its gradients are the mean of both sides: 0")
  func kink() throws {
    let network = try Network<Double>(keepingWeightsOf: [
      Layer([
        PluginNeuron(inputs: 1, activation: bundled().activation("identity"), kind: bundled().neuron("radial_basis"))
      ])
    ])
    network.layers[0].weights[0, 0] = 0.5
    let samples = try Samples<Double>(inputs: [[0.5]], targets: [[1]])
    let check = try network.checkGradients(bundled().loss("squared_error"), on: samples)
    #expect(check.checked == 3 && check.leftOut == 0 && check.worstRelativeError < 1e-6)
  }

  @Test("an activation of the whole layer and its canonical loss go with kinds", arguments: Engine.allCases)
  func softmax(_ engine: Engine) throws {
    let (softmax, kind) = (try bundled().activation("softmax"), try bundled().neuron("radial_basis"))
    let network = try Network<Double>(
      layers: [Layer((0..<3).map { _ in try PluginNeuron(inputs: 2, activation: softmax, kind: kind) })], seed: 3)
    network.engine = engine
    let samples = try Samples<Double>(inputs: [[0.5, -1], [0.2, 0.1]], targets: [[1, 0, 0], [0, 0, 1]])
    let loss = try bundled().loss("cross_entropy")
    #expect(try LossStage(loss, behind: network.output).isCanonical)
    #expect(try network.checkGradients(loss, on: samples).worstRelativeError < 1e-7)
  }

  @Test("one step of every optimizer moves neurons of a kind as it does neuron by neuron")
  func steps() throws {
    var random = RandomSource(seed: 9)
    let samples = try Samples<Double>(inputs: random.table(8, 5), targets: random.table(8, 2, in: 0...1))
    let optimizers: [any Optimizer] = [
      .sgd(learningRate: 0.1), .sgd(learningRate: 0.1, momentum: 0.9), .adam(learningRate: 0.01),
    ]
    for optimizer in optimizers {
      for batch in [1, 3] {
        let networks = try [Engine.neuron, .fused].map { engine in
          let network = try mixedNetwork("radial_basis", as: Double.self)
          network.engine = engine
          try network.train(
            on: samples, loss: bundled().loss("squared_error"),
            settings: TrainingSettings(epochs: 3, batch: batch, optimizer: optimizer))
          return network
        }
        #expect(difference(parameters(of: networks[0]), parameters(of: networks[1])) < 1e-11, "\(optimizer)")
      }
    }
  }

  @Test("ONE product neuron learns exclusive or", arguments: 1...5)
  func xor(_ seed: UInt64) throws {
    let neuron = try PluginNeuron<Float>(
      inputs: 2, activation: bundled().activation("sigmoid"), kind: bundled().neuron("product"))
    let network = try Network<Float>(layers: [Layer([neuron])], seed: seed)
    let samples = try Samples<Float>(
      inputs: [[-1, -1], [-1, 1], [1, -1], [1, 1]], targets: [[0], [1], [1], [0]], targetKind: .classes)
    let reports = try network.train(
      on: samples, loss: bundled().loss("binary_cross_entropy"),
      settings: TrainingSettings(epochs: 2000, batch: 4, optimizer: .adam(learningRate: 0.02)))
    #expect(reports.last?.train.accuracy == 1, "\(network.layers[0].weights.values)")
  }
}
