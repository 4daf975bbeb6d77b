// Read Neuron.swift first: its top gives the reading order.

/// Neurons that hear the same inputs and hold their state in shared matrices, a row each.
///
/// Where the layer has a sliding window (`window`), each neuron fires at every position of it, and hears the window there.
public final class Layer<Scalar: NetworkScalar> {
  /// The neurons, in their order.
  public let neurons: [Neuron<Scalar>]
  /// How many inputs each neuron hears.
  public let fanIn: Int
  /// Which of the layer's inputs each neuron hears, and at how many positions it fires.
  public let wiring: Wiring
  /// Where the layer's inputs come from.
  public let sources: Sources
  /// Which inputs the neurons have, where not each has all.
  public let connections: Connections?
  /// With what probability each neuron is silent in training, at each sample and position: 0 or more, less than 1.
  ///
  /// What it says otherwise is scaled by 1 / (1 − p), so that the mean stays (Srivastava et al., JMLR 15, 2014).
  public var dropout = 0.0
  /// Parameters that training leaves as they are.
  public var frozen: FrozenParameters {
    get { parameters.reduce(into: []) { if $1.isFrozen { $0.insert($1.kind.frozen) } } }
    set { for parameter in parameters { parameter.isFrozen = newValue.contains(parameter.kind.frozen) } }
  }
  /// Draws the first weights; nil for the default of each neuron's activation.
  public var initializer: Initializer?

  /// Its weights and its biases, in this order.
  package let parameters: [Parameter<Scalar>]
  package let storage: LayerStorage<Scalar>
  /// The network that it is in.
  weak var network: Network<Scalar>?
  /// Neighbours that respond by the same function share one call of it.
  let responses: [(neurons: Range<Int>, activation: Activation)]
  /// Neighbours that are plain, or of one kind, are run together by the fused pass; every other neuron runs itself.
  let parts: [LayerPart]
  /// The neurons that run themselves.
  let extended: [Neuron<Scalar>]

  /// A layer of plain neurons that all respond alike, their weights 0 until they are initialized.
  public convenience init(neurons count: Int, inputs fanIn: Int, activation: Activation) throws {
    guard count > 0, fanIn > 0 else {
      throw NetworkError("a layer needs at least one neuron and one input, found \(count) neurons and \(fanIn) inputs")
    }
    try self.init((0..<count).map { _ in Neuron(inputs: fanIn, activation: activation) })
  }

  /// A layer of plain neurons with a sliding window, their weights 0 until they are initialized.
  public convenience init(neurons count: Int, window: SlidingWindow, activation: Activation) throws {
    guard count > 0 else { throw NetworkError("a layer needs at least one neuron, found \(count)") }
    try self.init(
      (0..<count).map { _ in Neuron(inputs: window.fanIn, activation: activation) }, wiring: .slidingWindow(window))
  }

  /// A pooling layer: for each channel a neuron that makes one number of each window in it.
  ///
  /// - Parameters:
  ///   - kind: How: `maximum`, `average` or any other kind, with weights or without.
  ///   - window: With as many groups as channels.
  ///   - activation: How the neurons respond to that number.
  /// - Throws: `NetworkError` if the window has other groups; `FunctionFailure` if the kind's plugin reports one.
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

  /// A layer that adopts the given neurons and has a sliding window.
  public convenience init(_ neurons: [Neuron<Scalar>], window: SlidingWindow) throws {
    try self.init(neurons, wiring: .slidingWindow(window))
  }

