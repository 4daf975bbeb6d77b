import NNKit
import Testing

// Layers with windows as a program uses them.

/// Sobel's filter for vertical edges: its weights are fixed, and it does not learn.
private final class VerticalEdge: Neuron<Float> {
  static let kernel: [Float] = [-1, 0, 1, -2, 0, 2, -1, 0, 1]

  override func initialize(by initializer: Initializer, fanOut: Int, random: inout RandomSource) {
    weights.assign(Self.kernel)
  }

  /// Its gradients stay 0.
  override func accumulateGradients() {}
}

/// A weighted sum written out: the loops that plain neurons leave to matrix products.
private final class WrittenOut: Neuron<Double> {
  override func combine() {
    for c in 0..<inputs.columns {
      var sum = bias
      for i in 0..<fanIn { sum += weights[i] * inputs[i, c] }
      weightedInputs[c] = sum
    }
  }

  override func accumulateGradients() {
    for c in 0..<inputs.columns {
      for i in 0..<fanIn { weightGradients[i] += localGradients[c] * inputs[i, c] }
      biasGradient += localGradients[c]
    }
  }

  override func sendMessages(to messages: Messages<Double>) {
    for c in 0..<inputs.columns {
      for i in 0..<fanIn { messages[i, c] += localGradients[c] * weights[i] }
    }
  }
}

/// Responds with twice its weighted input, whatever its activation.
private final class Doubling: Neuron<Double> {
  override func respond() { for c in outputs.indices { outputs[c] = 2 * weightedInputs[c] } }

  override func computeLocalGradients() { for c in received.indices { localGradients[c] = 2 * received[c] } }
}

@Suite struct WindowUseTests {
  @Test("an edge detector with fixed weights works beside neurons that learn")
  func edgeDetector() throws {
    let (relu, sigmoid) = (try bundled().activation("relu"), try bundled().activation("sigmoid"))
    let window = try SlidingWindow(channels: 1, height: 6, width: 6, kernel: 3)
    let learned = (0..<2).map { _ in Neuron<Float>(inputs: window.fanIn, activation: relu) }
    let layer = try Layer(learned + [VerticalEdge(inputs: window.fanIn, activation: relu)], window: window)
    let network = try Network<Float>(
      layers: [layer, Layer(neurons: 1, inputs: layer.outputCount, activation: sigmoid)], seed: 1)
    // Dark on the left, bright on the right, with the edge between columns 2 and 3; and the other way round.
    let bright: [Float] = (0..<36).map { $0 % 6 < 3 ? 0 : 1 }
    let dark: [Float] = bright.map { 1 - $0 }
    let samples = try Samples(inputs: [bright, dark], targets: [[1], [0]], targetKind: .classes)
    let before = learned.map { Array($0.weights) }
    let loss = try bundled().loss("binary_cross_entropy")
    let settings = TrainingSettings(epochs: 60, batch: 2, optimizer: .adam(learningRate: 0.02), seed: 1)
    let reports = try network.train(on: samples, loss: loss, settings: settings)
    #expect(Array(layer.neurons[2].weights) == VerticalEdge.kernel && layer.neurons[2].bias == 0)
    #expect(learned.map { Array($0.weights) } != before)
    #expect(try #require(reports.last).train.accuracy == 1)
    // 1 + 2 + 1 where the window lies over the edge, 0 where it does not; relu leaves out edges from bright to dark.
    _ = try network.outputs(for: bright)
    #expect((0..<16).map { layer.outputs[2, $0] } == (0..<16).map { [0, 4, 4, 0][$0 % 4] })
    _ = try network.outputs(for: dark)
    #expect((0..<16).allSatisfy { layer.outputs[2, $0] == 0 })
  }

