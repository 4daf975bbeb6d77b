extension Activation {
  /// The formula as its plugin states it, without a steepness of 1.
  package var formula: String { withoutSteepness(function.information.formula) }
  /// The formula of its derivative, likewise; nil if the plugin states none.
  package var derivativeFormula: String? { function.derivative.map(withoutSteepness) }

  /// A function with a steepness of 1 reads as in a textbook: "a = 1 / (1 + exp(-z))".
  private func withoutSteepness(_ text: String) -> String {
    let name = "steepness"
    guard zip(function.information.parameters, parameters).contains(where: { $0.name == name && $1 == 1 }) else {
      return text
    }
    let short = text.replacing("\(name) / ", with: "1 / ").replacing("\(name)² ", with: "")
      .replacing("\(name) ", with: "")
    // "f'(z) = (1 - a²)" needs its parentheses no longer.
    guard let start = short.firstRange(of: " = (")?.upperBound, short.last == ")" else { return short }
    let inner = short[start...].dropLast()
    return inner.contains("(") ? short : "\(short[..<short.index(before: start)])\(inner)"
  }
}

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
      biasDerivative: "dz/db = 1", response: activation.formula, derivative: activation.derivativeFormula)
  }
}
