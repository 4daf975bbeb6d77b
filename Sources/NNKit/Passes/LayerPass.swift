// How a layer runs its neurons, forward and backward. Who runs which neurons stands at the top of NetworkPass.swift.

extension Layer {
  /// The forward pass: every neuron receives `inputs`, combines them and responds.
  ///
  /// This is the definition; the fused pass gives the same numbers for all neurons at once.
  func forward(_ inputs: Inputs<Scalar>, _ pass: PassContext) throws {
    try run(pass, inputs) {
      if pass.engine != .neuron { return try forwardFused(pass) }
      let inputs = storage.turned(storage.neuronInputs())
      for neuron in neurons { try forward(neuron, storage.own(inputs, of: neuron.index)) }
      if storage.layerResponds { try respond(to: 0..<neurons.count) }
    }
    dropOutputs(pass)
  }

  /// The backward pass: every neuron works out its local gradient from what it received, adds to its gradients, and sends
  /// its messages to the neurons of the layer before.
  ///
  /// - Parameters:
  ///   - origin: Where it starts; in all layers but the last from what the layer received.
  ///   - messages: Where they add up: what the layer before receives; nil in the first layer.
  ///   - messagesAreStale: Whether messages of an earlier pass stand there, which these replace; only for a layer that
  ///     overwrites them all.
  ///   - pass: What the pass needs.
  /// - Throws: `FunctionFailure` if a plugin reports one; what extended neurons throw.
  func backward(
    from origin: BackwardOrigin, sendingTo messages: Messages<Scalar>?, messagesAreStale: Bool = false,
    _ pass: PassContext
  ) throws {
    storage.isRunByLayer = true
    defer { storage.isRunByLayer = false }
    if case .gradient = weightDestination { storage.keepGradients() } else { storage.leaveOutGradients(of: parts) }
    dropReceived(pass)
    var origin = origin
    if storage.layerResponds, origin == .outputGradients {
      try computeLocalGradients(of: 0..<neurons.count)
      origin = .localGradients
    }
    if pass.engine != .neuron {
      try backwardFused(from: origin, sendingTo: messages, messagesAreStale: messagesAreStale, pass)
      clearUnconnected()
      return
    }
    for parameter in parameters { parameter.gradient.reset() }
    try storage.scattering(messages) { messages in
      try storage.turning(messages) { turned in
        for neuron in neurons {
          let sums = neuron.pluginKind == nil ? turned : messages
          try backward(neuron, from: origin, sendingTo: sums.map { storage.own($0, of: neuron.index) })
        }
      }
    }
    storage.connections?.clear(storage.weightGradients)
  }

  /// Has one neuron run its backward pass.
  ///
  /// Where the layer responds for its neurons, each finds its δ there by itself.
  func backward(_ neuron: Neuron<Scalar>, from origin: BackwardOrigin, sendingTo messages: Messages<Scalar>?) throws {
    if origin == .outputGradients || storage.layerResponds { return try neuron.backward(sendingTo: messages) }
    try neuron.backwardFromLocalGradients(sendingTo: messages)
  }

  /// Where the pass leaves the gradients of its weights.
  var weightDestination: GradientDestination<Scalar> { parameters[0].destination }

  private func run(_ pass: PassContext, _ inputs: Inputs<Scalar>, _ body: () throws -> Void) throws {
    if connections != nil && storage.connections == nil {
      throw NetworkError(
        "its connections are not drawn yet: a rate needs a seed, `Network(layers: layers, seed: 1)`", .setting)
    }
    storage.resize(columns: inputs.columns * wiring.positions)
    storage.patches.areCurrent = false
    if wiring.window == nil {
      (storage.inputs, storage.heard) = (inputs, inputs)
    } else {
      (storage.inputs, storage.heard) = (storage.upright(inputs), Inputs(outputs: Matrix(rows: 0, columns: 0)))
    }
    (storage.isRunByLayer, storage.isTraining) = (true, pass.mode == .training)
    defer { storage.isRunByLayer = false }
    try body()
  }

  /// Has one neuron run its forward pass, and holds an extended one to what its layer needs.
  func forward(_ neuron: Neuron<Scalar>, _ inputs: Inputs<Scalar>) throws {
    if neuron.isPlain { return try neuron.forward(inputs) }
    // In a layer that responds for its neurons, no neuron may write its output: this number, which no neuron computes by
    // chance, shows whether one did.
    let mark = Scalar(0.7310585786300049)
    if storage.layerResponds { neuron.outputs.fill(mark) }
    neuron.hasReceived = false
    try neuron.forward(inputs)
    let name = "neuron \(neuron.index) (\(type(of: neuron).typeName))"
    guard neuron.hasReceived else {
      throw NetworkError(
        "\(name) overrides `forward` without a call of `receive(inputs)`, which its gradients need", .neuron)
    }
    if storage.layerResponds, neuron.outputs.contains(where: { $0 != mark }) {
      throw NetworkError(
        "\(name) overrides how it responds, but \(neuron.activation.name) takes the whole layer together;"
          + " use an elementwise activation, or override `combine` alone", .neuron)
    }
  }
}

// MARK: Activations

// The layer calls an activation once for all neighbours that share it, in every pass.

extension Layer {
  /// a = f(z) for some neurons, one call of the activation for each run of neighbours that share it.
  func respond(to some: Range<Int>) throws {
    if storage.respondsByIdentity { return }
    let columns = storage.outputs.columns
    for response in responses {
      let rows = response.neurons.clamped(to: some)
      if rows.isEmpty { continue }
      let start = rows.lowerBound * columns
      try response.activation.evaluate(
        Block(neurons: rows.count, columns: columns), storage.weightedInputs.base + start, storage.outputs.base + start)
    }
  }

  /// δ = ∂L/∂a · f′(z) for some neurons; for a function of the whole layer δ = Jᵀ ∂L/∂a.
  func computeLocalGradients(of some: Range<Int>) throws {
    if storage.respondsByIdentity { return }
    let columns = storage.outputs.columns
    for response in responses {
      let rows = response.neurons.clamped(to: some)
      if rows.isEmpty { continue }
      let start = rows.lowerBound * columns
      try response.activation.backward(
        Block(neurons: rows.count, columns: columns), storage.weightedInputs.base + start, storage.outputs.base + start,
        storage.received.base + start, storage.localGradients.base + start)
    }
  }
}
