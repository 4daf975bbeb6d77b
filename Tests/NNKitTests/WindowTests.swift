import NNKit
import Testing

/// Layers whose neurons fire at many positions.
@Suite struct WindowTests {
  /// A network with windows: made again for each engine.
  private func compare<Scalar: NetworkScalar>(
    _ make: () throws -> Network<Scalar>, samples count: Int, threads: Int = 1, tolerance: Double
  ) throws {
    let (one, other) = (try make(), try make())
    var random = RandomSource(seed: 3)
    let samples = try Samples<Scalar>(
      inputs: random.table(count, one.inputCount), targets: random.table(count, one.outputCount))
    let loss = try bundled().loss("mean_squared_error")
    (one.engine, other.engine, other.threads) = (.neuron, .fused, threads)
    let (left, right) = (try pass(one, loss, samples), try pass(other, loss, samples))
    #expect(isClose(left.loss, right.loss, relative: tolerance, absolute: tolerance))
    #expect(difference(left.inputGradients, right.inputGradients) <= tolerance)
    for (left, right) in zip(traces(of: one), traces(of: other)) {
      #expect(difference(left.values, right.values) <= tolerance, "\(left.name), \(count) samples, \(threads) threads")
    }
  }

  /// A window of random shape over an image of random shape.
  private func window(_ random: inout RandomSource, channels: Int, _ size: ImageSize) throws -> SlidingWindow {
    func one(_ choices: [Int]) -> Int { choices.randomElement(using: &random) ?? 1 }
    while true {
      let kernel = ImageSize(height: one([1, 2, 3, 5]), width: one([1, 2, 3]))
      let groups = channels % 2 == 0 ? one([1, 1, 2]) : 1
      let window = try? SlidingWindow(
        channels: channels, height: size.height, width: size.width, kernel: kernel,
        stride: ImageSize(height: one([1, 1, 2, 3]), width: one([1, 1, 2])),
        padding: Padding(top: one([0, 1]), left: one([0, 2]), bottom: one([0, 1]), right: one([0, 1])),
        dilation: ImageSize(height: one([1, 1, 2]), width: one([1, 1, 2])), groups: groups)
      if let window { return window }
    }
  }

  @Test("fused as neuron by neuron, whatever the window", arguments: [1, 2, 7, 10, 33])
  func engines(_ count: Int) throws {
    for seed in 0..<12 {
      func make<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Network<Scalar> {
        var random = RandomSource(seed: UInt64(100 * count + seed))
        let (tanh, relu) = (try bundled().activation("tanh"), try bundled().activation("relu"))
        let first = try window(&random, channels: 2, ImageSize(height: 7, width: 6))
        let second = try window(&random, channels: 4, first.positions)
        let layers: [Layer<Scalar>] = [
          try Layer(neurons: 4, window: first, activation: seed % 3 == 0 ? bundled().activation("identity") : tanh),
          try Layer(neurons: 6, window: second, activation: relu),
          try Layer(neurons: 2, inputs: 6 * second.positions.count, activation: tanh),
        ]
        let network = try Network(layers: layers, seed: UInt64(seed))
        scatterBiases(of: network, seed: 4)
        return network
      }
      try compare({ try make(Double.self) }, samples: count, threads: 1 + seed % 3, tolerance: 1e-12)
      try compare({ try make(Float.self) }, samples: count, threads: 1 + seed % 3, tolerance: 2e-5)
    }
  }

