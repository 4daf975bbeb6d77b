internal import NNKit

/// All lines of an explanation, their digits settled.
struct ExplanationLines {
  struct Step {
    let passes: [PassLines]
    let moves: StepLines
    let lossesAfter: [PrintedNumber]
  }

  let steps: [Step]
  /// Why numbers are left out; nil where none are.
  let shorteningWords: String?

  init<Scalar: NetworkScalar>(_ explanation: Explanation<Scalar>) {
    var shortening = Shortening(explanation.steps, showing: explanation.part)
    var steps = Self.steps(explanation, shortening)
    while !shortening.isWhole, Self.showMore(steps, &shortening) { steps = Self.steps(explanation, shortening) }
    self.steps = steps
    shorteningWords = shortening.words
    DigitSearch.settle(steps.flatMap { $0.passes.flatMap(\.equations) + $0.moves.equations })
  }

  private static func steps<Scalar: NetworkScalar>(
    _ explanation: Explanation<Scalar>, _ shortening: Shortening
  ) -> [Step] {
    var parameters = NetworkNumbers(explanation.steps[0].passes[0])
    var remembered: [[[[PrintedNumber]]]]?
    var steps: [Step] = []
    for (index, step) in explanation.steps.enumerated() {
      let passes = step.passes.map {
        PassLines($0, parameters, explanation.lossFunction, isCanonical: explanation.isCanonical, shortening)
      }
      let place = StepLines.Place(
        number: index + 1, isOneOfMany: explanation.steps.count > 1, parameters: parameters, remembered: remembered)
      let moves = StepLines(step, at: place, passes, explanation.rules, explanation.schedule, shortening)
      steps.append(Step(passes: passes, moves: moves, lossesAfter: step.lossesAfter.map(PrintedNumber.init)))
      parameters = moves.after
      remembered = moves.states
    }
    return steps
  }

  /// Shows the steps of all weights that a later step computes with.
  ///
  /// - Returns: Whether any of them was left out.
  private static func showMore(_ steps: [Step], _ shortening: inout Shortening) -> Bool {
    var isMore = false
    for (before, step) in zip(steps, steps.dropFirst()) {
      let used = Set(step.passes.flatMap(\.equations).flatMap(\.numbers.leaves).map(ObjectIdentifier.init))
      for (layer, neurons) in before.moves.after.layers.enumerated() {
        for (neuron, numbers) in neurons.enumerated() {
          let needed = numbers.weights.indices.filter { used.contains(ObjectIdentifier(numbers.weights[$0])) }
          if shortening.show(needed, layer: layer, neuron: neuron) { isMore = true }
        }
      }
    }
    return isMore
  }
}
