import NNKit
import Testing

/// l1 · Σ|w| + (l2/2) · Σw² is added to the loss: for weights alone, at the step, by its true scale.
@Suite struct RegularizationTests {
  private func step(
    l1: Double, l2: Double, batch: Int, samples count: Int
  ) throws -> (before: Network<Double>, after: Network<Double>, report: EpochReport) {
    func make() throws -> Network<Double> {
      try Network(keepingWeightsOf: [layer([[0.5, -2, 0]], biases: [0.25], bundled().activation("identity"))])
    }
    // Targets equal to the outputs: the loss and its gradients are 0, what moves the weights is the regularization.
    let network = try make()
    let inputs = (0..<count).map { [Double($0), 1, -1] }
    let samples = try Samples(inputs: inputs, targets: network.outputs(for: inputs))
    let reports = try network.train(
      on: samples, loss: bundled().loss("squared_error"),
      settings: TrainingSettings(
        epochs: 1, batch: batch, shuffle: false, optimizer: .sgd(learningRate: 0.1),
        regularization: Regularization(l1: l1, l2: l2)))
    return (try make(), network, try #require(reports.first))
  }

  @Test("one step moves each weight by r · (l1 · sign w + l2 · w), and no bias")
  func oneStep() throws {
    let (before, after, report) = try step(l1: 0.03, l2: 0.2, batch: 8, samples: 8)
    for i in 0..<3 {
      let w = before.output.weights[0, i]
      let sign: Double = w > 0 ? 1 : w < 0 ? -1 : 0
      #expect(isClose(after.output.weights[0, i], w - 0.1 * (0.03 * sign + 0.2 * w), absolute: 1e-16))
    }
    #expect(after.output.biases[0, 0] == 0.25)
    #expect(report.train.loss == 0)
  }

  @Test("its strength does not depend on how many samples a batch or the data set has")
  func scale() throws {
    let expected = try step(l1: 0, l2: 0.2, batch: 1, samples: 1).after.output.weights.values
    for size in [2, 5, 64] {
      #expect(try step(l1: 0, l2: 0.2, batch: size, samples: size).after.output.weights.values == expected)
    }
  }

  @Test("a weight of 0 stays 0 under l1, and others shrink towards 0 without being fixed there")
  func subgradient() throws {
    let after = try step(l1: 0.5, l2: 0, batch: 1, samples: 1).after.output.weights
    #expect(after[0, 2] == 0)
    #expect(isClose(after[0, 0], 0.45, relative: 1e-15) && isClose(after[0, 1], -1.95, relative: 1e-15))
  }

  @Test("it is the gradient of the penalty it is said to be")
  func penalty() throws {
    for w in [-1.5, -0.1, 0.7] {
      let penalty = { (w: Double) in 0.03 * abs(w) + 0.2 / 2 * w * w }
      let network = try Network<Double>(keepingWeightsOf: [layer([[w]], bundled().activation("identity"))])
      let samples = try Samples<Double>(inputs: [[0]], targets: [[0]])
      try network.train(
        on: samples, loss: bundled().loss("squared_error"),
        settings: TrainingSettings(
          epochs: 1, optimizer: .sgd(learningRate: 1), regularization: Regularization(l1: 0.03, l2: 0.2)))
      #expect(isClose(w - network.output.weights[0, 0], slope(of: penalty, at: w), relative: 1e-10))
    }
  }

  @Test("measured losses leave it out")
  func measured() throws {
    let (_, after, _) = try step(l1: 1, l2: 1, batch: 1, samples: 1)
    let samples = try Samples(inputs: [[1.0, 2, 3]], targets: after.outputs(for: [[1, 2, 3]]))
    #expect(try after.measure(bundled().loss("squared_error"), on: samples).loss == 0)
  }
}
