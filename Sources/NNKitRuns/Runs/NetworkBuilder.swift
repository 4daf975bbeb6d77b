internal import NNKit

/// Builds the network that a configuration describes.
enum NetworkBuilder {
  /// The functions that a layer names.
  struct LayerFunctions {
    /// One for all its neurons, or one each.
    let activations: [Activation]
    /// One for all its neurons, or one each; nil for plain ones.
    let kinds: [NeuronKind?]

    init(_ layer: LayerConfiguration, _ plugins: Plugins) throws {
      activations = try layer.activations.map { function in
        try function.placing { try plugins.activation(function.name, parameters: function.parameters) }
      }
      kinds = try (layer.kinds ?? []).map { function in
        let kind = try function.placing { try plugins.neuron(function.name, parameters: function.parameters) }
        return plugins.isPlain(kind) ? nil : kind
      }
    }

    func neuron<Scalar: NetworkScalar>(_ index: Int, inputs: Int) throws -> Neuron<Scalar> {
      let activation = activations[activations.count == 1 ? 0 : index]
      guard !kinds.isEmpty, let kind = kinds[kinds.count == 1 ? 0 : index] else {
        return Neuron(inputs: inputs, activation: activation)
      }
      return try PluginNeuron(inputs: inputs, activation: activation, kind: kind)
    }

    /// The greatest number of weights that a neuron has.
    func weightCount(inputs: Int) throws -> Int {
      try kinds.map { try $0?.weightCount(fanIn: inputs) ?? inputs }.max() ?? inputs
    }
  }

  /// Checks the configured widths against the data's.
  static func check(_ network: NetworkConfiguration, inputs width: Int) throws {
    if let inputs = network.inputs, inputs != width {
      throw ConfigurationError(
        (network.inputsPlace ?? network.place).description,
        "`network.inputs` is \(inputs), but the samples have \(width) inputs")
    }
  }

  /// Holds the shape of the images to that of the windows through which a trained network looks at its inputs.
  static func check<Scalar: NetworkScalar>(
    _ network: NetworkConfiguration, startingFrom trained: Network<Scalar>, image: ImageShape?
  ) throws {
    if let given = network.image, given.count != trained.inputCount {
      throw ConfigurationError(
        (network.imagePlace ?? network.place).description,
        "`network.image` is \(given), \(given.count) numbers, but the model of `network.from` takes"
          + " \(trained.inputCount) inputs")
    }
    for (index, layer) in trained.layers.enumerated() {
      guard let window = layer.wiring.window, layer.sources.resolved(of: index) == [.inputs] else { continue }
      let own = SampleShape(channels: window.channels, size: window.image)
      if let given = network.image, given != own {
        throw ConfigurationError(
          (network.imagePlace ?? network.place).description,
          "`network.image` is \(given), but layer \(index) of the model of `network.from`"
            + " (\((network.fromPlace ?? network.place).description)) takes \(own); say the same, or leave it out")
      }
      if let image, window.channels == 1, ImageSize(height: image.rows, width: image.columns) != own.size {
        throw ConfigurationError(
          (network.fromPlace ?? network.place).description,
          "the samples are images of \(image.rows)×\(image.columns), but layer \(index) of the model takes \(own)")
      }
    }
  }

  /// The configured layers with their first weights; in place of the last layer of a trained network, if there is one.
  static func network<Scalar: NetworkScalar>(
    _ configuration: Configuration, _ functions: [LayerFunctions], replacingLastOf trained: Network<Scalar>?,
    inputs: Int, image: SampleShape?
  ) throws -> Network<Scalar> {
    let kept = trained.map { Array($0.layers.dropLast()) } ?? []
    let shapes = try NetworkShapes(
      configuration.network, inputs: inputs, image: image, outputs: kept.map { LayerOutput($0) })
    try checkMemory(configuration, functions, shapes, scalarSize: MemoryLayout<Scalar>.size)
    var layers: [Layer<Scalar>] = []
    for ((entry, functions), shape) in zip(zip(configuration.network.layers, functions), shapes.layers) {
      let layer = try entry.place.placing {
        try Layer(
          (0..<shape.neurons).map { try functions.neuron($0, inputs: shape.fanIn) as Neuron<Scalar> },
          wiring: shape.wiring, sources: entry.sources, connections: entry.connections)
      }
      try checkSettings(entry, of: layer)
      layer.initializer = entry.initializer
      layer.frozen = entry.frozen
      layer.dropout = entry.dropout
      layers.append(layer)
    }
    let network = try configuration.network.place.placing {
      try trained.map { try Network($0, replacingLastBy: layers, seed: configuration.seed) }
        ?? Network(layers: layers, seed: configuration.seed)
    }
    for (entry, layer) in zip(configuration.network.layers, layers) { try assign(entry, to: layer) }
    try configuration.network.place.placing { try network.checkDropout() }
    return network
  }

