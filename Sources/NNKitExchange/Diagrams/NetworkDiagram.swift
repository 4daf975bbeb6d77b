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
    /// Counted from 0 at the inputs: column of the node where it begins; it ends in the next column.
    let column: Int
    let from: Int
    let to: Int
    /// nil where one of its ends stands for a whole column, or where a neuron has other weights than one an input.
    let weight: Double?
  }

  static let limit = 16

  let name: String
  let columns: [Column]
  let edges: [Edge]
  /// The greatest |w| that is drawn, or 1: widths of lines are relative to it.
  let greatestWeight: Double

  /// - Throws: `ExportError` for layers with windows or with other sources than the layer before.
  package init(_ model: Model<Double>, name: String) throws {
    try model.network.expectChain(for: "a diagram")
    self.name = name
    let network = model.network
    let inputNames = model.inputNames ?? (0..<network.inputCount).map { "x\($0)" }
    var columns = [Self.column("inputs", inputNames)]
    var edges: [Edge] = []
    for (index, layer) in network.layers.enumerated() {
      let isLast = index == network.layers.count - 1
      let labels = (isLast ? model.classes : nil).flatMap { $0.count == layer.neurons.count ? $0 : nil }
      let functions =
        layer.kindNames + (layer.activation.map { [$0] } ?? layer.neurons.map(\.activation)).map(\.description)
      var seen: Set<String> = []
      let words = functions.filter { seen.insert($0).inserted }.joined(separator: ", ")
      columns.append(Self.column("layer \(index): \(words)", labels ?? (0..<layer.neurons.count).map(String.init)))
      edges += Self.edges(of: layer, from: columns[index], index, to: columns[index + 1])
    }
    self.columns = columns
    self.edges = edges
    greatestWeight = edges.compactMap { $0.weight.map { abs($0) } }.max().flatMap { $0 > 0 ? $0 : nil } ?? 1
  }

  private static func column(_ title: String, _ labels: [String]) -> Column {
    labels.count <= limit
      ? Column(title: title, labels: labels, count: nil)
      : Column(title: title, labels: ["\(labels.count)"], count: labels.count)
  }

  private static func edges(of layer: Layer<Double>, from source: Column, _ index: Int, to target: Column) -> [Edge] {
    target.labels.indices.flatMap { to in
      source.labels.indices.map { from in
        let isDrawnOut = source.count == nil && target.count == nil
        let weights = isDrawnOut ? layer.neurons[to].weights : nil
        let weight = weights.flatMap { $0.count == layer.fanIn ? $0[from] : nil }
        return Edge(column: index, from: from, to: to, weight: weight)
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
