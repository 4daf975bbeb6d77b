internal import NNKit

extension ConfigurationReader {
  /// More neurons than any machine could hold the weights of; smaller networks are held against the memory there is.
  private static let greatestWidth = 100_000_000

  func network(_ node: ConfigurationNode) throws -> NetworkConfiguration {
    let keys = try node.mapping(["inputs", "image", "layers", "from"])
    var network = NetworkConfiguration(place: place(node))
    network.inputs = try keys["inputs"]?.int(1...Self.greatestWidth)
    network.image = try keys["image"].map { try image($0) }
    (network.inputsPlace, network.imagePlace) = (keys["inputs"].map(place), keys["image"].map(place))
    if let image = network.image, let inputs = network.inputs, image.count != inputs {
      throw (keys["image"] ?? node).error("`image` is \(image), \(image.count) numbers, but `inputs` is \(inputs)")
    }
    if let from = keys["from"] {
      (network.from, network.fromPlace) = (try path(from), place(from))
      if keys["layers"] == nil { return network }
    }
    let layers = try keys.required("layers")
    network.layers = try layers.list("a list of layers").map { try layer($0) }
    if network.layers.isEmpty { throw layers.expected("at least one layer") }
    return network
  }

  private func layer(_ node: ConfigurationNode) throws -> LayerConfiguration {
    let keys = try node.mapping(
      ["neurons", "neuron", "activation", "initializer", "weights", "biases", "frozen"] + Self.wiringKeys)
    if let pool = keys["pool"] { return try poolingLayer(pool, keys) }
    let neurons = try keys.required("neurons").int(1...Self.greatestWidth)
    let activations = try functions(keys.required("activation"), "activations", neurons)
    var layer = LayerConfiguration(neurons: neurons, activations: activations, place: place(node))
    try readWiring(keys, of: &layer)
    layer.kinds = try keys["neuron"].map { try functions($0, "kinds", neurons) }
    layer.initializer = try keys["initializer"].map { try initializer($0) }
    if let weights = keys["weights"] {
      let rows = try weights.list("a list of weights for each neuron")
      if rows.count != neurons { throw weights.error("weights for \(rows.count) neurons, the layer has \(neurons)") }
      let values = try rows.map { try $0.numbers() }
      // Neurons of different kinds may have different counts.
      let areAlike = layer.kinds?.count ?? 1 == 1
      if let odd = values.indices.first(where: {
        areAlike && values[$0].count != values[0].count || values[$0].isEmpty
      }) {
        throw rows[odd].error("neuron \(odd) has \(values[odd].count) weights, neuron 0 has \(values[0].count)")
      }
      (layer.weights, layer.weightsPlace) = (values, place(weights))
    }
    if let biases = keys["biases"] {
      let values = try biases.numbers()
      if values.count != neurons { throw biases.error("\(values.count) biases for \(neurons) neurons") }
      layer.biases = values
    }
    if let frozen = keys["frozen"] { layer.frozen = try self.frozen(frozen) }
    return layer
  }

  func frozen(_ node: ConfigurationNode) throws -> FrozenParameters {
    var frozen: FrozenParameters = []
    for part in try node.isList ? node.list() : [node] {
      frozen.insert(try part.name(among: ["weights", "biases"]) == "weights" ? .weights : .biases)
    }
    return frozen
  }

  /// One function for all neurons of a layer, or a list with one each.
  func functions(_ node: ConfigurationNode, _ what: String, _ neurons: Int) throws -> [FunctionConfiguration] {
    guard node.isList else { return [try function(node)] }
    let functions = try node.list().map { try function($0) }
    if functions.count != neurons {
      throw node.error("\(functions.count) \(what) for \(neurons) neurons, expected one for all or one each")
    }
    return functions
  }

  func initializer(_ node: ConfigurationNode) throws -> Initializer {
    let (name, keys) = try named(
      node,
      [
        ("zeros", []), ("constant", ["value"]), ("normal", ["mean", "deviation"]), ("uniform", ["minimum", "maximum"]),
        ("glorot_normal", []), ("glorot_uniform", []), ("he_normal", []), ("he_uniform", []), ("lecun_normal", []),
      ])
    switch name {
    case "zeros": return .zeros
    case "constant":
      guard let value = try keys?.required("value") else { throw node.expected("{name: constant, value: NUMBER}") }
      return .constant(try value.double())
    case "normal":
      return .normal(
        mean: try keys?["mean"]?.double() ?? 0, deviation: try keys?["deviation"]?.double(0 ... .infinity) ?? 1)
    case "uniform":
      let minimum = try keys?["minimum"]?.double() ?? -1
      let maximum = try keys?["maximum"]?.double() ?? 1
      guard minimum <= maximum else { throw node.error("minimum \(minimum) is greater than maximum \(maximum)") }
      return .uniform(minimum: minimum, maximum: maximum)
    case "glorot_normal": return .glorotNormal
    case "glorot_uniform": return .glorotUniform
    case "he_normal": return .heNormal
    case "he_uniform": return .heUniform
    default: return .lecunNormal
    }
  }
}
