package import NNKit

/// How a network does on the samples that tell most: the test samples; without them validation or training samples.
package struct Measurement {
  /// `test`, `validation` or `train`.
  package let name: String
  package let metrics: Metrics
  package let confusion: ConfusionMatrix?
  package let mistakes: Mistakes

  package init<Scalar: NetworkScalar>(of experiment: TrainedNetwork<Scalar>) throws {
    let (name, samples) = experiment.data.measured
    let stage = try LossStage(experiment.loss, behind: experiment.network.output)
    let rule = HitRule(experiment.loss)
    var mistakes = Mistakes()
    var first = 0
    var confusion = ConfusionMatrix(classes: experiment.data.classes, outputs: experiment.network.outputCount)
    self.name = name
    metrics = try experiment.network.measure(stage, on: samples) { outputs, targets in
      guard samples.areClasses else { return }
      for column in 0..<outputs.columns {
        let found = rule.classIndex(outputs, column: column)
        let target = rule.classIndex(targets, column: column)
        confusion.add(found: found, target: target)
        if found == target { continue }
        mistakes.add(.init(sample: first + column, target: target, found: found, loss: stage.values[column]))
      }
      first += outputs.columns
    }
    self.mistakes = mistakes
    self.confusion = samples.areClasses ? confusion : nil
  }
}

/// How often samples of each class were taken for each.
package struct ConfusionMatrix {
  package let classes: [String]
  /// Row: the class it is; column: the class it was taken for.
  package private(set) var counts: [[Int]]

  init(classes: [String]?, outputs: Int) {
    let count = max(2, outputs)
    self.classes = classes ?? (0..<count).map { "\($0)" }
    counts = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
  }

  mutating func add(found: Int, target: Int) { counts[target][found] += 1 }

  /// A table with a row a class.
  package var table: [String] {
    let names = classes.map { String($0.prefix(12)) }
    let width = max(names.map(\.count).max() ?? 0, counts.joined().map { "\($0)".count }.max() ?? 0) + 1
    func cell(_ text: String) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    let head = cell("") + names.map(cell).joined()
    return [head] + zip(names, counts).map { name, row in cell(name) + row.map { cell("\($0)") }.joined() }
  }
}
