// Read in this order: Neuron (one neuron), LayerPass (forward and backward pass of a layer), NetworkPass (of all
// layers), LossStage (where the loss starts the backward pass), BatchLoop.step (forward, loss, backward, step).

/// A neuron: it hears its inputs, combines them into z, and responds with a = f(z).
///
/// In the backward pass it receives ∂L/∂a: how strongly the loss depends on its response. From this it computes its
/// local gradient δ = ∂L/∂z. Then it sends each of its inputs a message, ∂L/∂x: how strongly the loss depends on that
/// input. That is backpropagation.
///
/// A neuron owns one row of each of its layer's matrices (see `LayerStorage`). Element `c` of a row belongs to column
/// `c` of the batch. A column is one sample. If the layer has a sliding window, a column is one sample at one position
/// of the window: the neuron hears the numbers in the window there, and responds. Gradients are sums over all columns,
/// so all positions share the same weights (weight sharing). The notation is that of Nielsen, "Neural Networks and Deep
/// Learning", chapter 2; L is the loss of one sample.
///
/// For your own neuron, write a subclass. Override how it combines (`combine`, and with it `accumulateGradients` and
/// `sendMessages`), how it responds (`respond`, and with it `computeLocalGradients`), or its whole `forward` and
/// `backward`. You can make and test a neuron alone. A `Layer` can hold it together with plain neurons.
///
/// The rows are views. A loop is many times faster if it names them first: `let (w, x) = (weights, inputs)`. A layer
/// stores the inputs of one column side by side, and the messages too. So the inner loop should run over the inputs,
/// with the sum `(0..<fanIn).sum { i in w[i] * x[i, c] }`.
open class Neuron<Scalar: NetworkScalar> {

  // MARK: What it is

  /// The number of inputs that it hears.
  public let fanIn: Int
  /// The number of its weights: one for each input, unless a subclass has another number.
  public let weightCount: Int
  /// f: how it responds to its weighted input.
  public let activation: Activation

  /// w, `weightCount` numbers: first the weight of each input, then the further weights of a subclass.
  @inlinable public final var weights: Row<Scalar> { storage.weights.existingRow(index, count: weightCount) }
  /// b, the bias.
  @inlinable public final var bias: Scalar {
    get { storage.biases.base[index] }
    set { storage.biases.base[index] = newValue }
  }

  // MARK: What it remembers of the forward pass

  /// x: the inputs that it heard last.
  @inlinable public final var inputs: Inputs<Scalar> {
    let heard = storage.heard
    return heard.count == fanIn ? heard : storage.ownInputs(of: index)
  }
  /// z, the weighted input, for each column.
  @inlinable public final var weightedInputs: Row<Scalar> { storage.weightedInputs.existingRow(ownRow) }
  /// a, the output, for each column.
  @inlinable public final var outputs: Row<Scalar> { storage.outputs.existingRow(index) }

  /// Whether the pass belongs to a training; false when a network is measured or makes predictions.
  @inlinable public final var isTraining: Bool { storage.isTraining }

  // MARK: What comes back

  /// ∂L/∂a for each column: the sum of the messages from the neurons that hear this one.
  @inlinable public final var received: Row<Scalar> { storage.received.existingRow(index) }
  /// δ = ∂L/∂z for each column.
  @inlinable public final var localGradients: Row<Scalar> { storage.localGradients.existingRow(ownRow) }
  /// ∂L/∂w, summed over the columns; `weightCount` numbers.
  @inlinable public final var weightGradients: Row<Scalar> {
    storage.weightGradients.existingRow(index, count: weightCount)
  }
  /// ∂L/∂b, summed over the columns.
  @inlinable public final var biasGradient: Scalar {
    get { storage.biasGradients.base[index] }
    set { storage.biasGradients.base[index] = newValue }
  }

  /// A neuron without a layer; its weights and its bias are 0.
  ///
  /// A layer refuses it if it has no inputs.
  ///
  /// - Parameters:
  ///   - fanIn: The number of inputs that it hears.
  ///   - activation: How it responds.
  ///   - weightCount: The number of its weights; `fanIn` if nil.
  public init(inputs fanIn: Int, activation: Activation, weightCount: Int? = nil) {
    self.fanIn = fanIn
    self.weightCount = weightCount ?? fanIn
    self.activation = activation
    storage = LayerStorage(neurons: 1, weightCount: max(0, self.weightCount), fanIn: max(0, fanIn))
    isPlain = type(of: self) == Neuron<Scalar>.self
  }

  // MARK: Forward

  /// The forward pass: hears the inputs, combines them and responds.
  ///
  /// - Throws: `NetworkError` if there are fewer weights than inputs to combine; `FunctionFailure` if a plugin
  ///   reports a failure.
  open func forward(_ inputs: Inputs<Scalar>) throws {
    receive(inputs)
    try combine()
    try respond()
  }

  /// Keeps the inputs, because the gradients need them.
  public final func receive(_ inputs: Inputs<Scalar>) {
    precondition(inputs.count == fanIn, "a neuron with \(fanIn) inputs cannot hear \(inputs.count)")
    precondition(
      isAlone || inputs.columns == storage.outputs.columns,
      "a neuron whose layer has \(storage.outputs.columns) columns cannot hear \(inputs.columns)")
    // If the neurons of a layer hear different windows, the layer keeps the inputs of all of them.
    if storage.wiring.groups == 1 || !storage.isRunByLayer { storage.heard = inputs }
    hasReceived = true
    if isAlone { storage.resize(columns: inputs.columns) }
  }

