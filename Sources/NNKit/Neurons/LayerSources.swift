// Layers whose inputs do not come from the layer before alone: what arrives is joined before each layer, and what it sends
// is taken apart again.

/// Where the inputs of one layer of a network come from.
struct LayerSources {
  let sources: [Source]
  let isSum: Bool
  /// How many inputs the network has.
  let networkInputs: Int
}

extension Network {
  /// The sources of all layers, checked; nil where each has the layer before as its only one.
  static func sources(of layers: [Layer<Scalar>]) throws -> [LayerSources]? {
    let inputs = try inputCount(of: layers)
    let outputs = layers.map(\.outputCount)
    for (index, layer) in layers.enumerated() {
      let arriving = try layer.sources.inputCount(of: index, inputs: inputs, outputs: Array(outputs[..<index]))
      guard arriving != layer.inputCount else { continue }
      if layer.sources == .previous {
        let before = layers[index - 1]
        throw NetworkError(
          "layer \(index) has \(layer.inputCount) inputs, but layer \(index - 1) has "
            + (before.positions == 1
              ? "\(before.neurons.count) neurons"
              : "\(before.outputCount) outputs: \(before.neurons.count) neurons at \(before.positions) positions"))
      }
      throw NetworkError("layer \(index) has \(layer.inputCount) inputs, but its sources give \(arriving) numbers")
    }
    if let last = layers.last, last.positions > 1 {
      throw NetworkError(
        "the last layer answers at \(last.positions) positions, and a sample has one answer; add a layer"
          + " without a window, or one that pools over the whole image (`kernel: all`)")
    }
    if layers.allSatisfy({ $0.sources == .previous }) { return nil }
    let all = layers.enumerated().map { index, layer in
      LayerSources(sources: layer.sources.resolved(of: index), isSum: layer.sources.isSum, networkInputs: inputs)
    }
    let used = Set(all.flatMap(\.sources))
    if let unused = layers.indices.dropLast().first(where: { !used.contains(.layer($0)) }) {
      throw NetworkError(
        "no layer has layer \(unused) as a source: it would learn nothing; name it among the `sources` of a layer behind it,"
          + " or leave it out")
    }
    return all.allSatisfy { !$0.isSum && $0.sources.count == 1 }
      && layers.indices.allSatisfy({
        all[$0].sources == Sources.previous.resolved(of: $0)
      }) ? nil : all
  }

  /// How many inputs the network has: what its first layer has, whose only source they are.
  private static func inputCount(of layers: [Layer<Scalar>]) throws -> Int {
    let sources = layers[0].sources.resolved(of: 0)
    guard !sources.isEmpty, sources.allSatisfy({ $0 == .inputs }) else {
      throw NetworkError("the first layer has the network's inputs as its only source")
    }
    return layers[0].sources.isSum ? layers[0].inputCount : layers[0].inputCount / sources.count
  }

  /// What arrives at a layer.
  func joined(_ sources: LayerSources, _ inputs: Inputs<Scalar>) -> Inputs<Scalar> {
    func signal(_ source: Source) -> Inputs<Scalar> {
      if case .layer(let number) = source { layers[number].signal } else { inputs }
    }
    let parts = sources.sources.map(signal)
    if parts.count == 1 { return parts[0] }
    let (columns, counts) = (inputs.columns, parts.map(\.count))
    let joined = Matrix<Scalar>(rows: sources.isSum ? counts[0] : counts.reduce(0, +), columns: columns)
    var first = 0
    for (index, part) in parts.enumerated() {
      add(part, to: joined.base + first * columns, isFirst: !sources.isSum || index == 0)
      if !sources.isSum { first += part.count }
    }
    return Inputs(outputs: joined)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func add(_ part: Inputs<Scalar>, to base: UnsafeMutablePointer<Scalar>, isFirst: Bool) {
    let columns = part.columns
    for input in 0..<part.count {
      let (from, to) = (part.base + input * part.inputStride, base + input * columns)
      for column in 0..<columns {
        to[column] = isFirst ? from[column * part.columnStride] : to[column] + from[column * part.columnStride]
      }
    }
  }

  /// Has `body` send a layer's messages, and gives each of its sources those that are for it.
  func sendingApart(
    _ sources: LayerSources, _ inputGradients: Matrix<Scalar>?, _ body: (Messages<Scalar>?) throws -> Void
  ) rethrows {
    func messages(_ source: Source) -> Messages<Scalar>? {
      guard case .layer(let number) = source else { return inputGradients.map { Messages(addingTo: $0) } }
      return Messages(addingTo: layers[number].storage.received, positions: layers[number].positions)
    }
    let parts = sources.sources.map(messages)
    if parts.count == 1 { return try body(parts[0]) }
    guard parts.contains(where: { $0 != nil }) else { return try body(nil) }
    let widths = sources.sources.map { source in
      if case .layer(let number) = source { layers[number].outputCount } else { sources.networkInputs }
    }
    let columns = output.storage.received.columns
    let sums = Matrix<Scalar>(rows: sources.isSum ? widths[0] : widths.reduce(0, +), columns: columns)
    try body(Messages(addingTo: sums))
    var first = 0
    for (part, width) in zip(parts, widths) {
      if let part { add(sums.base + first * columns, width * columns, to: part.base) }
      if !sources.isSum { first += width }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func add(_ sums: UnsafePointer<Scalar>, _ count: Int, to base: UnsafeMutablePointer<Scalar>) {
    for index in 0..<count { base[index] += sums[index] }
  }
}
