/// Layers of neurons, each hearing the one before: a feed-forward network.
///
///     let network = try Network<Float>(
///       layers: [
///         Layer(neurons: 2, inputs: 2, activation: plugins.activation("sigmoid")),
///         Layer(neurons: 1, inputs: 2, activation: plugins.activation("sigmoid")),
///       ], seed: 1)
public final class Network<Scalar: NetworkScalar> {
  public let layers: [Layer<Scalar>]
  /// Where each layer's inputs come from; nil where each has those of the layer before.
  let sources: [LayerSources]?
  /// All that training moves, layer by layer: the weights of a layer, then its biases.
  public let parameters: [Parameter<Scalar>]
  /// With what its layers are run: `engine`, `threads` and `backend`.
  @exclusivity(unchecked) package var compute = ComputeSettings()
  /// How its layers are run.
  public var engine: Engine {
    get { compute.engine }
    set { compute.engine = newValue }
  }
  /// How many threads share the work of a pass and of an optimizer's step: 1 to 1024.
  ///
  /// The same number gives the same bytes; another one may round differently. A pass throws `NetworkError` for any
  /// other number.
  public var threads: Int {
    get { compute.threads }
    set { compute.threads = newValue }
  }
  /// Who computes large matrix products; nil for the product that is part of nnkit.
  ///
  /// See `Plugins.backend`.
  public var backend: MatrixBackend? {
    get { compute.backend }
    set { compute.backend = newValue }
  }
  /// The seed from which its weights were last drawn; nil if they were given.
  public internal(set) var seed: UInt64?
  /// Whether the gradients of each training step can be read after it, from `Layer.weightGradients` for example.
  ///
  /// Plain SGD and momentum are faster where products move weights at once and leave no gradients. A backward pass by
  /// hand (`backward(from:)`) leaves them in any case.
  public var keepsGradients = false
  private(set) var workers = Workers(1)
  /// How many passes of a training were run by hand: each drops other outputs.
  private var trainingPasses = 0
  /// Whether any layer drops outputs in training.
  package var hasDropout: Bool { layers.contains { $0.dropout > 0 } }

  /// A network of new layers, its weights drawn at random and its biases 0.
  ///
  /// - Parameters:
  ///   - layers: From the one that takes a sample to the one that gives the outputs.
  ///   - seed: What the weights follow from; without one they are others each time. It can be read as `seed`.
  /// - Throws: `NetworkError` if there is no layer, a layer is there twice or in another network, or its fan-in is not the
  ///   width of the one before; without a seed also where a plain neuron has weights already, which would be lost.
  public convenience init(layers: [Layer<Scalar>], seed: UInt64? = nil) throws {
    try self.init(keepingWeightsOf: layers)
    if seed == nil, let place = layers.firstIndex(where: \.hasWeights) {
      throw NetworkError(
        "layer \(place) has weights or biases that are not 0: to keep them, use `Network(keepingWeightsOf: layers)`;"
          + " to draw others, give a seed")
    }
    initialize(seed: seed ?? .random(in: 0 ... .max))
  }

  /// A network of layers whose weights and biases stay as they are: 0, or as they were given.
  ///
  /// - Parameter layers: From the one that takes a sample to the one that gives the outputs.
  /// - Throws: `NetworkError` if there is no layer, a layer is there twice or in another network, its inputs are not as many as
  ///   its sources give, or no layer behind has its outputs as a source.
  public init(keepingWeightsOf layers: [Layer<Scalar>]) throws {
    if layers.isEmpty { throw NetworkError("a network needs at least one layer") }
    sources = try Self.sources(of: layers)
    if let twice = layers.indices.first(where: { index in layers[..<index].contains { $0 === layers[index] } }) {
      throw NetworkError("layer \(twice) is in the network twice")
    }
    if let shared = layers.firstIndex(where: { $0.network != nil }) {
      throw NetworkError("layer \(shared) belongs to another network; make a layer for each")
    }
    self.layers = layers
    parameters = layers.flatMap(\.parameters)
    for (index, layer) in layers.enumerated() {
      layer.network = self
      for parameter in layer.parameters { parameter.layer = index }
    }
  }

  /// A network of all layers of a trained one but the last, with their weights, and of new layers behind them.
  ///
  /// The trained network loses its layers, and cannot be used afterwards.
  ///
  /// - Parameters:
  ///   - trained: The network whose layers come first.
  ///   - layers: The layers that take the place of its last one.
  ///   - seed: What the new layers' weights follow from.
  /// - Throws: `NetworkError` if the fan-in of the first new layer is not the width of the one before.
  package convenience init(_ trained: Network, replacingLastBy layers: [Layer<Scalar>], seed: UInt64) throws {
    let kept = Array(trained.layers.dropLast())
    for layer in kept { layer.network = nil }
    try self.init(keepingWeightsOf: kept + layers)
    var random = RandomSource(seed: seed, stream: RandomSource.weightsStream)
    for layer in layers { layer.initialize(random: &random) }
  }