  /// z = Σᵢ wᵢ xᵢ + b, for each column.
  ///
  /// `sum` may add the terms in any order, so that the processor can add several at once.
  ///
  /// - Throws: `FunctionFailure` if the plugin of a neuron kind reports a failure; `NetworkError` if there are fewer
  ///   weights than inputs.
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
  /// If the activation takes all neurons of the layer together (softmax), the layer responds for its neurons.
  ///
  /// - Throws: `FunctionFailure` if the activation's plugin reports a failure; `NetworkError` if a neuron of such a
  ///   layer is run without its layer.
  open func respond() throws {
    if storage.layerResponds { return try checkRunByLayer() }
    if respondsInPlace { return }
    try activation.evaluate(Block(neurons: 1, columns: outputs.count), weightedInputs.base, outputs.base)
  }

  private func checkRunByLayer() throws {
    if storage.isRunByLayer { return }
    throw NetworkError(
      "neuron \(index) responds by \(activation.name), which takes all neurons of its layer together;"
        + " run its network instead: `network.forward`, `network.backward`", .neuron)
  }

  // MARK: Backward

  /// The backward pass: computes the local gradient, adds to the gradients, and sends the messages.
  ///
  /// - Parameter messages: The sums to which it adds its messages, ∂L/∂a of the neurons that it hears; nil if it hears
  ///   the inputs of the network.
  /// - Throws: `FunctionFailure` if a plugin reports a failure.
  open func backward(sendingTo messages: Messages<Scalar>?) throws {
    try computeLocalGradients()
    try accumulateGradients()
    if let messages { try sendMessages(to: messages) }
  }

  /// The backward pass where δ is already computed: loss and activation are a canonical pair.
  final func backwardFromLocalGradients(sendingTo messages: Messages<Scalar>?) throws {
    try accumulateGradients()
    if let messages { try sendMessages(to: messages) }
  }

  /// δ = ∂L/∂a · f′(z), for each column.
  ///
  /// If the activation takes all neurons of the layer together (softmax), the layer has already computed δ.
  ///
  /// - Throws: `FunctionFailure` if the activation's plugin reports a failure; `NetworkError` if a neuron of such a
  ///   layer is run without its layer.
  open func computeLocalGradients() throws {
    if storage.layerResponds { return try checkRunByLayer() }
    if respondsInPlace { return }
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

  /// Sends each input i its message: ∂L/∂xᵢ += wᵢ δ, for each column.
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

  /// Draws the weights of the inputs at random, and sets the bias and the further weights of a subclass to 0.
  ///
  /// - Parameters:
  ///   - initializer: The distribution of the weights.
  ///   - fanOut: How often each input is heard: the number of neurons in the layer, times the size of a window.
  ///   - random: The source to draw from.
  open func initialize(by initializer: Initializer, fanOut: Int, random: inout RandomSource) {
    for i in 0..<weightCount {
      weights[i] = i < fanIn ? Scalar(initializer.draw(fanIn: fanIn, fanOut: fanOut, &random)) : 0
    }
    bias = 0
  }

  /// Further numbers of the neuron that a saved model keeps, by name; 1 for a flag that is set.
  ///
  /// When the model is loaded, the `NeuronFactory` that makes the neuron gets these numbers.
  open var settings: [String: Double] { [:] }

  /// The formulas that explanations show; a subclass that computes in another way overrides them.
  open var formulas: NeuronFormulas { NeuronFormulas(respondingBy: activation) }

  /// The name of this class in a saved model, without generic arguments.
  open class var typeName: String { String(String(describing: self).prefix { $0 != "<" }) }

  /// Whether its class is `Neuron`, not a subclass: then its layer may compute it together with its neighbours.
  public private(set) final var isPlain = false

  /// Whether it has a bias: only neurons of a kind without weights, such as pooling, have none.
  package final var hasBias: Bool { weightCount > 0 || pluginKind == nil }

  /// Whether its output is a = f(z), with f its activation, however it combines.
  package final var respondsByActivation: Bool { isPlain || self is PluginNeuron<Scalar> }

  /// Its kind, if a plugin defines how it combines and which messages it sends.
  package final var pluginKind: NeuronKind? { (self as? PluginNeuron<Scalar>)?.kind }

  /// Its name in explanations and tables: that of its kind or class; nil for a plain neuron.
  package final var kindName: String? { isPlain ? nil : pluginKind?.description ?? type(of: self).typeName }

  // MARK: Its place in a layer

  // Unchecked: a loop in another module would otherwise check for exclusive access each time it names a row.
  /// Its row in the matrices of its layer, from 0.
  @exclusivity(unchecked) public private(set) final var index = 0
  /// Its row of z and δ: `index`, or one behind those of all neurons; see `LayerStorage.respondsByIdentity`.
  @exclusivity(unchecked) @usableFromInline package private(set) final var ownRow = 0
  /// Whether a is in the place of z, and δ in that of ∂L/∂a.
  private var respondsInPlace: Bool { storage.respondsByIdentity && ownRow == index }
  /// Whether it does not belong to a layer yet.
  public private(set) final var isAlone = true
  @exclusivity(unchecked) @usableFromInline package private(set) final var storage: LayerStorage<Scalar>
  /// Whether `receive` was called since the layer last set this to false.
  final var hasReceived = false

  /// Moves into row `index` of a layer's matrices, with its weights and bias, and for z and δ into `ownRow`.
  final func join(_ layer: LayerStorage<Scalar>, at index: Int, ownRow: Int) {
    layer.weights.row(index, count: weightCount).assign(weights)
    layer.biases[index, 0] = bias
    storage = layer
    (self.index, self.ownRow) = (index, ownRow)
    isAlone = false
  }
}
