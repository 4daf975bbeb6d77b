import NNKit

/// What neurons hold in both passes over one training sample, with the weights as they are now.
///
/// The passes use the network's own matrices; whatever trains it fills them in again.
struct ViewMoment<Scalar: NetworkScalar> {
  private let experiment: Experiment<Scalar>
  let sample: Int

  /// Runs both passes.
  ///
  /// - Parameters:
  ///   - experiment: Whose network and training samples.
  ///   - sample: Which of them, in their order before shuffling, from 0; beyond the last the last is taken.
  /// - Throws: `FunctionFailure` if a plugin reports one.
  init(_ experiment: Experiment<Scalar>, sample: Int) throws {
    let (network, samples) = (experiment.network, experiment.data.train)
    self.experiment = experiment
    self.sample = max(0, min(samples.count - 1, sample))
    let stage = try LossStage(experiment.loss, behind: network.output)
    let targets = Matrix(column: samples.targets.row(self.sample))
    try network.forward(Inputs(samples: samples.source.copy(of: self.sample..<self.sample + 1)))
    let weights = samples.weights.map { [$0[self.sample]] } ?? []
    _ = try stage.evaluate(targets, weights: weights)
    try network.backward(from: stage.startBackward(targets, weights: weights))
  }

  /// What one neuron holds, with at most `limit` of its weights.
  func json(layer: Int, index: Int, limit: Int) -> JSONText {
    let neuron = experiment.network.layers[layer].neurons[index]
    // Of a neuron that fires at several positions, what it holds where it responds most.
    let columns = neuron.outputs.count
    let shown = (0..<columns).max { abs(neuron.outputs[$0]) < abs(neuron.outputs[$1]) } ?? 0
    let position = experiment.network.layers[layer].wiring.window.map { $0.position(shown) }
    return .object([
      ("type", .text(neuron.kindName ?? type(of: neuron).typeName)),
      ("activation", .text(neuron.activation.description)), ("sample", .integer(sample)),
      ("samples", .integer(experiment.data.train.count)), ("bias", .number(neuron.bias)),
      ("has_bias", .flag(neuron.hasBias)),
      ("position", position.map { .list([.integer($0.height), .integer($0.width)]) } ?? .null),
      ("weights", .packed(neuron.weights.prefix(limit))), ("of", .integer(neuron.weightCount)),
      ("inputs", .packed((0..<min(limit, neuron.fanIn)).map { neuron.inputs[$0, shown] })),
      ("gradients", .packed(neuron.weightGradients.prefix(limit))),
      ("bias_gradient", .number(neuron.biasGradient)), ("z", .number(neuron.weightedInputs[shown])),
      ("a", .number(neuron.outputs[shown])), ("received", .number(neuron.received[shown])),
      ("delta", .number(neuron.localGradients[shown])),
    ])
  }
}
