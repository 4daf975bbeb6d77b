/// All weights and biases of a network as they were at one moment: a value that tasks may hand to each other and that can
/// be put aside.
public struct NetworkWeights<Scalar: NetworkScalar>: Sendable, Hashable, Codable {
  /// One layer's: w, neurons × weight count, and b, one for each neuron.
  public struct Layer: Sendable, Hashable, Codable {
    /// A row for each neuron.
    public let weights: [[Scalar]]
    /// One for each neuron.
    public let biases: [Scalar]
  }

  /// From the first layer to the last.
  public let layers: [Layer]
}

extension Network {
  /// All weights and biases as they are now.
  public func snapshot() -> NetworkWeights<Scalar> {
    NetworkWeights(
      layers: layers.map { layer in
        .init(weights: layer.weights.values, biases: layer.biases.values.map { $0[0] })
      })
  }

  /// Gives the network weights and biases of a network of the same shape.
  ///
  /// - Throws: `NetworkError` if a layer has another shape; nothing has changed then.
  public func restore(_ snapshot: NetworkWeights<Scalar>) throws {
    guard snapshot.layers.count == layers.count else {
      throw NetworkError("the snapshot is of \(snapshot.layers.count) layers, the network has \(layers.count)")
    }
    for (index, (layer, saved)) in zip(layers, snapshot.layers).enumerated() {
      guard saved.weights.count == layer.weights.rows, saved.biases.count == layer.biases.rows,
        saved.weights.allSatisfy({ $0.count == layer.weights.columns })
      else {
        throw NetworkError(
          "layer \(index) of the snapshot has another shape than that of the network,"
            + " \(layer.weights.rows) neurons with up to \(layer.weights.columns) weights")
      }
    }
    for (layer, saved) in zip(layers, snapshot.layers) {
      for (index, values) in saved.weights.enumerated() { layer.weights.row(index).assign(values) }
      for (index, value) in saved.biases.enumerated() { layer.biases[index, 0] = value }
    }
  }

  /// Another network of the same layers and weights, which shares nothing with this one.
  ///
  /// - Parameter factories: How to make neurons of extended types, by type name, as when a model is loaded.
  /// - Returns: The copy.
  /// - Throws: `NetworkError` for an extended neuron whose type `neurons` does not have; what a factory throws.
  public func copy(neurons factories: [String: NeuronFactory<Scalar>] = [:]) throws -> Network {
    let copy = try Network(
      keepingWeightsOf: layers.enumerated().map { index, layer in
        try Layer(layer.neurons.map { try inLayer(index, copying: $0, factories) }, like: layer)
      })
    try copy.restore(snapshot())
    copy.compute = compute
    (copy.keepsGradients, copy.seed) = (keepsGradients, seed)
    return copy
  }

  private func inLayer(
    _ layer: Int, copying neuron: Neuron<Scalar>, _ factories: [String: NeuronFactory<Scalar>]
  ) throws -> Neuron<Scalar> {
    if neuron.isPlain {
      return Neuron(inputs: neuron.fanIn, activation: neuron.activation, weightCount: neuron.weightCount)
    }
    if let kind = neuron.pluginKind {
      return try PluginNeuron(inputs: neuron.fanIn, activation: neuron.activation, kind: kind)
    }
    let name = type(of: neuron).typeName
    guard let factory = factories[name] else {
      throw NetworkError("neuron \(neuron.index) of layer \(layer) is a `\(name)`, for which `neurons` has no factory")
    }
    let copy = try factory(neuron.fanIn, neuron.activation, neuron.settings)
    guard type(of: copy) == type(of: neuron), copy.weightCount == neuron.weightCount, copy.settings == neuron.settings
    else {
      throw NetworkError("the factory for `\(name)` made another neuron than neuron \(neuron.index) of layer \(layer)")
    }
    return copy
  }
}

extension Network: CustomStringConvertible {
  /// Its widths, inputs first, its activations, and how many weights and biases it has: "2-3-1, tanh, sigmoid; 13
  /// parameters".
  public var description: String {
    let widths = ([inputCount] + layers.map(\.neurons.count)).map(String.init).joined(separator: "-")
    let activations = layers.map { $0.activation.map { "\($0)" } ?? "mixed" }.joined(separator: ", ")
    return "\(widths), \(activations); \(parameterCount) parameters"
  }
}

extension Matrix: CustomStringConvertible {
  /// Its shape and its numbers, row by row.
  public var description: String { "\(rows) × \(columns) \(values)" }
}

extension Row: CustomStringConvertible {
  /// What is wrong, where, and what to do.
  public var description: String { "\(Array(self))" }
}

extension Collection where Element: BinaryFloatingPoint, Index == Int {
  /// Where the greatest number is, the first of several: of a network's outputs, which class they stand for.
  ///
  /// - Returns: Its index; nil if there is no number, or one that is NaN.
  public var indexOfGreatest: Int? { contains { $0.isNaN } ? nil : indices.max { self[$0] < self[$1] } }
}