  /// Refuses what is said of weights and biases where the neurons are of a kind that has none.
  private static func checkSettings<Scalar: NetworkScalar>(_ entry: LayerConfiguration, of layer: Layer<Scalar>) throws
  {
    guard let kind = layer.neurons[0].pluginKind, layer.neurons.allSatisfy({ !$0.hasBias }) else { return }
    let given = [
      ("initializer", entry.initializer != nil), ("frozen", !entry.frozen.isEmpty), ("biases", entry.biases != nil),
    ]
    guard let (key, _) = given.first(where: \.1) else { return }
    throw ConfigurationError(
      entry.place.description,
      "the neurons of this layer, of the kind \(kind), have no weights and no bias; leave `\(key)` out")
  }

  /// Refuses a network whose weights, gradients and optimizer state this process could not hold.
  private static func checkMemory(
    _ configuration: Configuration, _ functions: [LayerFunctions], _ shapes: NetworkShapes, scalarSize: Int
  ) throws {
    let copies = Double(2 + configuration.training.optimizer.memory.count) * Double(scalarSize)
    let memory = Double(WholeFile.memory)
    var needed = 0.0
    func gigabytes(_ bytes: Double) -> String { "\((bytes / 1e8).rounded() / 10) GB" }
    for ((layer, functions), shape) in zip(zip(configuration.network.layers, functions), shapes.layers) {
      let weightCount = try layer.place.placing { try functions.weightCount(inputs: shape.fanIn) }
      needed += Double(shape.neurons) * (Double(weightCount) + 1) * copies
      // Of one sample at least: z, a, what the neurons receive and δ at each position, and where neurons run one by one, the
      // windows and what is sent to them.
      let positions = Double(shape.wiring.positions)
      needed += Double(shape.neurons) * positions * 4 * Double(scalarSize)
      if configuration.engine == .neuron, let window = shape.wiring.window {
        needed += Double(window.fanIn * window.groups) * positions * 2 * Double(scalarSize)
      }
      guard needed < memory else {
        throw ConfigurationError(
          layer.place.description,
          "up to this layer the network needs \(gigabytes(needed)) of memory, this process can have \(gigabytes(memory))"
        )
      }
    }
  }

  /// Weights and biases that are given outright.
  private static func assign<Scalar: NetworkScalar>(_ entry: LayerConfiguration, to layer: Layer<Scalar>) throws {
    if let weights = entry.weights {
      for (neuron, values) in zip(layer.neurons, weights) {
        guard values.count == neuron.weightCount else {
          let message =
            if let kind = neuron.pluginKind {
              "neuron \(neuron.index) has \(values.count) weights, but a \(kind) of \(layer.fanIn) inputs has"
                + " \(neuron.weightCount)"
            } else {
              "the weights are for \(values.count) inputs, but each neuron of the layer has \(layer.fanIn)"
            }
          throw ConfigurationError((entry.weightsPlace ?? entry.place).description, message)
        }
        if let odd = values.indices.first(where: { values[$0] != 0 && !layer.isConnected(neuron.index, $0) }) {
          throw ConfigurationError(
            (entry.weightsPlace ?? entry.place).description,
            "weight \(odd) of neuron \(neuron.index) is \(values[odd]), but \(connections(entry)) give it no connection"
              + " with input \(odd); expected 0 there")
        }
        neuron.weights.assign(values.map { Scalar($0) })
      }
    }
    if let biases = entry.biases {
      for (neuron, value) in zip(layer.neurons, biases) { neuron.bias = Scalar(value) }
    }
  }

  private static func connections(_ entry: LayerConfiguration) -> String {
    if case .rate(let rate) = entry.connections {
      "the connections drawn at a rate of \(rate)"
    } else {
      "`connections`"
    }
  }

  /// A loss is refused behind neurons whose outputs may lie where it is not defined.
  static func check<Scalar: NetworkScalar>(_ loss: Loss, behind layer: Layer<Scalar>, at place: Place) throws {
    for neuron in layer.neurons where neuron.respondsByActivation {
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
