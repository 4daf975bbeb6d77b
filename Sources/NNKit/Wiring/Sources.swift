/// What a layer takes as its inputs.
public enum Sources: Hashable, Sendable {
  /// The outputs of the layer before; of the first layer the network's inputs.
  case previous
  /// The network's inputs and the outputs of all earlier layers, one after the other.
  case all
  /// The outputs of these, one after the other. A layer with a window sees them as channels of equal size.
  case concatenated([Source])
  /// The sums of these, number by number; all have equally many.
  case added([Source])
}

/// One source of a layer.
public enum Source: Hashable, Sendable, CustomStringConvertible {
  /// The network's inputs.
  case inputs
  /// The outputs of a layer, counted from 0.
  case layer(Int)

  /// "layer 1", or "the inputs".
  public var description: String { if case .layer(let number) = self { "layer \(number)" } else { "the inputs" } }
}

extension Sources {
  /// The sources of the layer with a number, in their order.
  package func resolved(of layer: Int) -> [Source] {
    switch self {
    case .previous: [layer == 0 ? .inputs : .layer(layer - 1)]
    case .all: [.inputs] + (0..<layer).map { .layer($0) }
    case .concatenated(let sources), .added(let sources): sources
    }
  }

  package var isSum: Bool { if case .added = self { true } else { false } }

  /// How many numbers the layer with a number takes from sources of these widths.
  ///
  /// - Throws: `NetworkError` for a source that there is not, or sums of sources that are not equally wide.
  package func inputCount(of layer: Int, inputs: Int, outputs: [Int]) throws -> Int {
    let sources = resolved(of: layer)
    guard !sources.isEmpty else { throw NetworkError("layer \(layer) has no sources; expected at least one") }
    let widths = try sources.map { source in
      guard case .layer(let number) = source else { return inputs }
      guard 0..<layer ~= number else {
        throw NetworkError(
          "layer \(layer) has layer \(number) as a source; expected a layer before it"
            + (layer == 0 ? ", and there is none: its source is the inputs" : ", 0 to \(layer - 1), or the inputs"))
      }
      return outputs[number]
    }
    if isSum {
      if let odd = widths.indices.first(where: { widths[$0] != widths[0] }) {
        throw NetworkError(
          "layer \(layer) adds \(sources[0]) of \(widths[0]) numbers and \(sources[odd]) of \(widths[odd]);"
            + " what is added has equally many")
      }
      return widths[0]
    }
    return widths.reduce(0, +)
  }
}