  /// Images that do not fit into a block of the fused pass: rows of positions are cut, and columns of one row.
  @Test(
    "large images give the sums too, with rows and columns cut into blocks",
    arguments: [
      (ImageSize(height: 40, width: 30), ImageSize(height: 3, width: 4), ImageSize(1), 33),
      (ImageSize(height: 1, width: 2400), ImageSize(height: 1, width: 9), ImageSize(1), 20),
      (ImageSize(height: 5, width: 900), ImageSize(height: 3, width: 5), ImageSize(height: 1, width: 2), 40),
    ], [1, 3])
  func blocks(_ shape: (image: ImageSize, kernel: ImageSize, stride: ImageSize, samples: Int), threads: Int) throws {
    let (channels, count, image) = (6, shape.samples, shape.image)
    let window = try SlidingWindow(
      channels: channels, height: image.height, width: image.width, kernel: shape.kernel, stride: shape.stride,
      padding: Padding(top: 0, left: 2, bottom: 0, right: 1), groups: 2)
    let layer = try Layer<Double>(neurons: 10, window: window, activation: bundled().activation("tanh"))
    let pool = try SlidingWindow(
      channels: 10, height: window.positions.height, width: window.positions.width, kernel: window.positions,
      groups: 10)
    let last = try Layer<Double>(
      pool: bundled().neuron("average"), window: pool, activation: bundled().activation("identity"))
    let network = try Network(layers: [layer, last], seed: 1)
    network.threads = threads
    var random = RandomSource(seed: 2)
    let inputs: [[Double]] = random.table(count, network.inputCount)
    let samples = try Samples(inputs: inputs, targets: random.table(count, 10))
    let result = try pass(network, bundled().loss("mean_squared_error"), samples)
    let delta = layer.localGradients
    // z and ∂L/∂x at some places, and ∂L/∂w of some weights, by their definitions.
    for _ in 0..<30 {
      let (neuron, sample) = (Int(random.next() % 10), Int(random.next() % UInt64(count)))
      let position = Int(random.next() % UInt64(window.positions.count))
      let sources = (0..<window.fanIn).map { window.source(of: $0, group: neuron / 5, at: window.position(position)) }
      let sum = sources.enumerated().reduce(0.0) { sum, tap in
        sum + (tap.element.map { layer.weights[neuron, tap.offset] * inputs[sample][$0] } ?? 0)
      }
      #expect(abs(layer.weightedInputs[neuron, position * count + sample] - sum) < 1e-12)
    }
    for (neuron, tap) in [(0, 0), (4, window.fanIn - 1), (9, 7)] {
      var sum = 0.0
      for position in 0..<window.positions.count {
        guard let source = window.source(of: tap, group: neuron / 5, at: window.position(position)) else { continue }
        for sample in 0..<count { sum += delta[neuron, position * count + sample] * inputs[sample][source] }
      }
      #expect(abs(try layer.weightGradients[neuron, tap] - sum) < 1e-12)
    }
    var expected: [Int: Double] = [:]
    for position in 0..<window.positions.count {
      for neuron in 0..<10 {
        for tap in 0..<window.fanIn {
          guard let source = window.source(of: tap, group: neuron / 5, at: window.position(position)) else { continue }
          expected[source, default: 0] += layer.weights[neuron, tap] * delta[neuron, position * count + 1]
        }
      }
    }
    #expect(expected.count > 1000)
    for (source, sum) in expected { #expect(abs(result.inputGradients[source][1] - sum) < 1e-12) }
  }

  @Test("pooling by bundled kinds, with padding, gaps and overlaps", arguments: ["maximum", "average"])
  func pooling(_ name: String) throws {
    for seed in 0..<24 {
      func make<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Network<Scalar> {
        var random = RandomSource(seed: UInt64(900 + seed))
        let (kind, identity) = (try bundled().neuron(name), try bundled().activation("identity"))
        let shapes: [(kernel: ImageSize, stride: ImageSize, padding: Padding)] = [
          (2, 2, 0), (ImageSize(height: 2, width: 3), ImageSize(height: 2, width: 3), 0), (3, 1, 1), (3, 2, 0),
          (2, 3, 0),
          (ImageSize(height: 1, width: 6), 1, 0),
        ]
        let shape = shapes[seed % shapes.count]
        let first = try SlidingWindow(channels: 3, height: 6, width: 6, kernel: 1)
        let pool = try SlidingWindow(
          channels: 3, height: 6, width: 6, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
          groups: 3)
        let layers: [Layer<Scalar>] = [
          try Layer(neurons: 3, window: first, activation: identity),
          try Layer(
            pool: kind, window: pool, activation: random.uniform() < 0.5 ? identity : bundled().activation("tanh")),
          try Layer(neurons: 2, inputs: 3 * pool.positions.count, activation: identity),
        ]
        return try Network(layers: layers, seed: 5)
      }
      for count in [1, 3, 10, 70] {
        try compare({ try make(Double.self) }, samples: count, threads: 1 + seed % 2, tolerance: 1e-12)
        try compare({ try make(Float.self) }, samples: count, threads: 1 + seed % 2, tolerance: 1e-5)
      }
    }
  }

  @Test("padding is no number to a neuron without weights")
  func paddedPooling() throws {
    let image = try Matrix<Double>([[-1, -2, -3, -4]])
    let identity = try bundled().activation("identity")
    for (name, expected) in [
      ("maximum", [-1.0, -1, -2, -1, -1, -2, -3, -3, -4]), ("average", [-1, -1.5, -2, -2, -2.5, -3, -3, -3.5, -4]),
    ] {
      for engine in [Engine.neuron, .fused] {
        let window = try SlidingWindow(channels: 1, height: 2, width: 2, kernel: 2, padding: 1)
        let pool = try Layer<Double>(pool: bundled().neuron(name), window: window, activation: identity)
        let last = try Layer<Double>(neurons: 1, inputs: 9, activation: identity)
        let network = try Network(keepingWeightsOf: [pool, last])
        network.engine = engine
        try network.forward(Inputs(samples: image))
        #expect(Array(pool.outputs.values[0]) == expected, "\(name), \(engine)")
        #expect(pool.parameterCount == 0)
      }
    }
    #expect(throws: NetworkError.self) {
      try Layer<Double>(
        pool: bundled().neuron("maximum"),
        window: SlidingWindow(channels: 1, height: 2, width: 2, kernel: 1, padding: 1), activation: identity)
    }
  }

