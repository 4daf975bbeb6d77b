internal import NNKit

/// What can be changed on the page, within a configuration.
struct ViewSettings {
  private static let widths = 1...2048
  private static let depths = 1...12

  var configuration: Configuration
  /// The network as the configuration gave it.
  private let given: NetworkConfiguration

  /// The configuration as an experiment is made of it: a model that it starts from has its layers itself.
  var experimental: Configuration {
    var experimental = configuration
    if configuration.network.from != nil { experimental.network = given }
    return experimental
  }

  /// How many classes the samples have; nil where targets are numbers.
  var classCount: Int?
  /// What there was before any change.
  let original: (configuration: Configuration, classCount: Int?)

  /// The configuration with its network written out as layers, also where it starts from a model.
  init<Scalar: NetworkScalar>(_ experiment: Experiment<Scalar>) {
    let (network, samples) = (experiment.network, experiment.data.train)
    let count = samples.areClasses ? max(2, network.outputCount) : nil
    given = experiment.configuration.network
    let configuration = Self.layered(experiment.configuration, network)
    (self.configuration, classCount, original) = (configuration, count, (configuration, count))
  }

  private static func layered<Scalar: NetworkScalar>(
    _ configuration: Configuration, _ network: Network<Scalar>
  ) -> Configuration {
    var layered = configuration
    if configuration.network.from != nil {
      let place = configuration.network.place
      let reader = network.layers.enumerated().first {
        $1.wiring.window != nil && $1.sources.resolved(of: $0) == [.inputs]
      }
      layered.network.image = reader?.element.wiring.window.map { SampleShape(channels: $0.channels, size: $0.image) }
      layered.network.layers = network.layers.map { layer in
        let activations = layer.activation.map { [$0] } ?? layer.neurons.map(\.activation)
        let kinds = layer.neurons.map { neuron in
          FunctionConfiguration(
            name: neuron.pluginKind?.name ?? NeuronKind.plainName,
            parameters: neuron.pluginKind?.givenParameters ?? [:], place: place)
        }
        let areAlike = kinds.allSatisfy { $0 == kinds[0] }
        let window = layer.wiring.window
        let isPool = areAlike && window?.groups == layer.neurons.count && layer.neurons.allSatisfy { !$0.hasBias }
        return LayerConfiguration(
          neurons: isPool ? 0 : layer.neurons.count,
          activations: activations.map {
            FunctionConfiguration(name: $0.name, parameters: $0.givenParameters, place: place)
          }, kinds: layer.kindNames.isEmpty ? nil : areAlike ? [kinds[0]] : kinds, frozen: layer.frozen,
          window: window.map { WindowConfiguration($0, isPool: isPool) }, isPool: isPool, dropout: layer.dropout,
          sources: layer.sources, connections: layer.connectionLists.map { .lists($0) }, place: place)
      }
    }
    return layered
  }

  /// What a change asks of the training.
  enum Consequence {
    /// Nothing but another end or pace.
    case none
    /// Continue with the present weights.
    case goOn
    /// Start again with first weights.
    case reset
  }

  /// Takes a change over.
  ///
  /// - Throws: `RefusedChange` if a value is impossible; then nothing is changed.
  mutating func apply(_ changes: ViewChanges) throws -> Consequence {
    var changed = self
    var consequence = Consequence.none
    if try changed.applyToTraining(changes) { consequence = .goOn }
    if let epochs = changes.epochs {
      guard (1...100_000_000).contains(epochs) else { throw Self.error("epochs", epochs, "1 to 100000000") }
      changed.configuration.training.epochs = epochs
    }
    if let loss = changes.loss, loss != configuration.loss.name {
      changed.configuration.loss = FunctionConfiguration(name: loss, place: Place(description: "loss"))
      consequence = .reset
    }
    if let layers = changes.layers {
      let before = configuration.network.layers
      changed.configuration.network.layers = try Self.layers(layers, from: before)
      if changed.configuration.network.layers != before { consequence = .reset }
    }
    if let initializer = changes.initializer {
      try changed.choose(initializer: initializer)
      consequence = .reset
    }
    if let data = changes.data, data != dataName {
      try changed.choose(data: data)
      consequence = .reset
    }
    if let noise = changes.noise, noise != changed.noise {
      try changed.change(noise: noise)
      consequence = .reset
    }
    if consequence == .reset { changed.configuration.network.from = nil }
    self = changed
    return consequence
  }