  /// A layer that adopts the given neurons, plain and extended ones mixed as you like.
  ///
  /// - Parameters:
  ///   - neurons: At least one; with a window as many inputs each as the window has.
  ///   - wiring: Which of the layer's inputs each neuron hears.
  ///   - sources: Where the layer's inputs come from.
  ///   - connections: Which inputs the neurons have, where not each has all; for plain neurons without a window.
  /// - Throws: `NetworkError` if there are none, if their fan-ins differ, are 0 or not those of the window, if one already belongs
  ///   to a layer, or if only some of them respond by a function of the whole layer (softmax).
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
    storage = LayerStorage(
      neurons: neurons.count, weightCount: neurons.map(\.weightCount).max() ?? fanIn, fanIn: fanIn,
      layerResponds: first.activation.isWholeLayer, wiring: wiring)
    storage.connections = try connections.flatMap { try Self.bits($0, for: neurons, wiring) }
    parameters = [
      Parameter(.weights, value: storage.weights, gradient: storage.weightGradients, parts: parts),
      Parameter(.biases, value: storage.biases, gradient: storage.biasGradients, parts: parts),
    ]
    storage.pooling = pooling
    // At many positions the copies of z and of ∂L/∂a that the identity makes would be felt.
    storage.respondsByIdentity =
      wiring.window != nil && neurons.allSatisfy(\.isPlain) && responses.count == 1
      && first.activation.function.information.isBundled && first.activation.name == "identity"
    for (index, neuron) in neurons.enumerated() { neuron.join(storage, at: index) }
  }

  /// How many numbers of a sample arrive.
  public var inputCount: Int { wiring.window?.inputCount ?? fanIn }
  /// At how many positions each neuron fires.
  public var positions: Int { wiring.positions }
  /// How many numbers the layer makes of a sample: an output of each neuron at each position.
  public var outputCount: Int { neurons.count * positions }
  /// Channels, height and width of what the layer makes of a sample; nil without a window.
  public var outputShape: (channels: Int, image: ImageSize)? {
    wiring.window.map { (neurons.count, $0.positions) }
  }

  /// w, neurons × weight count; a view of what the neurons hold.
  public var weights: Matrix<Scalar> { storage.weights }
  /// b, neurons × 1.
  public var biases: Matrix<Scalar> { storage.biases }
  /// ∂L/∂w, neurons × weight count, summed over the columns of the last backward pass.
  ///
  /// - Throws: `NetworkError` where there are none: before a backward pass, and after a training by plain SGD or momentum
  ///   of a network that does not keep gradients (`Network.keepsGradients`).
  public var weightGradients: Matrix<Scalar> { get throws { try gradients(\.weightGradients) } }
  /// ∂L/∂b, neurons × 1, summed over the columns of the last backward pass.
  ///
  /// - Throws: `NetworkError` where there are none, as for `weightGradients`.
  public var biasGradients: Matrix<Scalar> { get throws { try gradients(\.biasGradients) } }

  private func gradients(_ matrix: KeyPath<LayerStorage<Scalar>, Matrix<Scalar>>) throws -> Matrix<Scalar> {
    guard storage.hasGradients else {
      throw NetworkError(
        "there are no gradients of a backward pass: plain SGD and momentum move weights without leaving them, unless"
          + " `network.keepsGradients` is set before the training", .gradients)
    }
    return storage[keyPath: matrix]
  }

  /// z, neurons × columns.
  public var weightedInputs: Matrix<Scalar> { storage.weightedInputs }
  /// a, neurons × columns.
  public var outputs: Matrix<Scalar> { storage.outputs }
  /// ∂L/∂a, neurons × columns.
  public var received: Matrix<Scalar> { storage.received }
  /// δ = ∂L/∂z, neurons × columns.
  public var localGradients: Matrix<Scalar> { storage.localGradients }

  /// The activation that all neurons share, or nil if they differ.
  public var activation: Activation? { responses.count == 1 ? responses.first?.activation : nil }
  /// What its neurons are called, if any is not plain: kinds and classes, each once, in their order.
  package var kindNames: [String] {
    var names: [String] = []
    for name in neurons.map({ $0.kindName ?? NeuronKind.plainName }) where !names.contains(name) { names.append(name) }
    return neurons.allSatisfy(\.isPlain) ? [] : names
  }
  /// How many trainable numbers there are, biases included.
  public var parameterCount: Int {
    neurons.reduce(0) { sum, neuron in
      let weights = storage.connections?.count(of: neuron.index) ?? neuron.weightCount
      return sum + weights + (neuron.hasBias ? 1 : 0)
    }
  }

  /// Whether a neuron has a weight for an input: where `connections` leave it out, there is none.
  package func isConnected(_ neuron: Int, _ input: Int) -> Bool { storage.connections?[neuron, input] ?? true }

  /// For each neuron the numbers of its inputs, where not each has all; nil before those of a rate are drawn.
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

/// Parameters of a layer that training leaves as they are.
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
