/// All weights, or all biases, of a layer: numbers that training moves, with their gradients.
public final class Parameter<Scalar: NetworkScalar> {
  /// Which numbers of a layer they are.
  package enum Kind: String, CaseIterable {
    case weights, biases

    /// What one of them is called.
    var noun: String { self == .weights ? "weight" : "bias" }

    /// How a layer says that they are frozen.
    var frozen: FrozenParameters { self == .weights ? .weights : .biases }

    /// What files call the parameter of a layer.
    func name(inLayer layer: Int) -> String { "layers.\(layer).\(rawValue)" }
  }

  /// The numbers themselves: neurons × weight count, or neurons × 1 for biases.
  public let value: Matrix<Scalar>
  /// ∂L/∂value, of the same shape: a sum over the columns of the last backward pass.
  public let gradient: Matrix<Scalar>
  // Without checks for exclusive access, which small networks would feel.
  /// Whether training leaves the numbers as they are.
  @exclusivity(unchecked) public var isFrozen = false
  /// Where a backward pass leaves ∂L/∂value, set before each; see `OptimizerState.chooseDestinations`.
  @exclusivity(unchecked) var destination = GradientDestination<Scalar>.gradient
  /// The optimizer's step of some rows and columns, which a backward pass makes for weights of plain neurons as soon as their
  /// gradients are at the destination, while these are in a cache; threads call it for several at once.
  ///
  /// nil where all steps come after the pass. Set with the destination.
  @exclusivity(unchecked) var stepInPass: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  package let kind: Kind
  /// The number of its layer in the network, from 0.
  package internal(set) var layer = 0
  /// The rows of neighbours that a pass runs together or alone.
  let parts: [LayerPart]

  init(_ kind: Kind, value: Matrix<Scalar>, gradient: Matrix<Scalar>, parts: [LayerPart]) {
    (self.kind, self.value, self.gradient, self.parts) = (kind, value, gradient, parts)
  }

  /// What saved models and checkpoints call it: "layers.0.weights", layers counted from 0.
  public var name: String { kind.name(inLayer: layer) }

  /// Whether regularization counts its numbers: weights, not biases.
  public var isRegularized: Bool { kind == .weights }

  /// A matrix of zeros of its shape.
  package func zeros() -> Matrix<Scalar> { Matrix(sharableRows: value.rows, columns: value.columns) }

  /// How many of a row's numbers belong to `neuron`; the others are 0.
  package func count(of neuron: Neuron<Scalar>) -> Int {
    kind == .weights ? neuron.weightCount : neuron.hasBias ? 1 : 0
  }
}

/// Where a backward pass leaves the gradient of a parameter.
enum GradientDestination<Scalar: NetworkScalar> {
  /// In `Parameter.gradient`.
  case gradient
  /// In a matrix of the parameter's shape, at once: M ← keep · M + factor · ∂L/∂value. `Parameter.gradient` then keeps what
  /// it had. So it is for the weights of plain neurons in the fused pass; all others leave theirs in `Parameter.gradient`.
  case fusedUpdate(Matrix<Scalar>, keep: Scalar, factor: Scalar)
  /// Nowhere: the parameter is frozen.
  case discard
  /// Nowhere in the pass: ranks that train together find it afterwards; see `SharedStep`.
  case jointly
}

extension Network {
  /// The first weight or bias that is not finite; nil if all are.
  func firstNonFinite() -> (parameter: Parameter<Scalar>, neuron: Int, value: Scalar)? {
    for parameter in parameters {
      let matrix = parameter.value
      let place = Scalar._kernels.firstNonFinite(matrix.base, matrix.count)
      if place < matrix.count { return (parameter, place / matrix.columns, matrix.base[place]) }
    }
    return nil
  }
}
