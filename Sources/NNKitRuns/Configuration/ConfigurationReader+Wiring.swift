internal import NNKit

// The keys of a layer that say which inputs its neurons have: windows, pooling, sources, connections; and dropout.
extension ConfigurationReader {
  private static let windowKeys = ["kernel", "stride", "padding", "dilation", "groups"]
  static let wiringKeys = windowKeys + ["pool", "dropout", "sources", "join", "connections"]
  /// Larger than any image; products of two still fit an integer.
  private static let greatestSide = 1 << 24

  /// `{channels: 3, height: 32, width: 32}`.
  func image(_ node: ConfigurationNode) throws -> SampleShape {
    let keys = try node.mapping(["channels", "height", "width"])
    func number(_ key: String) throws -> Int { try keys.required(key).int(1...Self.greatestSide) }
    let channels = try keys["channels"]?.int(1...Self.greatestSide) ?? 1
    let size = ImageSize(height: try keys["height"]?.int(1...Self.greatestSide) ?? 1, width: try number("width"))
    guard Double(channels) * Double(size.height) * Double(size.width) < 1e9 else {
      throw node.expected("an image of fewer than 1000000000 numbers")
    }
    return SampleShape(channels: channels, size: size)
  }

  /// A layer that pools: a neuron of one kind for each channel.
  func poolingLayer(_ pool: ConfigurationNode, _ keys: ConfigurationMapping) throws -> LayerConfiguration {
    for key in ["neurons", "neuron", "connections", "groups", "weights", "biases"] {
      guard let node = keys[key] else { continue }
      throw node.error(
        "a layer with `pool` has one neuron for each channel that arrives, of the kind that `pool` names; `\(key)` does not"
          + " go with it")
    }
    guard keys["kernel"] != nil else {
      throw pool.error("a layer with `pool` needs `kernel`: a number, [height, width], or all")
    }
    let activation = try keys["activation"].map { node in
      if node.isList { throw node.expected("one activation for all neurons of a pooling layer") }
      return try function(node)
    }
    var layer = LayerConfiguration(
      neurons: 0, activations: [activation ?? FunctionConfiguration(name: "identity", place: place(keys.owner))],
      place: place(keys.owner))
    layer.isPool = true
    layer.kinds = [try function(pool)]
    layer.initializer = try keys["initializer"].map { try initializer($0) }
    if let frozen = keys["frozen"] { layer.frozen = try self.frozen(frozen) }
    try readWiring(keys, of: &layer)
    return layer
  }

  func readWiring(_ keys: ConfigurationMapping, of layer: inout LayerConfiguration) throws {
    layer.window = try window(keys)
    layer.windowPlace = keys["kernel"].map(place)
    layer.sourcesPlace = (keys["sources"] ?? keys["join"]).map(place)
    if let node = keys["dropout"] {
      layer.dropout = try node.double(0...1)
      if layer.dropout == 1 { throw node.expected("a number of at least 0 and less than 1") }
    }
    layer.sources = try sources(keys)
    guard let node = keys["connections"] else { return }
    if layer.window != nil {
      throw node.error("`connections` do not go with `kernel`; `groups` say which channels each neuron has")
    }
    layer.connections = try connections(node, neurons: layer.neurons)
  }

  private func window(_ keys: ConfigurationMapping) throws -> WindowConfiguration? {
    guard let kernel = keys["kernel"] else {
      for key in Self.windowKeys {
        if let node = keys[key] { throw node.error("`\(key)` goes with `kernel`, which the layer does not have") }
      }
      return nil
    }
    var window = WindowConfiguration(
      kernel: kernel.text == "all" ? .all : .size(try size(kernel, from: 1, "a number, [height, width], or all")))
    window.stride = try keys["stride"].map { try size($0, from: 1) }
    if let padding = keys["padding"] {
      if padding.text == "same" {
        window.padding = .same
      } else {
        let sides = try size(padding, from: 0, "a number, [height, width], or same")
        window.padding = .sides(Padding(height: sides.height, width: sides.width))
      }
    }
    if let dilation = keys["dilation"] { window.dilation = try size(dilation, from: 1) }
    if let groups = keys["groups"] { window.groups = try groups.int(1...Self.greatestSide) }
    if window.kernel == .all {
      for key in ["padding", "dilation", "stride"] {
        if let node = keys[key] {
          throw node.error("`kernel: all` has one position, the whole image; leave `\(key)` out")
        }
      }
    }
    return window
  }

  /// A number for both, or [height, width].
  private func size(
    _ node: ConfigurationNode, from least: Int, _ what: String = "a number or [height, width]"
  ) throws -> ImageSize {
    guard node.isList else {
      guard let text = node.text, Int(text) != nil else { throw node.expected(what) }
      return ImageSize(try node.int(least...Self.greatestSide))
    }
    let sides = try node.list().map { try $0.int(least...Self.greatestSide) }
    guard sides.count == 2 else { throw node.expected(what) }
    return ImageSize(height: sides[0], width: sides[1])
  }

  private func sources(_ keys: ConfigurationMapping) throws -> Sources {
    let isSum = try keys["join"].map { try $0.name(among: ["concatenate", "add"]) == "add" } ?? false
    guard let node = keys["sources"] else {
      if let join = keys["join"] { throw join.error("`join` goes with `sources`, which the layer does not have") }
      return .previous
    }
    if node.text == "all" {
      if isSum { throw node.error("`sources: all` are one after the other; to add sources, list those of equal size") }
      return .all
    }
    guard node.isList else {
      throw node.expected("all, or a list of `inputs` and numbers of layers, as [inputs, 0, 2]")
    }
    let sources = try node.list().map { part in
      part.text == "inputs" ? Source.inputs : .layer(try part.int(0...1_000_000))
    }
    if sources.isEmpty { throw node.expected("at least one source") }
    return isSum ? .added(sources) : .concatenated(sources)
  }

  private func connections(_ node: ConfigurationNode, neurons: Int) throws -> Connections {
    if node.isMapping {
      let rate = try node.mapping(["rate"]).required("rate")
      return .rate(try rate.double(Double.leastNonzeroMagnitude...1, "a number greater than 0 and at most 1"))
    }
    let lists = try node.list("{rate: 0.5}, or for each neuron a list of its inputs' numbers")
    if lists.count != neurons {
      throw node.error("connections of \(lists.count) neurons, the layer has \(neurons)")
    }
    return .lists(
      try lists.map { list in
        let inputs = try list.list("a list of inputs' numbers").map { try $0.int(0...Int(Int32.max)) }
        if inputs.isEmpty { throw list.expected("at least one input") }
        if Set(inputs).count < inputs.count { throw list.error("an input is named twice") }
        return inputs
      })
  }
}
