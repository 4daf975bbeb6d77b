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
    let first = explanation.steps[0].passes[0]
    let shortening = Shortening(explanation.steps)
    shorteningWords = shortening.words
    var parameters = NetworkNumbers(first)
    var remembered: [[[[PrintedNumber]]]]?
    var steps: [Step] = []
    for (index, step) in explanation.steps.enumerated() {
      let passes = step.passes.map {
        PassLines($0, parameters, explanation.lossFunction, isCanonical: explanation.isCanonical, shortening)
      }
      let moves = StepLines(
        step, number: index + 1, of: explanation.steps.count, passes: passes, before: parameters,
        remembered: remembered, explanation.optimizer, explanation.regularization, shortening)
      steps.append(Step(passes: passes, moves: moves, lossesAfter: step.lossesAfter.map(PrintedNumber.init)))
      parameters = moves.after
      remembered = moves.states
    }
    self.steps = steps
    DigitSearch.settle(steps.flatMap { $0.passes.flatMap(\.equations) + $0.moves.equations })
  }
}
