/// A neuron for which a plugin combines.
///
/// Its kind (radial_basis, product, …) makes z of inputs and weights, and works out what goes back; it responds like any
/// other, by its activation. The fused pass calls a kind's functions once for all neighbours of that kind.
public final class PluginNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  /// The kind that the plugin gives.
  public let kind: NeuronKind

  /// A neuron that stands alone, all its weights and its bias 0.
  ///
  /// - Throws: `FunctionFailure` if the kind cannot say how many weights it has.
  public init(inputs fanIn: Int, activation: Activation, kind: NeuronKind) throws {
    self.kind = kind
    super.init(inputs: fanIn, activation: activation, weightCount: try kind.weightCount(fanIn: fanIn))
  }

  var row: Rows { storage.rows(1, of: weightCount, inputs: inputs) }

  /// z as the kind's formula says.
  public override func combine() throws {
    if leavesOutPadding { return try combinePresent() }
    try withBias { try kind.combine(row, weights.base, $0, inputs.base, weightedInputs.base) }
  }

  /// ∂L/∂wᵢ += Σ δ ∂z/∂wᵢ and ∂L/∂b += Σ δ ∂z/∂b, over the columns.
  public override func accumulateGradients() throws {
    if weightCount == 0 { return }
    try withBias { bias in
      try kind.accumulate(
        row, weights.base, bias, inputs.base, weightedInputs.base, localGradients.base, weightGradients.base,
        storage.biasGradients.base + index)
    }
  }

  /// Each input i gets its part of the blame: ∂L/∂xᵢ += δ ∂z/∂xᵢ.
  public override func sendMessages(to messages: Messages<Scalar>) throws {
    precondition(
      messages.count == fanIn && messages.columns == localGradients.count, "messages of another shape than the inputs")
    if leavesOutPadding { return try sendToPresent(messages) }
    try withBias {
      try kind.send(row, weights.base, $0, inputs.base, weightedInputs.base, localGradients.base, messages.base)
    }
  }

  /// Those that its plugin states.
  public override var formulas: NeuronFormulas {
    var formulas = super.formulas
    formulas.combination = kind.function.information.formula
    formulas.weightDerivative = kind.function.weightDerivative
    formulas.inputDerivative = kind.function.inputDerivative
    formulas.biasDerivative = kind.function.biasDerivative
    return formulas
  }

  func withBias(_ body: (UnsafePointer<Scalar>) throws -> Void) rethrows {
    try withExtendedLifetime(storage) { try body(storage.biases.base + index) }
  }
}

extension LayerStorage {
  /// Some neighbours with `weightCount` weights each, all columns of them.
  func rows(_ neurons: Int, of weightCount: Int, inputs: Inputs<Scalar>) -> Rows {
    Rows(
      neurons: neurons, columns: inputs.columns, fanIn: inputs.count, weightCount: weightCount,
      weightRow: weights.columns, inputStride: inputs.inputStride, columnStride: inputs.columnStride,
      rowStride: outputs.columns)
  }
}
