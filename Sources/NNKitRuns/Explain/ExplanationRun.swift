internal import NNKit

/// Runs a network over single samples, records what its neurons do, and takes steps.
struct ExplanationRun<Scalar: NetworkScalar> {
  private let network: Network<Scalar>
  private let stage: LossStage<Scalar>
  /// At which position of their windows neurons are shown; where each says most if nil.
  private let position: ImageSize?
  var isCanonical: Bool { stage.isCanonical }

  private init(_ network: Network<Scalar>, _ loss: Loss, _ position: ImageSize?) throws {
    self.network = network
    self.position = position
    stage = try LossStage(loss, behind: network.output)
  }

  // MARK: Recording

  /// Whether some weight of every layer has a gradient.
  func hasGradientInEveryLayer(_ sample: ExplainedSample) throws -> Bool {
    _ = try run(sample)
    return network.layers.allSatisfy { layer in
      let hasWeights = layer.neurons.contains { $0.weightCount > 0 }
      return !hasWeights || layer.neurons.contains { $0.weightGradients.contains { $0 != 0 } }
    }
  }

  /// The passes over all samples and the step, as often as there are learning rates.
  func steps(
    _ samples: [ExplainedSample], _ rules: StepRules, _ learningRates: [Double], seed: UInt64
  ) throws -> [ExplainedStep] {
    let state = OptimizerState(rules.optimizer, for: network, seed: seed)
    var steps = try learningRates.map { try step(samples, rules, learningRate: $0, state) }
    let ways = try network.layers.map { try $0.neurons.map { try $0.ownWays() } }
    for step in steps.indices {
      for pass in steps[step].passes.indices { steps[step].passes[pass].take(ways) }
    }
    return steps
  }

  private func step(
    _ samples: [ExplainedSample], _ rules: StepRules, learningRate: Double, _ state: OptimizerState<Scalar>
  ) throws -> ExplainedStep {
    var passes = try passes(samples)
    var count = samples.count
    let transformed = try rules.transforms.map { transform in
      try transform.apply(to: network.parameters, samples: &count)
      return numbers { parameter, _, row, i in Double(parameter.gradient[row, i]) / Double(count) }
    }
    let before = parameters(state)
    let loss = passes.reduce(0) { $0 + $1.loss } / Double(passes.count)
    state.step(network, samples: count, learningRate: learningRate, regularization: rules.regularization, loss: loss)
    let moves = zip(before, parameters(state)).map { zip($0, $1).map { zip($0, $1).map(ParameterMove.init) } }
    let losses = try samples.map { sample in
      try network.forward(Inputs(samples: Matrix(row: sample.input.map { Scalar($0) })))
      return try stage.evaluate(Matrix(column: sample.target.map { Scalar($0) }), weights: sample.weights)
    }
    for index in passes.indices { passes[index].update(moves) }
    return ExplainedStep(
      learningRate: learningRate, passes: passes, transformed: transformed, moves: moves, lossesAfter: losses)
  }

  /// Both passes over each sample; the network's gradients are then the sums over all samples.
  private func passes(_ samples: [ExplainedSample]) throws -> [ExplainedPass] {
    let sums = network.parameters.map { $0.zeros() }
    let passes = try samples.map { sample in
      let pass = try pass(sample)
      for (sum, parameter) in zip(sums, network.parameters) { sum.add(parameter.gradient) }
      return pass
    }
    for (sum, parameter) in zip(sums, network.parameters) { parameter.gradient.assign(sum) }
    return passes
  }

  private func run(_ sample: ExplainedSample) throws -> Double {
    let targets = Matrix(column: sample.target.map { Scalar($0) })
    try network.forward(Inputs(samples: Matrix(row: sample.input.map { Scalar($0) })))
    let loss = try stage.evaluate(targets, weights: sample.weights)
    try network.backward(from: stage.startBackward(targets, weights: sample.weights))
    return loss
  }

