internal import NNKit

/// A schedule that gives an explanation's steps their learning rates, and how it does.
struct ExplainedSchedule {
  let schedule: Schedule
  /// The optimizer's learning rate.
  let base: Double
  let batchesPerEpoch: Int
  let epochs: Int

  func learningRate(_ batch: Int) -> Double {
    schedule.learningRate(base: base, batch: batch, batchesPerEpoch: batchesPerEpoch, epochs: epochs)
  }

  /// How a batch's learning rate is computed: with n, its number from 0, B batches an epoch, a warm-up of W epochs, and t,
  /// the epochs since then, of T.
  func lines(batch: Int, _ learningRate: PrintedNumber) -> [ExplanationLine] {
    let r = PrintedArithmetic(base)
    let (n, batches) = (PrintedArithmetic(Double(batch)), PrintedArithmetic(Double(batchesPerEpoch)))
    let warmup = PrintedArithmetic(schedule.warmup)
    let position = Double(batch) / Double(batchesPerEpoch)
    if position < schedule.warmup {
      let share = PrintedArithmetic.call(.min, [.init(1), (n + .init(1)) / (warmup * batches)])
      return [.equation(Equation("learning rate", formula: "r·min(1, (n + 1) / (W·B))", r * share, learningRate))]
    }
    let epochs = PrintedNumber(position - schedule.warmup)
    let since = Equation("t", formula: "n / B - W", n / batches - warmup, epochs)
    let moment = schedule.moment(base: base, position: position, batchesPerEpoch: batchesPerEpoch, epochs: self.epochs)
    let formula = schedule.shape.formula(at: moment)
    let variables = variables(schedule.shape).merging([
      "r": r, "t": .leaf(epochs), "T": .constant(moment.epochs),
    ]) { $1 }
    guard let numbers = PrintedArithmetic(reading: formula.read, variables) else {
      return [.words { "learning rate = \(learningRate.text), as \(schedule.name) computes it" }]
    }
    let equation = ExplanationLine.equation(
      Equation("learning rate", formula: formula.shown, numbers, learningRate))
    return (formula.shown == "r" ? [] : [.equation(since)]) + [equation]
  }

  private func variables<Shape: Schedule.Shape>(_ shape: Shape) -> [String: PrintedArithmetic] {
    var variables: [String: PrintedArithmetic] = [:]
    for setting in Shape.settings {
      if case .number(let value) = setting.value(in: shape) { variables[setting.name] = .constant(value) }
    }
    return variables
  }
}
