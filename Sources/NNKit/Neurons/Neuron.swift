/// A neuron: it hears its inputs, combines them, and responds.
///
/// Later it hears how much its response mattered, works out its own share of the blame, and tells its inputs theirs.
/// That is backpropagation.
///
/// A neuron owns one row of each of its layer's matrices (see `LayerStorage`). Element `c` of a row belongs to column
/// `c` of the batch, one sample. The notation is that of Nielsen, "Neural Networks and Deep Learning", chapter 2, with
/// L for the loss of one sample.
///
/// To make a neuron of your own, override how it combines (`combine`, and with it `accumulateGradients` and
/// `sendMessages`), how it responds (`respond`, and with it `computeLocalGradients`), or its whole `forward` and
/// `backward`. It can be made and tested alone; a `Layer` adopts it, beside plain neurons if you like. Its rows are views:
/// a loop over many columns is many times faster where it names them before (`let (w, x) = (weights, inputs)`).
open class Neuron<Scalar: NetworkScalar> {

  // MARK: What it is

  /// How many inputs it hears.
  public let fanIn: Int
  /// How many trainable numbers it has beside its bias: one for each input, unless a subclass says otherwise.
  public let weightCount: Int
  /// f: how it responds to its weighted input.
  public let activation: Activation

  /// w: first the weight of each input, then whatever a subclass has more; `weightCount` numbers.
  public final var weights: Row<Scalar> { storage.weights.row(index, count: weightCount) }
  /// b.
  public final var bias: Scalar {
    get { storage.biases[index, 0] }
    set { storage.biases[index, 0] = newValue }
  }

  // MARK: What it remembers of the forward pass

  /// x: what it heard last.
  public final var inputs: Inputs<Scalar> { storage.inputs }
  /// z, for each column.
  public final var weightedInputs: Row<Scalar> { storage.weightedInputs.row(index) }
  /// a, for each column.
  public final var outputs: Row<Scalar> { storage.outputs.row(index) }

  // MARK: What comes back

  /// ∂L/∂a for each column: the sum of the messages from the neurons that hear this one.
  public final var received: Row<Scalar> { storage.received.row(index) }
  /// δ = ∂L/∂z for each column.
  public final var localGradients: Row<Scalar> { storage.localGradients.row(index) }
  /// ∂L/∂w, summed over the columns; `weightCount` numbers.
  public final var weightGradients: Row<Scalar> { storage.weightGradients.row(index, count: weightCount) }
  /// ∂L/∂b, summed over the columns.
  public final var biasGradient: Scalar {
    get { storage.biasGradients[index, 0] }
    set { storage.biasGradients[index, 0] = newValue }
  }

  /// A neuron that stands alone, all its weights and its bias 0.
  ///
  /// - Parameters:
  ///   - fanIn: How many inputs it hears.
  ///   - activation: How it responds.
  ///   - weightCount: How many trainable numbers it has beside its bias; `fanIn` if nil.
  public init(inputs fanIn: Int, activation: Activation, weightCount: Int? = nil) {
    precondition(fanIn > 0, "a neuron hears at least one input")
    self.fanIn = fanIn
    self.weightCount = weightCount ?? fanIn
    self.activation = activation
    storage = LayerStorage(neurons: 1, weightCount: self.weightCount, fanIn: fanIn)
  }

  // MARK: Forward