  private func pass(_ sample: ExplainedSample) throws -> ExplainedPass {
    let loss = try run(sample)
    let layers = try network.layers.enumerated().map { index, layer in
      let position = position ?? sharedPosition(of: layer)
      return ExplainedLayer(
        index: index, activations: layer.activation.map { [$0] } ?? layer.neurons.map(\.activation),
        frozen: layer.frozen, kindNames: layer.kindNames,
        neurons: try layer.neurons.map { try ExplainedNeuron($0, layer.wiring.window, showing: position) },
        window: layer.wiring.window, sources: layer.sources.resolved(of: index), addsSources: layer.sources.isSum,
        connections: layer.connectionLists, dropout: layer.dropout)
    }
    return ExplainedPass(
      sample: sample.number, input: sample.input, target: sample.target, weight: sample.weight, loss: loss,
      layers: layers)
  }

  /// Where all neurons of a layer are shown: those of a function of the whole layer take their outputs together, position
  /// by position.
  private func sharedPosition(of layer: Layer<Scalar>) -> ImageSize? {
    guard let window = layer.wiring.window, layer.neurons.contains(where: { $0.activation.isWholeLayer }) else {
      return nil
    }
    func greatest(_ column: Int) -> Scalar { layer.neurons.reduce(0) { max($0, abs($1.outputs[column])) } }
    return (0..<window.positions.count).max { greatest($0) < greatest($1) }.map(window.position)
  }

  /// Each neuron's weights and its bias, with what the optimizer remembers of them.
  private func parameters(_ state: OptimizerState<Scalar>) -> [[[ParameterMove.Side]]] {
    numbers { parameter, place, row, i in
      ParameterMove.Side(
        value: Double(parameter.value[row, i]), states: state.states[place].map { Double($0[row, i]) },
        random: state.nextRandom(parameter, row: row, column: i))
    }
  }

  /// Asks for something of each weight and each bias, by layer and neuron: of number `i` in the row of a parameter, which
  /// has a place among all of the network.
  private func numbers<Number>(
    _ number: (_ parameter: Parameter<Scalar>, _ place: Int, _ row: Int, _ i: Int) -> Number
  ) -> [[[Number]]] {
    let places = Array(network.parameters.enumerated())
    return network.layers.enumerated().map { index, layer in
      let parameters = places.filter { $0.element.layer == index }
      return layer.neurons.map { neuron in
        parameters.flatMap { place, parameter in
          (0..<parameter.count(of: neuron)).map { number(parameter, place, neuron.index, $0) }
        }
      }
    }
  }
}

extension ExplanationRun {
  /// Runs a network in double precision, and leaves it as it was.
  ///
  /// A network with neurons of a class of its own cannot be made again in another precision, and runs in its own.
  static func withDouble<Result>(
    _ network: Network<Scalar>, _ loss: Loss, showing position: ImageSize? = nil,
    _ body: (any ExplanationRunning) throws -> Result
  ) throws -> Result {
    if Scalar.self != Double.self, let copy = try copy(network) {
      return try body(ExplanationRun<Double>(copy, loss, position))
    }
    let state = NetworkState(of: network)
    defer { state.restore(to: network) }
    return try body(ExplanationRun(network, loss, position))
  }

  /// The same network in double precision; nil if a neuron is of another class.
  private static func copy(_ network: Network<Scalar>) throws -> Network<Double>? {
    guard network.layers.allSatisfy({ $0.neurons.allSatisfy { $0.isPlain || $0.pluginKind != nil } }) else {
      return nil
    }
    let layers = try network.layers.map { layer in
      let neurons: [Neuron<Double>] = try layer.neurons.map { neuron in
        let copy =
          try neuron.pluginKind.map {
            try PluginNeuron<Double>(inputs: neuron.fanIn, activation: neuron.activation, kind: $0)
          } ?? Neuron<Double>(inputs: neuron.fanIn, activation: neuron.activation)
        copy.weights.assign(neuron.weights.map { Double($0) })
        copy.bias = Double(neuron.bias)
        return copy
      }
      return try Layer(neurons, like: layer)
    }
    let copy = try Network(keepingWeightsOf: layers)
    copy.engine = network.engine
    return copy
  }
}

/// An explanation's run, whatever its precision.
protocol ExplanationRunning {
  var isCanonical: Bool { get }
  func hasGradientInEveryLayer(_ sample: ExplainedSample) throws -> Bool
  func steps(
    _ samples: [ExplainedSample], _ rules: StepRules, _ learningRates: [Double], seed: UInt64
  ) throws -> [ExplainedStep]
}

extension ExplanationRun: ExplanationRunning {}