  /// Layers as they were, but for the widths and activations that changed.
  private static func layers(
    _ layers: [ViewChanges.Layer], from before: [LayerConfiguration]
  ) throws -> [LayerConfiguration] {
    guard depths.contains(layers.count) else { throw error("layers", layers.count, "1 to 12 layers") }
    guard let output = before.last, layers.last?.neurons == output.neurons else {
      throw RefusedChange("layers", "the last layer's width follows from the data and cannot be changed")
    }
    let hasShapes = before.contains { $0.window != nil || $0.sources != .previous }
    // Behind a layer that has changed, layers with windows give other numbers, and sources may reach over layers.
    var isBehindChange = false
    return try layers.enumerated().map { index, layer in
      let isLast = index == layers.count - 1
      let oldIndex = isLast ? before.count - 1 : layer.was.flatMap { 0..<before.count - 1 ~= $0 ? $0 : nil }
      let place = Place(description: "layer \(index)")
      let function = FunctionConfiguration(name: layer.activation, place: place)
      var new =
        oldIndex.map { before[$0] } ?? LayerConfiguration(neurons: layer.neurons, activations: [function], place: place)
      guard new.isPool || widths.contains(layer.neurons) else {
        throw error("layer-\(index)-neurons", layer.neurons, "1 to 2048 neurons")
      }
      // A layer that pools has as many neurons as channels arrive.
      let neurons = new.isPool ? new.neurons : layer.neurons
      let kernel = try Self.kernel(layer.kernel, of: &new, "layer-\(index)-kernel")
      let fanIns = (index > 0 ? layers[index - 1].neurons : nil, fanIn(before, oldIndex))
      let isWider = new.neurons != neurons
      if isWider || kernel == .changed || fanIns.0 != fanIns.1 || hasShapes && isBehindChange {
        (new.weights, new.biases) = (nil, nil)
        // So do lists of connections; a rate fits any.
        if case .lists = new.connections { new.connections = nil }
      }
      if isWider || kernel == .changed || oldIndex != index { isBehindChange = true }
      // A list with a kind for each neuron fits no other width.
      if isWider, let kinds = new.kinds, kinds.count > 1 { new.kinds = nil }
      new.neurons = neurons
      let isMixed = new.activations.count == layer.neurons && layer.activation == mixed
      if !isMixed, new.activations.count != 1 || new.activations[0].name != layer.activation {
        new.activations = [function]
      }
      return new
    }
  }

  private enum KernelChange {
    case none, changed
  }

  /// Takes over the kernel that a page asks for.
  private static func kernel(
    _ text: String?, of layer: inout LayerConfiguration, _ field: String
  ) throws -> KernelChange {
    guard let text, var window = layer.window, text != window.kernel.words else { return .none }
    guard let kernel = WindowConfiguration.Kernel(text) else {
      throw error(field, shown(text), "a size such as 3, 3 × 5 or all")
    }
    // What a pooling layer steps by is its kernel, unless something else is given.
    window.kernel = kernel
    layer.window = window
    return .changed
  }

  /// What a page calls the activations of a layer whose neurons have different ones.
  static let mixed = "mixed"

  /// The width of the layer before; nil for the first, which reads the inputs.
  private static func fanIn(_ layers: [LayerConfiguration], _ index: Int?) -> Int? {
    index.flatMap { $0 > 0 ? layers[$0 - 1].neurons : nil }
  }

  static func error(_ field: String, _ found: some Any, _ expected: String) -> RefusedChange {
    RefusedChange(field, "found \(found), expected \(expected)")
  }
}

/// A change that a page asked for and that cannot be.
struct RefusedChange: Error {
  /// The setting, as pages call it.
  let field: String
  let message: String

  init(_ field: String, _ message: String) { (self.field, self.message) = (field, message) }
}

extension WindowConfiguration.Kernel {
  /// As pages write it: `3`, `3 × 5` or `all`.
  package var words: String {
    switch self {
    case .all: "all"
    case .size(let size): size.height == size.width ? "\(size.height)" : "\(size)"
    }
  }

  /// Reads what `words` writes, and `3x5`; nil for everything else.
  init?(_ words: String) {
    if words == "all" {
      self = .all
      return
    }
    let sides = words.split(separator: /\s*[x×]\s*/).map { Int($0) }
    guard 1...2 ~= sides.count, let height = sides[0], let width = sides[sides.count - 1],
      1...1024 ~= height, 1...1024 ~= width
    else { return nil }
    self = .size(ImageSize(height: height, width: width))
  }
}

extension WindowConfiguration {
  /// The window of a layer as a configuration gives it.
  init(_ window: SlidingWindow, isPool: Bool) {
    self.init(kernel: .size(window.kernel))
    stride = isPool && window.stride == window.kernel ? nil : window.stride == 1 && !isPool ? nil : window.stride
    let same = Padding.same(
      image: window.image, kernel: window.kernel, stride: window.stride, dilation: window.dilation)
    let isEven = window.padding.top == window.padding.bottom && window.padding.left == window.padding.right
    padding = !isEven && window.padding == same ? .same : .sides(window.padding)
    dilation = window.dilation
    groups = isPool ? 1 : window.groups
  }
}
