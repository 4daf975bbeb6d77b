/// Layers of neurons, each hearing the one before: a feed-forward network.
///
///     let network = try Network<Float>(
///       layers: [
///         Layer(neurons: 2, inputs: 2, activation: plugins.activation("sigmoid")),
///         Layer(neurons: 1, inputs: 2, activation: plugins.activation("sigmoid")),
///       ], seed: 1)
public final class Network<Scalar: NetworkScalar> {
  public let layers: [Layer<Scalar>]
  /// How its layers are run.
  public var engine: Engine = .auto
  /// How many threads share the work of a pass and of an optimizer's step.
  ///
  /// The same number gives the same bytes; another one may round differently.
  public var threads: Int {
    get { workers.count }
    set { if newValue != workers.count { workers = Workers(newValue) } }
  }
  /// Who computes large matrix products; nil for the product that is part of nnkit.
  ///
  /// See `Plugins.backend`.
  public var backend: MatrixBackend?
  private(set) var workers = Workers(1)

  /// A network of the given layers; with a seed, its weights are drawn from it, otherwise they stay as they are.
  ///
  /// - Throws: `NetworkError` if there is no layer, a layer is there twice, or its fan-in is not the width of the one before.
  public init(layers: [Layer<Scalar>], seed: UInt64? = nil) throws {
    if layers.isEmpty { throw NetworkError("a network needs at least one layer") }
    for (index, pair) in zip(layers, layers.dropFirst()).enumerated() where pair.1.fanIn != pair.0.neurons.count {
      throw NetworkError(
        "layer \(index + 1) has \(pair.1.fanIn) inputs, but layer \(index) has \(pair.0.neurons.count) neurons")
    }
    if let twice = layers.indices.first(where: { index in layers[..<index].contains { $0 === layers[index] } }) {
      throw NetworkError("layer \(twice) is in the network twice")
    }
    self.layers = layers
    if let seed { initialize(seed: seed) }
  }

  /// How many numbers a sample has.
  public var inputCount: Int { layers[0].fanIn }
  /// How many outputs there are.
  public var outputCount: Int { output.neurons.count }
  /// The last layer.
  public var output: Layer<Scalar> { layers[layers.count - 1] }
  /// How many trainable numbers there are.
  public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

  /// Draws all weights from `seed` and sets all biases to 0.
  public func initialize(seed: UInt64) {
    var random = RandomSource(seed: seed, stream: RandomSource.weightsStream)
    for layer in layers { layer.initialize(random: &random) }
  }

  /// The forward pass: every layer hears the one before.
  ///
  /// The outputs stay valid until the next pass.
  ///
  /// - Returns: The last layer's outputs, neurons × columns.
  /// - Throws: `FunctionFailure` if a plugin reports one; `NetworkError` if a neuron answers where its layer should.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public func forward(_ inputs: Inputs<Scalar>) throws -> Matrix<Scalar> {
    guard inputs.count == inputCount else {
      throw NetworkError("a sample has \(inputs.count) numbers, the network takes \(inputCount)")
    }
    var heard = inputs
    let compute = Compute(engine: engine, workers: workers, backend: backend)
    for (index, layer) in layers.enumerated() {
      try inLayer(index) { try layer.forward(heard, compute) }
      heard = Inputs(outputs: layer.outputs)
    }
    return output.outputs
  }

  /// The backward pass: from the last layer's `received` (or its δ, where that is given) to all gradients.
  ///
  /// - Parameters:
  ///   - inputGradients: Where the messages to the network's inputs add up, inputs × columns, if wanted.
  ///   - aims: Where each layer's weight gradients go; in `weightGradients` if nil.
  /// - Throws: `FunctionFailure` if a plugin reports one.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func backward(inputGradients: Matrix<Scalar>? = nil, aims: [GradientAim<Scalar>]? = nil) throws {
    let compute = Compute(engine: engine, workers: workers, backend: backend)
    for (index, layer) in layers.enumerated().reversed() {
      let upstream = index > 0 ? layers[index - 1].received : inputGradients
      upstream?.reset()
      try inLayer(index) {
        try layer.backward(
          sendingTo: upstream.map { Messages(addingTo: $0) }, aim: aims?[index] ?? .gradients, compute)
      }
    }
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
    throw NetworkError("layer \(index): \(error)")
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