extension ExplainedNeuron {
  /// What a neuron holds after both passes over one column.
  ///
  /// - Parameters:
  ///   - neuron: The neuron.
  ///   - window: That of its layer; a column is then a position.
  ///   - position: Which position is shown, if there is such a one; else the one at which |a| is greatest.
  /// - Throws: What the neuron throws when it sends; `FunctionFailure` if a plugin reports one.
  fileprivate init<Scalar: NetworkScalar>(
    _ neuron: Neuron<Scalar>, _ window: SlidingWindow?, showing position: ImageSize?
  ) throws {
    index = neuron.index
    hasBias = neuron.hasBias
    let columns = neuron.outputs.count
    let shown =
      position.flatMap { window?.number(of: $0) }
      ?? (0..<columns).max { abs(neuron.outputs[$0]) < abs(neuron.outputs[$1]) } ?? 0
    shownPosition = shown
    typeName = neuron.kindName ?? type(of: neuron).typeName
    kind = neuron.pluginKind
    activation = neuron.activation
    isPlain = neuron.isPlain
    respondsByActivation = neuron.respondsByActivation
    formulas = neuron.formulas
    let x = neuron.inputs
    inputs = (0..<neuron.fanIn).map { plain(x[$0, shown]) }
    weights = neuron.weights.map(plain)
    bias = plain(neuron.bias)
    weightedInput = plain(neuron.weightedInputs[shown])
    output = plain(neuron.outputs[shown])
    derivative =
      activation.isWholeLayer
      ? nil : plain(try activation.values(at: [Double(neuron.weightedInputs[shown])]).derivatives[0])
    received = plain(neuron.received[shown])
    localGradient = plain(neuron.localGradients[shown])
    weightGradient = neuron.weightGradients.map(plain)
    biasGradient = plain(neuron.biasGradient)
    let sent = Matrix<Scalar>(rows: neuron.fanIn, columns: columns)
    try neuron.sendMessages(to: Messages(addingTo: sent))
    messages = (0..<neuron.fanIn).map { plain(sent[$0, shown]) }
    positions =
      window.map { window in
        (0..<columns).map { column in
          let place = window.position(column)
          // Padding is a 0 that a weight multiplies; without weights there is nothing.
          let places = window.isInside(at: place)
          let isInside = (0..<neuron.fanIn).map { places[$0 % window.kernel.count] }
          return ExplainedPosition(
            row: place.height, column: place.width,
            inputs: isInside.indices.map { neuron.weightCount > 0 || isInside[$0] ? plain(x[$0, column]) : nil },
            weightedInput: plain(neuron.weightedInputs[column]), output: plain(neuron.outputs[column]),
            received: plain(neuron.received[column]), localGradient: plain(neuron.localGradients[column]),
            messages: isInside.indices.map { plain(sent[$0, column]) }, isInside: isInside)
        }
      } ?? []
    updatedWeights = weights
    updatedBias = bias
  }
}

/// A number in double precision; -0 is 0.
private func plain(_ value: some NetworkScalar) -> Double { Double(value) + 0 }

extension ExplainedPass {
  fileprivate mutating func update(_ moves: [[[ParameterMove]]]) {
    for (layer, neurons) in moves.enumerated() {
      for (neuron, parameters) in neurons.enumerated() {
        let after = parameters.map(\.after)
        let hasBias = layers[layer].neurons[neuron].hasBias
        layers[layer].neurons[neuron].updatedWeights = hasBias ? Array(after.dropLast()) : after
        layers[layer].neurons[neuron].updatedBias = hasBias ? after.last ?? 0 : 0
      }
    }
  }

  fileprivate mutating func take(_ ways: [[Set<OwnWay>]]) {
    for (layer, neurons) in ways.enumerated() {
      for (neuron, own) in neurons.enumerated() {
        layers[layer].neurons[neuron].ownWays = own
        if own.contains(.respond) || own.contains(.computeLocalGradients) {
          layers[layer].neurons[neuron].derivative = nil
        }
      }
    }
  }
}

extension ParameterMove {
  /// A number before a step, or after it.
  fileprivate struct Side {
    let value: Double
    let states: [Double]
    /// That of the step to come.
    let random: Double
  }

  fileprivate init(_ before: Side, _ after: Side) {
    self.init(
      before: before.value, after: after.value, statesBefore: before.states, statesAfter: after.states,
      random: before.random)
  }
}
