import NNKit
import Testing

/// Clipped gradients against closed forms, and against steps taken by hand.
@Suite struct GradientClippingTests {
  /// z = w·x + b of weights and a bias of 0, so that ∂L/∂w = −y x and ∂L/∂b = −y.
  private func step<Scalar: NetworkScalar>(
    _ clip: GradientClipping?, _ inputs: [[Scalar]], _ targets: [[Scalar]], _ engine: Engine,
    frozen: FrozenParameters = []
  ) throws -> (weights: [Scalar], bias: Scalar) {
    let network = try Network<Scalar>(
      keepingWeightsOf: [layer([inputs[0].map { _ in 0 }], bundled().activation("identity"))])
    network.engine = engine
    network.output.frozen = frozen
    var settings = TrainingSettings(epochs: 1, batch: inputs.count, shuffle: false, optimizer: .sgd(learningRate: 1))
    settings.clip = clip
    try network.train(
      on: Samples(inputs: inputs, targets: targets), loss: bundled().loss("half_squared_error"), settings: settings)
    return (network.output.weights.values[0], network.output.biases[0, 0])
  }

  @Test("the norm of all gradients together is clipped to the given one", arguments: Engine.allCases)
  func norm(_ engine: Engine) throws {
    // g = (6, 8, 2), and (6, 8) where the bias is frozen.
    let factor = 1 / (104.0.squareRoot() + 1e-6)
    let all = try step(.norm(1), [[3.0, 4]], [[-2]], engine)
    #expect(difference([all.weights + [all.bias]], [[-6 * factor, -8 * factor, -2 * factor]]) < 1e-15)
    let some = try step(.norm(1), [[3.0, 4]], [[-2]], engine, frozen: .biases)
    #expect(difference([some.weights], [[-6 / 10.000001, -8 / 10.000001]]) < 1e-15 && some.bias == 0)
    let single = try step(.norm(1), [[Float(3), 4]], [[-2]], engine)
    #expect(difference([single.weights], [[Float(-6 * factor), Float(-8 * factor)]]) < 1e-6)
    // Of a batch it is the norm of the mean, here (6, 8, 2) again.
    let batch = try step(.norm(1), [[3.0, 4], [3, 4], [0, 0]], [[-3], [-3], [0]], engine)
    #expect(difference([batch.weights + [batch.bias]], [[-6 * factor, -8 * factor, -2 * factor]]) < 1e-15)
  }

  @Test("each gradient is clipped to the given value", arguments: Engine.allCases)
  func value(_ engine: Engine) throws {
    // g = (0.2, 8, 2), and of the batch (-0.2, 8, -3).
    let one = try step(.value(0.5), [[0.1, 4.0]], [[-2]], engine)
    #expect(difference([one.weights + [one.bias]], [[-0.2, -0.5, -0.5]]) < 1e-15)
    let batch = try step(.value(0.5), [[0, 0], [-0.2, 8.0]], [[8], [-2]], engine)
    #expect(difference([batch.weights + [batch.bias]], [[0.2, -0.5, 0.5]]) < 1e-15)
  }

  @Test("gradients within the bound move weights as if there were no clipping")
  func within() throws {
    let free = try step(nil, [[0.1, 0.4]], [[-0.5]], .neuron)
    for clip in [GradientClipping.norm(1), .value(0.5)] {
      let clipped = try step(clip, [[0.1, 0.4]], [[-0.5]], .neuron)
      #expect(clipped.weights == free.weights && clipped.bias == free.bias)
    }
  }

  @Test("gradients whose squares are not in the range of double precision are clipped all the same")
  func extremes() throws {
    let network: Network<Double> = try network([2, 1], [bundled().activation("identity")])
    for scale in [1e200, 1e-200] {
      network.parameters[0].gradient.row(0).assign([3 * scale, 4 * scale])
      network.parameters[1].gradient.row(0).assign([0])
      var samples = 1
      GradientClipping.norm(1).apply(to: network.parameters, samples: &samples)
      let expected = scale > 1 ? [0.6, 0.8] : [3e-200, 4e-200]
      #expect(difference(network.parameters[0].gradient.values, [expected]) < 1e-15)
    }
    network.parameters[0].gradient.row(0).assign([.nan, 4])
    var samples = 1
    GradientClipping.value(1).apply(to: network.parameters, samples: &samples)
    #expect(network.parameters[0].gradient[0, 0].isNaN && network.parameters[0].gradient[0, 1] == 1)
  }

