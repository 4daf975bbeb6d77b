import NNKit
import Testing

/// When an answer counts as right.
@Suite struct HitRuleTests {
  private func accuracy(_ loss: String, _ outputs: [[Double]], _ targets: [[Double]]) throws -> Double? {
    let network: Network<Double> = try mirror(bundled().activation("identity"), width: outputs[0].count)
    return try network.measure(
      bundled().loss(loss), on: Samples(inputs: outputs, targets: targets, targetKind: .classes)
    ).accuracy
  }

  @Test("of several outputs the largest must be that of the largest target")
  func several() throws {
    let targets: [[Double]] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    #expect(
      try accuracy("squared_error", [[0.4, 0.3, 0.3], [0, -1, -2], [1, 2, 3], [-3, -2, -1]], targets) == 0.75)
    #expect(try accuracy("hinge", [[5, 1, 1]], [[1, -1, -1]]) == 1)
  }

  @Test("one output must be nearer to its target of off and on: 0 and 1, for hinge −1 and 1")
  func single() throws {
    #expect(try accuracy("binary_cross_entropy", [[0.6], [0.4], [0.6], [0.51]], [[1], [0], [0], [1]]) == 0.75)
    #expect(try accuracy("hinge", [[0.1], [-0.1], [0.4], [-3]], [[1], [-1], [-1], [-1]]) == 0.75)
    #expect(try accuracy("squared_error", [[7], [-7]], [[1], [0]]) == 1)
  }

  @Test("where targets are no classes there is no accuracy")
  func regression() throws {
    let network: Network<Double> = try mirror(bundled().activation("identity"), width: 1)
    let samples = try Samples<Double>(inputs: [[1]], targets: [[1]])
    #expect(try network.measure(bundled().loss("squared_error"), on: samples).accuracy == nil)
  }

  @Test("the running accuracy of an epoch counts each sample as it was seen")
  func running() throws {
    let network: Network<Double> = try mirror(bundled().activation("identity"), width: 1)
    network.output.frozen = [.weights, .biases]
    let samples = try Samples<Double>(
      inputs: [[0.9], [0.2], [0.3], [0.8], [0.1]], targets: [[1], [1], [0], [1], [0]], targetKind: .classes)
    let reports = try network.train(
      on: samples, loss: bundled().loss("squared_error"),
      settings: TrainingSettings(epochs: 1, batch: 2, optimizer: .sgd()))
    #expect(reports[0].train.accuracy == 0.8)
  }
}