  /// How many numbers a sample has.
  public var inputCount: Int { sources?[0].networkInputs ?? layers[0].inputCount }
  /// How many outputs there are.
  public var outputCount: Int { output.outputCount }
  /// The last layer.
  public var output: Layer<Scalar> { layers[layers.count - 1] }
  /// How many trainable numbers there are.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

  /// Draws all weights from `seed` and sets all biases to 0.
  public func initialize(seed: UInt64) {
    self.seed = seed
    var random = RandomSource(seed: seed, stream: RandomSource.weightsStream)
    for layer in layers { layer.initialize(random: &random) }
  }

  /// The forward pass: every layer hears the one before.
  ///
  /// The outputs stay valid until the next pass.
  ///
  /// - Parameters:
  ///   - inputs: `inputCount` numbers for each column, a column a sample.
  ///   - isTraining: What the neurons see as their `isTraining`; plain neurons do the same in both cases.
  /// - Returns: The last layer's outputs, neurons × columns.
  /// - Throws: `FunctionFailure` if a plugin reports one; `NetworkError` if a neuron answers where its layer should.
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

  /// The same with the outputs dropped that belong to a moment of a training.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  package func forward(
    _ inputs: Inputs<Scalar>, isTraining: Bool, dropping moment: DropoutMoment?
  ) throws -> Matrix<Scalar> {
    guard inputs.count == inputCount else {
      throw NetworkError("a sample has \(inputs.count) numbers, the network takes \(inputCount)")
    }
    var heard = inputs
    if moment != nil { try checkDropout() }
    let pass = try pass(isTraining ? .training : .inference, moment)
    for (index, layer) in layers.enumerated() {
      if let sources { heard = joined(sources[index], inputs) }
      try inLayer(index) { try layer.forward(heard, pass) }
      heard = layer.signal
    }
    return output.outputs
  }

  /// The backward pass: from ∂L/∂a of the outputs to all gradients, summed over the columns of the last forward pass.
  ///
  ///     let outputs = try network.forward(batch.inputs, isTraining: true)
  ///     try network.backward(from: loss.gradient(outputs, batch.targets))
  ///
  /// - Parameters:
  ///   - outputGradients: ∂L/∂a, outputs × columns.
  ///   - inputGradients: Where ∂L/∂x of the network's inputs is written, inputs × columns, if wanted: it says how much
  ///     each input matters (saliency).
  ///   - accumulating: Whether gradients add up to those of the backward pass before, so that one step can follow several
  ///     passes.
  /// - Throws: `NetworkError` if a matrix has another shape; `FunctionFailure` if a plugin reports one.
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
  ///   - origin: Where it starts; both hold a column for each of the last forward pass.
  ///   - inputGradients: Where the messages to the network's inputs add up, inputs × columns, if wanted.
  /// - Throws: `FunctionFailure` if a plugin reports one.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func backward(
    from origin: BackwardOrigin = .outputGradients, inputGradients: Matrix<Scalar>? = nil
  ) throws {
    for parameter in parameters { parameter.destination = .gradient }
    try backwardToDestinations(from: origin, inputGradients: inputGradients)
  }

  /// The same, but that it leaves each gradient where its parameter's `destination` says.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func backwardToDestinations(from origin: BackwardOrigin, inputGradients: Matrix<Scalar>? = nil) throws {
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
    }
  }

  private func pass(_ mode: PassContext.Mode, _ moment: DropoutMoment? = nil) throws -> PassContext {
    let (compute, threads) = (compute, compute.threads)
    if threads != workers.count {
      guard 1...1024 ~= threads else {
        throw NetworkError("the network has \(threads) threads, expected 1 to 1024", .setting)
      }
      workers = Workers(threads)
    }
    return PassContext(
      mode: mode, engine: compute.engine, workers: workers, backend: compute.backend, moment: moment)
  }

  /// The network's answers to some samples, found some hundred at a time, so that many samples take little memory.
  ///
  /// - Parameter samples: A sample each, `inputCount` numbers long.
  /// - Returns: As many answers, `outputCount` numbers long.
  /// - Throws: `NetworkError` if a sample has another length; `FunctionFailure` if a plugin reports one.
  public func outputs(for samples: [[Scalar]]) throws -> [[Scalar]] {
    try Model(self).outputs(for: samples)
  }

  /// The network's answer to one sample.
  public func outputs(for sample: [Scalar]) throws -> [Scalar] { try outputs(for: [sample])[0] }
}

/// Runs `body`, and says of its errors in which layer they were.
func inLayer(_ index: Int, _ body: () throws -> Void) throws {
  do {
    try body()
  } catch var failure as FunctionFailure {
    failure.layer = index
    throw failure
  } catch let error as NetworkError {
    throw NetworkError("layer \(index): \(error)", error.kind)
  }
}

/// How a layer runs its neurons.
///
/// Both ways give the same numbers.
public enum Engine: String, Sendable, CaseIterable {
  /// Fused where neurons are plain.
  case auto
  /// Every neuron does its own forward and backward pass, message by message: the definition.
  case neuron
  /// Plain neurons' rows at once, as matrix products; extended neurons do their own.
  case fused
}
