import NNKit
import Testing

/// Neurons that users make by overriding what `Neuron` does, beside plain ones.
@Suite struct ExtendedNeuronTests {
  /// 3 – P R P P S X P – 2: a mixed layer between plain ones.
  private func mixedNetwork<Scalar: NetworkScalar>(
    seed: UInt64 = 4, as type: Scalar.Type = Scalar.self
  ) throws -> Network<Scalar> {
    let tanh = try bundled().activation("tanh")
    let network = try Network<Scalar>(
      layers: [
        Layer(neurons: 3, inputs: 2, activation: tanh), mixedLayer(inputs: 3, tanh),
        Layer(neurons: 2, inputs: 7, activation: tanh),
      ], seed: seed)
    scatterBiases(of: network, seed: seed)
    return network
  }

  private func samples<Scalar: NetworkScalar>(
    _ count: Int = 6, as type: Scalar.Type = Scalar.self
  ) throws -> Samples<Scalar> {
    var random = RandomSource(seed: 8)
    return try Samples(inputs: random.table(count, 2), targets: random.table(count, 2, in: -0.8...0.8))
  }

  /// A network whose one hidden layer is made of extended neurons alone.
  private func network(of make: (Int, Activation) -> Neuron<Double>) throws -> Network<Double> {
    let tanh = try bundled().activation("tanh")
    let network = try Network<Double>(
      layers: [
        Layer(neurons: 3, inputs: 2, activation: tanh), Layer((0..<4).map { _ in make(3, tanh) }),
        Layer(neurons: 2, inputs: 4, activation: tanh),
      ], seed: 2)
    scatterBiases(of: network, seed: 2)
    return network
  }

  @Test("a radial-basis neuron computes −‖x − w‖² · b")
  func radial() throws {
    let neuron = RadialNeuron<Double>(inputs: 2, activation: try bundled().activation("exponential"))
    neuron.weights.assign([1, 2])
    neuron.bias = 0.5
    try neuron.forward(Inputs(outputs: Matrix([[1, 3], [2, 0]])))
    #expect(Array(neuron.weightedInputs) == [0, -4])
    #expect(neuron.outputs[0] == 1)
  }

  @Test("a product neuron computes w₀ · Π x + b with one weight, whatever its fan-in")
  func product() throws {
    let neuron = ProductNeuron<Double>(inputs: 3, activation: try bundled().activation("identity"))
    neuron.weights[0] = 2
    neuron.bias = 1
    try neuron.forward(Inputs(outputs: Matrix([[2], [3], [0.5]])))
    neuron.received[0] = 1
    let upstream = Matrix<Double>(rows: 3, columns: 1)
    try neuron.backward(sendingTo: Messages(addingTo: upstream))
    #expect(Array(neuron.outputs) == [7] && neuron.weights.count == 1)
    #expect(Array(neuron.weightGradients) == [3] && upstream.values == [[3], [2], [12]])
  }

  @Test("every gradient of extended neurons is a central difference's")
  func gradients() throws {
    let loss = try bundled().loss("squared_error")
    let makers: [(Int, Activation) -> Neuron<Double>] = [
      { RadialNeuron(inputs: $0, activation: $1) }, { ProductNeuron(inputs: $0, activation: $1) },
      { SlopeNeuron(inputs: $0, activation: $1) },
    ]
    let networks = try makers.map { try network(of: $0) } + [mixedNetwork()]
    for network in networks {
      let check = try network.checkGradients(loss, on: samples())
      #expect(check.checked == network.parameterCount + 12 && check.leftOut == 0)
      #expect(check.worstRelativeError < 1e-7, "\(String(describing: check.worst))")
    }
  }

  @Test("a neuron that drops its messages is found by the gradient check, upstream of it")
  func dropper() throws {
    let check = try network { DroppingNeuron(inputs: $0, activation: $1) }
      .checkGradients(bundled().loss("squared_error"), on: samples())
    #expect(check.worstRelativeError > 0.5)
    let worst = try #require(check.worst)
    // Nothing reaches layer 0: its weights and the inputs have gradients of 0 where the loss says otherwise.
    #expect(worst.gradient == 0 && worst.difference != 0)
    switch worst.parameter {
    case .weight(let layer, let neuron, _), .bias(let layer, let neuron):
      #expect(layer == 0)
      #expect(worst.description.contains("layer 0, neuron \(neuron)"))
    case .input(let sample, let index): #expect(worst.description.contains("input \(index) of sample \(sample)"))
    }
  }

  @Test("a dropper between plain neurons spoils its upstream neurons alone")
  func dropperBesidePlain() throws {
    let tanh = try bundled().activation("tanh")
    let layer = try Layer<Double>([
      DroppingNeuron(inputs: 2, activation: tanh), Neuron(inputs: 2, activation: tanh),
    ])
    let network = try Network(layers: [layer], seed: 1)
    let samples = try samples(3, as: Double.self)
    let (_, messages) = try pass(network, bundled().loss("squared_error"), samples)
    for input in 0..<2 {
      for sample in 0..<3 {
        let expected = layer.weights[1, input] * layer.localGradients[1, sample]
        #expect(isClose(messages[input][sample], expected, relative: 1e-15))
      }
    }
  }

