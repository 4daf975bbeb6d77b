/// An optimizer at work on a network: what it remembers of each parameter between steps.
///
///     let optimizer = OptimizerState(.adam(), for: network)
///     …
///     try network.backward(from: loss.gradient(outputs, batch.targets))
///     try optimizer.step(network, samples: batch.count)
public final class OptimizerState<Scalar: NetworkScalar> {
  public let optimizer: Optimizer
  /// How many steps it has taken.
  public internal(set) var steps = 0
  /// Where each layer's weight gradients go: what the next step finds there.
  private(set) var aims: [GradientAim<Scalar>]
  /// Rows and columns of each matrix that it moves.
  private let shapes: [[Int]]
  /// For each of the network's parameters what is remembered of it: some matrices of its shape.
  package let states: [[Matrix<Scalar>]]

  /// An optimizer before its first step.
  ///
  /// - Parameters:
  ///   - optimizer: How it moves weights and biases.
  ///   - network: Whose weights and biases it will move, and no other's.
  public init(_ optimizer: Optimizer, for network: Network<Scalar>) {
    self.optimizer = optimizer
    shapes = network.parameters.map { [$0.value.rows, $0.value.columns] }
    aims = network.layers.map { _ in .gradients }
    states = network.parameters.map { parameter in
      optimizer.initialState.map { value in
        let state = parameter.zeros()
        Scalar._fill(state.base, state.count, Scalar(value))
        return state
      }
    }
  }

  /// Says, in `aims`, where each layer's weight gradients of the next backward pass go.
  ///
  /// They are not needed where products can move weights (SGD) or velocities (momentum) at once:
  /// w ← (1 − r l₂) w − (r / samples) Σ δ x, and v ← μ v + (1 / samples) Σ δ x.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func aim(_ network: Network<Scalar>, samples: Int, rate: Double, regularization: Regularization) {
    for (index, layer) in network.layers.enumerated() {
      // Neuron by neuron, gradients are always added up in full.
      aims[index] =
        network.engine == .neuron || network.keepsGradients
        ? .gradients : aim(layer, states[2 * index], samples, rate, regularization)
    }
  }

  private func aim(
    _ layer: Layer<Scalar>, _ state: [Matrix<Scalar>], _ samples: Int, _ rate: Double, _ regularization: Regularization
  ) -> GradientAim<Scalar> {
    if layer.frozen.contains(.weights) { return .nowhere }
    guard case .sgd(_, let momentum, let nesterov) = optimizer, regularization.l1 == 0 else { return .gradients }
    if momentum == 0 {
      return .straight(
        layer.weights, keep: Scalar(1 - rate * regularization.l2), factor: Scalar(-rate / Double(samples)))
    }
    if nesterov || regularization.l2 != 0 { return .gradients }
    return .straight(state[0], keep: Scalar(momentum), factor: Scalar(1 / Double(samples)))
  }

  /// One step: moves all weights and biases that are not frozen, by the gradients of the last backward pass.
  ///
  /// - Parameters:
  ///   - network: The one that the optimizer is for.
  ///   - samples: Over how many samples the gradients are sums; the step follows their mean.
  ///   - rate: The learning rate of this step; the optimizer's own if nil.
  ///   - regularization: What the loss adds for weights.
  /// - Throws: `NetworkError` if the optimizer's numbers, the rate or the network are impossible, or if there are no
  ///   gradients.
  public func step(
    _ network: Network<Scalar>, samples: Int, rate: Double? = nil, regularization: Regularization = Regularization()
  ) throws {
    let optimizer = self.optimizer.with(rate: rate ?? self.optimizer.rate)
    try optimizer.check()
    guard samples > 0 else {
      throw NetworkError("a step follows the mean over \(samples) samples, expected at least 1")
    }
    let shapes = network.parameters.map { [$0.value.rows, $0.value.columns] }
    guard shapes == self.shapes else { throw NetworkError("the optimizer is for a network of another shape") }
    guard network.layers.allSatisfy(\.storage.hasGradients) else {
      throw NetworkError("there are no gradients to follow; a backward pass must come before each step", .gradients)
    }
    aims = network.layers.map { _ in .gradients }
    step(network, samples: samples, rate: optimizer.rate, regularization: regularization)
  }

  /// Moves all parameters that are not frozen, by the gradients of a batch of `samples`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func step(_ network: Network<Scalar>, samples: Int, rate: Double, regularization: Regularization) {
    steps += 1
    let biasStep = OptimizerStep(
      optimizer: optimizer, rate: rate, gradientScale: 1 / Double(samples), regularization: Regularization(),
      number: steps)
    var weightStep = biasStep
    weightStep.regularization = regularization
    let workers = network.workers
    for (parameter, state) in zip(network.parameters, states) where !parameter.isFrozen {
      let step = parameter.isRegularized ? weightStep : biasStep
      switch parameter.kind == .weights ? aims[parameter.layer] : .gradients {
      case .nowhere: break
      case .gradients: move(parameter, 0..<parameter.value.rows, parameter.gradient, state, step, workers)
      case .straight(let target, _, _):
        let parts = network.layers[parameter.layer].parts
        for part in parts where !part.arePlain {
          move(parameter, part.neurons, parameter.gradient, state, step, workers)
        }
        if target === parameter.value { break }
        // The velocity has its new value: w ← w − r v.
        let along = OptimizerStep(
          optimizer: .sgd(), rate: rate, gradientScale: 1, regularization: Regularization(), number: steps)
        for part in parts where part.arePlain { move(parameter, part.neurons, target, [], along, workers) }
      }
    }
  }

  private func move(
    _ parameter: Parameter<Scalar>, _ rows: Range<Int>, _ gradients: Matrix<Scalar>, _ state: [Matrix<Scalar>],
    _ step: OptimizerStep, _ workers: Workers
  ) {
    let width = parameter.value.columns
    let (w, g) = (parameter.value.base, gradients.base)
    let (first, second) = (state.first?.base, state.count > 1 ? state[1].base : nil)
    workers.share(rows.count * width, atLeast: 32_768, multiple: 16) { share in
      let start = rows.lowerBound * width + share.lowerBound
      Scalar._step(step, g + start, first.map { $0 + start }, second.map { $0 + start }, w + start, share.count)
    }
  }
}
