/// A weight or a bias that a step moves.
struct MovedParameter {
  /// "w0", "b".
  let name: String
  let isWeight, isFrozen: Bool
  let before, after: PrintedNumber
  /// ∂L/∂w of each sample.
  let gradients: [PrintedNumber]
  /// What the optimizer remembers of it before and after the step.
  let statesBefore, statesAfter: [PrintedNumber]
}