  @Test("both engines run mixed layers to the same numbers", arguments: [1, 2, 5, 16])
  func engines(_ count: Int) throws {
    let (one, other) = (try mixedNetwork(as: Double.self), try mixedNetwork(as: Double.self))
    one.engine = .neuron
    other.engine = .fused
    let loss = try bundled().loss("squared_error")
    let (left, right) = (try pass(one, loss, samples(count)), try pass(other, loss, samples(count)))
    #expect(isClose(left.loss, right.loss, relative: 1e-13))
    #expect(difference(left.inputGradients, right.inputGradients) < 1e-12)
    for (left, right) in zip(traces(of: one), traces(of: other)) {
      #expect(difference(left.values, right.values) < 1e-12, "\(left.name)")
    }
  }

  private static let allOptimizers: [any Optimizer] = [
    .sgd(learningRate: 0.1), .sgd(learningRate: 0.05, momentum: 0.9),
    .sgd(learningRate: 0.05, momentum: 0.9, nesterov: true),
    .rmsprop(learningRate: 0.01), .adagrad(learningRate: 0.1), .adam(learningRate: 0.02),
    .adamw(learningRate: 0.02, weightDecay: 0.01), .rprop(),
    .nadam(learningRate: 0.02), .lion(learningRate: 0.01, weightDecay: 0.1), .quickprop(learningRate: 0.1), .irpropm(),
  ]

  @Test("every optimizer moves every number of extended neurons, and learns", arguments: allOptimizers)
  func optimizers(_ optimizer: any Optimizer) throws {
    let (network, samples) = (try mixedNetwork(as: Double.self), try samples(as: Double.self))
    let before = network.layers[1].neurons.map { Array($0.weights) + [$0.bias] }
    let reports = try network.train(
      on: samples, loss: bundled().loss("squared_error"),
      settings: TrainingSettings(epochs: 60, batch: 4, optimizer: optimizer))
    for (neuron, before) in zip(network.layers[1].neurons, before) {
      for (after, before) in zip(Array(neuron.weights) + [neuron.bias], before) { #expect(after != before) }
    }
    #expect(try #require(reports.last).train.loss < 0.8 * reports[0].train.loss)
    // What lies beyond a neuron's own numbers in the layer's matrix stays 0.
    #expect(network.layers[1].weights[0, 3] == 0 && network.layers[1].weights[5, 1] == 0)
  }

  @Test("one step of gradient descent is w − r · g for the extra weights too")
  func step() throws {
    let network = try mixedNetwork(as: Double.self)
    let (samples, loss) = (try samples(5, as: Double.self), try bundled().loss("squared_error"))
    try pass(network, loss, samples)
    let expected = try zip(network.layers[1].weights.values, network.layers[1].weightGradients.values).map {
      weights, g in
      zip(weights, g).map { $0 - 0.1 * $1 / 5 }
    }
    try network.train(
      on: samples, loss: loss,
      settings: TrainingSettings(epochs: 1, batch: 5, shuffle: false, optimizer: .sgd(learningRate: 0.1)))
    #expect(difference(network.layers[1].weights.values, expected) < 1e-15)
  }

  @Test("a saved network with extended neurons is loaded by a table of factories")
  func saved() throws {
    let (folder, network) = (try TemporaryFolder(), try mixedNetwork(as: Double.self))
    try network.write(to: folder.file("m.safetensors"))
    let loaded = try Network<Double>(
      contentsOf: folder.file("m.safetensors"), plugins: bundled(), neurons: extendedNeurons())
    #expect(
      loaded.layers[1].neurons.map { type(of: $0).typeName } == network.layers[1].neurons.map { type(of: $0).typeName })
    #expect(parameters(of: loaded) == parameters(of: network))
    #expect(try loaded.outputs(for: [[0.3, -0.7]]) == network.outputs(for: [[0.3, -0.7]]))
  }

  @Test("without the factory the error names the type, the neuron and the layer")
  func missingFactory() throws {
    let (folder, network) = (try TemporaryFolder(), try mixedNetwork(as: Float.self))
    try network.write(to: folder.file("m.safetensors"))
    var table = extendedNeurons(as: Float.self)
    table["SlopeNeuron"] = nil
    let error = #expect(throws: NetworkError.self) {
      try Network<Float>(contentsOf: folder.file("m.safetensors"), plugins: bundled(), neurons: table)
    }
    for word in ["SlopeNeuron", "neuron 4", "layer 1", "neurons:"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
  }

  @Test("in a softmax layer a neuron may combine in its own way, not respond", arguments: Engine.allCases)
  func softmaxLayer(_ engine: Engine) throws {
    let softmax = try bundled().activation("softmax")
    let loss = try bundled().loss("cross_entropy")
    let radial = try Network<Double>(
      layers: [Layer([Neuron(inputs: 2, activation: softmax), RadialNeuron(inputs: 2, activation: softmax)])], seed: 3)
    radial.engine = engine
    let samples = try Samples<Double>(inputs: [[0.5, -1], [0.2, 0.1]], targets: [[1, 0], [0, 1]])
    #expect(try LossStage(loss, behind: radial.output).isCanonical)
    #expect(try radial.checkGradients(loss, on: samples).worstRelativeError < 1e-7)
    #expect(try radial.checkGradients(bundled().loss("kl_divergence"), on: samples).worstRelativeError < 1e-7)
    #expect(try radial.outputs(for: [0.5, -1]).reduce(0, +) == 1)
    let sloped = try Network<Double>(
      layers: [Layer([Neuron(inputs: 2, activation: softmax), SlopeNeuron(inputs: 2, activation: softmax)])], seed: 3)
    sloped.engine = engine
    sloped.output.neurons[1].weights[2] = 2
    let error = #expect(throws: NetworkError.self) { try sloped.outputs(for: [0.5, -1]) }
    for word in ["layer 0", "neuron 1", "SlopeNeuron", "softmax"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
  }
}
