/// Layers of neurons, each hearing the one before: a feed-forward network.
///
///     let network = try Network<Float>(
///       layers: [
///         Layer(neurons: 2, inputs: 2, activation: plugins.activation("sigmoid")),
///         Layer(neurons: 1, inputs: 2, activation: plugins.activation("sigmoid")),
///       ], seed: 1)
public final class Network<Scalar: NetworkScalar> {
  /// From the layer that takes a sample to the one that gives the outputs.
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
  @exclusivity(unchecked) var workers = Workers(1)
  /// How many passes of a training were run by hand: each drops other outputs.
  var trainingPasses = 0
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
