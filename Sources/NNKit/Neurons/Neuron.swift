// Read in this order: Neuron (what one neuron does) → LayerPass (forward and backward of a layer's neurons) → NetworkPass (of
// the layers) → LossStage (where the loss starts the backward pass) → BatchLoop.step (forward, loss, backward, step).
/// A neuron: it hears its inputs, combines them, and responds.
///
/// Later it receives ∂L/∂a: how much its response mattered. From that it computes its own share of the blame, δ = ∂L/∂z, and
/// sends each of its inputs that input's share. That is backpropagation.
///
/// A neuron owns one row of each of its layer's matrices (see `LayerStorage`). Element `c` of a row belongs to column
/// `c` of the batch, one sample at one position: where a layer has a sliding window, a neuron fires at every position of it
/// and hears the window there; the sums over the columns are then what is called weight sharing. The notation is that of Nielsen, "Neural Networks and Deep Learning", chapter 2, with
/// L for the loss of one sample.
///
/// To make a neuron of your own, override how it combines (`combine`, and with it `accumulateGradients` and
/// `sendMessages`), how it responds (`respond`, and with it `computeLocalGradients`), or its whole `forward` and
/// `backward`. It can be made and tested alone; a `Layer` adopts it, beside plain neurons if you like. Its rows are views:
/// a loop is many times faster where it names them before (`let (w, x) = (weights, inputs)`). A layer lays out inputs and
/// messages with those of one column side by side: the inner loop is the one over inputs, its sum
/// `(0..<fanIn).sum { i in w[i] * x[i, c] }`.
open class Neuron<Scalar: NetworkScalar> {

  // MARK: What it is

  /// How many inputs it hears.
  public let fanIn: Int
  /// How many trainable numbers it has beside its bias: one for each input, unless a subclass says otherwise.
  public let weightCount: Int
  /// f: how it responds to its weighted input.
  public let activation: Activation

  /// w: first the weight of each input, then the further numbers of a subclass; `weightCount` numbers.
  @inlinable public final var weights: Row<Scalar> { storage.weights.existingRow(index, count: weightCount) }
  /// b.
  @inlinable public final var bias: Scalar {
    get { storage.biases.base[index] }
    set { storage.biases.base[index] = newValue }
  }

  // MARK: What it remembers of the forward pass

  /// x: what it heard last.
  @inlinable public final var inputs: Inputs<Scalar> {
    let heard = storage.heard
    return heard.count == fanIn ? heard : storage.ownInputs(of: index)
  }
  /// z, for each column.
  @inlinable public final var weightedInputs: Row<Scalar> { storage.weightedInputs.existingRow(index) }
  /// a, for each column.
  @inlinable public final var outputs: Row<Scalar> { storage.outputs.existingRow(index) }

  /// Whether the pass belongs to a training; false where a network answers or is measured.
  @inlinable public final var isTraining: Bool { storage.isTraining }

  // MARK: What comes back

  /// ∂L/∂a for each column: the sum of the messages from the neurons that hear this one.
  @inlinable public final var received: Row<Scalar> { storage.received.existingRow(index) }
  /// δ = ∂L/∂z for each column.
  @inlinable public final var localGradients: Row<Scalar> { storage.localGradients.existingRow(index) }
  /// ∂L/∂w, summed over the columns; `weightCount` numbers.
  @inlinable public final var weightGradients: Row<Scalar> {
    storage.weightGradients.existingRow(index, count: weightCount)
  }
  /// ∂L/∂b, summed over the columns.
  @inlinable public final var biasGradient: Scalar {
    get { storage.biasGradients.base[index] }
    set { storage.biasGradients.base[index] = newValue }
  }

  /// A neuron that stands alone, all its weights and its bias 0.
  ///
  /// A layer refuses it if it has no inputs.
  ///
  /// - Parameters:
  ///   - fanIn: How many inputs it hears.
  ///   - activation: How it responds.
  ///   - weightCount: How many trainable numbers it has beside its bias; `fanIn` if nil.
  public init(inputs fanIn: Int, activation: Activation, weightCount: Int? = nil) {
    self.fanIn = fanIn
    self.weightCount = weightCount ?? fanIn
    self.activation = activation
    storage = LayerStorage(neurons: 1, weightCount: max(0, self.weightCount), fanIn: max(0, fanIn))
    isPlain = type(of: self) == Neuron<Scalar>.self
  }

