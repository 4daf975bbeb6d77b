/// Neighbours in a layer that the fused pass runs together, or one neuron that runs itself.
struct LayerPart {
  enum Way {
    /// As matrix products.
    case plain
    /// By one call of the kind's plugin.
    case kind(NeuronKind)
    case alone

    init<Scalar: NetworkScalar>(_ neuron: Neuron<Scalar>) {
      self = neuron.isPlain ? .plain : neuron.pluginKind.map { .kind($0) } ?? .alone
    }

    /// Whether a neuron may be run together with its neighbour that is run in this way.
    func takes<Scalar: NetworkScalar>(_ next: Neuron<Scalar>) -> Bool {
      switch self {
      case .plain: next.isPlain
      case .kind(let kind): next.pluginKind == kind
      case .alone: false
      }
    }
  }

  let neurons: Range<Int>
  let way: Way
  var arePlain: Bool { if case .plain = way { true } else { false } }
}
