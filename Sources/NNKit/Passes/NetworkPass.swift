// Which code runs the neurons of a layer:
//
// | engine | plain neurons | neurons of a plugin's kind | other subclasses of `Neuron` |
// |---|---|---|---|
// | neuron | each by itself: Neuron.swift | each by itself: PluginNeuron.swift | each by itself |
// | fused, auto | as matrix products: FusedPass.swift | one call of the plugin: KindPass.swift | each by itself |
// | the same, with a sliding window | as matrix products: WindowPass.swift | each by itself: WindowKindPass.swift | each by itself |
//
// The engine auto has two more ways. `OnlineLoop` trains plain neurons one sample at a time in C. A `Predictor`
// computes the outputs of plain neurons without reading the weights of inputs that are 0. LayerPass.swift calls the
// activations.

extension Network {
  /// The forward pass: the outputs of each layer are the inputs of the next, or of layers that name it as a source.
  ///
  /// The outputs stay valid until the next pass.
  ///
  /// - Parameters:
  ///   - inputs: `inputCount` numbers for each column; each column is one sample.
  ///   - isTraining: The `isTraining` of the neurons, which plain neurons do not use. Only if it is true, layers with
  ///     dropout drop outputs.
  /// - Returns: The last layer's outputs, neurons × columns.
  /// - Throws: `FunctionFailure` if a plugin reports a failure; `NetworkError` if a neuron responds where its layer
  ///   must.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public func forward(_ inputs: Inputs<Scalar>, isTraining: Bool = false) throws -> Matrix<Scalar> {
    guard inputs.count == inputCount else {
      throw NetworkError("a sample has \(inputs.count) numbers, the network takes \(inputCount)")
    }
    var moment: DropoutMoment?
    if isTraining && hasDropout {
      moment = DropoutMoment(seed: seed ?? 0, batch: trainingPasses)
      trainingPasses += 1
    }
    return try forward(inputs, isTraining: isTraining, dropping: moment)
  }

  /// The forward pass; `moment` decides which outputs are dropped, and nil drops none.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  package func forward(
    _ inputs: Inputs<Scalar>, isTraining: Bool, dropping moment: DropoutMoment?
  ) throws -> Matrix<Scalar> {
    guard inputs.count == inputCount else {
      throw NetworkError("a sample has \(inputs.count) numbers, the network takes \(inputCount)")
    }
    var layerInputs = inputs
    if moment != nil { try checkDropout() }
    let pass = try pass(isTraining ? .training : .inference, moment)
    for (index, layer) in layers.enumerated() {
      if let sources { layerInputs = joined(sources[index], inputs) }
      try inLayer(index) { try layer.forward(layerInputs, pass) }
      layerInputs = layer.signal
    }
    return output.outputs
  }

  /// The backward pass: computes all gradients from ∂L/∂a of the outputs, as sums over the last forward pass's columns.
  ///
  ///     let outputs = try network.forward(batch.inputs, isTraining: true)
  ///     try network.backward(from: loss.gradient(outputs, batch.targets))
  ///
  /// - Parameters:
  ///   - outputGradients: ∂L/∂a, outputs × columns.
  ///   - inputGradients: The matrix for ∂L/∂x of the network's inputs, inputs × columns; nil if it is not wanted. It
  ///     shows how strongly the loss depends on each input (saliency).
  ///   - accumulating: Whether the gradients are added to those of the backward pass before, so that one step can use
  ///     several passes.
  /// - Throws: `NetworkError` if a matrix has the wrong shape, or if there are no gradients to add to;
  ///   `FunctionFailure` if a plugin reports a failure.
  public func backward(
    from outputGradients: Matrix<Scalar>, inputGradients: Matrix<Scalar>? = nil, accumulating: Bool = false
  ) throws {
    let columns = output.outputs.columns
    for (name, matrix, rows) in [("outputs", outputGradients, outputCount), ("inputs", inputGradients, inputCount)] {
      guard let matrix, matrix.rows != rows || matrix.columns != columns else { continue }
      throw NetworkError(
        "the gradients of the \(name) are \(matrix.rows) × \(matrix.columns), expected \(rows) × \(columns): the last"
          + " forward pass had \(columns) columns")
    }
    if accumulating, !layers.allSatisfy(\.storage.hasGradients) {
      throw NetworkError("there are no gradients to add to; a backward pass before must leave them", .gradients)
    }
    let before = accumulating ? parameters.map { $0.gradient.copy() } : []
    output.storage.received.assign(outputGradients)
    try backward(from: .outputGradients, inputGradients: inputGradients)
    for (parameter, gradient) in zip(parameters, before) { parameter.gradient.add(gradient) }
  }

  /// The backward pass from the last layer's `received`, or from its δ.
  ///
  /// - Parameters:
  ///   - origin: Whether it starts from `received` or from δ; both have the columns of the last forward pass.
  ///   - inputGradients: The sums for the messages to the network's inputs, inputs × columns; nil if they are not
  ///     wanted.
  /// - Throws: `FunctionFailure` if a plugin reports a failure.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func backward(
    from origin: BackwardOrigin = .outputGradients, inputGradients: Matrix<Scalar>? = nil
  ) throws {
    for parameter in parameters { (parameter.destination, parameter.stepInPass) = (.gradient, nil) }
    try backwardToDestinations(from: origin, inputGradients: inputGradients)
  }

  /// The backward pass; it writes each gradient to the `destination` of its parameter.
  ///
  /// - Parameters:
  ///   - origin: As above.
  ///   - inputGradients: As above.
  ///   - layerDone: Called with the number of each layer, from the last to the first, when its gradients are complete.
  /// - Throws: `FunctionFailure` if a plugin reports a failure.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func backwardToDestinations(
    from origin: BackwardOrigin, inputGradients: Matrix<Scalar>? = nil, layerDone: ((Int) -> Void)? = nil
  ) throws {
    let pass = try pass(layers[0].storage.isTraining ? .training : .inference)
    if let sources {
      for layer in layers.dropLast() { layer.storage.received.reset() }
      inputGradients?.reset()
      for (index, layer) in layers.enumerated().reversed() {
        try inLayer(index) {
          try sendingApart(sources[index], inputGradients) { messages in
            try layer.backward(from: layer === output ? origin : .outputGradients, sendingTo: messages, pass)
          }
        }
        layerDone?(index)
      }
      return
    }
    for (index, layer) in layers.enumerated().reversed() {
      let messages = index > 0 ? layers[index - 1].storage.received : inputGradients
      let positions = index > 0 ? layers[index - 1].positions : 1
      let overwrites = pass.engine != .neuron && layer.overwritesMessages
      if !overwrites { messages?.reset() }
      try inLayer(index) {
        try layer.backward(
          from: layer === output ? origin : .outputGradients,
          sendingTo: messages.map { Messages(addingTo: $0, positions: positions) }, messagesAreStale: overwrites, pass)
      }
      layerDone?(index)
    }
  }

  /// What a pass needs, with the threads that the network now has.
  func pass(_ mode: PassContext.Mode, _ moment: DropoutMoment? = nil) throws -> PassContext {
    let (compute, threads) = (compute, compute.threads)
    if threads != threadPool.count {
      guard 1...1024 ~= threads else {
        throw NetworkError("the network has \(threads) threads, expected 1 to 1024", .setting)
      }
      threadPool = ThreadPool(threads)
    }
    return PassContext(
      mode: mode, engine: compute.engine, threadPool: threadPool, backend: compute.backend, moment: moment)
  }
}
