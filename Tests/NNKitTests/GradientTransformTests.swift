import NNKit
import Testing

/// What changes gradients between the backward pass and the optimizer's step.
@Suite struct GradientTransformTests {
  /// g ← factor · g.
  private struct Scaled: GradientTransform {
    let factor: Double

    func apply<Scalar: NetworkScalar>(to parameters: [Parameter<Scalar>], samples: inout Int) {
      for parameter in parameters where !parameter.isFrozen {
        for neuron in 0..<parameter.gradient.rows {
          let row = parameter.gradient.row(neuron)
          for place in row.indices { row[place] *= Scalar(factor) }
        }
      }
    }
  }

  /// Says that the gradients are of twice as many samples.
  private struct Halved: GradientTransform {
    func apply<Scalar: NetworkScalar>(to parameters: [Parameter<Scalar>], samples: inout Int) { samples *= 2 }
  }

  private struct Refusal: Error {}

  private struct Refusing: GradientTransform {
    func apply<Scalar: NetworkScalar>(to parameters: [Parameter<Scalar>], samples: inout Int) throws {
      throw Refusal()
    }
  }

  private func samples<Scalar: NetworkScalar>() throws -> Samples<Scalar> {
    var random = RandomSource(seed: 8)
    return try Samples(inputs: random.table(21, 3), targets: random.table(21, 2))
  }

  private func trained<Scalar: NetworkScalar>(
    _ optimizer: any Optimizer, batch: Int, _ engine: Engine, _ transforms: [any GradientTransform], as _: Scalar.Type
  ) throws -> [[Scalar]] {
    let tanh = try bundled().activation("tanh")
    let network: Network<Scalar> = try network([3, 5, 2], [tanh, tanh], seed: 6)
    network.engine = engine
    network.layers[0].frozen = .biases
    let trainer = try Trainer(
      network, loss: bundled().loss("half_squared_error"),
      settings: TrainingSettings(epochs: 2, batch: batch, optimizer: optimizer, seed: 4))
    trainer.transforms = transforms
    try trainer.train(on: samples())
    return parameters(of: network)
  }

  @Test(
    "a transform that multiplies gradients by 2 is a learning rate of twice the size, in every engine and loop",
    arguments: Engine.allCases, [1, 4])
  func scaled(_ engine: Engine, _ batch: Int) throws {
    for momentum in [0, 0.9] {
      let (slow, fast) = (SGD(learningRate: 0.05, momentum: momentum), SGD(learningRate: 0.1, momentum: momentum))
      #expect(
        difference(
          try trained(slow, batch: batch, engine, [Scaled(factor: 2)], as: Double.self),
          try trained(fast, batch: batch, engine, [], as: Double.self)) < 1e-13)
      #expect(
        difference(
          try trained(slow, batch: batch, engine, [Scaled(factor: 4), Halved()], as: Float.self),
          try trained(fast, batch: batch, engine, [], as: Float.self)) < 1e-5)
    }
  }

  @Test("transforms that change nothing leave the weights of a training without any")
  func unchanged() throws {
    let optimizers: [any Optimizer] = [.sgd(learningRate: 0.1, momentum: 0.5), .adam(learningRate: 0.01), .rprop()]
    for optimizer in optimizers {
      #expect(
        difference(
          try trained(optimizer, batch: 5, .auto, [Scaled(factor: 2), Scaled(factor: 0.5)], as: Double.self),
          try trained(optimizer, batch: 5, .auto, [], as: Double.self)) < 1e-13)
    }
  }

  @Test("what a transform throws ends the training, and a backward pass by hand leaves its gradients")
  func failing() throws {
    let tanh = try bundled().activation("tanh")
    let network: Network<Double> = try network([3, 2], [tanh])
    let loss = try bundled().loss("half_squared_error")
    let trainer = try Trainer(
      network, loss: loss, settings: TrainingSettings(epochs: 1, batch: 4, optimizer: .sgd(learningRate: 0.1)))
    trainer.transforms = [Refusing()]
    let before = parameters(of: network)
    #expect(throws: Refusal.self) { try trainer.train(on: samples()) }
    #expect(parameters(of: network) == before)
    trainer.transforms = []
    try trainer.train(on: samples())
    let moved = parameters(of: network)
    try pass(network, loss, samples())
    #expect(parameters(of: network) == moved)
    #expect(try network.output.weightGradients.values.joined().contains { $0 != 0 })
  }
}