  // MARK: Forward

  /// Hears its inputs, combines and answers them.
  ///
  /// - Throws: `NetworkError` if there are fewer weights than inputs to combine; `FunctionFailure` if a plugin reports one.
  open func forward(_ inputs: Inputs<Scalar>) throws {
    receive(inputs)
    try combine()
    try respond()
  }

  /// Keeps its inputs: its gradients will need them.
  public final func receive(_ inputs: Inputs<Scalar>) {
    precondition(inputs.count == fanIn, "a neuron with \(fanIn) inputs cannot hear \(inputs.count)")
    precondition(
      isAlone || inputs.columns == storage.outputs.columns,
      "a neuron whose layer has \(storage.outputs.columns) columns cannot hear \(inputs.columns)")
    // In a layer whose neurons hear different windows, the layer keeps them all.
    if storage.wiring.groups == 1 || !storage.isRunByLayer { storage.heard = inputs }
    hasReceived = true
    if isAlone { storage.resize(columns: inputs.columns) }
  }

  /// z = Σᵢ wᵢ xᵢ + b, for each column.
  ///
  /// The terms may be added in any order (`sum`): then the processor adds several at once.
  ///
  /// - Throws: `FunctionFailure` if a plugin that combines reports one; `NetworkError` if there are fewer weights than
  ///   inputs.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  open func combine() throws {
    guard weightCount >= fanIn else {
      throw NetworkError(
        "neuron \(index) has \(weightCount) weights for \(fanIn) inputs; a class whose neurons have fewer weights than"
          + " inputs overrides `combine`, `accumulateGradients` and `sendMessages`", .neuron)
    }
    let (w, x, z, b) = (weights, inputs, weightedInputs, bias)
    for c in z.indices { z[c] = (0..<fanIn).sum { i in w[i] * x[i, c] } + b }
  }

  /// a = f(z), for each column.
  ///
  /// In a layer whose function takes all its neurons together (softmax), responding is the layer's act.
  ///
  /// - Throws: `FunctionFailure` if the activation's plugin reports one; `NetworkError` for a neuron of such a layer that is
  ///   run by hand.
  open func respond() throws {
    if storage.layerResponds { return try checkRunByLayer() }
    if storage.respondsByIdentity { return }
    try activation.evaluate(Block(neurons: 1, columns: outputs.count), weightedInputs.base, outputs.base)
  }

  private func checkRunByLayer() throws {
    if storage.isRunByLayer { return }
    throw NetworkError(
      "neuron \(index) responds by \(activation.name), which takes all neurons of its layer together;"
        + " run its network instead: `network.forward`, `network.backward`", .neuron)
  }

  // MARK: Backward

  /// Works out its local gradient from what it received, adds to its gradients, and sends its messages.
  ///
  /// - Parameter messages: Where they add up: what the neurons that it hears receive; nil if it hears the inputs of the
  ///   network.
  /// - Throws: `FunctionFailure` if a plugin reports one.
  open func backward(sendingTo messages: Messages<Scalar>?) throws {
    try computeLocalGradients()
    try accumulateGradients()
    if let messages { try sendMessages(to: messages) }
  }

  /// The same where δ is there already, as loss and activation are a canonical pair.
  final func backwardFromLocalGradients(sendingTo messages: Messages<Scalar>?) throws {
    try accumulateGradients()
    if let messages { try sendMessages(to: messages) }
  }

  /// δ = ∂L/∂a · f′(z), for each column.
  ///
  /// In a layer whose function takes all its neurons together (softmax), it is the layer's act, done before.
  ///
  /// - Throws: `FunctionFailure` if the activation's plugin reports one; `NetworkError` for a neuron that is run by hand in a
  ///   layer that responds for all.
  open func computeLocalGradients() throws {
    if storage.layerResponds { return try checkRunByLayer() }
    if storage.respondsByIdentity { return }
    try activation.backward(
      Block(neurons: 1, columns: outputs.count), weightedInputs.base, outputs.base, received.base, localGradients.base)
  }

  /// ∂L/∂wᵢ += δ xᵢ and ∂L/∂b += δ, for each column.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  open func accumulateGradients() throws {
    let (x, delta, gradients) = (inputs, localGradients, weightGradients)
    for c in delta.indices {
      for i in 0..<fanIn { gradients[i] += delta[c] * x[i, c] }
      biasGradient += delta[c]
    }
  }

  /// Each input i gets its part of the blame: ∂L/∂xᵢ += wᵢ δ, for each column.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  open func sendMessages(to messages: Messages<Scalar>) throws {
    precondition(
      messages.count == fanIn && messages.columns == localGradients.count, "messages of another shape than the inputs")
    let (w, delta) = (weights, localGradients)
    for c in delta.indices {
      for i in 0..<fanIn { messages[i, c] += w[i] * delta[c] }
    }
  }

  // MARK: Beginnings and names

  /// Draws its weights; the bias becomes 0, and so do the numbers that a subclass has beyond one for each input.
  ///
  /// - Parameters:
  ///   - initializer: Where the weights come from.
  ///   - fanOut: How many neurons the layer has, times the places of a window: that many hear each input.
  ///   - random: The source to draw from.
  open func initialize(by initializer: Initializer, fanOut: Int, random: inout RandomSource) {
    for i in 0..<weightCount {
      weights[i] = i < fanIn ? Scalar(initializer.draw(fanIn: fanIn, fanOut: fanOut, &random)) : 0
    }
    bias = 0
  }

  /// What a saved model keeps of the neuron beside its weights and its bias: numbers by name, a share for example, or 1 for
  /// a flag that is set.
  ///
  /// When the model is loaded, they are handed to the `NeuronFactory` that makes the neuron again.
  open var settings: [String: Double] { [:] }

  /// How it computes, for explanations; a class that computes in its own way may state its own.
  open var formulas: NeuronFormulas { NeuronFormulas(respondingBy: activation) }

  /// What a saved model calls this kind of neuron: its class, without generic arguments.
  open class var typeName: String { String(String(describing: self).prefix { $0 != "<" }) }

  /// Whether it is a `Neuron` itself and no subclass: then its layer may run it together with its neighbours.
  public private(set) final var isPlain = false

  /// Whether it has a bias: all neurons but those of a kind without weights, as pooling is.
  package final var hasBias: Bool { weightCount > 0 || pluginKind == nil }

  /// Whether its output is its activation's, a = f(z), however it combines.
  package final var respondsByActivation: Bool { isPlain || self is PluginNeuron<Scalar> }

  /// How it combines and what it sends back, if a plugin says so.
  package final var pluginKind: NeuronKind? { (self as? PluginNeuron<Scalar>)?.kind }

  /// What explanations and tables call it beside plain neurons: its kind, or its class; nil for a plain one.
  package final var kindName: String? { isPlain ? nil : pluginKind?.description ?? type(of: self).typeName }

  // MARK: Its place in a layer

  /// Which row of its layer it is, from 0.
  // Without checks for exclusive access, which a loop in another module would make each time it names a row.
  /// Its place in the layer, from 0.
  @exclusivity(unchecked) public private(set) final var index = 0
  /// Whether it belongs to no layer yet.
  public private(set) final var isAlone = true
  @exclusivity(unchecked) @usableFromInline package private(set) final var storage: LayerStorage<Scalar>
  /// Whether `receive` was called since its layer last reset this.
  final var hasReceived = false

  /// Moves into row `index` of a layer's matrices, with its weights and bias.
  final func join(_ layer: LayerStorage<Scalar>, at index: Int) {
    layer.weights.row(index, count: weightCount).assign(weights)
    layer.biases[index, 0] = bias
    storage = layer
    self.index = index
    isAlone = false
  }
}
