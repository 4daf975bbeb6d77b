import Foundation
import NNKit
import Testing

/// Gradient descent as a program may write it.
private struct OwnDescent: Optimizer {
  static let name = "own"
  static let summary = "gradient descent, written in Swift"
  static let settings: [Setting<Self>] = [
    Setting("learning_rate", \.learningRate, .greater(than: 0), "the size of a step"),
    Setting("momentum", \.momentum, .from(0, below: 1), "how much of its velocity a parameter keeps"),
  ]

  var learningRate = 0.1
  var momentum = 0.5

  var memory: [OptimizerMemory] { [OptimizerMemory("v")] }

  func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
    for i in 0..<step.count {
      step[i, memory: 0] = Scalar(momentum) * step[i, memory: 0] + step.gradient(i)
      step[i] -= Scalar(step.learningRate) * step[i, memory: 0]
    }
  }
}

@Suite("optimizers of programs")
struct OwnOptimizerTests {
  private func trained(_ optimizer: any Optimizer) throws -> Network<Double> {
    let samples = try Samples<Double>(inputs: [[-1, 0.5], [0, 2], [1, -1]], targets: [[0.2], [-0.4], [0.9]])
    let network: Network<Double> = try network([2, 3, 1], Array(repeating: bundled().activation("tanh"), count: 2))
    try network.train(
      on: samples, loss: bundled().loss("half_squared_error"),
      settings: TrainingSettings(
        epochs: 5, batch: 2, optimizer: optimizer, regularization: Regularization(l1: 0.01, l2: 0.02),
        schedule: Schedule(.exponential(factor: 0.8)), seed: 1))
    return network
  }

  @Test("one written in Swift moves parameters as nnkit's own does by the same formula")
  func descent() throws {
    let (own, other) = (try trained(OwnDescent()), try trained(.sgd(learningRate: 0.1, momentum: 0.5)))
    for (own, other) in zip(own.layers, other.layers) {
      #expect(difference(own.weights.values, other.weights.values) < 1e-14)
      #expect(difference(own.biases.values, other.biases.values) < 1e-14)
    }
  }

  @Test("its settings are held to their ranges, and one that keeps too much is refused")
  func settings() throws {
    var wrong = OwnDescent()
    wrong.momentum = 1
    #expect(throws: NetworkError.self) { try trained(wrong) }
    struct Greedy: Optimizer {
      static let name = "greedy"
      static let summary = "keeps three numbers for each parameter"
      static let settings: [Setting<Self>] = []
      var learningRate = 0.1
      var memory: [OptimizerMemory] { ["a", "b", "c"].map { OptimizerMemory($0) } }
      func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {}
    }
    #expect {
      try trained(Greedy())
    } throws: {
      "\($0)".contains("greedy keeps 3 numbers")
    }
  }

  @Test("every optimizer and every schedule that a configuration can name comes back from JSON as it was")
  func codable() throws {
    for type in Optimizers.all {
      let optimizer = type.init().with(learningRate: 0.125)
      for shape in Schedule.shapes {
        let settings = TrainingSettings(epochs: 3, optimizer: optimizer, schedule: Schedule(shape.init(), warmup: 0.5))
        let again = try JSONDecoder().decode(TrainingSettings.self, from: JSONEncoder().encode(settings))
        #expect(again == settings, "\(type.name), \(shape.name)")
      }
    }
  }
}
