import NNKit
import Testing

/// Every optimizer against the weights that PyTorch's `torch.optim` reaches in float64 (`Fixtures/optimizers.json`).
@Suite struct OptimizerTests {
  struct Reference: Decodable {
    struct Layers: Decodable {
      struct Layer: Decodable {
        let weights: [[Double]]
        let biases: [Double]
      }
      let layers: [Layer]
    }
    struct Specification: Decodable {
      let name: String
      let rate, momentum, decay, epsilon, beta1, beta2, weight_decay: Double?
      let nesterov: Bool?
      let eta_minus, eta_plus, step_minimum, step_maximum: Double?
    }
    struct Terms: Decodable {
      let l1, l2: Double
    }
    struct Case: Decodable {
      let name: String
      let optimizer: Specification
      let regularization: Terms?
      let epochs, batch: Int
      let final: Layers
      let epoch_losses: [Double]
    }
    let inputs, targets: [[Double]]
    let initial: Layers
    let cases: [Case]
  }

  private let reference = Result { try fixture("optimizers.json", as: Reference.self) }

  /// What the fixture leaves out are nnkit's defaults, which must be PyTorch's.
  private func optimizer(_ s: Reference.Specification) throws -> Optimizer {
    switch s.name {
    case "sgd":
      guard case .sgd(let rate, let momentum, let nesterov) = Optimizer.sgd() else { break }
      return .sgd(rate: s.rate ?? rate, momentum: s.momentum ?? momentum, nesterov: s.nesterov ?? nesterov)
    case "rmsprop":
      guard case .rmsprop(let rate, let decay, let epsilon) = Optimizer.rmsprop() else { break }
      return .rmsprop(rate: s.rate ?? rate, decay: s.decay ?? decay, epsilon: s.epsilon ?? epsilon)
    case "adagrad":
      guard case .adagrad(let rate, let epsilon) = Optimizer.adagrad() else { break }
      return .adagrad(rate: s.rate ?? rate, epsilon: s.epsilon ?? epsilon)
    case "adam", "adamw":
      guard case .adam(let rate, let beta1, let beta2, let epsilon, 0) = Optimizer.adam() else { break }
      return .adam(
        rate: s.rate ?? rate, beta1: s.beta1 ?? beta1, beta2: s.beta2 ?? beta2, epsilon: s.epsilon ?? epsilon,
        weightDecay: s.name == "adamw" ? s.weight_decay ?? 0.01 : 0)
    case "rprop":
      guard case .rprop(let rate, let minus, let plus, let minimum, let maximum) = Optimizer.rprop() else { break }
      return .rprop(
        rate: s.rate ?? rate, etaMinus: s.eta_minus ?? minus, etaPlus: s.eta_plus ?? plus,
        stepMinimum: s.step_minimum ?? minimum, stepMaximum: s.step_maximum ?? maximum)
    default: break
    }
    throw NetworkError("the fixture has an optimizer that the test does not know: \(s.name)")
  }

  private func network<Scalar: NetworkScalar>(as type: Scalar.Type = Scalar.self) throws -> Network<Scalar> {
    let initial = try reference.get().initial.layers
    return try Network(
      keepingWeightsOf: zip(initial, ["tanh", "sigmoid"]).map { start, name in
        try layer(
          start.weights.map { $0.map { Scalar($0) } }, biases: start.biases.map { Scalar($0) },
          bundled().activation(name))
      })
  }

  private func settings(_ item: Reference.Case) throws -> TrainingSettings {
    try TrainingSettings(
      epochs: item.epochs, batch: item.batch, shuffle: false, optimizer: optimizer(item.optimizer),
      regularization: Regularization(l1: item.regularization?.l1 ?? 0, l2: item.regularization?.l2 ?? 0))
  }