  @Test("all neurons of a layer with a window may run code of their own", arguments: [Engine.auto, .neuron])
  func allExtended(_ engine: Engine) throws {
    func network(_ isWrittenOut: Bool) throws -> Network<Double> {
      let tanh = try bundled().activation("tanh")
      let first = try SlidingWindow(channels: 1, height: 7, width: 6, kernel: 3, padding: 1)
      let second = try SlidingWindow(channels: 3, height: 7, width: 6, kernel: 2, stride: 2)
      func layer(_ count: Int, _ window: SlidingWindow) throws -> Layer<Double> {
        try Layer(
          (0..<count).map { _ in
            isWrittenOut
              ? WrittenOut(inputs: window.fanIn, activation: tanh) : Neuron(inputs: window.fanIn, activation: tanh)
          }, window: window)
      }
      let layers = [try layer(3, first), try layer(4, second)]
      let network = try Network(
        layers: layers + [Layer(neurons: 2, inputs: layers[1].outputCount, activation: tanh)], seed: 3)
      (network.engine, network.threads) = (engine, 2)
      return network
    }
    var random = RandomSource(seed: 4)
    let samples = try Samples<Double>(inputs: random.table(12, 42), targets: random.table(12, 2))
    let loss = try bundled().loss("mean_squared_error")
    let both = [try network(true), try network(false)]
    for network in both {
      try network.train(
        on: samples, loss: loss, settings: TrainingSettings(epochs: 3, batch: 5, optimizer: .adam(), seed: 2))
    }
    #expect(difference(parameters(of: both[0]), parameters(of: both[1])) < 1e-9)
    #expect(try network(true).checkGradients(loss, on: samples).worstRelativeError < 1e-6)
  }

  @Test(
    "beside neurons of the identity, one that responds in its own way keeps z and δ", arguments: [Engine.auto, .neuron])
  func ownResponse(_ engine: Engine) throws {
    let identity = try bundled().activation("identity")
    let window = try SlidingWindow(channels: 1, height: 4, width: 4, kernel: 3)
    func plain() -> Neuron<Double> { Neuron(inputs: window.fanIn, activation: identity) }
    let layer = try Layer([plain(), Doubling(inputs: window.fanIn, activation: identity), plain()], window: window)
    let network = try Network(
      layers: [layer, Layer(neurons: 1, inputs: layer.outputCount, activation: identity)], seed: 1)
    network.engine = engine
    var random = RandomSource(seed: 5)
    let samples = try Samples<Double>(inputs: random.table(3, 16), targets: random.table(3, 1))
    let check = try network.checkGradients(bundled().loss("mean_squared_error"), on: samples)
    #expect(check.worstRelativeError < 1e-6)
    try network.forward(Inputs(samples: Matrix((0..<3).map { Array(samples.input(of: $0)) })))
    try network.backward(from: Matrix([[1, -2, 0.5]]))
    let (z, a) = (layer.weightedInputs.values, layer.outputs.values)
    #expect(a == [z[0], z[1].map { 2 * $0 }, z[2]] && Set(z.joined()).count == 36)
    let (received, delta) = (layer.received.values, layer.localGradients.values)
    #expect(delta == [received[0], received[1].map { 2 * $0 }, received[2]])
    #expect(layer.neurons.map { Array($0.weightedInputs) } == z)
  }

