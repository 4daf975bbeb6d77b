/// What a formula states: its left side, and what may stand in it.
///
/// The fields of `nnkit/plugin.h` that hold formulas have one subject each.
package enum FormulaSubject: Sendable, Equatable {
  case activation(isWholeLayer: Bool)
  case derivative(isWholeLayer: Bool)
  case loss, gradient, canonical
  case combination, weightDerivative, inputDerivative, biasDerivative
  /// What an optimizer's step makes of a parameter or of what is kept for it; all its variables are parameters.
  case update

  /// The left sides that a formula may have, indices left out; the first is the usual one.
  var lefts: [String] {
    switch self {
    case .activation(let isWholeLayer): isWholeLayer ? ["a"] : ["a", "f(z)"]
    case .derivative(let isWholeLayer): isWholeLayer ? ["da/dz"] : ["f'(z)", "da/dz"]
    case .loss: ["L"]
    case .gradient: ["dL/da"]
    case .canonical: ["delta", "dL/dz"]
    case .combination: ["z"]
    case .weightDerivative: ["dz/dw"]
    case .inputDerivative: ["dz/dx"]
    case .biasDerivative: ["dz/db"]
    case .update: ["w"]
    }
  }

  /// The left side with its indices, as an error shows it.
  var usualLeft: String {
    switch self {
    case .activation(true): "a_k"
    case .derivative(true): "da_k/dz_j"
    default: lefts[0]
    }
  }

  /// How many indices the left side may have: none, or so many.
  var indexCount: Int {
    switch self {
    case .derivative(true): 2
    case .activation(true), .gradient, .canonical, .weightDerivative, .inputDerivative: 1
    default: 0
    }
  }

  /// Whether the left side is of one element, which variables without an index mean outside of sums.
  var isOfOneElement: Bool { indexCount == 1 }

  /// Variables that have a number for each output, input or weight.
  var lists: [String] {
    switch self {
    case .activation(true): ["z"]
    case .derivative(true): ["z", "a"]
    case .loss, .gradient: ["a", "y"]
    case .canonical: ["z", "a", "y"]
    case .combination, .weightDerivative, .inputDerivative, .biasDerivative: ["w", "x"]
    case .activation(false), .derivative(false), .update: []
    }
  }

  /// Variables that are one number.
  var numbers: [String] {
    switch self {
    case .activation(false): ["z"]
    case .derivative(false): ["z", "a"]
    case .combination: ["b"]
    case .weightDerivative, .inputDerivative, .biasDerivative: ["b", "z"]
    default: []
    }
  }

  /// What the number of outputs, or of inputs, is called: sums go over so many.
  var countName: String? {
    switch self {
    case .activation(false), .derivative(false), .update: nil
    case .activation(true), .derivative(true), .loss, .gradient, .canonical: "K"
    case .combination, .weightDerivative, .inputDerivative, .biasDerivative: "n"
    }
  }
}
