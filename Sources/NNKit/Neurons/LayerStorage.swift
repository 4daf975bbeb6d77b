/// What the neurons of one layer hold, a row a neuron in each matrix.
///
/// `received` and `localGradients` are per sample; weight and bias gradients are sums over the columns. A column is one
/// sample at one position: column p · samples + s is sample `s` at position `p`, positions row by row. So a layer's
/// numbers are at once those of neurons × columns and, in the same places, of (neurons · positions) × samples.
@usableFromInline
package final class LayerStorage<Scalar: NetworkScalar> {
  /// w and ∂L/∂w: neurons × the largest weight count among them.
  ///
  /// Beyond a neuron's own count both stay 0.
  @usableFromInline package let weights: Matrix<Scalar>
  @usableFromInline package let weightGradients: Matrix<Scalar>
  /// b and ∂L/∂b: neurons × 1.
  @usableFromInline package let biases: Matrix<Scalar>
  @usableFromInline package let biasGradients: Matrix<Scalar>
  /// z, a, ∂L/∂a and δ: neurons × columns.
  ///
  /// Where neurons respond by the identity, z and δ may have further rows: see `respondsByIdentity`.
  @usableFromInline package let weightedInputs: Matrix<Scalar>
  @usableFromInline package let outputs: Matrix<Scalar>
  @usableFromInline package let received: Matrix<Scalar>
  @usableFromInline package let localGradients: Matrix<Scalar>

  /// The layer, not its neurons, evaluates the activation (softmax).
  package let layerResponds: Bool
  /// The layer runs its neurons; otherwise one is run by hand.
  var isRunByLayer = false
  /// The last forward pass belongs to a training.
  @exclusivity(unchecked) @usableFromInline var isTraining = false
  /// The last backward pass left the gradients of all neurons here, and no step since went without them.
  private(set) var hasGradients = false
  /// What the layer heard last: all its inputs, a column for each sample.
  var inputs: Inputs<Scalar>
  /// The same as its neurons see it, or what one that is run by hand heard.
  ///
  /// In a layer with a window it is empty until the windows are needed.
  @exclusivity(unchecked) @usableFromInline var heard: Inputs<Scalar>
  /// Which inputs each neuron has.
  let wiring: Wiring
  /// Which weights there are, where not all are; drawn with the weights where a rate is given.
  var connections: ConnectionBits?
  /// Which outputs the last forward pass dropped; nil if none.
  var moment: DropoutMoment?
  /// What the layers behind hear in a training with dropout; nil where that is `outputs`.
  package var dropped: Matrix<Scalar>?
  /// How the layer pools, where the fused pass does that itself.
  var pooling: Pooling?
  /// Whether a = z and δ = ∂L/∂a for all neurons but extended ones: each pair is then one piece of memory.
  ///
  /// Extended neurons, which may respond in their own way, have rows of z and δ behind those of all neurons.
  let respondsByIdentity: Bool
  /// Room for windows and their messages, and for inputs that are joined.
  var patches = PatchRoom<Scalar>()

  init(
    neurons: Int, weightCount: Int, fanIn: Int, layerResponds: Bool = false, wiring: Wiring = .dense,
    respondsByIdentity: Bool = false, extended: Int = 0
  ) {
    let rows = neurons + (respondsByIdentity ? extended : 0)
    self.respondsByIdentity = respondsByIdentity
    weights = Matrix(sharableRows: neurons, columns: weightCount)
    weightGradients = Matrix(sharableRows: neurons, columns: weightCount)
    biases = Matrix(sharableRows: neurons, columns: 1)
    biasGradients = Matrix(sharableRows: neurons, columns: 1)
    weightedInputs = Matrix(rows: rows, columns: 0)
    outputs = Matrix(rows: neurons, columns: 0)
    received = Matrix(rows: neurons, columns: 0)
    localGradients = Matrix(rows: rows, columns: 0)
    inputs = Inputs(outputs: Matrix(rows: fanIn, columns: 0))
    heard = inputs
    self.layerResponds = layerResponds
    self.wiring = wiring
  }

  /// Whether the windows that lie turned are those of the last pass.
  var turnedWindowsAreCurrent = false
  private var turnedInputs: Matrix<Scalar>?
  private var turnedMessages: Matrix<Scalar>?
  private var leavesOutGradients = false

  func keepGradients() { (hasGradients, leavesOutGradients) = (true, false) }

  /// A step moves the weights of plain neurons without leaving their gradients here: then these are not numbers.
  func leaveOutGradients(of parts: [LayerPart]) {
    if leavesOutGradients { return }
    (hasGradients, leavesOutGradients) = (false, true)
    for part in parts where part.arePlain {
      for row in part.neurons {
        weightGradients.row(row, count: wiring.window?.fanIn ?? inputs.count).fill(.nan)
        biasGradients[row, 0] = .nan
      }
    }
  }

  /// Inputs with those of one column side by side, as they lie in samples: a neuron's loop over them is then fast.
  func turned(_ inputs: Inputs<Scalar>) -> Inputs<Scalar> {
    if inputs.columnStride != 1 || inputs.columns == 1 { return inputs }
    let samples = matrix(inputs.columns, inputs.count, &turnedInputs)
    Scalar._kernels.transpose(inputs.base, inputs.count, inputs.columns, samples.base, samples.columns)
    return Inputs(turned: samples, count: inputs.count)
  }

  /// Room for the windows at all positions, (positions · samples) × (groups · fan-in).
  func turnedWindows(_ window: SlidingWindow) -> Matrix<Scalar> {
    matrix(inputs.columns * window.positions.count, window.groups * window.fanIn, &turnedInputs)
  }

  /// These windows, as the layer's neurons hear them.
  func inputs(ofWindows turned: Matrix<Scalar>) -> Inputs<Scalar> {
    Inputs(turned: turned, count: wiring.window.map { $0.groups * $0.fanIn } ?? inputs.count)
  }

  /// The windows that lie turned, where they are those of the last pass.
  var currentTurnedWindows: Inputs<Scalar>? {
    turnedWindowsAreCurrent ? turnedInputs.map { inputs(ofWindows: $0) } : nil
  }

  /// Room for messages that lie so.
  func turnedMessages(_ columns: Int, _ count: Int) -> Matrix<Scalar> { matrix(columns, count, &turnedMessages) }

  /// Has `body` send messages with those of one column side by side, and adds them to `messages`, or overwrites these; then
  /// `body` overwrites what it is given.
  func turning(
    _ messages: Messages<Scalar>?, overwriting: Bool = false, _ body: (Messages<Scalar>?) throws -> Void
  ) rethrows {
    guard let messages, messages.columns > 1 else { return try body(messages) }
    let turned = turnedMessages(messages.columns, messages.count)
    if !overwriting { turned.reset() }
    try body(Messages(turned: turned, count: messages.count))
    Scalar._kernels.addTransposed(
      turned.base, messages.columns, messages.count, turned.columns, messages.base, overwriting)
  }

  /// `matrix`, or a new one in its place where it has another shape, with a row of at least `count` numbers for each column.
  ///
  /// Long rows are an odd number of cache lines apart: then a loop that goes from row to row finds them in different places
  /// of the cache.
  private func matrix(_ rows: Int, _ count: Int, _ matrix: inout Matrix<Scalar>?) -> Matrix<Scalar> {
    let line = 64 / MemoryLayout<Scalar>.stride
    let columns = count < 8 * line ? count : ((count + line - 1) / line | 1) * line
    if let matrix, matrix.rows == rows, matrix.columns == columns { return matrix }
    let new = Matrix<Scalar>(rows: rows, columns: columns)
    matrix = new
    return new
  }

  func resize(columns: Int) {
    weightedInputs.resize(columns: columns)
    localGradients.resize(columns: columns)
    if respondsByIdentity {
      outputs.share(weightedInputs)
      received.share(localGradients)
    } else {
      outputs.resize(columns: columns)
      received.resize(columns: columns)
    }
  }
}
