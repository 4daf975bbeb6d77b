package import NNKit

/// How well a network does on the test samples; without them on the validation or training samples.
package struct Measurement {
  /// `test`, `validation` or `train`.
  package let name: String
  package let metrics: Metrics
  package let figures: Figures
  package let mistakes: Mistakes

  package var confusion: ConfusionMatrix? {
    if case .classes(let figures) = figures { figures.confusion } else { nil }
  }

  package init<Scalar: NetworkScalar>(of experiment: TrainedNetwork<Scalar>) throws {
    let (name, samples) = experiment.data.measured
    let stage = try LossStage(experiment.loss, behind: experiment.network.output)
    let rule = HitRule(experiment.loss)
    var mistakes = Mistakes()
    var first = 0
    var tally = FigureTally(of: experiment, kind: samples.targetKind)
    self.name = name
    metrics = try experiment.network.measure(
      stage, on: samples, bitFailLimit: experiment.configuration.training.stop?.countedLimit
    ) { outputs, targets in
      try tally.add(outputs, targets, weights: samples.weights?[first..<first + outputs.columns])
      defer { first += outputs.columns }
      guard samples.areClasses else { return }
      for column in 0..<outputs.columns {
        let found = rule.classIndex(outputs, column: column)
        let target = rule.classIndex(targets, column: column)
        if found == target { continue }
        mistakes.add(.init(sample: first + column, target: target, found: found, loss: stage.values[column]))
      }
    }
    self.mistakes = mistakes
    figures = tally.figures
  }

  /// What a summary has of it, under keys that begin with `name`.
  package func pairs(_ name: String) -> [(String, JSONText)] { metrics.pairs(name) + figures.pairs(name) }
}
