import NNKit
import Testing

/// FANN's optimizers against the weights that FANN itself reaches (`Fixtures/fann.json`).
@Suite struct FannTests {
  struct Reference: Decodable {
    struct Case: Decodable {
      let optimizer: String
      let initial, after_1, after_10: [Double]
    }
    struct Annealed: Decodable {
      let initial, after_2, after_50: [Double]
    }
    let inputs, targets: [[Double]]
    let cases: [Case]
    let sarprop: Annealed
  }

  /// With FANN's defaults, which it keeps in single precision.
  private func optimizer(_ name: String) throws -> any Optimizer {
    switch name {
    case "quickprop": .quickprop(learningRate: 0.5, decay: Double(Float(0.0001)))
    case "irpropm": .irpropm(learningRate: Double(Float(0.1)), etaPlus: Double(Float(1.2)))
    default: throw NetworkError("the fixture has \(name), which the test does not have")
    }
  }

  /// FANN's order: the weights of each neuron, its bias last.
  private func weights(_ network: Network<Double>) -> [Double] {
    network.layers.flatMap { $0.neurons.flatMap { Array($0.weights) + [$0.bias] } }
  }

  private func network(with weights: [Double]) throws -> Network<Double> {
    let network: Network<Double> = try NNKitTests.network(
      [3, 4, 2], Array(repeating: bundled().activation("sigmoid"), count: 2))
    var rest = weights[...]
    for neuron in network.layers.flatMap(\.neurons) {
      neuron.weights.assign(rest.prefix(neuron.fanIn))
      neuron.bias = rest[rest.startIndex + neuron.fanIn]
      rest = rest.dropFirst(neuron.fanIn + 1)
    }
    #expect(rest.isEmpty && self.weights(network) == weights)
    return network
  }

  @Test("weights are FANN's after one epoch and after ten, to 1e-12", arguments: Engine.allCases)
  func epochs(_ engine: Engine) throws {
    let reference = try fixture("fann.json", as: Reference.self)
    let samples = try Samples(inputs: reference.inputs, targets: reference.targets)
    #expect(reference.cases.map(\.optimizer) == ["quickprop", "irpropm"])
    for item in reference.cases {
      for (epochs, expected) in [(1, item.after_1), (10, item.after_10)] {
        let network = try network(with: item.initial)
        network.engine = engine
        try network.train(
          on: samples, loss: bundled().loss("half_squared_error"),
          settings: TrainingSettings(epochs: epochs, batch: 8, optimizer: optimizer(item.optimizer)))
        #expect(difference([weights(network)], [expected]) < 1e-12, "\(item.optimizer), \(epochs) epochs")
      }
      // Ten epochs are enough for steps of every kind.
      #expect(zip(item.initial, item.after_10).contains { abs($0 - $1) > 1 })
    }
  }

  /// After a turn FANN gives a parameter the step size of its neighbour, and it has the sign of the decay the wrong way
  /// round: so without decay, and up to the epoch in which the first signs turn.
  @Test("SARPROP's weights are FANN's until signs have turned, to 1e-12", arguments: Engine.allCases)
  func annealing(_ engine: Engine) throws {
    let reference = try fixture("fann.json", as: Reference.self)
    let samples = try Samples(inputs: reference.inputs, targets: reference.targets)
    for (epochs, expected) in [(2, reference.sarprop.after_2), (50, reference.sarprop.after_50)] {
      let network = try network(with: reference.sarprop.initial)
      network.engine = engine
      try network.train(
        on: samples, loss: bundled().loss("half_squared_error"),
        settings: TrainingSettings(
          epochs: epochs, batch: 8,
          optimizer: .sarprop(learningRate: 1e-6, etaPlus: Double(Float(1.2)), weightDecay: 0)))
      #expect(difference([weights(network)], [expected]) < 1e-12, "\(epochs) epochs")
    }
    let moves = Set(zip(reference.sarprop.initial, reference.sarprop.after_50).map { (abs($0 - $1) * 1e9).rounded() })
    #expect(moves.count == 2, "some have rested once")
  }

  @Test("where there is no gradient at all, parameters rest")
  func noGradient() throws {
    let samples = try Samples<Double>(inputs: [[0, 1], [0, 2]], targets: [[1], [3]])
    for optimizer in [
      Quickprop(learningRate: 0.1, decay: 0), IRpropMinus(), SARPROP(learningRate: 0.1, weightDecay: 0),
    ] as [any Optimizer] {
      let network = try Network<Double>(keepingWeightsOf: [layer([[0.25, 0.5]], bundled().activation("identity"))])
      try network.train(
        on: samples, loss: bundled().loss("half_squared_error"),
        settings: TrainingSettings(epochs: 20, batch: 2, optimizer: optimizer))
      #expect(network.output.weights[0, 0] == 0.25 && network.output.weights[0, 1].isFinite)
    }
  }
}
