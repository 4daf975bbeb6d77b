import NNKit

/// The data sets among which a page chooses: the configuration's own, and those that a generator makes.
extension ViewSettings {
  /// What pages call the configuration's own data where no generator makes them.
  static let configured = "configured"

  /// All that can be chosen.
  var dataNames: [String] {
    let own = Self.name(original.configuration.data.train.source)
    return own == Self.configured ? [own] + GeneratorSource.names : GeneratorSource.names
  }

  /// The one in force.
  var dataName: String { Self.name(configuration.data.train.source) }

  /// What the configuration's own data are.
  var dataWords: String {
    switch original.configuration.data.train.source {
    case .csv(let source): source.path.split(separator: "/").last.map(String.init) ?? source.path
    case .idx(let source): source.images.split(separator: "/").last.map(String.init) ?? source.images
    case .npy(let source): source.inputs.split(separator: "/").last.map(String.init) ?? source.inputs
    case .fann(let source): source.path.split(separator: "/").last.map(String.init) ?? source.path
    case .inline(let samples): "the configuration's \(samples.count) samples"
    case .generator(let source): source.name
    }
  }

  /// The deviation of the generator's noise; nil where no generator makes the data.
  ///
  /// The optimizer of Swift 6.3 ends with an error where this is inlined into `choose`.
  var noise: Double? {
    @inline(never) get {
      if case .generator(let source) = configuration.data.train.source { return source.noise }
      return nil
    }
  }

  private static func name(_ source: DataSource) -> String {
    if case .generator(let source) = source { return source.name }
    return configured
  }

  /// Takes another data set, with an output layer and a loss for its targets where those there are fit no more.
  mutating func choose(data name: String) throws {
    guard dataNames.contains(name) else {
      throw RefusedChange("data", "found \(shown(name)), expected one of \(listed(dataNames))")
    }
    let before = classCount
    let former = noise
    if name == Self.name(original.configuration.data.train.source) {
      takeOriginalData()
    } else {
      takeGenerator(name)
      takeOutput(ifOtherThan: before)
    }
    if let former, noise != nil { try change(noise: former) }
    forgetInputs()
  }

  /// Leaves what was given for the inputs of other data.
  private mutating func forgetInputs() {
    configuration.network.inputs = nil
    configuration.network.layers[0].weights = nil
  }

  /// Takes the configuration's own data again, with its own last layer and loss where those there do not fit them.
  private mutating func takeOriginalData() {
    configuration.data = original.configuration.data
    configuration.network.image = original.configuration.network.image
    var layers = configuration.network.layers
    let output = original.configuration.network.layers.last
    if let output, classCount != original.classCount || output.neurons != layers.last?.neurons {
      layers[layers.count - 1] = output
      configuration.network.layers = layers
      configuration.loss = original.configuration.loss
    }
    classCount = original.classCount
  }

  /// Takes an output layer and a loss for the classes there are now, where those there do not fit them.
  private mutating func takeOutput(ifOtherThan before: Int?) {
    var layers = configuration.network.layers
    let width = layers.last?.neurons ?? 0
    if classCount == before && width <= max(1, classCount ?? 1) { return }
    let output = Self.output(for: classCount)
    layers[layers.count - 1] = output.layer
    configuration.network.layers = layers
    configuration.loss = output.loss
  }

  /// Puts a generator in the place of all sources; each keeps its number of samples.
  private mutating func takeGenerator(_ name: String) {
    func replaced(_ source: DataConfiguration.Source) -> DataConfiguration.Source {
      let generator = GeneratorSource(name: name, samples: Self.samples(source.source, for: name))
      return DataConfiguration.Source(source: .generator(generator), place: source.place)
    }
    configuration.data.train = replaced(configuration.data.train)
    configuration.data.test = configuration.data.test.map(replaced)
    if case .source(let source) = configuration.data.validation {
      configuration.data.validation = .source(replaced(source))
    }
    // A generator makes no images.
    (configuration.data.targetScale, configuration.data.augment, configuration.network.image) = (nil, nil, nil)
    classCount = GeneratorSource(name: name).classCount
  }

  /// Other noise for all that a generator makes.
  mutating func change(noise: Double) throws {
    guard self.noise != nil else { throw RefusedChange("noise", "only a generator's data have noise") }
    guard (0...100).contains(noise) else { throw RefusedChange("noise", "found \(noise), expected 0 to 100") }
    func noisy(_ source: DataConfiguration.Source) -> DataConfiguration.Source {
      guard case .generator(var generator) = source.source else { return source }
      generator.noise = noise
      return DataConfiguration.Source(source: .generator(generator), place: source.place)
    }
    configuration.data.train = noisy(configuration.data.train)
    configuration.data.test = configuration.data.test.map(noisy)
    if case .source(let validation) = configuration.data.validation {
      configuration.data.validation = .source(noisy(validation))
    }
  }

  /// As many samples as before; a truth table has each of its rows once.
  private static func samples(_ source: DataSource, for name: String) -> Int? {
    guard case .generator(let before) = source, !["xor", "and", "or", "parity"].contains(name) else { return nil }
    return before.samples
  }

  /// An output layer and a loss for so many classes, or for a number where there are none.
  private static func output(for classes: Int?) -> (layer: LayerConfiguration, loss: FunctionConfiguration) {
    let (neurons, activation, loss) =
      switch classes {
      case nil: (1, "identity", "squared_error")
      case 2: (1, "sigmoid", "binary_cross_entropy")
      case let count?: (count, "softmax", "cross_entropy")
      }
    let place = Place(description: "output layer")
    let function = FunctionConfiguration(name: activation, place: place)
    return (
      LayerConfiguration(neurons: neurons, activations: [function], place: place),
      FunctionConfiguration(name: loss, place: Place(description: "loss"))
    )
  }
}

extension GeneratorSource {
  /// How many classes its samples have; nil where targets are numbers.
  var classCount: Int? {
    switch name {
    case "sine": nil
    case "spirals": classes ?? 2
    case "blobs": classes ?? 3
    default: 2
    }
  }
}