  @Test("weights and losses are PyTorch's after 5 epochs of batches 4, 4 and 2, to 1e-12", arguments: Engine.allCases)
  func trajectories(_ engine: Engine) throws {
    let reference = try reference.get()
    let samples = try Samples(inputs: reference.inputs, targets: reference.targets)
    #expect(reference.cases.count == 24)
    for item in reference.cases {
      let network = try network(as: Double.self)
      network.engine = engine
      let reports = try network.train(
        on: samples, loss: bundled().loss("half_squared_error"), settings: settings(item))
      for (layer, expected) in zip(network.layers, item.final.layers) {
        #expect(difference(layer.weights.values, expected.weights) < 1e-12, "\(item.name)")
        #expect(difference(layer.biases.values, expected.biases.map { [$0] }) < 1e-12, "\(item.name)")
      }
      #expect(difference([reports.map(\.train.loss)], [item.epoch_losses]) < 1e-12, "\(item.name)")
    }
  }

  @Test("in single precision the weights are PyTorch's to 1e-5")
  func single() throws {
    let reference = try reference.get()
    let samples = try Samples<Float>(
      inputs: reference.inputs.map { $0.map { Float($0) } }, targets: reference.targets.map { $0.map { Float($0) } })
    for item in reference.cases {
      let network = try network(as: Float.self)
      try network.train(on: samples, loss: bundled().loss("half_squared_error"), settings: settings(item))
      for (layer, expected) in zip(network.layers, item.final.layers) {
        let weights = layer.weights.values.map { $0.map { Double($0) } }
        #expect(difference(weights, expected.weights) < 1e-5, "\(item.name)")
      }
    }
  }

  @Test(
    "each optimizer finds the bottom of a bowl",
    arguments: [
      Optimizer.sgd(rate: 0.1), .sgd(rate: 0.02, momentum: 0.9), .sgd(rate: 0.02, momentum: 0.9, nesterov: true),
      .rmsprop(rate: 0.01), .adagrad(rate: 0.5), .adam(rate: 0.05), .rprop(),
    ])
  func bowl(_ optimizer: Optimizer) throws {
    // y = 2x − 1 by one neuron: the least loss is 0, at w = 2, b = −1.
    let samples = try Samples<Double>(inputs: [[-1], [0], [1], [2]], targets: [[-3], [-1], [1], [3]])
    let network = try Network<Double>(keepingWeightsOf: [layer([[0.0]], bundled().activation("identity"))])
    try network.train(
      on: samples, loss: bundled().loss("squared_error"),
      settings: TrainingSettings(epochs: 1500, batch: 4, optimizer: optimizer))
    #expect(abs(network.output.weights[0, 0] - 2) < 0.02 && abs(network.output.biases[0, 0] + 1) < 0.02)
  }

  @Test("what is frozen stays, whatever the optimizer's memory and decay, in every engine", arguments: Engine.allCases)
  func frozen(_ engine: Engine) throws {
    let samples = try Samples<Double>(inputs: [[1], [2]], targets: [[0.5], [0.1]])
    for optimizer in [Optimizer.sgd(rate: 0.1, momentum: 0.9), .adam(rate: 0.1, weightDecay: 0.5), .rprop()] {
      for frozen in [FrozenParameters.weights, .biases, [.weights, .biases], []] {
        let tanh = try bundled().activation("tanh")
        let network: Network<Double> = try NNKitTests.network([1, 2, 1], [tanh, tanh])
        network.layers[0].frozen = frozen
        network.engine = engine
        let (weights, biases) = (network.layers[0].weights.values, network.layers[0].biases.values)
        try network.train(
          on: samples, loss: bundled().loss("squared_error"),
          settings: TrainingSettings(
            epochs: 3, optimizer: optimizer, regularization: Regularization(l1: 0.01, l2: 0.01)))
        #expect((network.layers[0].weights.values == weights) == frozen.contains(.weights))
        #expect((network.layers[0].biases.values == biases) == frozen.contains(.biases))
      }
    }
  }
}
