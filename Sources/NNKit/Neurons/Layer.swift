// Read Neuron.swift first: its top gives the reading order.

/// A layer of neurons, with matrices in which each neuron has one row.
///
/// Its neurons share the inputs of the layer. If the layer has a sliding window, each neuron responds at every position
/// of the window, to the numbers in the window there.
public final class Layer<Scalar: NetworkScalar> {
  /// The neurons, in their order.
  public let neurons: [Neuron<Scalar>]
  /// The number of inputs of each neuron.
  public let fanIn: Int
  /// Which of the layer's inputs each neuron has, and at how many positions it responds.
  public let wiring: Wiring
  /// Where the layer's inputs come from.
  public let sources: Sources
  /// Which inputs each neuron has; nil if every neuron has all inputs.
  public let connections: Connections?
  /// p: the probability with which training sets an output to 0, for each sample and position; 0 or more, less than 1.
  ///
  /// The other outputs are multiplied by 1 / (1 − p), so that the mean does not change (Srivastava et al., JMLR 15,
  /// 2014).
  public var dropout = 0.0
  /// The parameters that training does not change.
  public var frozen: FrozenParameters {
    get { parameters.reduce(into: []) { if $1.isFrozen { $0.insert($1.kind.frozen) } } }
    set { for parameter in parameters { parameter.isFrozen = newValue.contains(parameter.kind.frozen) } }
  }
  /// The distribution of the initial weights; nil for the default of each neuron's activation.
  public var initializer: Initializer?

  /// Its weights and its biases, in this order.
  package let parameters: [Parameter<Scalar>]
  package let storage: LayerStorage<Scalar>
  /// The network to which it belongs.
  weak var network: Network<Scalar>?
  /// Runs of neighbours with the same activation; one call of the activation computes a whole run.
  let responses: [(neurons: Range<Int>, activation: Activation)]
  /// Runs of neighbours, all plain or all of one kind, that the fused pass computes together; all others run
  /// themselves.
  let parts: [LayerPart]
  /// The neurons that run their own code: objects of subclasses.
  let extended: [Neuron<Scalar>]

  /// A layer of plain neurons with the same activation; their weights are 0 until they are initialized.
  public convenience init(neurons count: Int, inputs fanIn: Int, activation: Activation) throws {
    guard count > 0, fanIn > 0 else {
      throw NetworkError("a layer needs at least one neuron and one input, found \(count) neurons and \(fanIn) inputs")
    }
    try self.init((0..<count).map { _ in Neuron(inputs: fanIn, activation: activation) })
  }

  /// A layer of plain neurons with a sliding window; their weights are 0 until they are initialized.
  public convenience init(neurons count: Int, window: SlidingWindow, activation: Activation) throws {
    guard count > 0 else { throw NetworkError("a layer needs at least one neuron, found \(count)") }
    try self.init(
      (0..<count).map { _ in Neuron(inputs: window.fanIn, activation: activation) }, wiring: .slidingWindow(window))
  }

  /// A pooling layer: one neuron for each channel, which computes one number from each window in the channel.
  ///
  /// - Parameters:
  ///   - kind: How a neuron computes the number: `maximum`, `average` or any other kind, with or without weights.
  ///   - window: The sliding window; it has as many groups as channels.
  ///   - activation: How the neurons respond to that number.
  /// - Throws: `NetworkError` if the window has not one group for each channel; `FunctionFailure` if the kind's plugin
  ///   reports a failure.
  public convenience init(pool kind: NeuronKind, window: SlidingWindow, activation: Activation) throws {
    guard window.groups == window.channels else {
      throw NetworkError(
        "a pooling layer has a group for each channel; the window has \(window.channels) channels and"
          + " \(window.groups) groups")
    }
    try self.init(
      (0..<window.channels).map { _ in try PluginNeuron(inputs: window.fanIn, activation: activation, kind: kind) },
      wiring: .slidingWindow(window))
  }

  /// A layer of the given neurons, with a sliding window.
  public convenience init(_ neurons: [Neuron<Scalar>], window: SlidingWindow) throws {
    try self.init(neurons, wiring: .slidingWindow(window))
  }

