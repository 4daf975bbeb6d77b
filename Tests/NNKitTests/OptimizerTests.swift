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
    /// A name and settings; what is left out are nnkit's defaults, which must be PyTorch's.
    struct Specification: Decodable {
      let optimizer: any Optimizer

      init(from decoder: any Decoder) throws {
        let values = try [String: Value](from: decoder)
        guard case .text(let name) = values["name"], let type = Optimizers.all.first(where: { $0.name == name }) else {
          throw NetworkError("the fixture has an optimizer that nnkit does not have")
        }
        optimizer = try Self.optimizer(type, values.filter { $0.key != "name" })
      }

      private static func optimizer<Kind: Optimizer>(_: Kind.Type, _ values: [String: Value]) throws -> any Optimizer {
        var optimizer = Kind()
        for (name, value) in values {
          let setting = try #require(Kind.settings.first { $0.name == name }, "\(Kind.name) has no \(name)")
          switch value {
          case .number(let number): try setting.set(.number(number), in: &optimizer)
          case .flag(let flag): try setting.set(.flag(flag), in: &optimizer)
          case .text(let text): try setting.set(.word(text), in: &optimizer)
          }
        }
        return optimizer
      }

      private enum Value: Decodable {
        case number(Double), flag(Bool), text(String)

        init(from decoder: any Decoder) throws {
          let container = try decoder.singleValueContainer()
          if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
          } else if let number = try? container.decode(Double.self) {
            self = .number(number)
          } else {
            self = .text(try container.decode(String.self))
          }
        }
      }
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
    TrainingSettings(
      epochs: item.epochs, batch: item.batch, shuffle: false, optimizer: item.optimizer.optimizer,
      regularization: Regularization(l1: item.regularization?.l1 ?? 0, l2: item.regularization?.l2 ?? 0))
  }

  @Test("weights and losses are PyTorch's after 5 epochs of batches 4, 4 and 2, to 1e-12", arguments: Engine.allCases)
  func trajectories(_ engine: Engine) throws {
    let reference = try reference.get()
    let samples = try Samples(inputs: reference.inputs, targets: reference.targets)
    #expect(reference.cases.count == 27)
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
      .sgd(learningRate: 0.1), .sgd(learningRate: 0.02, momentum: 0.9),
      .sgd(learningRate: 0.02, momentum: 0.9, nesterov: true), .rmsprop(learningRate: 0.01),
      .adagrad(learningRate: 0.5), .adam(learningRate: 0.05), .rprop(),
      .nadam(learningRate: 0.02), .lion(learningRate: 0.005), .quickprop(learningRate: 0.1, decay: 0), .irpropm(),
    ] as [any Optimizer])
  func bowl(_ optimizer: any Optimizer) throws {
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
    let optimizers: [any Optimizer] = [
      .sgd(learningRate: 0.1, momentum: 0.9), .adamw(learningRate: 0.1, weightDecay: 0.5), .rprop(),
    ]
    for optimizer in optimizers {
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
