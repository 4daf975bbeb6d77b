/// A network's structure as it stands in a saved model's metadata, beside the numbers.
struct ModelDescription: Codable, Equatable {
  struct Function: Codable, Equatable {
    var name: String
    var parameters: [String: Double]?

    init(name: String, parameters: [String: Double]) {
      self.name = name
      self.parameters = parameters.isEmpty ? nil : parameters
    }
  }

  struct Layer: Codable, Equatable {
    var neurons: Int
    /// One for all neurons, or one each.
    var activations: [Function]
    /// The type name of each neuron, if any is not plain.
    ///
    /// One that a plugin combines for is a `PluginNeuron`, so that a reader that knows no kinds refuses it.
    var types: [String]?
    /// The kind of those neurons: one for all neurons of the layer, or one each, null where a neuron has none.
    var kinds: [Function?]?
    var frozen: [String]?
    /// The settings of each neuron, if any has some.
    var settings: [[String: Double]]?
    /// Nil where each neuron hears everything.
    var window: WindowDescription?
    var dropout: Double?
    /// Where its inputs come from, −1 for the network's inputs; nil for the layer before.
    var sources: [Int]?
    /// How several sources are joined: "concatenate" or "add".
    var join: String?
    /// A bit for each weight, row by row, eight in a byte, the first the lowest, in base 64; nil where there are all.
    var connections: String?
  }

  /// Of this description's form; from 2 on the file has a checksum, from 3 on neurons have settings, from 4 on inputs may
  /// come from columns that are not plain numbers, and layers have windows, sources, connections and dropout.
  var version = 2
  var inputs: Int
  var layers: [Layer]
  var loss: Function?
  var targetKind: TargetKind?
  var classes: [String]?
  var classLabels: [String]?
  var classWeights: [Double]?
  var columns: [TableColumn]?
  var inputNames: [String]?
  var targetNames: [String]?
  var inputScaling: Scaling?
  var targetScaling: Scaling?

  /// The metadata's key under which it stands, as JSON.
  static let key = "nnkit"
}

extension ModelDescription.Layer {
  var hasWiring: Bool {
    window != nil || dropout != nil || sources != nil || connections != nil
  }

  /// Whether it goes with weights of a given shape, whose size the file's own size bounds: asked before memory is made.
  func fits(_ shape: [Int]?, fanIn: Int) -> Bool {
    guard let shape, shape.count == 2, shape[0] == neurons, neurons > 0, fanIn > 0 else { return false }
    guard [1, neurons].contains(activations.count), kinds.map({ [1, neurons].contains($0.count) }) ?? true else {
      return false
    }
    if let settings, settings.count != neurons { return false }
    // Such neurons may have more or fewer weights than inputs; then the inputs are held to a common measure.
    return types.map { $0.count == neurons && fanIn <= 1 << 24 } ?? (shape[1] == fanIn)
  }
}

extension ModelDescription {
  init<Scalar: NetworkScalar>(of model: Model<Scalar>) {
    inputs = model.network.inputCount
    layers = model.network.layers.map { layer in
      let activations = layer.activation.map { [$0] } ?? layer.neurons.map(\.activation)
      let areAllPlain = layer.neurons.allSatisfy(\.isPlain)
      let kinds = layer.neurons.map { $0.pluginKind.map { Function(name: $0.name, parameters: $0.givenParameters) } }
      let shared = kinds.dropFirst().allSatisfy { $0 == kinds[0] } ? [kinds[0]] : kinds
      let frozen = [("weights", FrozenParameters.weights), ("biases", .biases)].filter { layer.frozen.contains($0.1) }
      return Layer(
        neurons: layer.neurons.count,
        activations: activations.map { Function(name: $0.name, parameters: $0.givenParameters) },
        types: areAllPlain ? nil : layer.neurons.map { type(of: $0).typeName },
        kinds: kinds.allSatisfy { $0 == nil } ? nil : shared,
        frozen: frozen.isEmpty ? nil : frozen.map(\.0),
        settings: layer.neurons.allSatisfy(\.settings.isEmpty) ? nil : layer.neurons.map(\.settings),
        window: layer.wiring.window.map(WindowDescription.init), dropout: layer.dropout == 0 ? nil : layer.dropout,
        sources: layer.sources == .previous ? nil : layer.sources.numbers(of: layer.parameters[0].layer),
        join: layer.sources == .previous ? nil : layer.sources.isSum ? "add" : "concatenate",
        connections: layer.storage.connections?.text)
    }
    if layers.contains(where: { $0.settings != nil }) { version = 3 }
    if model.columns != nil || layers.contains(where: \.hasWiring) { version = 4 }
    loss = model.loss.map { Function(name: $0.name, parameters: $0.givenParameters) }
    targetKind = model.targetKind
    classes = model.classes
    classLabels = model.classLabels
    classWeights = model.classWeights
    columns = model.columns
    inputNames = model.inputNames
    targetNames = model.targetNames
    inputScaling = model.inputScaling
    targetScaling = model.targetScaling
  }
}
