internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// Builds the network that a configuration describes.
enum NetworkBuilder {
  /// The activations of each layer: one for all its neurons, or one each.
  static func activations(_ network: NetworkConfiguration, _ plugins: Plugins) throws -> [[Activation]] {
    try network.layers.map { layer in
      try layer.activations.map { function in
        try function.place.placing { try plugins.activation(function.name, parameters: function.parameters) }
      }
    }
  }

  /// Checks the configured widths against the data's.
  static func check(_ network: NetworkConfiguration, inputs width: Int) throws {
    if let inputs = network.inputs, inputs != width {
      throw ConfigurationError(
        network.place.description, "`network.inputs` is \(inputs), but the samples have \(width) inputs")
    }
  }

  static func network<Scalar: NetworkScalar>(
    _ configuration: Configuration, _ activations: [[Activation]], inputs: Int
  ) throws -> Network<Scalar> {
    try checkMemory(configuration, inputs: inputs, scalarSize: MemoryLayout<Scalar>.size)
    var layers: [Layer<Scalar>] = []
    var fanIn = inputs
    for (entry, activations) in zip(configuration.network.layers, activations) {
      let neurons = (0..<entry.neurons).map { index in
        Neuron<Scalar>(inputs: fanIn, activation: activations[activations.count == 1 ? 0 : index])
      }
      let layer = try entry.place.placing { try Layer(neurons) }
      layer.initializer = entry.initializer
      layer.frozen = entry.frozen
      layers.append(layer)
      fanIn = entry.neurons
    }
    let network = try configuration.network.place.placing { try Network(layers: layers, seed: configuration.seed) }
    for (entry, layer) in zip(configuration.network.layers, layers) { try assign(entry, to: layer) }
    return network
  }

  /// Refuses a network whose weights, gradients and optimizer state the machine could not hold.
  private static func checkMemory(_ configuration: Configuration, inputs: Int, scalarSize: Int) throws {
    let copies = Double(2 + configuration.training.optimizer.stateCount) * Double(scalarSize)
    let memory = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    var needed = 0.0
    var fanIn = inputs
    for layer in configuration.network.layers {
      needed += Double(layer.neurons) * (Double(fanIn) + 1) * copies
      guard needed < memory else {
        throw ConfigurationError(
          layer.place.description,
          "up to this layer the network needs \(Int(needed / 1e9)) GB of memory, the machine has \(Int(memory / 1e9)) GB"
        )
      }
      fanIn = layer.neurons
    }
  }

  /// Weights and biases that are given outright.
  private static func assign<Scalar: NetworkScalar>(_ entry: LayerConfiguration, to layer: Layer<Scalar>) throws {
    if let weights = entry.weights {
      guard weights[0].count == layer.fanIn else {
        throw ConfigurationError(
          entry.place.description,
          "the weights are for \(weights[0].count) inputs, but each neuron of the layer hears \(layer.fanIn)")
      }
      for (row, values) in weights.enumerated() { layer.weights.row(row).assign(values.map { Scalar($0) }) }
    }
    if let biases = entry.biases {
      for (neuron, value) in zip(layer.neurons, biases) { neuron.bias = Scalar(value) }
    }
  }

  /// A loss is refused behind neurons whose outputs may lie where it is not defined.
  static func check<Scalar: NetworkScalar>(_ loss: Loss, behind layer: Layer<Scalar>, at place: Place) throws {
    for neuron in layer.neurons where neuron.isPlain {
      let shape = try place.placing { try neuron.activation.shape() }
      guard shape.isDeclared else { continue }
      let (range, allowed) = (shape.range, loss.outputRange)
      if range.lowerBound < allowed.lowerBound || range.upperBound > allowed.upperBound {
        let partner = loss.canonicalActivation.map { "; it goes with \($0)" } ?? ""
        throw ConfigurationError(
          place.description,
          "\(loss.name) is defined for outputs in \(words(allowed)), but \(neuron.activation) of the last layer gives"
            + " \(words(range))\(partner)")
      }
    }
  }

  private static func words(_ range: ClosedRange<Double>) -> String {
    func bound(_ value: Double) -> String { value == .infinity ? "∞" : value == -.infinity ? "−∞" : "\(value)" }
    return "[\(bound(range.lowerBound)), \(bound(range.upperBound))]"
  }
}
