// What a layer asks of its wiring when it is made, and when its weights are drawn or moved.

extension Layer {
  /// Whether each neuron hears everything, and the layers behind hear all it says.
  var isPlainlyWired: Bool { wiring == .dense && connections == nil && dropout == 0 }

  /// Whether neurons go with a window.
  static func check(_ neurons: [Neuron<Scalar>], fit window: SlidingWindow) throws {
    if let odd = neurons.firstIndex(where: { $0.fanIn != window.fanIn }) {
      throw NetworkError(
        "neuron \(odd) has \(neurons[odd].fanIn) inputs, but the window has \(window.fanIn):"
          + " \(window.channels / window.groups) channels of \(window.kernel)")
    }
    guard neurons.count % window.groups == 0 else {
      throw NetworkError("\(window.groups) groups do not divide \(neurons.count) neurons")
    }
    // Without weights there is no number that padding could stand for: such a neuron leaves it out.
    guard neurons.contains(where: { !$0.hasBias }), !window.padding.isNone else { return }
    for index in 0..<window.positions.count where !window.isInside(at: window.position(index)).contains(true) {
      let position = window.position(index)
      throw NetworkError(
        "at row \(position.height), column \(position.width) the window lies in the padding alone, and there is nothing"
          + " to pool; take less padding")
    }
  }

  /// The connections of plain neurons, unless they are drawn with the weights.
  static func bits(
    _ connections: Connections, for neurons: [Neuron<Scalar>], _ wiring: Wiring
  ) throws -> ConnectionBits? {
    guard wiring.window == nil else {
      throw NetworkError(
        "`connections` go with layers whose neurons hear everything; with a window, `groups` say which channels they hear"
      )
    }
    if let odd = neurons.first(where: { !$0.isPlain }) {
      throw NetworkError(
        "neuron \(odd.index) is a \(odd.kindName ?? "neuron"): only of a weighted sum is a weight of 0 no connection")
    }
    switch connections {
    case .rate(let rate):
      guard rate > 0, rate <= 1 else {
        throw NetworkError("the rate of connections is \(rate), expected more than 0 and at most 1")
      }
      return nil
    case .lists(let lists):
      guard lists.count == neurons.count else {
        throw NetworkError("there are connections of \(lists.count) neurons, the layer has \(neurons.count)")
      }
      return try ConnectionBits(lists, inputs: neurons[0].fanIn)
    }
  }

  /// A layer that is wired as another one, of neurons of its own.
  package convenience init<Other: NetworkScalar>(_ neurons: [Neuron<Scalar>], like other: Layer<Other>) throws {
    try self.init(
      neurons, wiring: other.wiring, sources: other.sources,
      connections: other.connectionLists.map { .lists($0) } ?? other.connections)
    (frozen, initializer, dropout) = (other.frozen, other.initializer, other.dropout)
  }

  /// Draws the connections where a rate is given, and takes out the weights that have none.
  ///
  /// Those that are left are drawn as of a neuron with so many inputs.
  func drawConnections(random: inout RandomSource) {
    guard let connections else { return }
    if case .rate(let rate) = connections {
      storage.connections = ConnectionBits(rate: rate, neurons: neurons.count, inputs: fanIn, random: &random)
    }
    guard let bits = storage.connections else { return }
    for neuron in neurons {
      let initializer = initializer ?? .standard(for: neuron.activation.name)
      let count = bits.count(of: neuron.index)
      for input in 0..<fanIn {
        neuron.weights[input] =
          bits[neuron.index, input] ? Scalar(initializer.draw(fanIn: count, fanOut: neurons.count, &random)) : 0
      }
    }
  }

  /// Takes out of a gradient, or of what a fused update moved, the weights without a connection.
  func clearUnconnected() {
    guard let connections = storage.connections else { return }
    switch weightDestination {
    case .gradient: connections.clear(storage.weightGradients)
    case .fusedUpdate(let matrix, _, _): connections.clear(matrix)
    case .discard, .jointly: break
    }
  }
}
