/// The candidates of one round of a cascade, trained side by side: neurons of one layer, and their weights v to the outputs.
///
/// With e = −∂L/∂z of the network's outputs, candidate c makes Σ (a v_k − e_k)² small over samples and outputs k.
final class CandidatePool<Scalar: NetworkScalar> {
  /// The best candidate, as it was at its best.
  struct Best {
    let neuron: CascadeState<Scalar>.Neuron
    /// v, times the weight multiplier.
    let outputWeights: [Scalar]
  }

  /// The candidates' own weights, which are run.
  let network: Network<Scalar>
  /// Holds v, a neuron's weights for each candidate, for the optimizer; it is never run.
  private let outgoing: Network<Scalar>
  private let groups: Int

  /// - Parameters:
  ///   - activations: How candidates respond.
  ///   - groups: How many of them by each.
  ///   - inputs: How many inputs each has.
  ///   - outputs: How many weights each has to the outputs.
  ///   - scale: The greatest first weight.
  ///   - random: Where first weights come from.
  /// - Throws: `NetworkError` for an activation of a whole layer.
  init(
    _ activations: [Activation], groups: Int, inputs: Int, outputs: Int, scale: Double, random: inout RandomSource
  ) throws {
    self.groups = groups
    let neurons = activations.flatMap { activation in
      (0..<groups).map { _ in Neuron<Scalar>(inputs: inputs, activation: activation) }
    }
    let hidden = try Layer(neurons)
    let holder = try Layer<Scalar>(neurons: neurons.count, inputs: outputs, activation: activations[0])
    holder.frozen = .biases
    for (matrix, scale) in [
      (hidden.storage.weights, scale), (hidden.storage.biases, scale), (holder.storage.weights, 0.5),
    ] {
      for place in 0..<matrix.count { matrix.base[place] = Scalar(scale * (2 * random.uniform() - 1)) }
    }
    network = try Network(keepingWeightsOf: [hidden])
    outgoing = try Network(keepingWeightsOf: [holder])
  }

  /// Steps until the best candidate's score stagnates: by how much it lessens Σ e².
  ///
  /// - Parameters:
  ///   - inputs: The inputs of the candidates, a column a sample.
  ///   - residual: e, outputs × samples.
  ///   - optimizer: What takes the steps.
  ///   - phase: How long.
  ///   - seed: What the optimizer's random numbers follow from.
  ///   - weightMultiplier: Times v.
  ///   - pause: Called between two steps.
  /// - Returns: The candidate with the greatest score that any had.
  /// - Throws: `NonFiniteError` if no candidate has a finite score; `FunctionFailure` if a plugin reports one.
  func train(
    _ inputs: Inputs<Scalar>, _ residual: Matrix<Scalar>, _ optimizer: any Optimizer, _ phase: CascadePhase,
    seed: UInt64, weightMultiplier: Double, pause: () throws -> Void
  ) throws -> Best {
    let samples = residual.columns
    let (own, others) = (
      OptimizerState(optimizer, for: network, seed: seed), OptimizerState(optimizer, for: outgoing, seed: ~seed)
    )
    var stagnation = Stagnation(phase)
    var best: Best?
    var greatest = -Double.infinity
    for epoch in 0..<phase.epochs {
      let outputs = try network.forward(inputs, isTraining: true)
      let scores = compare(outputs, residual)
      let finite = scores.indices.filter { scores[$0].isFinite }
      guard let first = finite.max(by: { scores[$0] < scores[$1] }) else { break }
      if scores[first] > greatest {
        greatest = scores[first]
        best = copy(of: first, weightMultiplier)
      }
      if stagnation.isOver(scores[first], epoch: epoch) { break }
      try network.backward(from: .outputGradients)
      let rate = optimizer.learningRate
      // What optimizers that look at the loss take for it: the mean over candidates and samples.
      let loss = finite.reduce(0) { $0 + scores[$1] } / Double(finite.count * samples)
      own.step(network, samples: samples, learningRate: rate, regularization: Regularization(), loss: abs(loss))
      others.step(outgoing, samples: samples, learningRate: rate, regularization: Regularization(), loss: abs(loss))
      try pause()
    }
    guard let best else {
      throw NonFiniteError(what: "score of every candidate", layer: nil, neuron: nil, value: .nan)
    }
    return best
  }

  /// Finds each candidate's score, the gradients of its v, and what it receives.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func compare(_ a: Matrix<Scalar>, _ residual: Matrix<Scalar>) -> [Double] {
    let (samples, outputs) = (residual.columns, residual.rows)
    let received = network.output.storage.received
    let (v, gradients) = (outgoing.output.storage.weights, outgoing.output.storage.weightGradients)
    gradients.reset()
    received.reset()
    var scores = [Double](repeating: 0, count: a.rows)
    for candidate in 0..<a.rows {
      let (own, back) = (a.base + candidate * samples, received.base + candidate * samples)
      for output in 0..<outputs {
        let (place, e) = (candidate * outputs + output, residual.base + output * samples)
        let weight = v.base[place]
        var (sum, score) = (Scalar(0), 0.0)
        for sample in 0..<samples {
          let given = own[sample] * weight
          let error = given - e[sample]
          // e² − (e − a v)²
          score += Double(given * (e[sample] - error))
          sum += own[sample] * error
          back[sample] += 2 * error * weight
        }
        gradients.base[place] = 2 * sum
        scores[candidate] += score
      }
    }
    return scores
  }

  private func copy(of candidate: Int, _ multiplier: Double) -> Best {
    let layer = network.output.storage
    return Best(
      neuron: .init(
        candidate: candidate / groups, weights: Matrix(row: Array(layer.weights.row(candidate))),
        bias: Matrix(row: [layer.biases[candidate, 0]])),
      outputWeights: outgoing.output.storage.weights.row(candidate).map { Scalar(multiplier) * $0 })
  }
}