  @Test("a window of the whole image is a dense layer, to the byte")
  func wholeImage() throws {
    let tanh = try bundled().activation("tanh")
    let window = try SlidingWindow(channels: 3, height: 4, width: 5, kernel: ImageSize(height: 4, width: 5))
    let (one, other) = (
      try Network(layers: [Layer<Float>(neurons: 7, window: window, activation: tanh)], seed: 1),
      try Network(layers: [Layer<Float>(neurons: 7, inputs: 60, activation: tanh)], seed: 2)
    )
    other.layers[0].weights.assign(one.layers[0].weights)
    var random = RandomSource(seed: 4)
    let samples = try Samples<Float>(inputs: random.table(9, 60), targets: random.table(9, 7))
    let loss = try bundled().loss("mean_squared_error")
    (one.engine, other.engine) = (.neuron, .neuron)
    let (left, right) = (try pass(one, loss, samples), try pass(other, loss, samples))
    #expect(left.loss == right.loss && left.inputGradients == right.inputGradients)
    for (left, right) in zip(traces(of: one), traces(of: other)) {
      #expect(left.values == right.values, "\(left.name)")
    }
    #expect(one.outputCount == 7 && one.layers[0].positions == 1)
  }

  @Test("windows of one number are a dense layer at each position; outputs are in the order channel, row, column")
  func oneByOne() throws {
    let (tanh, identity) = (try bundled().activation("tanh"), try bundled().activation("identity"))
    let window = try SlidingWindow(channels: 2, height: 2, width: 3, kernel: 1)
    let layer = try Layer<Double>(neurons: 3, window: window, activation: tanh)
    let mirror = try mirror(identity, width: 18, as: Double.self).layers[0]
    let copy = try Layer<Double>(neurons: 18, inputs: 18, activation: identity)
    copy.weights.assign(mirror.weights)
    var random = RandomSource(seed: 8)
    layer.initialize(random: &random)
    let network = try Network(keepingWeightsOf: [layer, copy])
    let input = random.table(1, 12, as: Double.self)
    try network.forward(Inputs(samples: Matrix(input)))
    let dense = try Network(keepingWeightsOf: [Layer<Double>(neurons: 3, inputs: 2, activation: tanh)])
    dense.layers[0].weights.assign(layer.weights)
    for place in 0..<6 {
      let answer = try dense.outputs(for: [input[0][place], input[0][6 + place]])
      for channel in 0..<3 {
        let found = network.output.outputs[channel * 6 + place, 0]
        #expect(isClose(found, answer[channel], relative: 1e-14), "channel \(channel), place \(place)")
      }
    }
  }

  /// An edge detector with weights of its own: the difference of its window's left and right half, with nothing to learn.
  private final class EdgeNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
    init(inputs: Int, activation: Activation) { super.init(inputs: inputs, activation: activation, weightCount: 0) }

    private func sign(_ input: Int) -> Scalar { input % 3 == 0 ? 1 : input % 3 == 2 ? -1 : 0 }

