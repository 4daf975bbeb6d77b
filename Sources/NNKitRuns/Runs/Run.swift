package import NNKit

/// A run: an experiment trained, measured and written into its folder.
package struct Run<Scalar: NetworkScalar> {
  package let experiment: Experiment<Scalar>
  package let folder: RunFolder
  private let trainer: Trainer<Scalar>
  private let statistics: StatisticsCollector<Scalar>?

  /// Makes the run's folder, with the resolved configuration in it.
  package init(_ experiment: Experiment<Scalar>, output: String?) throws {
    self.experiment = experiment
    let configuration = experiment.configuration
    trainer = try Trainer(
      experiment.network, loss: experiment.loss, settings: configuration.training.settings(seed: configuration.seed))
    statistics =
      configuration.report
      ? StatisticsCollector(experiment.network, epochs: configuration.training.epochs) : nil
    folder = try RunFolder(creating: output, name: configuration.name)
    try folder.write(configuration.resolved(), to: folder.configuration)
  }

  /// One line worth telling before the training, if any.
  package var note: String? { trainer.note }

  /// How the run ended.
  package struct Outcome {
    package let reports: [EpochReport]
    /// Which samples the final model was measured on, the result, and the confusion of classes.
    package let measured: Measurement
    package let seconds: Double
  }

  /// Trains, and writes model and summary; after a non-finite number too, with the last good model.
  package func train(
    onBatch: @escaping (BatchProgress) -> Void, onEpoch: (EpochReport) throws -> Void
  ) throws -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    var reports: [EpochReport] = []
    do {
      try trainer.train(
        on: experiment.data.train, validation: experiment.data.validation, test: experiment.data.test,
        onEpoch: { report in
          reports.append(report)
          statistics?.endEpoch(report.epoch)
          try folder.append(report)
          try onEpoch(report)
          return .proceed
        },
        onBatch: { progress in
          statistics?.look(progress)
          onBatch(progress)
        })
    } catch let error as NonFiniteError {
      try finish(reports, nil, (clock.now - start) / .seconds(1), ending: "non_finite", failure: "\(error)")
      try writeReport(reports, nil, seconds: (clock.now - start) / .seconds(1))
      throw error
    }
    let measured = try Measurement(of: experiment)
    let seconds = (clock.now - start) / .seconds(1)
    let isEarly = reports.count < experiment.configuration.training.epochs
    try finish(reports, measured, seconds, ending: isEarly ? "early_stopping" : "completed", failure: nil)
    try writeReport(reports, measured, seconds: seconds)
    return Outcome(reports: reports, measured: measured, seconds: seconds)
  }

  /// Writes the statistics and the report, unless the configuration wants none.
  private func writeReport(_ reports: [EpochReport], _ measured: Measurement?, seconds: Double) throws {
    guard let statistics else { return }
    let training = reports.reduce(0) { $0 + $1.seconds }
    let phases = [
      ("reading data", experiment.readingSeconds), ("training", training - statistics.seconds),
      ("measuring and metrics", seconds - training), ("statistics", statistics.seconds),
    ]
    let gathered = RunStatistics(
      phases: phases.map { .init(name: $0, seconds: max(0, $1)) }, layers: statistics.layers)
    try gathered.write(to: folder)
    let report = RunReport(
      folder, experiment, measured: measured, curves: Curves(reports), statistics: gathered)
    try WholeFile.write(
      ReportPage.html([report.data()], title: "Run \(folder.name)"), to: folder.report, isDurable: false)
  }

  private func finish(
    _ reports: [EpochReport], _ measured: Measurement?, _ seconds: Double, ending: String, failure: String?
  ) throws {
    try WholeFile.write(experiment.model.encoded(), to: folder.model)
    let training = reports.reduce(0) { $0 + $1.seconds }
    var pairs: [(String, JSONText)] = [
      ("name", .text(experiment.configuration.name)), ("ending", .text(ending)),
    ]
    if let failure { pairs.append(("failure", .text(failure))) }
    pairs += [("epochs", .integer(reports.count)), ("parameters", .integer(experiment.network.parameterCount))]
    if let last = reports.last {
      pairs += last.train.pairs("train")
      pairs += last.validation?.pairs("validation") ?? []
    }
    if let measured { pairs += measured.metrics.pairs(measured.name == "test" ? "test" : "final_\(measured.name)") }
    pairs += [
      ("seconds", .number(seconds)), ("training_seconds", .number(training)),
      (
        "samples_per_second",
        .number(training > 0 ? Double(reports.reduce(0) { $0 + $1.samples }) / training : 0)
      ),
      ("plugins", .list(usedFunctions.map { $0.summary })),
    ]
    try folder.write(JSONText.object(pairs).text(indent: 0) + "\n", to: folder.summary)
  }

  private var usedFunctions: [FunctionInformation] {
    var used = [experiment.loss.function.information]
    for activation in experiment.network.layers.flatMap({ $0.neurons.map(\.activation) })
    where !used.contains(where: { $0.name == activation.name }) {
      used.append(activation.function.information)
    }
    return used.sorted { $0.name < $1.name }
  }
}

extension FunctionInformation {
  fileprivate var summary: JSONText {
    .object([("function", .text(name)), ("version", .text(version)), ("file", .text(file))])
  }
}

/// How a network does on the samples that tell most: the test samples; without them validation or training samples.
package struct Measurement {
  /// `test`, `validation` or `train`.
  package let name: String
  package let metrics: Metrics
  package let confusion: ConfusionMatrix?
  package let mistakes: Mistakes

  package init<Scalar: NetworkScalar>(of experiment: Experiment<Scalar>) throws {
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
