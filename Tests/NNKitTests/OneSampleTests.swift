import NNKit
import Testing

/// Training one sample at a time gives the weights that training neuron by neuron gives.
@Suite struct OneSampleTests {
  private func compare<Scalar: NetworkScalar>(
    _ widths: [Int], _ names: [String], _ lossName: String, l2: Double = 0, samples count: Int = 300, as _: Scalar.Type,
    tolerance: Double
  ) throws {
    let loss = try bundled().loss(lossName)
    let functions = try names.map { try bundled().activation($0) }
    var random = RandomSource(seed: 2)
    let samples = try Samples<Scalar>(
      inputs: random.table(count, widths[0]),
      targets: targets(for: loss, samples: count, outputs: widths[widths.count - 1], random: &random))
    var settings = TrainingSettings(epochs: 2, batch: 1, optimizer: .sgd(learningRate: 0.01), seed: 5)
    settings.regularization.l2 = l2
    settings.schedule = Schedule(.cosine(minimum: 0.001), warmup: 0.5)
    let trained = try [Engine.neuron, .auto].map { engine in
      let network: Network<Scalar> = try network(widths, functions, seed: 3)
      network.engine = engine
      network.layers[0].frozen = widths[0] == 9 ? .biases : []
      return (network, try network.train(on: samples, loss: loss, settings: settings))
    }
    let place = "\(widths) \(names) \(lossName)"
    #expect(difference(parameters(of: trained[0].0), parameters(of: trained[1].0)) <= tolerance, "\(place)")
    for (one, other) in zip(trained[0].1, trained[1].1) {
      #expect(isClose(one.train.loss, other.train.loss, relative: tolerance), "\(place)")
      #expect(one.train.accuracy == other.train.accuracy && one.learningRate == other.learningRate, "\(place)")
    }
  }

  @Test("every activation", arguments: Names.activations)
  func activations(_ name: String) throws {
    // Outputs of exponential functions of exponential functions leave the range in which 1e-5 means anything.
    let names = [name == "exponential" ? "tanh" : name, "tanh", name == "exponential" ? name : "sigmoid"]
    for widths in [[2, 2, 3, 1], [9, 17, 10, 3]] {
      try compare(widths, names, "half_squared_error", as: Double.self, tolerance: 1e-12)
      try compare(widths, names, "half_squared_error", as: Float.self, tolerance: 1e-4)
    }
  }

  @Test("small layers, over many samples", arguments: ["sigmoid", "relu"])
  func many(_ name: String) throws {
    for widths in [[2, 2, 1], [7, 8, 3, 2], [1, 9, 2]] {
      let names = [String](repeating: name, count: widths.count - 2) + ["sigmoid"]
      try compare(widths, names, "half_squared_error", samples: 4200, as: Double.self, tolerance: 1e-12)
      try compare(widths, names, "half_squared_error", samples: 4200, as: Float.self, tolerance: 1e-4)
    }
  }

  @Test("large layers, which put off their moves", arguments: ["tanh", "relu"])
  func largeLayers(_ name: String) throws {
    for widths in [[400, 96, 400, 3], [400, 96, 2], [9, 96, 400, 96]] {
      let names = [String](repeating: name, count: widths.count - 2) + ["sigmoid"]
      try compare(widths, names, "half_squared_error", as: Double.self, tolerance: 1e-12)
      try compare(widths, names, "half_squared_error", as: Float.self, tolerance: 1e-4)
      try compare(widths, names, "binary_cross_entropy", l2: 0.01, as: Double.self, tolerance: 1e-12)
    }
  }

  @Test("who watches the batches does not change a byte", arguments: [([400, 96, 3], 700), ([3, 4, 3], 4200)])
  func watched(_ widths: [Int], _ count: Int) throws {
    let (tanh, loss) = (try bundled().activation("tanh"), try bundled().loss("half_squared_error"))
    var random = RandomSource(seed: 4)
    let samples = try Samples<Float>(inputs: random.table(count, widths[0]), targets: random.table(count, 3))
    let settings = TrainingSettings(epochs: 2, batch: 1, optimizer: .sgd(learningRate: 0.01), seed: 5)
    let weights = try [false, true].map { isWatched in
      let network: Network<Float> = try network(widths, [tanh, tanh], seed: 3)
      var moments = 0
      try Trainer(network, loss: loss, settings: settings)
        .train(on: samples, onBatch: isWatched ? { _ in moments += 1 } : nil)
      #expect(!isWatched || moments >= 2 * count / 32)
      return parameters(of: network)
    }
    #expect(weights[0] == weights[1])
  }

  @Test("canonical pairs, with weight decay")
  func pairs() throws {
    for (output, loss) in [
      ("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"), ("log_softmax", "negative_log_likelihood"),
    ] {
      for width in [3, 24] {
        try compare([width, width, 3], ["relu", output], loss, l2: 0.01, as: Double.self, tolerance: 1e-12)
        try compare([width, width, 3], ["relu", output], loss, l2: 0.01, as: Float.self, tolerance: 1e-4)
      }
    }
  }

  @Test("a loss that is not finite ends it with epoch and batch")
  func nonFinite() throws {
    let identity = try bundled().activation("identity")
    let network = try Network<Float>(layers: [Layer(neurons: 1, inputs: 1, activation: identity)], seed: 1)
    var inputs = [[Float]](repeating: [1], count: 40)
    inputs[7] = [1e30]
    let samples = try Samples<Float>(inputs: inputs, targets: inputs.map { _ in [0] })
    let error = try #require(throws: NonFiniteError.self) {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"),
        settings: TrainingSettings(epochs: 2, batch: 1, shuffle: false, optimizer: .sgd(learningRate: 0.1)))
    }
    #expect(error.epoch == 0 && error.batch == 7, "\(error)")
  }
}