  /// A layer of the given neurons; plain and extended neurons may be mixed.
  ///
  /// - Parameters:
  ///   - neurons: At least one neuron. With a window, each neuron has as many inputs as the window.
  ///   - wiring: Which of the layer's inputs each neuron has.
  ///   - sources: Where the layer's inputs come from.
  ///   - connections: Which inputs each neuron has, if not all; only for plain neurons without a window.
  /// - Throws: `NetworkError` if there are no neurons, if their fan-ins differ, are 0, or are not that of the window,
  ///   if a neuron already belongs to a layer, or if only some of the neurons respond by a function of the whole layer
  ///   (softmax).
  public init(
    _ neurons: [Neuron<Scalar>], wiring: Wiring = .dense, sources: Sources = .previous, connections: Connections? = nil
  ) throws {
    guard let first = neurons.first else { throw NetworkError("a layer needs at least one neuron") }
    var seen: Set<ObjectIdentifier> = []
    for (index, neuron) in neurons.enumerated() {
      guard neuron.fanIn > 0, neuron.weightCount >= (neuron.isPlain ? neuron.fanIn : 0) else {
        throw NetworkError(
          "neuron \(index) has \(neuron.fanIn) inputs and \(neuron.weightCount) weights; expected at least one input"
            + (neuron.isPlain ? " and, of a plain neuron, a weight for each" : ""))
      }
      guard neuron.fanIn == first.fanIn else {
        throw NetworkError("neuron \(index) has \(neuron.fanIn) inputs, but neuron 0 of its layer has \(first.fanIn)")
      }
      guard neuron.isAlone, seen.insert(ObjectIdentifier(neuron)).inserted else {
        throw NetworkError("neuron \(index) already belongs to a layer")
      }
      let shares = neuron.activation == first.activation
      guard shares || !(neuron.activation.isWholeLayer || first.activation.isWholeLayer) else {
        throw NetworkError(
          "\(neuron.activation.isWholeLayer ? neuron.activation : first.activation) takes the whole layer together,"
            + " but neuron \(index) responds by \(neuron.activation) and neuron 0 by \(first.activation)")
      }
    }
    if let window = wiring.window { try Self.check(neurons, fit: window) }
    self.neurons = neurons
    (self.wiring, self.sources, self.connections) = (wiring, sources, connections)
    fanIn = first.fanIn
    responses = runs(neurons) { $0.activation == $1.activation }.map { ($0, neurons[$0.lowerBound].activation) }
    parts = runs(neurons) { LayerPart.Way($0).takes($1) }.map {
      LayerPart(neurons: $0, way: LayerPart.Way(neurons[$0.lowerBound]))
    }
    extended = neurons.filter { !$0.isPlain && $0.pluginKind == nil }
    // With many positions, the copies of z and ∂L/∂a that the identity makes would take noticeable time.
    storage = LayerStorage(
      neurons: neurons.count, weightCount: neurons.map(\.weightCount).max() ?? fanIn, fanIn: fanIn,
      layerResponds: first.activation.isWholeLayer, wiring: wiring,
      respondsByIdentity: wiring.positions > 1 && responses.count == 1
        && first.activation.function.information.isBundled && first.activation.name == "identity",
      extended: extended.count)
    storage.connections = try connections.flatMap { try Self.bits($0, for: neurons, wiring) }
    parameters = [
      Parameter(.weights, value: storage.weights, gradient: storage.weightGradients, parts: parts),
      Parameter(.biases, value: storage.biases, gradient: storage.biasGradients, parts: parts),
    ]
    storage.pooling = pooling
    var apart = neurons.count..<storage.weightedInputs.rows
    for (index, neuron) in neurons.enumerated() {
      neuron.join(storage, at: index, ownRow: neuron.respondsByActivation ? index : apart.popFirst() ?? index)
    }
  }

  /// The number of the layer's inputs for one sample.
  public var inputCount: Int { if case .slidingWindow(let window) = wiring { window.inputCount } else { fanIn } }
  /// The number of positions at which each neuron responds.
  public var positions: Int { wiring.positions }
  /// The number of the layer's outputs for one sample: one for each neuron at each position.
  public var outputCount: Int { neurons.count * positions }
  /// Channels, height and width of the layer's outputs for one sample; nil without a window.
  public var outputShape: (channels: Int, image: ImageSize)? {
    wiring.window.map { (neurons.count, $0.positions) }
  }

  /// w, neurons × weight count: a view of the neurons' weights.
  public var weights: Matrix<Scalar> { storage.weights }
  /// b, neurons × 1.
  public var biases: Matrix<Scalar> { storage.biases }
  /// ∂L/∂w, neurons × weight count, summed over the columns of the last backward pass.
  ///
  /// - Throws: `NetworkError` if there are no gradients: before a backward pass, and after a training with plain SGD or
  ///   momentum, or of several processes together, unless the network keeps gradients (`Network.keepsGradients`).
  public var weightGradients: Matrix<Scalar> { get throws { try gradients(\.weightGradients) } }
  /// ∂L/∂b, neurons × 1, summed over the columns of the last backward pass.
  ///
  /// - Throws: `NetworkError` if there are no gradients, as for `weightGradients`.
  public var biasGradients: Matrix<Scalar> { get throws { try gradients(\.biasGradients) } }

