/// An optimizer at work on a network: what it remembers of each parameter between steps.
///
///     let optimizer = OptimizerState(.adam(), for: network)
///     …
///     try network.backward(from: loss.gradient(outputs, batch.targets))
///     try optimizer.step(network, samples: batch.count)
public final class OptimizerState<Scalar: NetworkScalar> {
  public let optimizer: any Optimizer
  /// How many steps it has taken.
  public internal(set) var steps = 0
  /// The optimizer if it is SGD, whose steps matrix products can take at once.
  private let sgd: SGD?
  /// Where each layer's weight gradients go: what the next step finds there.
  private(set) var aims: [GradientAim<Scalar>]
  /// Rows and columns of each matrix that it moves.
  private let shapes: [[Int]]
  /// For each layer its weights' and its biases' states, each the shape of what it belongs to.
  package let states: [(weights: [Matrix<Scalar>], biases: [Matrix<Scalar>])]

  /// An optimizer before its first step.
  ///
  /// - Parameters:
  ///   - optimizer: How it moves weights and biases.
  ///   - network: Whose weights and biases it will move, and no other's.
  public init(_ optimizer: any Optimizer, for network: Network<Scalar>) {
    self.optimizer = optimizer
    sgd = optimizer as? SGD
    shapes = network.parameterMatrices.map { [$0.rows, $0.columns] }
    aims = network.layers.map { _ in .gradients }
    states = network.layers.map { layer in
      func states(like matrix: Matrix<Scalar>) -> [Matrix<Scalar>] {
        optimizer.memory.map { memory in
          let state = Matrix<Scalar>(rows: matrix.rows, columns: matrix.columns)
          Scalar._fill(state.base, state.count, Scalar(memory.initial))
          return state
        }
      }
      return (states(like: layer.weights), states(like: layer.biases))
    }
  }

  /// Says, in `aims`, where each layer's weight gradients of the next backward pass go.
  ///
  /// They are not needed where products can move weights (SGD) or velocities (momentum) at once:
  /// w ← (1 − r l₂) w − (r / samples) Σ δ x, and v ← μ v + (1 / samples) Σ δ x.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func aim(_ network: Network<Scalar>, samples: Int, learningRate: Double, regularization: Regularization) {
    for (index, layer) in network.layers.enumerated() {
      // Neuron by neuron, gradients are always added up in full.
      aims[index] =
        network.engine == .neuron || network.keepsGradients
        ? .gradients : aim(layer, states[index].weights, samples, learningRate, regularization)
    }
  }

  private func aim(
    _ layer: Layer<Scalar>, _ state: [Matrix<Scalar>], _ samples: Int, _ learningRate: Double,
    _ regularization: Regularization
  ) -> GradientAim<Scalar> {
    if layer.frozen.contains(.weights) { return .nowhere }
    guard let sgd, regularization.l1 == 0 else { return .gradients }
    if sgd.momentum == 0 {
      return .straight(
        layer.weights, keep: Scalar(1 - learningRate * regularization.l2),
        factor: Scalar(-learningRate / Double(samples)))
    }
    if sgd.nesterov || regularization.l2 != 0 { return .gradients }
    return .straight(state[0], keep: Scalar(sgd.momentum), factor: Scalar(1 / Double(samples)))
  }

  /// One step: moves all weights and biases that are not frozen, by the gradients of the last backward pass.
  ///
  /// - Parameters:
  ///   - network: The one that the optimizer is for.
  ///   - samples: Over how many samples the gradients are sums; the step follows their mean.
  ///   - learningRate: That of this step; the optimizer's own if nil.
  ///   - regularization: What the loss adds for weights.
  /// - Throws: `NetworkError` if the optimizer's settings, the learning rate or the network are impossible, or if there are no
  ///   gradients.
  public func step(
    _ network: Network<Scalar>, samples: Int, learningRate: Double? = nil,
    regularization: Regularization = Regularization()
  ) throws {
    let learningRate = learningRate ?? optimizer.learningRate
    try optimizer.with(learningRate: learningRate).checkOptimizer()
    guard samples > 0 else {
      throw NetworkError("a step follows the mean over \(samples) samples, expected at least 1")
    }
    let shapes = network.parameterMatrices.map { [$0.rows, $0.columns] }
    guard shapes == self.shapes else { throw NetworkError("the optimizer is for a network of another shape") }
    guard network.layers.allSatisfy(\.storage.hasGradients) else {
      throw NetworkError("there are no gradients to follow; a backward pass must come before each step", .gradients)
    }
    aims = network.layers.map { _ in .gradients }
    step(network, samples: samples, learningRate: learningRate, regularization: regularization)
  }

  /// Moves all parameters that are not frozen, by the gradients of a batch of `samples`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func step(_ network: Network<Scalar>, samples: Int, learningRate: Double, regularization: Regularization) {
    steps += 1
    let workers = network.workers
    for (index, layer) in network.layers.enumerated() {
      let state = states[index]
      func moveWeights(_ rows: Range<Int>) {
        move(
          layer.weights, rows, layer.storage.weightGradients, state.weights, samples, learningRate, regularization,
          workers)
      }
      switch layer.frozen.contains(.weights) ? .nowhere : aims[index] {
      case .nowhere: break
      case .gradients: moveWeights(0..<layer.weights.rows)
      case .straight(let target, _, _):
        for part in layer.parts where !part.arePlain { moveWeights(part.neurons) }
        if target === layer.weights { break }
        // The velocity has its new value: w ← w − r v.
        for part in layer.parts where part.arePlain {
          follow(target, layer.weights, part.neurons, learningRate, workers)
        }
      }
      if !layer.frozen.contains(.biases) {
        move(
          layer.biases, 0..<layer.biases.rows, layer.storage.biasGradients, state.biases, samples, learningRate,
          Regularization(), workers)
      }
    }
  }

  private func move(
    _ parameters: Matrix<Scalar>, _ rows: Range<Int>, _ gradients: Matrix<Scalar>, _ state: [Matrix<Scalar>],
    _ samples: Int, _ learningRate: Double, _ regularization: Regularization, _ workers: Workers
  ) {
    let (first, second) = (state.first?.base, state.count > 1 ? state[1].base : nil)
    share(rows, of: parameters, workers) { start, count in
      optimizer.step(
        OptimizerStep(
          number: steps, learningRate: learningRate, count: count, gradientScale: 1 / Double(samples),
          regularization: regularization, parameters: parameters.base + start, gradients: gradients.base + start,
          memory: (first.map { $0 + start }, second.map { $0 + start })))
    }
  }

  /// w ← w − r v.
  private func follow(
    _ velocities: Matrix<Scalar>, _ parameters: Matrix<Scalar>, _ rows: Range<Int>, _ learningRate: Double,
    _ workers: Workers
  ) {
    let plain = SGD(learningRate: learningRate)
    share(rows, of: parameters, workers) { start, count in
      plain.step(
        OptimizerStep(
          number: steps, learningRate: learningRate, count: count, gradientScale: 1, regularization: Regularization(),
          parameters: parameters.base + start, gradients: velocities.base + start, memory: (nil, nil)))
    }
  }

  /// Calls `body` with pieces of some rows: where each begins in the matrix, and how many numbers it has.
  private func share(
    _ rows: Range<Int>, of matrix: Matrix<Scalar>, _ workers: Workers, _ body: (_ start: Int, _ count: Int) -> Void
  ) {
    workers.share(rows.count * matrix.columns, atLeast: 32_768, multiple: 16) { share in
      body(rows.lowerBound * matrix.columns + share.lowerBound, share.count)
    }
  }
}
