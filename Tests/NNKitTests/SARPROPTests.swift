import Foundation
import NNKit
import Testing

/// SARPROP against the paper's formulas, written down again.
@Suite struct SARPROPTests {
  /// One weight w, one sample x = 1, y = 0, a = w: L = w² / 2 and g = w.
  private func weights(_ optimizer: SARPROP, from w: Double, steps: Int, seed: UInt64 = 0) throws -> [Double] {
    let layer = try layer([[w]], bundled().activation("identity"))
    layer.frozen = .biases
    let network = try Network<Double>(keepingWeightsOf: [layer])
    let samples = try Samples<Double>(inputs: [[1]], targets: [[0]])
    var found: [Double] = []
    let settings = TrainingSettings(epochs: steps, optimizer: optimizer, seed: seed)
    try network.train(on: samples, loss: bundled().loss("half_squared_error"), settings: settings) { _ in
      found.append(network.output.weights[0, 0])
      return .proceed
    }
    return found
  }

  /// The same, with a random number for each step.
  private func formulas(_ o: SARPROP, from start: Double, steps: Int, random: [Double]) -> [Double] {
    var (w, size, previous) = (start, o.learningRate, 0.0)
    return (0..<steps).map { step in
      let annealing = exp2(-o.temperature * Double(step))
      let (loss, e) = (w * w / 2, w + o.weightDecay * annealing * w)
      if previous * e > 0 {
        size = min(o.stepMaximum, o.etaPlus * size)
        w -= e > 0 ? size : -size
        previous = e
      } else if previous * e < 0 {
        let isNoisy = size < o.threshold * loss
        size *= o.etaMinus
        if isNoisy { size += o.noise * random[step] * loss.squareRoot() * annealing }
        size = min(o.stepMaximum, max(o.stepMinimum, size))
        previous = 0
      } else {
        w -= e > 0 ? size : -size
        previous = e
      }
      return w
    }
  }

  @Test("without noise the weights are those of the formulas, with decay and bounds")
  func noNoise() throws {
    for optimizer in [
      SARPROP(learningRate: 0.1, noise: 0), SARPROP(learningRate: 0.3, weightDecay: 0.5, noise: 0),
      SARPROP(learningRate: 0.2, stepMinimum: 0.05, stepMaximum: 0.25, noise: 0),
    ] {
      let expected = formulas(optimizer, from: 2, steps: 40, random: Array(repeating: 0, count: 40))
      let found = try weights(optimizer, from: 2, steps: 40)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(found.min() ?? 0 < 0, "the sign has turned")
    }
  }

  @Test("noise is what the formulas give for some random number in 0..<1, another for each seed, the same for one")
  func noise() throws {
    // So great a threshold that each turn gives noise.
    let optimizer = SARPROP(learningRate: 0.4, threshold: 100, noise: 3)
    let steps = 12
    let none = formulas(optimizer, from: 2, steps: steps, random: Array(repeating: 0, count: steps))
    let turn = try #require(none.indices.dropFirst().first { none[$0] == none[$0 - 1] })
    var drawn: [Double] = []
    for seed in 0..<8 as Range<UInt64> {
      let found = try weights(optimizer, from: 2, steps: steps, seed: seed)
      #expect(try weights(optimizer, from: 2, steps: steps, seed: seed) == found)
      #expect(zip(found, none).prefix(turn + 1).allSatisfy { abs($0 - $1) < 1e-12 })
      // The step after the turn shows the noise.
      let w = none[turn]
      let (loss, annealing) = (w * w / 2, exp2(-optimizer.temperature * Double(turn)))
      let noise = abs(found[turn + 1] - w) - abs(none[turn + 1] - w)
      let random = noise / (optimizer.noise * loss.squareRoot() * annealing)
      #expect(-1e-9..<1 ~= random)
      drawn.append(random)
    }
    #expect(Set(drawn.map { ($0 * 1e6).rounded() }).count == 8)
    #expect((0.2..<0.8).contains(drawn.reduce(0, +) / 8))
  }

  @Test("threads share a step without changing its random numbers, and a step needs the loss")
  func threads() throws {
    func trained(_ threads: Int) throws -> [Double] {
      let network = try Network<Double>(
        layers: [Layer(neurons: 300, inputs: 300, activation: bundled().activation("tanh"))], seed: 3)
      network.threads = threads
      let samples = try Samples<Double>(
        inputs: [(0..<300).map { Double($0 % 7) - 3 }, (0..<300).map { Double($0 % 5) - 2 }],
        targets: [(0..<300).map { Double($0 % 3) - 1 }, (0..<300).map { Double($0 % 2) }])
      try network.train(
        on: samples, loss: bundled().loss("half_squared_error"),
        settings: TrainingSettings(epochs: 6, batch: 2, optimizer: .sarprop(learningRate: 0.5, threshold: 1)))
      return network.output.neurons.flatMap { Array($0.weights) }
    }
    let (one, three) = (try trained(1), try trained(3))
    #expect(zip(one, three).allSatisfy { abs($0 - $1) < 1e-9 })
    let network = try Network<Double>(
      layers: [Layer(neurons: 1, inputs: 1, activation: bundled().activation("identity"))], seed: 1)
    let state = OptimizerState(.sarprop(), for: network)
    try network.forward(Inputs(samples: Matrix([[1]])))
    try network.backward(from: Matrix([[1]]))
    let error = #expect(throws: NetworkError.self) { try state.step(network, samples: 1) }
    #expect(error?.description.contains("sarprop needs the mean loss") == true)
    try state.step(network, samples: 1, loss: 0.5)
  }
}
