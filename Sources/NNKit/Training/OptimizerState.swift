/// An optimizer at work on a network: what it remembers of each parameter between steps.
///
///     let optimizer = OptimizerState(.adam(), for: network)
///     …
///     try network.backward(from: loss.gradient(outputs, batch.targets))
///     try optimizer.step(network, samples: batch.count)
public final class OptimizerState<Scalar: NetworkScalar> {
  /// The optimizer whose state it is.
  public let optimizer: any Optimizer
  /// How many steps it has taken.
  public internal(set) var steps = 0
  /// Rows and columns of each matrix that it moves.
  private let shapes: [[Int]]
  /// For each of the network's parameters what is remembered of it: some matrices of its shape.
  package let states: [[Matrix<Scalar>]]
  private let randomness: StepRandomness

  /// An optimizer before its first step.
  ///
  /// - Parameters:
  ///   - optimizer: How it moves weights and biases.
  ///   - network: Whose weights and biases it will move, and no other's.
  ///   - seed: What the random numbers of its steps follow from, if it takes any.
  public init(_ optimizer: any Optimizer, for network: Network<Scalar>, seed: UInt64 = 0) {
    self.optimizer = optimizer
    randomness = StepRandomness(seed: seed)
    shapes = network.parameters.map { [$0.value.rows, $0.value.columns] }
    states = network.parameters.map { parameter in
      optimizer.memory.map { memory in
        let state = parameter.zeros()
        Scalar._kernels.fill(state.base, state.count, Scalar(memory.initial))
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
  ///   - learningRate: That of the step.
  ///   - regularization: What the loss adds for weights.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func chooseDestinations(
    _ network: Network<Scalar>, transforms: [any GradientTransform], samples: Int, learningRate: Double,
    regularization: Regularization
  ) {
    let update = network.fusedUpdate(
      by: optimizer, transforms: transforms, samples: samples, learningRate: learningRate,
      regularization: regularization)
    for (parameter, state) in zip(network.parameters, states) where parameter.kind == .weights {
      parameter.destination =
        if parameter.isFrozen && !network.leavesAllGradients {
          .discard
        } else if let update, let target = update.movesMemory ? state.first : parameter.value {
          .fusedUpdate(target, keep: Scalar(update.keep), factor: Scalar(update.factor))
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
  ///   - learningRate: That of this step; the optimizer's own if nil.
  ///   - regularization: What the loss adds for weights.
  ///   - loss: The mean loss over the samples, which some optimizers need.
  /// - Throws: `NetworkError` if the optimizer's settings, the learning rate or the network are impossible, if there are no
  ///   gradients, or no loss for an optimizer that needs it.
  public func step(
    _ network: Network<Scalar>, samples: Int, learningRate: Double? = nil,
    regularization: Regularization = Regularization(), loss: Double? = nil
  ) throws {
    let learningRate = learningRate ?? optimizer.learningRate
    try optimizer.with(learningRate: learningRate).checkOptimizer()
    guard samples > 0 else {
      throw NetworkError("a step follows the mean over \(samples) samples, expected at least 1")
    }
    let shapes = network.parameters.map { [$0.value.rows, $0.value.columns] }
    guard shapes == self.shapes else { throw NetworkError("the optimizer is for a network of another shape") }
    guard network.layers.allSatisfy(\.storage.hasGradients) else {
      throw NetworkError("there are no gradients to follow; a backward pass must come before each step", .gradients)
    }
    let type = type(of: optimizer)
    guard !type.needsLoss || loss?.isFinite == true else {
      throw NetworkError(
        "\(type.name) needs the mean loss of the samples, a finite number; give it as `loss:`", .setting)
    }
    step(network, samples: samples, learningRate: learningRate, regularization: regularization, loss: loss)
  }

  /// What a step is made with, beside the gradients.
  package struct StepSettings {
    /// Over how many samples the gradients are sums.
    var samples: Int
    let learningRate: Double
    let regularization: Regularization
    /// The mean loss over the samples.
    let loss: Double?
  }

  /// Moves all parameters that are not frozen, by the gradients of a batch of `samples`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func step(
    _ network: Network<Scalar>, samples: Int, learningRate: Double, regularization: Regularization, loss: Double?
  ) {
    beginStep()
    let threadPool = network.threadPool
    let settings = StepSettings(
      samples: samples, learningRate: learningRate, regularization: regularization, loss: loss)
    for (index, parameter) in network.parameters.enumerated() where !parameter.isFrozen {
      func move(_ rows: Range<Int>) {
        share(rows, of: parameter.value, threadPool) { start, count in
          self.move(index, parameter, start..<start + count, by: parameter.gradient.base + start, settings)
        }
      }
      switch parameter.destination {
      case .discard, .jointly: break
      case .gradient: move(0..<parameter.value.rows)
      case .fusedUpdate(let target, _, _):
        for part in parameter.parts where !part.arePlain { move(part.neurons) }
        if target === parameter.value { break }
        // The velocity has its new value: w ← w − r v.
        for part in parameter.parts where part.arePlain {
          share(part.neurons, of: target, threadPool) { start, count in
            follow(target, parameter.value, start..<start + count, learningRate)
          }
        }
      }
    }
  }

  /// Begins a step, all of whose parts are then made with `move`.
  func beginStep() { steps += 1 }

  /// Moves some numbers of a parameter.
  ///
  /// - Parameters:
  ///   - index: The parameter's number in the network.
  ///   - parameter: The parameter.
  ///   - some: Which of its numbers.
  ///   - gradients: The gradient of each of them.
  ///   - settings: What the step is made with.
  func move(
    _ index: Int, _ parameter: Parameter<Scalar>, _ some: Range<Int>, by gradients: UnsafePointer<Scalar>,
    _ settings: StepSettings
  ) {
    let (state, start) = (states[index], some.lowerBound)
    optimizer.step(
      OptimizerStep(
        number: steps, learningRate: settings.learningRate, count: some.count, loss: settings.loss,
        gradientScale: 1 / Double(settings.samples),
        regularization: parameter.isRegularized ? settings.regularization : Regularization(), randomness: randomness,
        place: (parameter.randomNumber, start), parameters: parameter.value.base + start, gradients: gradients,
        memory: (state.first.map { $0.base + start }, state.count > 1 ? state[1].base + start : nil)))
  }

  /// w ← w − r v, for some numbers of a parameter whose velocities have their new values.
  func follow(
    _ velocities: Matrix<Scalar>, _ parameters: Matrix<Scalar>, _ some: Range<Int>, _ learningRate: Double
  ) {
    let start = some.lowerBound
    SGD(learningRate: learningRate).step(
      OptimizerStep(
        number: steps, learningRate: learningRate, count: some.count, loss: nil, gradientScale: 1,
        regularization: Regularization(), randomness: randomness, place: (0, start),
        parameters: parameters.base + start, gradients: velocities.base + start, memory: (nil, nil)))
  }

  /// Calls `body` with pieces of some rows: where each begins in the matrix, and how many numbers it has.
  private func share(
    _ rows: Range<Int>, of matrix: Matrix<Scalar>, _ threadPool: ThreadPool,
    _ body: (_ start: Int, _ count: Int) -> Void
  ) {
    threadPool.parallelFor(rows.count * matrix.columns, grain: 32_768, alignment: 16) { share in
      body(rows.lowerBound * matrix.columns + share.lowerBound, share.count)
    }
  }
}

extension OptimizerState {
  /// The random number of an element of a parameter in the step that comes next.
  package func nextRandom(_ parameter: Parameter<Scalar>, row: Int, column: Int) -> Double {
    randomness.number(
      step: steps + 1, parameter: parameter.randomNumber, index: row * parameter.value.columns + column)
  }
}

extension Parameter {
  /// By which a parameter's random numbers differ from those of the others.
  fileprivate var randomNumber: Int { 2 * layer + (kind == .weights ? 0 : 1) }
}

extension Network {
  /// Whether every pass leaves all gradients; neuron by neuron, they are always added up.
  var leavesAllGradients: Bool { engine == .neuron || keepsGradients }

  /// How the backward pass of a training step moves the weights while it finds their gradients, which it then leaves nowhere;
  /// nil where the step needs the gradients themselves.
  ///
  /// No other place decides that.
  func fusedUpdate(
    by optimizer: any Optimizer, transforms: [any GradientTransform], samples: Int, learningRate: Double,
    regularization: Regularization
  ) -> FusedUpdate? {
    if leavesAllGradients || !transforms.isEmpty { return nil }
    return optimizer.fusedUpdate(samples: samples, learningRate: learningRate, regularization: regularization)
  }
}
