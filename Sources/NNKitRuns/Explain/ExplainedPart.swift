package import NNKit

/// Which neurons an explanation shows; all of them are computed.
package struct ExplainedPart: Equatable {
  /// nil for every layer.
  let layer: Int?
  /// nil for every neuron of these layers.
  let neuron: Int?

  static let whole = ExplainedPart(layer: nil, neuron: nil)

  private init(layer: Int?, neuron: Int?) { (self.layer, self.neuron) = (layer, neuron) }

  /// - Parameters:
  ///   - layer: A layer's number, from 0.
  ///   - neuron: A neuron's number in its layer, from 0; without a layer, in every layer that has one of this number.
  ///   - network: Which has them.
  /// - Throws: `ConfigurationError` that says which there are, if it does not.
  package init<Scalar: NetworkScalar>(layer: Int?, neuron: Int?, of network: Network<Scalar>) throws {
    self.init(layer: layer, neuron: neuron)
    let widths = network.layers.map(\.neurons.count)
    if let layer, !widths.indices.contains(layer) {
      throw ConfigurationError(nil, "there is no layer \(layer): the network has \(Self.listed(widths.count, "layer"))")
    }
    guard let neuron else { return }
    if let layer, !(0..<widths[layer]).contains(neuron) {
      throw ConfigurationError(
        nil, "there is no neuron \(neuron) in layer \(layer): it has \(Self.listed(widths[layer], "neuron"))")
    }
    if !widths.contains(where: { (0..<$0).contains(neuron) }) {
      let most = widths.max() ?? 0
      throw ConfigurationError(
        nil, "there is no neuron \(neuron) in any layer: the widest has \(Self.listed(most, "neuron"))")
    }
  }

  /// Whether any layer of a network has a position.
  ///
  /// - Throws: `ConfigurationError` if none has.
  package static func check<Scalar: NetworkScalar>(_ position: ImageSize, of network: Network<Scalar>) throws {
    let windows = network.layers.compactMap(\.wiring.window)
    let fits = windows.contains {
      position.height < $0.positions.height && position.width < $0.positions.width
    }
    if fits { return }
    throw ConfigurationError(
      nil,
      windows.isEmpty
        ? "there is no position \(position.height),\(position.width): no layer has a window"
        : "there is no position \(position.height),\(position.width): the layers with a window have"
          + " \(windows.map { "\($0.positions)" }.joined(separator: ", ")) positions, counted from 0,0")
  }

  private static func listed(_ count: Int, _ what: String) -> String {
    count == 1 ? "one \(what), number 0" : "\(count) \(what)s, numbered from 0 to \(count - 1)"
  }

  /// Those of a layer's neurons that are shown; none of a layer that is not.
  func neurons(of layer: ExplainedLayer) -> [ExplainedNeuron] {
    if let asked = self.layer, asked != layer.index { return [] }
    return neuron.map { number in layer.neurons.filter { $0.index == number } } ?? layer.neurons
  }

  /// Whether a neuron was asked for by its number.
  func isInFull(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> Bool {
    self.neuron == neuron.index && (self.layer ?? layer.index) == layer.index
  }

  func layers(of pass: ExplainedPass) -> [ExplainedLayer] { pass.layers.filter { !neurons(of: $0).isEmpty } }
}
