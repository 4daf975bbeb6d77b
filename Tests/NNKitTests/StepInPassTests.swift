import NNKit
import Synchronization
import Testing

/// The steps of large layers, which the backward pass makes some rows at a time, against steps after the pass.
@Suite("steps in the backward pass")
struct StepInPassTests {
  /// 600 KB of weights in single precision, and twice as much in double: steps are made in the pass from 512 KB on.
  private func trained<Scalar: NetworkScalar>(
    _ optimizer: any Optimizer, threads: Int, batch: Int, afterPass: Bool, extended: Bool, as _: Scalar.Type
  ) throws -> [[Scalar]] {
    let tanh = try bundled().activation("tanh")
    let neurons = (0..<500).map { index in
      extended && [0, 77, 499].contains(index)
        ? SlopeNeuron<Scalar>(inputs: 300, activation: tanh) : Neuron<Scalar>(inputs: 300, activation: tanh)
    }
    let network = try Network(
      layers: [Layer(neurons), Layer(neurons: 3, inputs: 500, activation: tanh)], seed: 1)
    network.threads = threads
    network.keepsGradients = afterPass
    var random = RandomSource(seed: 5)
    func numbers(_ count: Int) -> [[Scalar]] {
      (0..<20).map { _ in (0..<count).map { _ in Scalar(Double.random(in: -1...1, using: &random)) } }
    }
    try network.train(
      on: Samples(inputs: numbers(300), targets: numbers(3)), loss: bundled().loss("half_squared_error"),
      settings: TrainingSettings(
        epochs: 2, batch: batch, optimizer: optimizer, regularization: Regularization(l1: 0.001, l2: 0.002),
        schedule: type(of: optimizer).followsSchedule ? Schedule(.exponential(factor: 0.8)) : Schedule(), seed: 3))
    return network.layers.flatMap { $0.weights.values + [$0.biases.values.flatMap { $0 }] }
  }

  @Test(
    "are those that come after it", arguments: Optimizers.all.map { $0.name },
    [(threads: 1, batch: 7), (3, 7), (2, 1)])
  func same(_ name: String, _ shape: (threads: Int, batch: Int)) throws {
    func trained<Kind: Optimizer>(_: Kind.Type, afterPass: Bool, extended: Bool) throws -> [[Double]] {
      try self.trained(
        Kind(), threads: shape.threads, batch: shape.batch, afterPass: afterPass, extended: extended, as: Double.self)
    }
    let kind = try #require(Optimizers.all.first { $0.name == name })
    for extended in [false, true] {
      let (inPass, after) = (
        try trained(kind, afterPass: false, extended: extended), try trained(kind, afterPass: true, extended: extended)
      )
      #expect(difference(inPass, after) < 1e-12)
    }
  }

  @Test("with momentum too, whose velocities the pass moves, in both precisions", arguments: [1, 3])
  func momentum(threads: Int) throws {
    for optimizer in [SGD(learningRate: 0.1, momentum: 0.9), SGD(learningRate: 0.1, momentum: 0.9, nesterov: true)] {
      func trained<Scalar: NetworkScalar>(_ afterPass: Bool, as type: Scalar.Type) throws -> [[Scalar]] {
        try self.trained(optimizer, threads: threads, batch: 10, afterPass: afterPass, extended: true, as: type)
      }
      #expect(difference(try trained(false, as: Double.self), try trained(true, as: Double.self)) < 1e-12)
      #expect(difference(try trained(false, as: Float.self), try trained(true, as: Float.self)) < 1e-4)
    }
  }

  /// Gradient descent that notes how many parameters each call moves, which step it is, and the loss.
  private struct NotingDescent: Optimizer {
    static let name = "noting"
    static let summary = "gradient descent that notes its calls"
    static let settings: [Setting<Self>] = []
    var memory: [OptimizerMemory] { [] }
    /// One test uses it.
    static let calls = Mutex<[(count: Int, number: Int, loss: Double?)]>([])
    var learningRate = 0.1

    func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
      Self.calls.withLock { $0.append((step.count, step.number, step.loss)) }
      for index in 0..<step.count { step[index] -= Scalar(step.learningRate) * step.gradient(index) }
    }
  }

  @Test("cover each weight once a step, some rows at a time, and know the step's number and the loss")
  func calls() throws {
    _ = try trained(NotingDescent(), threads: 1, batch: 10, afterPass: false, extended: false, as: Float.self)
    let calls = NotingDescent.calls.withLock { $0 }
    for number in 1...4 {
      let step = calls.filter { $0.number == number }
      #expect(step.reduce(0) { $0 + $1.count } == 500 * 301 + 3 * 501)
      #expect(step.allSatisfy { $0.count <= 96 * 300 && $0.loss == step[0].loss && $0.loss != nil })
    }
    #expect(Set(calls.map(\.number)) == [1, 2, 3, 4])
  }
}