  /// Plain neurons, one of a kind, and one that runs itself.
  private func mixed() throws -> Network<Double> {
    let (tanh, kind) = (try bundled().activation("tanh"), try bundled().neuron("radial_basis"))
    let neurons: [Neuron<Double>] = [
      Neuron(inputs: 3, activation: tanh), try PluginNeuron(inputs: 3, activation: tanh, kind: kind),
      RadialNeuron(inputs: 3, activation: tanh), Neuron(inputs: 3, activation: tanh),
    ]
    return try Network(layers: [Layer(neurons), Layer(neurons: 2, inputs: 4, activation: tanh)], seed: 3)
  }

  @Test(
    "every optimizer follows clipped gradients, with weight decay, in every engine and from batches of 1 and 3",
    arguments: Engine.allCases, [1, 3])
  func byHand(_ engine: Engine, _ batch: Int) throws {
    var random = RandomSource(seed: 12)
    let samples = try Samples<Double>(inputs: random.table(9, 3, in: -3...3), targets: random.table(9, 2, in: -3...3))
    let loss = try bundled().loss("half_squared_error")
    let optimizers: [any Optimizer] = [
      .sgd(learningRate: 0.2), .sgd(learningRate: 0.1, momentum: 0.9), .adam(learningRate: 0.05),
    ]
    for optimizer in optimizers {
      for clip in [GradientClipping.norm(0.3), .value(0.05)] {
        var settings = TrainingSettings(
          epochs: 2, batch: batch, shuffle: false, optimizer: optimizer, regularization: Regularization(l2: 0.01))
        settings.clip = clip
        let (trained, byHand) = (try mixed(), try mixed())
        trained.engine = engine
        try trained.train(on: samples, loss: loss, settings: settings)
        let state = OptimizerState(optimizer, for: byHand)
        for batch in try samples.batches(of: batch) + samples.batches(of: batch) {
          let outputs = try byHand.forward(batch.inputs, isTraining: true)
          try byHand.backward(from: loss.gradient(outputs, batch.targets))
          clipByHand(byHand, clip, samples: batch.count)
          try state.step(byHand, samples: batch.count, regularization: settings.regularization)
        }
        #expect(difference(parameters(of: trained), parameters(of: byHand)) < 1e-12, "\(optimizer), \(clip)")
      }
    }
  }

  /// The same, number by number.
  private func clipByHand(_ network: Network<Double>, _ clip: GradientClipping, samples: Int) {
    let matrices = network.layers.flatMap { [$0.storage.weightGradients, $0.storage.biasGradients] }
    let means = matrices.map { $0.values.map { $0.map { $0 / Double(samples) } } }
    let size = means.joined().joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    for (matrix, mean) in zip(matrices, means) {
      for (row, values) in mean.enumerated() {
        matrix.row(row).assign(
          values.map { value in
            let clipped =
              clip.norm.map { value * min(1, $0 / (size + 1e-6)) }
              ?? max(-(clip.value ?? 0), min(clip.value ?? 0, value))
            return clipped * Double(samples)
          })
      }
    }
  }

  @Test("bounds that are not greater than 0, and none or two of them, are errors that say so")
  func impossible() throws {
    let network: Network<Double> = try network([2, 1], [bundled().activation("identity")])
    var both = GradientClipping.norm(1)
    both.value = 1
    var none = GradientClipping.norm(1)
    none.norm = nil
    for (clip, words) in [
      (GradientClipping.norm(0), "clip.norm"), (.norm(.infinity), "clip.norm"), (.value(-1), "clip.value"),
      (both, "norm"), (none, "value"),
    ] {
      var settings = TrainingSettings(epochs: 1, optimizer: .sgd())
      settings.clip = clip
      let error = #expect(throws: NetworkError.self) {
        try Trainer(network, loss: bundled().loss("half_squared_error"), settings: settings)
      }
      #expect(error?.description.contains(words) == true, "\(clip)")
    }
  }
}