    override func combine() {
      let (x, z) = (inputs, weightedInputs)
      for c in z.indices { z[c] = (0..<fanIn).sum { sign($0) * x[$0, c] } + bias }
    }

    override func accumulateGradients() { for c in localGradients.indices { biasGradient += localGradients[c] } }

    override func sendMessages(to messages: Messages<Scalar>) {
      for c in localGradients.indices {
        for i in 0..<fanIn { messages[i, c] += sign(i) * localGradients[c] }
      }
    }
  }

  @Test("an edge detector beside learned neurons, with kinds and groups, under both engines")
  func extendedNeurons() throws {
    func make<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Network<Scalar> {
      let tanh = try bundled().activation("tanh")
      let window = try SlidingWindow(channels: 2, height: 6, width: 5, kernel: 3, padding: 1, groups: 2)
      func plain() -> Neuron<Scalar> { Neuron(inputs: window.fanIn, activation: tanh) }
      let layer = try Layer(
        [
          plain(), EdgeNeuron(inputs: window.fanIn, activation: tanh),
          PluginNeuron(inputs: window.fanIn, activation: tanh, kind: bundled().neuron("radial_basis")), plain(),
          PluginNeuron(inputs: window.fanIn, activation: tanh, kind: bundled().neuron("quadratic")),
          EdgeNeuron(inputs: window.fanIn, activation: tanh),
        ], window: window)
      let network = try Network(
        layers: [layer, Layer(neurons: 2, inputs: 6 * window.positions.count, activation: tanh)], seed: 6)
      scatterBiases(of: network, seed: 2)
      return network
    }
    for count in [1, 4, 17] {
      try compare({ try make(Double.self) }, samples: count, threads: 2, tolerance: 1e-12)
      try compare({ try make(Float.self) }, samples: count, tolerance: 2e-5)
    }
    var random = RandomSource(seed: 9)
    let network = try make(Double.self)
    let samples = try Samples<Double>(inputs: random.table(2, 60), targets: random.table(2, 2))
    let check = try network.checkGradients(bundled().loss("mean_squared_error"), on: samples)
    #expect(check.worstRelativeError < 1e-6 && check.checked > 500 && check.leftOut == 0)
    // What a neuron heard can be asked for after a fused pass, too.
    let first = network.layers[0].neurons[3]
    #expect(first.inputs.count == 9 && first.inputs.columns == 60)
    // Position (1, 1) of sample 0: the window of channel 1 from row 0, column 0 on.
    #expect(first.inputs[0, (1 * 5 + 1) * 2] == samples.input(of: 0)[30])
  }

  @Test("gradients agree with central differences, kinks of maxima left out")
  func gradients() throws {
    let (relu, sigmoid) = (try bundled().activation("relu"), try bundled().activation("sigmoid"))
    let first = try SlidingWindow(channels: 1, height: 6, width: 6, kernel: 3)
    let pool = try SlidingWindow(channels: 2, height: 4, width: 4, kernel: 2, stride: 2, groups: 2)
    let network = try Network(
      layers: [
        Layer<Double>(neurons: 2, window: first, activation: relu),
        Layer<Double>(pool: bundled().neuron("maximum"), window: pool, activation: relu),
        Layer<Double>(neurons: 2, inputs: 8, activation: sigmoid),
      ], seed: 3)
    scatterBiases(of: network, seed: 3)
    var random = RandomSource(seed: 1)
    let samples = try Samples<Double>(inputs: random.table(3, 36), targets: random.table(3, 2))
    let check = try network.checkGradients(bundled().loss("mean_squared_error"), on: samples)
    #expect(check.worstRelativeError < 1e-6 && check.checked > 100)
    #expect(check.checked + check.leftOut == network.parameterCount + 108)
  }

  @Test("a training that can be measured: vertical against horizontal stripes")
  func stripes() throws {
    var random = RandomSource(seed: 12)
    let (inputs, labels) = stripedImages(120, &random)
    let relu = try bundled().activation("relu")
    let window = try SlidingWindow(channels: 1, height: 8, width: 8, kernel: 3)
    let pool = try SlidingWindow(channels: 4, height: 6, width: 6, kernel: 6, groups: 4)
    let network = try Network<Float>(
      layers: [
        Layer(neurons: 4, window: window, activation: relu),
        Layer(pool: bundled().neuron("average"), window: pool, activation: bundled().activation("identity")),
        Layer(neurons: 2, inputs: 4, activation: bundled().activation("softmax")),
      ], seed: 3)
    let loss = try bundled().loss("cross_entropy")
    let samples = try Samples<Float>(inputs: inputs, labels: labels, classes: 2, loss: loss)
    let reports = try network.train(
      on: samples, loss: loss, settings: TrainingSettings(epochs: 15, batch: 8, optimizer: .adam(learningRate: 0.02)))
    #expect(try #require(reports.last?.train.accuracy) > 0.98)
    // Batch 1 and plain SGD, for which dense networks have a loop in C.
    try network.train(
      on: samples, loss: loss, settings: TrainingSettings(epochs: 1, batch: 1, optimizer: .sgd(learningRate: 0.01)))
    #expect(try #require(network.measure(loss, on: samples).accuracy) > 0.98)
    #expect(throws: NetworkError.self) { try Predictor(network) }
  }

  private func stripedImages(_ count: Int, _ random: inout RandomSource) -> ([[Float]], [Int]) {
    var images: [[Float]] = []
    let labels = (0..<count).map { $0 % 2 }
    for label in labels {
      let phase = Int(random.next(upperBound: UInt64(3)))
      images.append(
        (0..<64).map { place in
          let along = label == 0 ? place % 8 : place / 8
          return ((along + phase) % 3 == 0 ? 1 : 0) + Float(0.2 * random.normal())
        })
    }
    return (images, labels)
  }

  @Test("the same threads give the same bytes, and other threads the same numbers")
  func threads() throws {
    func trained(_ threads: Int) throws -> Network<Float> {
      var random = RandomSource(seed: 5)
      let tanh = try bundled().activation("tanh")
      let first = try SlidingWindow(channels: 1, height: 12, width: 12, kernel: 3)
      let second = try SlidingWindow(channels: 6, height: 10, width: 10, kernel: 3, stride: 2)
      let network = try Network<Float>(
        layers: [
          Layer(neurons: 6, window: first, activation: tanh), Layer(neurons: 8, window: second, activation: tanh),
          Layer(neurons: 3, inputs: 128, activation: tanh),
        ], seed: 3)
      network.threads = threads
      let samples = try Samples<Float>(inputs: random.table(90, 144), targets: random.table(90, 3))
      try network.train(
        on: samples, loss: bundled().loss("mean_squared_error"),
        settings: TrainingSettings(epochs: 2, batch: 30, optimizer: .sgd(learningRate: 0.05)))
      return network
    }
    let (one, again, three) = (try trained(2), try trained(2), try trained(3))
    #expect(parameters(of: one) == parameters(of: again))
    #expect(difference(parameters(of: one), parameters(of: three)) < 1e-5)
  }

  @Test("what does not fit is said in words")
  func refusals() throws {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    let relu = try bundled().activation("relu")
    #expect(
      message { _ = try SlidingWindow(channels: 40, height: 4, width: 4, kernel: 5) }
        == "a kernel of 5 × 5 does not fit 40 channels of 4 × 4; take a smaller kernel, or add padding")
    #expect(
      message { _ = try SlidingWindow(channels: 3, height: 4, width: 4, kernel: 2, groups: 2) }.contains("3 channels"))
    #expect(
      message { _ = try SlidingWindow(channels: 1, height: 4, width: 4, kernel: 2, stride: 0) }.contains("stride is 0"))
    let window = try SlidingWindow(channels: 1, height: 4, width: 4, kernel: 2)
    #expect(
      message { _ = try Network(layers: [Layer<Float>(neurons: 2, window: window, activation: relu)], seed: 1) }
        .contains("answers at 9 positions"))
    let layers = [
      try Layer<Float>(neurons: 2, window: window, activation: relu),
      try Layer(neurons: 1, inputs: 2, activation: relu),
    ]
    #expect(message { _ = try Network(layers: layers, seed: 1) }.contains("18 outputs: 2 neurons at 9 positions"))
    #expect(
      message { _ = try Layer<Float>([Neuron(inputs: 5, activation: relu)], window: window) }.contains("window has 4"))
  }
}
