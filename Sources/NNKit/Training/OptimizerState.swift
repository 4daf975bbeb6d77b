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
    states = network.parameters.map { parameter in
      optimizer.initialState.map { value in
        let state = parameter.zeros()
        Scalar._fill(state.base, state.count, Scalar(value))
        return state
      }
    }
  }

  /// Decides where the next backward pass leaves each gradient: in full, or fused into the update.
  ///
  /// - Parameters:
  ///   - network: The one that the optimizer is for.
  ///   - transforms: What changes gradients before the step.
  ///   - samples: Over how many samples the gradients will be sums.
  ///   - rate: The learning rate of the step.
  ///   - regularization: What the loss adds for weights.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func chooseDestinations(
    _ network: Network<Scalar>, transforms: [any GradientTransform], samples: Int, rate: Double,
    regularization: Regularization
  ) {
    let update = network.fusedUpdate(
      by: optimizer, transforms: transforms, samples: samples, rate: rate, regularization: regularization)
    for (parameter, state) in zip(network.parameters, states) where parameter.kind == .weights {
      parameter.destination =
        if parameter.isFrozen && !network.leavesAllGradients {
          .discard
        } else if let update {
          .fusedUpdate(
            update.movesState ? state[0] : parameter.value, keep: Scalar(update.keep), factor: Scalar(update.factor))
        } else {
          .gradient
        }
    }
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
      switch parameter.destination {
      case .discard: break
      case .gradient: move(parameter, 0..<parameter.value.rows, parameter.gradient, state, step, workers)
      case .fusedUpdate(let target, _, _):
        for part in parameter.parts where !part.arePlain {
          move(parameter, part.neurons, parameter.gradient, state, step, workers)
        }
        if target === parameter.value { break }
        // The velocity has its new value: w ← w − r v.
        let along = OptimizerStep(
          optimizer: .sgd(), rate: rate, gradientScale: 1, regularization: Regularization(), number: steps)
        for part in parameter.parts where part.arePlain {
          move(parameter, part.neurons, target, [], along, workers)
        }
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

extension Network {
  /// Whether every pass leaves all gradients; neuron by neuron, they are always added up.
  fileprivate var leavesAllGradients: Bool { engine == .neuron || keepsGradients }

  /// How the backward pass of a training step moves the weights while it finds their gradients, which it then leaves nowhere;
  /// nil where the step needs the gradients themselves.
  ///
  /// No other place decides that.
  func fusedUpdate(
    by optimizer: Optimizer, transforms: [any GradientTransform], samples: Int, rate: Double,
    regularization: Regularization
  ) -> FusedUpdate? {
    if leavesAllGradients || !transforms.isEmpty { return nil }
    return optimizer.fusedUpdate(samples: samples, rate: rate, regularization: regularization)
  }

  /// Has backward passes leave all gradients in full.
  func leaveGradients() {
    for parameter in parameters { parameter.destination = .gradient }
  }
}