  @Test("a signal is an image of height 1: a moving average, its differences, and pooling along it")
  func signals() throws {
    let identity = try bundled().activation("identity")
    let along = try SlidingWindow(
      channels: 1, height: 1, width: 6, kernel: ImageSize(height: 1, width: 2), stride: ImageSize(height: 1, width: 1))
    let layer = try Layer<Double>(neurons: 2, window: along, activation: identity)
    let pooling = try SlidingWindow(
      channels: 2, height: 1, width: 5, kernel: ImageSize(height: 1, width: 5), groups: 2)
    let greatest = try Layer<Double>(pool: bundled().neuron("maximum"), window: pooling, activation: identity)
    let last = try Layer<Double>(neurons: 2, inputs: 2, activation: identity)
    for engine in [Engine.fused, .neuron, .auto] {
      let network = try Network(
        keepingWeightsOf: [layer, greatest, last].map { try Layer($0.neurons.map(copy), like: $0) })
      network.engine = engine
      let (means, differences) = (network.layers[0].neurons[0], network.layers[0].neurons[1])
      means.weights.assign([0.5, 0.5])
      differences.weights.assign([-1, 1])
      network.layers[2].neurons[0].weights.assign([1, 0])
      network.layers[2].neurons[1].weights.assign([0, 1])
      #expect(try network.outputs(for: [1, 3, 2, 8, 4, 4]) == [6, 6])
      #expect(Array(network.layers[0].outputs.values[0]) == [2, 2.5, 5, 6, 4])
      #expect(Array(network.layers[0].outputs.values[1]) == [2, -1, 6, -4, 0])
      let samples = try Samples<Double>(inputs: [[1, 3, 2, 8, 4, 4.5]], targets: [[0, 1]])
      let check = try network.checkGradients(bundled().loss("mean_squared_error"), on: samples)
      #expect(check.worstRelativeError < 1e-6 && check.checked > 10)
    }
  }

  /// A plain or a pooling neuron with the same function.
  private func copy(_ neuron: Neuron<Double>) throws -> Neuron<Double> {
    try neuron.pluginKind.map { try PluginNeuron(inputs: neuron.fanIn, activation: neuron.activation, kind: $0) }
      ?? Neuron(inputs: neuron.fanIn, activation: neuron.activation)
  }

  @Test("many answers of a network with windows take little memory")
  func answers() throws {
    let tanh = try bundled().activation("tanh")
    let window = try SlidingWindow(channels: 1, height: 40, width: 40, kernel: 3)
    let layer = try Layer<Float>(neurons: 30, window: window, activation: tanh)
    let pool = try SlidingWindow(channels: 30, height: 38, width: 38, kernel: 38, groups: 30)
    let network = try Network(
      layers: [
        layer, Layer(pool: bundled().neuron("average"), window: pool, activation: tanh),
        Layer(neurons: 2, inputs: 30, activation: tanh),
      ], seed: 1)
    // 43,320 outputs at all positions: 4,096 samples at once would take more than 1.4 GB for z and a.
    #expect(network.samplesAtOnce < 400)
    let samples = (0..<900).map { sample in (0..<1600).map { Float(($0 * 7 + sample) % 11) / 11 } }
    let answers = try network.outputs(for: samples)
    #expect(answers.count == 900 && layer.outputs.columns <= 400 * 38 * 38)
    #expect(try network.outputs(for: samples[850]).elementsEqual(answers[850]) { abs($0 - $1) < 1e-6 })
  }

  @Test("a number that is not finite is named with the position of its window")
  func nonFinite() throws {
    let identity = try bundled().activation("identity")
    let window = try SlidingWindow(channels: 1, height: 3, width: 4, kernel: 2)
    let layer = try Layer<Float>(neurons: 2, window: window, activation: identity)
    let network = try Network(layers: [layer, Layer(neurons: 1, inputs: 12, activation: identity)], seed: 1)
    layer.neurons[1].weights.assign([0, 0, 0, 3e38])
    // The lower right number of the window at row 1, column 2.
    var image = [Float](repeating: 0, count: 12)
    image[11] = 10
    let samples = try Samples<Float>(inputs: [[Float](repeating: 0, count: 12), image], targets: [[0], [1]])
    let error = try #require(throws: NonFiniteError.self) {
      try network.train(
        on: samples, loss: bundled().loss("mean_squared_error"),
        settings: TrainingSettings(epochs: 1, batch: 2, shuffle: false, optimizer: .sgd()))
    }
    #expect(error.layer == 0 && error.neuron == 1 && error.sample == 1)
    #expect(error.position == ImageSize(height: 1, width: 2))
    #expect("\(error)".contains("of layer 0, neuron 1 at row 1, column 2,"), "\(error)")
  }
}
