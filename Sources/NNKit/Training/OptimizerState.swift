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

  /// Decides where the next backward pass leaves each gradient, in full or fused into the update, and of which weights it
  /// makes the step itself.
  ///
  /// - Parameters:
  ///   - network: The one that the optimizer is for.
  ///   - transforms: What changes gradients before the step.
  ///   - settings: What the step will be made with.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func chooseDestinations(
    _ network: Network<Scalar>, transforms: [any GradientTransform], _ settings: StepSettings
  ) {
    let update = network.fusedUpdate(
      by: optimizer, transforms: transforms, samples: settings.samples, learningRate: settings.learningRate,
      regularization: settings.regularization)
    let waits = network.needsAllGradients(transforms)
    for (index, parameter) in network.parameters.enumerated() where parameter.kind == .weights {
      parameter.stepInPass = nil
      if parameter.isFrozen {
        parameter.destination = network.leavesAllGradients ? .gradient : .discard
        continue
      }
      if let update, let target = update.movesMemory ? states[index].first : parameter.value {
        parameter.destination = .fusedUpdate(target, keep: Scalar(update.keep), factor: Scalar(update.factor))
        if target === parameter.value { continue }
      } else {
        parameter.destination = .gradient
      }
      if !waits && network.layers[parameter.layer].stepPaysInPass {
        parameter.stepInPass = { [unowned parameter] rows, columns in
          let (row, all) = (parameter.value.columns, columns.count == parameter.value.columns)
          for first in all ? rows.prefix(1) : rows {
            let start = first * row + columns.lowerBound
            self.stepPlain(index, parameter, start..<start + (all ? rows.count * row : columns.count), settings)
          }
        }
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

  /// The same for a network and settings that are known to be possible.
  package func step(
    _ network: Network<Scalar>, samples: Int, learningRate: Double, regularization: Regularization, loss: Double?
  ) {
    step(
      network, settings(samples: samples, learningRate: learningRate, regularization: regularization, loss: loss))
  }

  /// What a step is made with, beside the gradients.
  struct StepSettings {
    /// The step's number, from 1.
    let number: Int
    /// Over how many samples the gradients are sums.
    var samples: Int
    let learningRate: Double
    let regularization: Regularization
    /// The mean loss over the samples; nil as long as it is not known.
    var loss: Double?
  }

  /// What the next step is made with.
  func settings(
    samples: Int, learningRate: Double, regularization: Regularization, loss: Double? = nil
  ) -> StepSettings {
    StepSettings(
      number: steps + 1, samples: samples, learningRate: learningRate, regularization: regularization, loss: loss)
  }

  /// Moves all parameters that are not frozen, by the gradients of a batch, unless the backward pass has moved them.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func step(_ network: Network<Scalar>, _ settings: StepSettings) {
    begin(settings)
    let threadPool = network.threadPool
    for (index, parameter) in network.parameters.enumerated() where !parameter.isFrozen {
      let isDoneInPass = parameter.stepInPass != nil
      parameter.stepInPass = nil
      func byGradients(_ rows: Range<Int>) {
        share(rows, of: parameter.value, threadPool) { some in
          move(index, parameter, some, by: parameter.gradient.base + some.lowerBound, settings)
        }
      }
      switch parameter.destination {
      case .discard, .jointly: break
      case .gradient where !isDoneInPass: byGradients(0..<parameter.value.rows)
      case .gradient: for part in parameter.parts where !part.arePlain { byGradients(part.neurons) }
      case .fusedUpdate(let target, _, _):
        for part in parameter.parts {
          if !part.arePlain {
            byGradients(part.neurons)
          } else if !isDoneInPass && target !== parameter.value {
            share(part.neurons, of: target, threadPool) { stepPlain(index, parameter, $0, settings) }
          }
        }
      }
    }
  }

  /// Begins a step, all of whose parts but those of the backward pass are then made with `move`.
  func begin(_ settings: StepSettings) { steps = settings.number }

  /// Moves some numbers of plain neurons, whose gradients are at the parameter's destination.
  private func stepPlain(_ index: Int, _ parameter: Parameter<Scalar>, _ some: Range<Int>, _ settings: StepSettings) {
    if case .fusedUpdate(let velocities, _, _) = parameter.destination {
      return follow(velocities, parameter.value, some, settings)
    }
    move(index, parameter, some, by: parameter.gradient.base + some.lowerBound, settings)
  }

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
        number: settings.number, learningRate: settings.learningRate, count: some.count, loss: settings.loss,
        gradientScale: 1 / Double(settings.samples),
        regularization: parameter.isRegularized ? settings.regularization : Regularization(), randomness: randomness,
        place: (parameter.randomNumber, start), parameters: parameter.value.base + start, gradients: gradients,
        memory: (state.first.map { $0.base + start }, state.count > 1 ? state[1].base + start : nil)))
  }

  /// w ← w − r v, for some numbers of a parameter whose velocities have their new values.
  func follow(
    _ velocities: Matrix<Scalar>, _ parameters: Matrix<Scalar>, _ some: Range<Int>, _ settings: StepSettings
  ) {
    let (start, learningRate) = (some.lowerBound, settings.learningRate)
    SGD(learningRate: learningRate).step(
      OptimizerStep(
        number: settings.number, learningRate: learningRate, count: some.count, loss: nil, gradientScale: 1,
        regularization: Regularization(), randomness: randomness, place: (0, start),
        parameters: parameters.base + start, gradients: velocities.base + start, memory: (nil, nil)))
  }

  /// Calls `body` with pieces of the numbers of some rows.
  private func share(
    _ rows: Range<Int>, of matrix: Matrix<Scalar>, _ threadPool: ThreadPool, _ body: (Range<Int>) -> Void
  ) {
    let first = rows.lowerBound * matrix.columns
    threadPool.parallelFor(rows.count * matrix.columns, grain: 32_768, alignment: 16) { share in
      body(first + share.lowerBound..<first + share.upperBound)
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

extension Layer {
  /// Whether the backward pass takes less time with the steps of its weights in it.
  ///
  /// That is so where weights, gradients and what the optimizer keeps do not fit a second-level cache together. Beside the
  /// products of a large batch, for which all its inputs would be packed, a step takes next to no time.
  fileprivate var stepPaysInPass: Bool {
    wiring.isDense && connections == nil && storage.outputs.columns <= 1024
      && storage.weights.count * MemoryLayout<Scalar>.stride >= 512 * 1024
  }
}

extension Network {
  /// Whether every pass leaves all gradients; neuron by neuron, they are always added up.
  var leavesAllGradients: Bool { engine == .neuron || keepsGradients }

  /// Whether a training step needs all gradients before it moves any weight.
  fileprivate func needsAllGradients(_ transforms: [any GradientTransform]) -> Bool {
    leavesAllGradients || !transforms.isEmpty
  }

  /// How the backward pass of a training step moves the weights while it finds their gradients, which it then leaves nowhere;
  /// nil where the step needs the gradients themselves.
  ///
  /// No other place decides that.
  func fusedUpdate(
    by optimizer: any Optimizer, transforms: [any GradientTransform], samples: Int, learningRate: Double,
    regularization: Regularization
  ) -> FusedUpdate? {
    if needsAllGradients(transforms) { return nil }
    return optimizer.fusedUpdate(samples: samples, learningRate: learningRate, regularization: regularization)
  }
}
