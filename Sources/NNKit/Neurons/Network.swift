/// A feed-forward network: layers of neurons, each of which takes the outputs of earlier layers as its inputs.
///
///     let network = try Network<Float>(
///       layers: [
///         Layer(neurons: 2, inputs: 2, activation: plugins.activation("sigmoid")),
///         Layer(neurons: 1, inputs: 2, activation: plugins.activation("sigmoid")),
///       ], seed: 1)
public final class Network<Scalar: NetworkScalar> {
  /// Its layers, from the one that takes a sample to the one that gives the outputs.
  public let layers: [Layer<Scalar>]
  /// Where each layer's inputs come from; nil if each layer takes the outputs of the layer before.
  let sources: [LayerSources]?
  /// All numbers that training changes, layer by layer: the weights of a layer, then its biases.
  public let parameters: [Parameter<Scalar>]
  /// The settings of its passes: `engine`, `threads` and `backend`.
  @exclusivity(unchecked) package var compute = ComputeSettings()
  /// Which code runs its layers.
  public var engine: Engine {
    get { compute.engine }
    set { compute.engine = newValue }
  }
  /// The number of threads that share the work of a pass and of an optimizer's step: 1 to 1024.
  ///
  /// The same number gives the same bytes; with another number, results may be rounded in another way. A pass throws
  /// `NetworkError` if the number is not from 1 to 1024.
  public var threads: Int {
    get { compute.threads }
    set { compute.threads = newValue }
  }
  /// The library that computes large matrix products; nil for nnkit's own matrix multiplication.
  ///
  /// See `Plugins.backend`.
  public var backend: MatrixBackend? {
    get { compute.backend }
    set { compute.backend = newValue }
  }
  /// The seed from which its weights were last drawn; nil if the weights were given.
  public internal(set) var seed: UInt64?
  /// Whether the gradients of each training step can be read after it, from `Layer.weightGradients` for example.
  ///
  /// Plain SGD and momentum are faster without this: matrix multiplications then add directly to the weights, and do
  /// not write gradients. A call of `backward(from:)` always leaves gradients.
  public var keepsGradients = false
  @exclusivity(unchecked) var threadPool = ThreadPool(1)
  /// How many training passes `forward(_:isTraining:)` has run with dropout; each drops other outputs.
  var trainingPasses = 0
  /// Whether any layer drops outputs in training.
  package var hasDropout: Bool { layers.contains { $0.dropout > 0 } }

  /// A network of new layers, with weights drawn at random and biases of 0.
  ///
  /// - Parameters:
  ///   - layers: The layers, from the one that takes a sample to the one that gives the outputs.
  ///   - seed: The seed of the random weights; nil draws a seed, which the property `seed` then has.
  /// - Throws: `NetworkError` if there is no layer, if a layer is in the network twice or belongs to another network,
  ///   or if its number of inputs is not the number of outputs that its sources give. Without a seed, also if a plain
  ///   neuron already has weights, which would be lost.
  public convenience init(layers: [Layer<Scalar>], seed: UInt64? = nil) throws {
    try self.init(keepingWeightsOf: layers)
    if seed == nil, let place = layers.firstIndex(where: \.hasWeights) {
      throw NetworkError(
        "layer \(place) has weights or biases that are not 0: to keep them, use `Network(keepingWeightsOf: layers)`;"
          + " to draw others, give a seed")
    }
    initialize(seed: seed ?? .random(in: 0 ... .max))
  }

  /// A network of layers whose weights and biases stay as they are: 0, or the numbers that were given.
  ///
  /// - Parameter layers: The layers, from the one that takes a sample to the one that gives the outputs.
  /// - Throws: `NetworkError` if there is no layer, if a layer is in the network twice or belongs to another network,
  ///   if its number of inputs is not the number of outputs that its sources give, or if no later layer takes its
  ///   outputs.
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

  /// A network of all layers of a trained network but the last, with their weights, followed by new layers.
  ///
  /// The trained network loses its layers, and cannot be used afterwards.
  ///
  /// - Parameters:
  ///   - trained: The network whose layers come first.
  ///   - layers: The layers that replace the last layer of `trained`.
  ///   - seed: The seed of the new layers' random weights.
  /// - Throws: `NetworkError` if the first new layer does not fit behind the layer before it.
  package convenience init(_ trained: Network, replacingLastBy layers: [Layer<Scalar>], seed: UInt64) throws {
    let kept = Array(trained.layers.dropLast())
    for layer in kept { layer.network = nil }
    try self.init(keepingWeightsOf: kept + layers)
    var random = RandomSource(seed: seed, stream: RandomSource.weightsStream)
    for layer in layers { layer.initialize(random: &random) }
  }

  /// The number of inputs: how many numbers a sample has.
  public var inputCount: Int { sources?[0].networkInputs ?? layers[0].inputCount }
  /// The number of outputs.
  public var outputCount: Int { output.outputCount }
  /// The last layer.
  public var output: Layer<Scalar> { layers[layers.count - 1] }
  /// The number of parameters: weights and biases.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

  /// Draws all weights from `seed` and sets all biases to 0.
  public func initialize(seed: UInt64) {
    self.seed = seed
    var random = RandomSource(seed: seed, stream: RandomSource.weightsStream)
    for layer in layers { layer.initialize(random: &random) }
  }
}

/// Runs `body`, and adds the index of the layer to its errors.
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
