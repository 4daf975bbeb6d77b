// The forward and the backward pass of a layer. The table at the top of NetworkPass.swift shows which code runs which
// neurons.

extension Layer {
  /// The forward pass: every neuron receives `inputs`, combines them and responds.
  ///
  /// The loop over `neurons` is the definition; the fused pass computes the same numbers for many neurons at once.
  func forward(_ inputs: Inputs<Scalar>, _ pass: PassContext) throws {
    try run(pass, inputs) {
      if pass.engine != .neuron { return try forwardFused(pass) }
      let inputs = turnedInputs(pass)
      for neuron in neurons { try forward(neuron, storage.own(inputs, of: neuron.index)) }
      if storage.layerResponds { try respond(to: 0..<neurons.count) }
    }
    dropOutputs(pass)
  }

  /// The backward pass: every neuron computes its local gradient, adds to its gradients, and sends its messages.
  ///
  /// - Parameters:
  ///   - origin: Whether the pass starts from ∂L/∂a, which the layer received, or from δ, which only the last layer can
  ///     have.
  ///   - messages: The sums to which the neurons add their messages, ∂L/∂a of the layer before. In the first layer, the
  ///     sums for the network's inputs, or nil.
  ///   - messagesAreStale: Whether `messages` still holds numbers of an earlier pass, which this pass overwrites; only
  ///     for a layer that overwrites all of them.
  ///   - pass: Mode, engine, threads and backend of the pass.
  /// - Throws: `FunctionFailure` if a plugin reports a failure; any error that an extended neuron throws.
  func backward(
    from origin: BackwardOrigin, sendingTo messages: Messages<Scalar>?, messagesAreStale: Bool = false,
    _ pass: PassContext
  ) throws {
    storage.isRunByLayer = true
    defer { storage.isRunByLayer = false }
    switch weightDestination {
    case .gradient: storage.keepGradients()
    case .fusedUpdate, .discard: storage.leaveOutGradients(of: parts)
    case .jointly: break
    }
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
    try turning(messages, pass) { messages, turned in
      for neuron in neurons {
        let sums = neuron.pluginKind == nil ? turned : messages
        try backward(neuron, from: origin, sendingTo: sums.map { storage.own($0, of: neuron.index) })
      }
    }
    storage.connections?.clear(storage.weightGradients)
  }

  /// Runs the backward pass of one neuron.
  ///
  /// If the layer responds for its neurons (softmax), δ is already computed, and `computeLocalGradients` leaves it.
  func backward(_ neuron: Neuron<Scalar>, from origin: BackwardOrigin, sendingTo messages: Messages<Scalar>?) throws {
    if origin == .outputGradients || storage.layerResponds { return try neuron.backward(sendingTo: messages) }
    try neuron.backwardFromLocalGradients(sendingTo: messages)
  }

  /// Where the backward pass writes the gradients of the weights.
  var weightDestination: GradientDestination<Scalar> { parameters[0].destination }

  private func run(_ pass: PassContext, _ inputs: Inputs<Scalar>, _ body: () throws -> Void) throws {
    if connections != nil && storage.connections == nil {
      throw NetworkError(
        "its connections are not drawn yet: a rate needs a seed, `Network(layers: layers, seed: 1)`", .setting)
    }
    storage.resize(columns: inputs.columns * wiring.positions)
    (storage.patches.areCurrent, storage.turnedWindowsAreCurrent) = (false, false)
    if wiring.isDense {
      (storage.inputs, storage.heard) = (inputs, inputs)
    } else {
      (storage.inputs, storage.heard) = (storage.upright(inputs), Inputs(outputs: Matrix(rows: 0, columns: 0)))
    }
    (storage.isRunByLayer, storage.isTraining) = (true, pass.mode == .training)
    defer { storage.isRunByLayer = false }
    try body()
  }

  /// Runs the forward pass of one neuron, and checks that an extended neuron does what its layer needs.
  func forward(_ neuron: Neuron<Scalar>, _ inputs: Inputs<Scalar>) throws {
    if neuron.isPlain { return try neuron.forward(inputs) }
    // If the layer responds for its neurons, a neuron must not write its outputs. They are filled with a number that a
    // neuron does not compute by chance: if it has changed, the neuron wrote its outputs.
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
  /// a = f(z) for some neurons, with one call of the activation for each run of neighbours that share it.
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

  /// δ = ∂L/∂a · f′(z) for some neurons; for a function of the whole layer δ = Jᵀ ∂L/∂a with J = ∂a/∂z.
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