  /// Hears its inputs, combines and answers them.
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
    storage.inputs = inputs
    if isAlone { storage.resize(columns: inputs.columns) }
  }

  /// z = Σᵢ wᵢ xᵢ + b.
  ///
  /// - Throws: `FunctionFailure` if a plugin that combines reports one; a plain neuron throws nothing.
  open func combine() throws {
    precondition(weightCount >= fanIn, "a neuron with fewer weights than inputs combines in a way of its own")
    Scalar._combine(weights.base, bias, inputs, weightedInputs.base)
  }

  /// a = f(z).
  ///
  /// In a layer whose function takes all its neurons together (softmax), responding is the layer's act.
  open func respond() throws {
    if let probe { return outputs.assign(probe) }
    if storage.layerResponds { return }
    try activation.evaluate(Block(neurons: 1, columns: outputs.count), weightedInputs.base, outputs.base)
  }

  // MARK: Backward

  /// Works out its local gradient from what it received, adds to its gradients, and sends its messages upstream.
  ///
  /// - Parameter upstream: Where the messages go; nil if nobody listens (the inputs of the network).
  /// - Throws: `FunctionFailure` if a plugin reports one.
  open func backward(sendingTo upstream: Messages<Scalar>?) throws {
    try computeLocalGradients()
    try accumulateGradients()
    if let upstream { try sendMessages(to: upstream) }
  }

  /// δ = ∂L/∂a · f′(z).
  ///
  /// Already done where the layer responds for all its neurons, or where loss and activation are a canonical pair.
  open func computeLocalGradients() throws {
    if storage.localGradientsAreGiven { return }
    try activation.backward(
      Block(neurons: 1, columns: outputs.count), weightedInputs.base, outputs.base, received.base, localGradients.base)
  }

  /// ∂L/∂wᵢ += Σ δ xᵢ and ∂L/∂b += Σ δ, over the columns.
  open func accumulateGradients() throws {
    Scalar._accumulate(localGradients.base, inputs, weightGradients.base)
    biasGradient += Scalar._sum(localGradients.base, localGradients.count)
  }

  /// Tells each upstream neuron i its part: ∂L/∂xᵢ += wᵢ δ.
  open func sendMessages(to upstream: Messages<Scalar>) throws {
    precondition(
      upstream.count == fanIn && upstream.columns == localGradients.count, "messages of another shape than the inputs")
    Scalar._send(weights.base, localGradients.base, upstream)
  }

  // MARK: Beginnings and names

  /// Draws its weights; the bias becomes 0, and so do the numbers that a subclass has beyond one for each input.
  ///
  /// - Parameters:
  ///   - initializer: Where the weights come from.
  ///   - fanOut: How many neurons the layer has: that many hear each input.
  ///   - random: The source to draw from.
  open func initialize(by initializer: Initializer, fanOut: Int, random: inout RandomSource) {
    for i in 0..<weightCount {
      weights[i] = i < fanIn ? Scalar(initializer.draw(fanIn: fanIn, fanOut: fanOut, &random)) : 0
    }
    bias = 0
  }

  /// How it computes, for explanations; a class that computes in its own way may state its own.
  open var formulas: NeuronFormulas { NeuronFormulas(respondingBy: activation) }

  /// What a saved model calls this kind of neuron: its class, without generic arguments.
  open class var typeName: String { String(String(describing: self).prefix { $0 != "<" }) }

  /// Whether it is a `Neuron` itself and no subclass: then its layer may run it together with its neighbours.
  public final var isPlain: Bool { type(of: self) == Neuron<Scalar>.self }

  /// Whether its output is its activation's, a = f(z), however it combines.
  package final var respondsByActivation: Bool { isPlain || self is PluginNeuron<Scalar> }

  /// How it combines and what it sends back, if a plugin says so.
  package final var pluginKind: NeuronKind? { (self as? PluginNeuron<Scalar>)?.kind }

  /// What explanations and tables call it beside plain neurons: its kind, or its class; nil for a plain one.
  package final var kindName: String? { isPlain ? nil : pluginKind?.description ?? type(of: self).typeName }

  // MARK: Its place in a layer

  /// Which row of its layer it is, from 0.
  public private(set) final var index = 0
  public private(set) final var isAlone = true
  package private(set) final var storage: LayerStorage<Scalar>
  /// What `respond` is to answer while it is tried out.
  private final var probe: [Scalar]?

  /// Moves into row `index` of a layer's matrices, with its weights and bias.
  final func join(_ layer: LayerStorage<Scalar>, at index: Int) {
    layer.weights.row(index, count: weightCount).assign(weights)
    layer.biases[index, 0] = bias
    storage = layer
    self.index = index
    isAlone = false
  }

  /// Whether no subclass changes how the neuron responds, tried out on numbers of no regularity.
  ///
  /// A layer asks before it adopts a neuron whose responding it does itself.
  final func leavesResponseAlone() throws -> Bool {
    func numbers(_ count: Int, _ seed: UInt64) -> [Scalar] {
      var random = RandomSource(seed: seed)
      return (0..<count).map { _ in Scalar(0.5 + random.uniform()) }
    }
    let (weights, bias, answers) = (Array(self.weights), self.bias, numbers(3, 1))
    defer {
      probe = nil
      self.weights.assign(weights)
      self.bias = bias
    }
    self.weights.assign(numbers(weightCount, 2))
    self.bias = numbers(1, 3)[0]
    probe = answers
    try forward(Inputs(outputs: Matrix((0..<fanIn).map { numbers(3, 4 + UInt64($0)) })))
    return Array(outputs) == answers
  }
}