  private func gradients(_ matrix: KeyPath<LayerStorage<Scalar>, Matrix<Scalar>>) throws -> Matrix<Scalar> {
    guard storage.hasGradients else {
      throw NetworkError(
        "there are no gradients of a backward pass: plain SGD and momentum, and all optimizers where several processes"
          + " train together, change the weights without storing gradients, unless `network.keepsGradients` is set before"
          + " the training, and then as long as its trainer is there", .gradients)
    }
    return storage[keyPath: matrix]
  }

  /// z, neurons × columns.
  public var weightedInputs: Matrix<Scalar> { inOrder(storage.weightedInputs) }
  /// a, neurons × columns.
  public var outputs: Matrix<Scalar> { storage.outputs }
  /// ∂L/∂a, neurons × columns.
  public var received: Matrix<Scalar> { storage.received }
  /// δ = ∂L/∂z, neurons × columns.
  public var localGradients: Matrix<Scalar> { inOrder(storage.localGradients) }

  /// A matrix of z or δ, or where neurons have rows apart, a copy with the rows of all neurons in their order.
  private func inOrder(_ matrix: Matrix<Scalar>) -> Matrix<Scalar> {
    if matrix.rows == neurons.count { return matrix }
    let ordered = Matrix<Scalar>(rows: neurons.count, columns: matrix.columns)
    for neuron in neurons { ordered.row(neuron.index).assign(matrix.row(neuron.ownRow)) }
    return ordered
  }

  /// The activation that all neurons share, or nil if they differ.
  public var activation: Activation? { responses.count == 1 ? responses.first?.activation : nil }
  /// The names of its neurons' kinds and classes, each once, in their order; empty if all neurons are plain.
  package var kindNames: [String] {
    var names: [String] = []
    for name in neurons.map({ $0.kindName ?? NeuronKind.plainName }) where !names.contains(name) { names.append(name) }
    return neurons.allSatisfy(\.isPlain) ? [] : names
  }
  /// The number of parameters: weights and biases.
  public var parameterCount: Int {
    neurons.reduce(0) { sum, neuron in
      let weights = storage.connections?.count(of: neuron.index) ?? neuron.weightCount
      return sum + weights + (neuron.hasBias ? 1 : 0)
    }
  }

  /// Whether a neuron has a weight for an input: false if `connections` leave this input out.
  package func isConnected(_ neuron: Int, _ input: Int) -> Bool { storage.connections?[neuron, input] ?? true }

  /// For each neuron the indices of its inputs; nil if each has all inputs, or while the connections are not drawn yet.
  public var connectionLists: [[Int]]? { storage.connections?.lists }

  /// Whether any plain neuron has a weight or a bias that is not 0.
  var hasWeights: Bool {
    neurons.contains { $0.isPlain && ($0.bias != 0 || $0.weights.contains { $0 != 0 }) }
  }

  /// Draws new weights and sets the biases to 0.
  public func initialize(random: inout RandomSource) {
    for neuron in neurons {
      let initializer = initializer ?? .standard(for: neuron.activation.name)
      neuron.initialize(by: initializer, fanOut: neurons.count * (wiring.window?.kernel.count ?? 1), random: &random)
    }
    drawConnections(random: &random)
  }
}

/// Parameters of a layer that training does not change.
public struct FrozenParameters: OptionSet, Hashable, Codable, Sendable {
  /// The bits of the set.
  public let rawValue: Int
  /// A set of these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// The weights.
  public static let weights = FrozenParameters(rawValue: 1)
  /// The biases.
  public static let biases = FrozenParameters(rawValue: 2)
}

/// Cuts `items` into the longest runs in which every item is `alike` its predecessor.
private func runs<Item>(_ items: [Item], alike: (Item, Item) -> Bool) -> [Range<Int>] {
  var result: [Range<Int>] = []
  for index in items.indices {
    if let last = result.last, alike(items[index - 1], items[index]) {
      result[result.count - 1] = last.lowerBound..<index + 1
    } else {
      result.append(index..<index + 1)
    }
  }
  return result
}
