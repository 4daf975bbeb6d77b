internal import NNKit

/// A weight or a bias that a step moves.
struct MovedParameter {
  /// "w0", "b".
  let name: String
  let isWeight, isFrozen: Bool
  let before, after: PrintedNumber
  /// ∂L/∂w of each sample, their mean, and what each transform makes of it.
  let gradients: [PrintedNumber]
  let mean: PrintedNumber
  let transformed: [TransformedGradient]
  /// What the optimizer remembers of it before and after the step.
  let statesBefore, statesAfter: [PrintedNumber]
  /// The mean loss over the samples, and the random number that the step had for the parameter.
  let loss: PrintedNumber
  let random: Double
}

/// What a transform makes of one gradient.
struct TransformedGradient {
  let transform: any GradientTransform
  /// What the transform has computed from all gradients.
  let common: [PrintedNumber]
  let result: PrintedNumber

  /// The line that says how it comes out, and what it is called.
  func line(of gradient: PrintedNumber, _ name: String) -> (ExplanationLine, name: String) {
    guard let explained = transform as? any ExplainedTransform else {
      let type = "\(type(of: transform))"
      return (.words { "\(name) becomes \(result.text), as \(type) changes it" }, "changed \(name)")
    }
    let formula = explained.gradient(gradient, name, common)
    return (.equation(Equation(formula.name, formula: formula.formula, formula.numbers, result)), formula.name)
  }
}
