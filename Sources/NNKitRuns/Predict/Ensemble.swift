package import NNKit

/// Several trained networks that answer together: by the mean of their outputs, or by the class that most of them name.
package struct Ensemble<Scalar: NetworkScalar> {
  package let models: [Model<Scalar>]
  /// Whether each network has a vote; otherwise outputs are averaged.
  package let isVote: Bool
  private let loss: Loss?

  /// - Parameters:
  ///   - models: At least one.
  ///   - names: What errors call them.
  ///   - isVote: Whether each network has a vote.
  /// - Throws: `ConfigurationError` for networks that do not answer the same question, and for a vote on numbers.
  package init(_ models: [Model<Scalar>], names: [String], isVote: Bool) throws {
    guard let first = models.first else { throw ConfigurationError(nil, "an ensemble needs at least one run") }
    for (model, name) in zip(models, names).dropFirst() {
      func expect<Value: Equatable>(_ what: String, _ value: (Model<Scalar>) -> Value) throws {
        guard value(model) != value(first) else { return }
        throw ConfigurationError(
          nil,
          "\(name) and \(names[0]) do not answer the same question: they have other \(what); take runs on the same data"
        )
      }
      try expect("numbers of inputs") { $0.network.inputCount }
      try expect("numbers of outputs") { $0.network.outputCount }
      try expect("classes") { $0.classes }
      try expect("names of inputs") { $0.inputNames }
      try expect("names of targets") { $0.targetNames }
      try expect("kinds of targets") { $0.targetKind }
      try expect("scales of targets") { $0.targetScaling }
    }
    loss = first.loss
    if isVote, first.targetKind != .classes || loss == nil {
      throw ConfigurationError(nil, "a vote is between classes; the mean of the outputs goes for all targets")
    }
    (self.models, self.isVote) = (models, isVote)
  }

  /// What the networks answer together.
  ///
  /// - Parameter answers: Of each network its answers, samples × outputs.
  /// - Returns: The mean of the outputs; of a vote, for each class the share of the networks that name it, and of classes
  ///   with equally many votes a little more for the one with the greatest mean output.
  package func together(_ answers: [Matrix<Scalar>]) -> Matrix<Scalar> {
    let count = Scalar(answers.count)
    let mean = Matrix<Scalar>(rows: answers[0].rows, columns: answers[0].columns)
    for answer in answers { mean.add(answer) }
    for row in 0..<mean.rows { for column in 0..<mean.columns { mean[row, column] /= count } }
    guard isVote, let loss else { return mean }
    return vote(answers, mean, loss)
  }

  private func vote(_ answers: [Matrix<Scalar>], _ mean: Matrix<Scalar>, _ loss: Loss) -> Matrix<Scalar> {
    let rule = HitRule(loss)
    let votes = Matrix<Scalar>(rows: mean.rows, columns: mean.columns)
    let classes = max(2, mean.columns)
    for row in 0..<mean.rows {
      var counts = [Int](repeating: 0, count: classes)
      for answer in answers { counts[rule.classIndex(answer.row(row))] += 1 }
      let most = counts.max() ?? 0
      if mean.columns == 1 {
        // One output for two classes: between what stands for no and for yes, at the share that says yes.
        let share = Double(counts[1]) / Double(answers.count)
        let output = Scalar(loss.targetOff + share * (loss.targetOn - loss.targetOff))
        votes[row, 0] = counts[0] == counts[1] ? mean[row, 0] : output
        continue
      }
      for index in counts.indices { votes[row, index] = Scalar(counts[index]) / Scalar(answers.count) }
      let leading = counts.indices.filter { counts[$0] == most }
      if leading.count > 1, let winner = leading.max(by: { mean[row, $0] < mean[row, $1] }) {
        votes[row, winner] += Scalar(0.5) / Scalar(answers.count)
      }
    }
    return votes
  }
}

/// How well several networks do on the same samples, each by itself and together.
package struct EnsembleMeasurement {
  /// `test`, `validation` or `train`.
  package let name: String
  package let single: [Metrics]
  /// The loss is that of the mean outputs; of a vote it is nil.
  package let loss: Double?
  package let accuracy: Double?

  /// - Parameters:
  ///   - ensemble: The networks.
  ///   - configuration: Names the samples, and the loss.
  ///   - plugins: Where functions come from.
  ///   - threads: How many threads share the networks' work.
  /// - Throws: `ConfigurationError`, and the errors of files and plugins.
  package init<Scalar: NetworkScalar>(
    _ ensemble: Ensemble<Scalar>, of configuration: Configuration, plugins: Plugins, threads: Int
  ) throws {
    var (name, targets, answers, metrics) = ("", nil as Matrix<Scalar>?, [Matrix<Scalar>](), [Metrics]())
    var areClasses = false
    // One network after the other, since each may scale the samples in its own way.
    for model in ensemble.models {
      let trained = try TrainedNetwork(model, of: configuration, plugins: plugins, threads: threads)
      let samples = trained.data.measured.samples
      (name, areClasses, targets) = (trained.data.measured.name, samples.areClasses, samples.targets)
      let answer = Matrix<Scalar>(rows: samples.count, columns: model.network.outputCount)
      var first = 0
      metrics.append(
        try trained.network.measure(LossStage(trained.loss, behind: trained.network.output), on: samples) {
          outputs, _ in
          for column in 0..<outputs.columns {
            for row in 0..<outputs.rows { answer[first + column, row] = outputs[row, column] }
          }
          first += outputs.columns
        })
      answers.append(answer)
    }
    guard let targets, let loss = ensemble.models[0].loss else {
      throw ConfigurationError(nil, "the model does not say which loss it was trained for")
    }
    let together = ensemble.together(answers)
    let rule = HitRule(loss)
    (self.name, single) = (name, metrics)
    accuracy =
      areClasses
      ? Double((0..<targets.rows).count { rule.classIndex(together.row($0)) == rule.classIndex(targets.row($0)) })
        / Double(targets.rows) : nil
    if ensemble.isVote {
      self.loss = nil
    } else {
      let values = try loss.values(Self.turned(together), Self.turned(targets))
      self.loss = values.reduce(0, +) / Double(values.count)
    }
  }

  private static func turned<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>) -> Matrix<Scalar> {
    let turned = Matrix<Scalar>(rows: matrix.columns, columns: matrix.rows)
    for row in 0..<matrix.rows { for column in 0..<matrix.columns { turned[column, row] = matrix[row, column] } }
    return turned
  }
}
