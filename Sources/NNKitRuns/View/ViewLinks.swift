import NNKit

/// The lines that a page draws between nodes: where a neuron has inputs from, and how strong these are.
struct ViewLinks<Scalar: NetworkScalar> {
  /// More lines to one layer would hide each other.
  private static var most: Int { 1500 }
  /// More inputs than these are one block without lines.
  static var drawnInputs: Int { 16 }

  struct Link {
    /// The layer that the line comes from; -1 for the network's inputs.
    let source: Int
    /// The node there: an input, or a neuron, with its outputs at all positions.
    let node: Int
    let neuron: Int
    /// The weights of the neuron that belong to the node.
    let weights: [Int]
  }

  /// For each layer those that end there.
  let layers: [[Link]]

  /// - Parameters:
  ///   - network: What is drawn.
  ///   - shown: How many neurons of a layer are drawn.
  init(_ network: Network<Scalar>, shown: (Layer<Scalar>) -> Int) {
    let hasWindows = network.layers.contains { $0.wiring.window != nil }
    let inputs = hasWindows || network.inputCount > Self.drawnInputs ? 0 : network.inputCount
    layers = network.layers.enumerated().map { index, layer in
      var links: [Link] = []
      var start = 0
      for source in layer.sources.resolved(of: index) {
        let number = if case .layer(let number) = source { number } else { -1 }
        let size = number < 0 ? 1 : network.layers[number].positions
        let nodes = number < 0 ? inputs : shown(network.layers[number])
        for neuron in 0..<shown(layer) {
          for node in 0..<nodes {
            let weights = Self.weights(of: node, size, start, neuron, layer)
            guard let weights else { continue }
            links.append(Link(source: number, node: node, neuron: neuron, weights: weights))
          }
        }
        if !layer.sources.isSum {
          start += number < 0 ? network.inputCount : network.layers[number].outputCount
        }
      }
      return links.count <= Self.most ? links : []
    }
  }

  /// Which weights of a neuron belong to a node whose `size` numbers begin `start` numbers behind the first; nil if there is
  /// no connection.
  private static func weights(
    of node: Int, _ size: Int, _ start: Int, _ neuron: Int, _ layer: Layer<Scalar>
  ) -> [Int]? {
    let first = start + node * size
    guard let window = layer.wiring.window else {
      let all = (first..<first + size).filter { layer.isConnected(neuron, $0) }
      return all.isEmpty ? nil : all.filter { $0 < layer.neurons[neuron].weightCount }
    }
    let channels = window.channels / window.groups
    let channel = first / window.image.count - neuron / (layer.neurons.count / window.groups) * channels
    guard 0..<channels ~= channel else { return nil }
    let taps = channel * window.kernel.count..<(channel + 1) * window.kernel.count
    return taps.filter { $0 < layer.neurons[neuron].weightCount }
  }

  /// As pages read them: source, node, neuron.
  func json(_ layer: Int) -> JSONText {
    .list(layers[layer].map { .list([.integer($0.source), .integer($0.node), .integer($0.neuron)]) })
  }

  /// Of each line to a layer, the weight of the greatest size.
  func strengths(_ index: Int, of layer: Layer<Scalar>) -> [Float] {
    layers[index].map { link in
      let weights = layer.neurons[link.neuron].weights
      return link.weights.reduce(Float(0)) { best, place in
        let weight = Float(weights[place])
        return abs(weight) > abs(best) ? weight : best
      }
    }
  }
}
