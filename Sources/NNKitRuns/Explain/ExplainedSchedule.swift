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
    let t = PrintedArithmetic.leaf(epochs)
    let (formula, numbers): (String, PrintedArithmetic)
    switch schedule.shape {
    case .constant: return [.equation(Equation("learning rate", formula: "r", r, learningRate))]
    case .step(let every, let factor):
      let times = (epochs.value / every).rounded(.down)
      (formula, numbers) = ("r·factor^⌊t / every⌋", r * PrintedArithmetic(factor).to(times))
    case .exponential(let factor):
      (formula, numbers) = ("r·factor^t", r * .binary(.power, .init(factor), t))
    case .cosine(let minimum):
      let total = max(Double(self.epochs) - schedule.warmup, 1 / Double(batchesPerEpoch))
      let wave = PrintedArithmetic.call(.cos, [.init(.pi) * t / .init(total)])
      (formula, numbers) = (
        "minimum + (r - minimum)·(1 + cos(π·t / T)) / 2",
        .init(minimum) + (r - .init(minimum)) * (.init(1) + wave) / .init(2)
      )
    }
    return [.equation(since), .equation(Equation("learning rate", formula: formula, numbers, learningRate))]
  }
}
