package import NNKit

/// What a drawing of a network shows: columns of nodes from the inputs to the outputs, and the connections between them.
///
/// A column of at most `limit` units has a node each; a larger one is a single node that stands for all of them.
package struct NetworkDiagram {
  struct Column {
    /// What stands over it: "layer 0: tanh".
    let title: String
    /// What stands at each node.
    let labels: [String]
    /// How many units the single node stands for, if it does.
    let count: Int?
  }

  struct Edge {
    /// Where it begins and ends: columns, counted from 0 at the inputs, and nodes in them.
    let from: (column: Int, node: Int)
    let to: (column: Int, node: Int)
    /// nil where one of its ends stands for a whole column, or where a neuron has other weights than one an input.
    let weight: Double?
  }

  static let limit = 16

  let name: String
  let columns: [Column]
  let edges: [Edge]
  /// The greatest |w| that is drawn, or 1: widths of lines are relative to it.
  let greatestWeight: Double

  package init(_ model: Model<Double>, name: String) {
    self.name = name
    let network = model.network
    let inputNames = model.inputNames ?? (0..<network.inputCount).map { "x\($0)" }
    let image = network.layers[0].wiring.window.map { ($0.channels, $0.image) }
    var columns = [Self.column("inputs", inputNames, image)]
    var edges: [Edge] = []
    for (index, layer) in network.layers.enumerated() {
      let isLast = index == network.layers.count - 1
      let labels = (isLast ? model.classes : nil).flatMap { $0.count == layer.neurons.count ? $0 : nil }
      let functions =
        layer.kindNames + (layer.activation.map { [$0] } ?? layer.neurons.map(\.activation)).map(\.description)
      var seen: Set<String> = []
      let words = functions.filter { seen.insert($0).inserted }.joined(separator: ", ")
      columns.append(
        Self.column(
          "layer \(index): \(words)", labels ?? (0..<layer.neurons.count).map(String.init), layer.outputShape))
      edges += Self.edges(of: layer, index, in: columns)
    }
    self.columns = columns
    self.edges = edges
    greatestWeight = edges.compactMap { $0.weight.map { abs($0) } }.max().flatMap { $0 > 0 ? $0 : nil } ?? 1
  }

  private static func column(
    _ title: String, _ labels: [String], _ shape: (channels: Int, image: ImageSize)?
  ) -> Column {
    if let (channels, image) = shape {
      return Column(title: title, labels: ["\(channels) × \(image)"], count: channels * image.count)
    }
    return labels.count <= limit
      ? Column(title: title, labels: labels, count: nil)
      : Column(title: title, labels: ["\(labels.count)"], count: labels.count)
  }

  /// The edges into a layer, from each of its sources.
  private static func edges(of layer: Layer<Double>, _ index: Int, in columns: [Column]) -> [Edge] {
    var first = 0
    return layer.sources.resolved(of: index).flatMap { source in
      let column = if case .layer(let number) = source { number + 1 } else { 0 }
      let isDrawnOut = columns[column].count == nil && columns[index + 1].count == nil
      defer { if !layer.sources.isSum { first += columns[column].count ?? columns[column].labels.count } }
      return columns[index + 1].labels.indices.flatMap { to in
        columns[column].labels.indices.compactMap { from -> Edge? in
          let input = first + from
          if isDrawnOut, !layer.isConnected(to, input) { return nil }
          let weights = isDrawnOut ? layer.neurons[to].weights : nil
          let weight = weights.flatMap { $0.count == layer.fanIn ? $0[input] : nil }
          return Edge(from: (column, from), to: (index + 1, to), weight: weight)
        }
      }
    }
  }

  /// How wide a line is drawn, from 0.5 for a weight of 0 to 4 for the greatest; 1 without a weight.
  func width(of edge: Edge) -> Double {
    guard let weight = edge.weight else { return 1 }
    return ((0.5 + 3.5 * abs(weight) / greatestWeight) * 100).rounded() / 100
  }

  /// Blue for positive weights, orange for negative ones, grey without a weight.
  static func color(of edge: Edge) -> String {
    guard let weight = edge.weight else { return "#888888" }
    return weight < 0 ? "#c4622d" : "#2d6fc4"
  }
}
