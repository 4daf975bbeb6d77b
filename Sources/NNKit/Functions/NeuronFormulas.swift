/// How a neuron computes, as formulas that explanations show with the numbers put in.
///
/// They are written as `nnkit/plugin.h` says: "z = sum w x + b". A class whose neurons compute in their own way states its
/// own by overriding `Neuron.formulas`; nil where it has none to state. An explanation shows a formula only where it gives
/// the number that the neuron gave.
public struct NeuronFormulas: Equatable, Sendable {
  /// "z = sum w x + b".
  public var combination: String?
  /// "dz/dw = x", "dz/dx = w" and "dz/db = 1".
  public var weightDerivative: String?
  /// "dz/dx = w".
  public var inputDerivative: String?
  /// "dz/db = 1".
  public var biasDerivative: String?
  /// "a = max(0, z)".
  public var response: String?
  /// "f'(z) = if(z > 0, 1, 0)".
  public var derivative: String?

  /// The formulas that are known; nil for the others.
  public init(
    combination: String? = nil, weightDerivative: String? = nil, inputDerivative: String? = nil,
    biasDerivative: String? = nil, response: String? = nil, derivative: String? = nil
  ) {
    self.combination = combination
    self.weightDerivative = weightDerivative
    self.inputDerivative = inputDerivative
    self.biasDerivative = biasDerivative
    self.response = response
    self.derivative = derivative
  }

  /// Those of a plain neuron, which responds by `activation`.
  public init(respondingBy activation: Activation) {
    self.init(
      combination: "z = Σ w·x + b", weightDerivative: "dz/dw = x", inputDerivative: "dz/dx = w",
      biasDerivative: "dz/db = 1", response: activation.function.information.formula,
      derivative: activation.function.derivative)
  }
}
