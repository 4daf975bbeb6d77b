import NNKit
import Testing

/// Samples that do not all count alike.
@Suite struct SampleWeightTests {
  private func samples(_ rows: [(input: [Double], target: [Double], weight: Double)], weighted: Bool) throws
    -> Samples<Double>
  {
    try Samples(
      inputs: rows.map(\.input), targets: rows.map(\.target), targetKind: .classes,
      weights: weighted ? rows.map(\.weight) : nil)
  }

  private func classifier() throws -> Network<Double> {
    try NNKitTests.network([2, 3, 2], [bundled().activation("tanh"), bundled().activation("softmax")])
  }

  private static let rows: [(input: [Double], target: [Double], weight: Double)] = [
    ([0.5, -1], [1, 0], 3), ([1, 0.25], [0, 1], 1), ([-0.5, 0.75], [0, 1], 2), ([0.1, 0.9], [1, 0], 0),
  ]

  @Test("a weight of n is worth n copies of the sample, in the loss and in the step", arguments: Engine.allCases)
  func copies(_ engine: Engine) throws {
    let copied = Self.rows.flatMap { row in [_](repeating: row, count: Int(row.weight)) }
    var found: [[[Double]]] = []
    for (rows, weighted) in [(Self.rows, true), (copied, false)] {
      let network = try classifier()
      network.engine = engine
      let samples = try samples(rows, weighted: weighted)
      // Means are over the number of samples, of which the copies are more.
      let rate = 0.5 * Double(rows.count)
      try network.train(
        on: samples, loss: bundled().loss("cross_entropy"),
        settings: TrainingSettings(epochs: 1, batch: rows.count, shuffle: false, optimizer: .sgd(learningRate: rate)))
      found.append(parameters(of: network))
      let metrics = try classifier().measure(bundled().loss("cross_entropy"), on: samples)
      let plain = try classifier().measure(bundled().loss("cross_entropy"), on: self.samples(copied, weighted: false))
      #expect(isClose(metrics.loss * Double(rows.count), plain.loss * Double(copied.count), relative: 1e-14))
    }
    #expect(difference(found[0], found[1]) < 1e-14)
  }

  @Test("the gradients of weighted samples are the slopes of the weighted loss")
  func gradients() throws {
    for (loss, last) in [("cross_entropy", "softmax"), ("mean_squared_error", "sigmoid")] {
      let network = try NNKitTests.network(
        [2, 3, 2], [bundled().activation("tanh"), bundled().activation(last)], as: Double.self)
      let check = try network.checkGradients(bundled().loss(loss), on: samples(Self.rows, weighted: true))
      #expect(check.checked > 10 && check.worstRelativeError < 1e-7, "\(loss)")
      let plain = try network.checkGradients(bundled().loss(loss), on: samples(Self.rows, weighted: false))
      #expect(check.loss != plain.loss)
    }
  }

  @Test("one sample a step: weights are kept, though the quickest loop has none")
  func online() throws {
    let network = try classifier()
    let before = parameters(of: network)
    let zero = Self.rows.map { (input: $0.input, target: $0.target, weight: 0.0) }
    try network.train(
      on: samples(zero, weighted: true), loss: bundled().loss("cross_entropy"),
      settings: TrainingSettings(epochs: 2, batch: 1, optimizer: .sgd(learningRate: 1)))
    #expect(parameters(of: network) == before)
  }

  @Test("weights that are no weights are refused")
  func refused() throws {
    for weights in [[1.0], [1, -1], [1, .nan], [.infinity, 1]] {
      #expect(throws: NetworkError.self) {
        try Samples<Double>(inputs: [[1], [2]], targets: [[1], [2]], weights: weights)
      }
    }
  }
}
