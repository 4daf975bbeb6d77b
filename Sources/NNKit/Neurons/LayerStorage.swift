/// What the neurons of one layer hold, a row a neuron in each matrix.
///
/// `received` and `localGradients` are per sample; weight and bias gradients are sums over the columns. A column is one
/// sample (times one position, for neurons that fire at several).
package final class LayerStorage<Scalar: NetworkScalar> {
  /// w and ∂L/∂w: neurons × the largest weight count among them.
  ///
  /// Beyond a neuron's own count both stay 0.
  package let weights: Matrix<Scalar>
  package let weightGradients: Matrix<Scalar>
  /// b and ∂L/∂b: neurons × 1.
  package let biases: Matrix<Scalar>
  package let biasGradients: Matrix<Scalar>
  /// z, a, ∂L/∂a and δ: neurons × columns.
  package let weightedInputs: Matrix<Scalar>
  package let outputs: Matrix<Scalar>
  package let received: Matrix<Scalar>
  package let localGradients: Matrix<Scalar>

  /// The layer, not its neurons, evaluates the activation (softmax).
  package let layerResponds: Bool
  /// δ was computed for all neurons at once: by the layer, or by a canonical pair of activation and loss.
  var localGradientsAreGiven = false
  /// The layer runs its neurons; otherwise one is run by hand.
  var isRunByLayer = false
  /// The last forward pass belongs to a training.
  var isTraining = false
  /// The last backward pass left the gradients of all neurons here, and no step since went without them.
  private(set) var hasGradients = false
  /// What the neurons heard last.
  var inputs: Inputs<Scalar>

  init(neurons: Int, weightCount: Int, fanIn: Int, layerResponds: Bool = false) {
    weights = Matrix(rows: neurons, columns: weightCount)
    weightGradients = Matrix(rows: neurons, columns: weightCount)
    biases = Matrix(rows: neurons, columns: 1)
    biasGradients = Matrix(rows: neurons, columns: 1)
    weightedInputs = Matrix(rows: neurons, columns: 0)
    outputs = Matrix(rows: neurons, columns: 0)
    received = Matrix(rows: neurons, columns: 0)
    localGradients = Matrix(rows: neurons, columns: 0)
    inputs = Inputs(outputs: Matrix(rows: fanIn, columns: 0))
    self.layerResponds = layerResponds
  }

  private var turnedInputs: Matrix<Scalar>?
  private var leavesOutGradients = false

  func keepGradients() { (hasGradients, leavesOutGradients) = (true, false) }

  /// A step moves the weights of plain neurons without leaving their gradients here: then these are not numbers.
  func leaveOutGradients(of parts: [LayerPart]) {
    if leavesOutGradients { return }
    (hasGradients, leavesOutGradients) = (false, true)
    for part in parts where part.arePlain {
      for row in part.neurons {
        weightGradients.row(row, count: inputs.count).fill(.nan)
        biasGradients[row, 0] = .nan
      }
    }
  }

  /// The outputs of the layer before as samples: a row for each column.
  func turned(_ inputs: Inputs<Scalar>) -> Inputs<Scalar> {
    let samples =
      turnedInputs.flatMap { $0.rows == inputs.columns ? $0 : nil }
      ?? Matrix(rows: inputs.columns, columns: inputs.count)
    turnedInputs = samples
    Scalar._transpose(inputs.base, inputs.count, inputs.columns, samples.base)
    return Inputs(samples: samples)
  }

  func resize(columns: Int) {
    weightedInputs.resize(columns: columns)
    outputs.resize(columns: columns)
    received.resize(columns: columns)
    localGradients.resize(columns: columns)
  }
}
