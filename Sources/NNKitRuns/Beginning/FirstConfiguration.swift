internal import NNKit

/// A configuration to begin with, which fits some data: what it decided, and the text with comments.
package struct FirstConfiguration {
  /// A line for each decision.
  package let decisions: [String]
  package let text: String

  /// What a network and its training follow from.
  private struct Task {
    var source: [String]
    var test: [String] = []
    var scale: String
    var inputs: Int
    /// The names of the classes; nil for numbers.
    var classes: Int?
    var samples: Int
    var validation: Double?
    var arePictures = false
  }

  // MARK: Exclusive or

  /// The smallest task that a network needs a hidden layer for.
  package static let xor = FirstConfiguration(
    decisions: [
      "data: the four samples of exclusive or, written out",
      "network: one hidden layer of 4 tanh neurons; exclusive or cannot be learned without one",
      "output: 1 sigmoid neuron with binary_cross_entropy, a probability",
      "training: adam at learning rate 0.05, 500 epochs of one batch with all 4 samples",
    ],
    text: """
      # Exclusive or: 1 if the inputs differ, else 0. `nnkit run` trains it, `nnkit explain` shows every number of it.
      seed: 1                                  # everything random follows from it
      data:
        train:
          inline:
            - {input: [0, 0], target: 0}
            - {input: [0, 1], target: 1}
            - {input: [1, 0], target: 1}
            - {input: [1, 1], target: 0}
      network:
        layers:
          - {neurons: 4, activation: tanh}     # without a hidden layer this cannot be learned
          - {neurons: 1, activation: sigmoid}  # a probability, from 0 to 1
      loss: binary_cross_entropy               # goes with a sigmoid
      training:
        epochs: 500
        batch: 4
        optimizer: {name: adam, learning_rate: 0.05}

      """)

  private init(decisions: [String], text: String) {
    self.decisions = decisions
    self.text = text
  }

  // MARK: Tables

  /// A configuration for a CSV file.
  ///
  /// - Parameters:
  ///   - path: Absolute.
  ///   - shown: The path as the configuration is to have it.
  ///   - target: The name or the number of the column to learn; nil: chosen.
  /// - Throws: `DataError` if the file is not a table that can be learned from.
  package init(csv path: String, shown: String, target: String?) throws {
    let survey = try TableSurvey(path: path)
    let column = try survey.target(target)
    guard column.emptyCells == 0 else {
      throw DataError(
        "\(column.words), the target, is empty in \(column.emptyCells) of \(survey.rowCount) rows; fill or remove these,"
          + " or give another --target", file: path)
    }
    var decisions: [String] = []
    decisions.append(
      "target: \(column.words)\(target == nil ? ", chosen since it is \(survey.reason(for: column)); --target says another" : "")"
    )
    let classes = try Self.classes(column, survey, &decisions)
    let inputs = try Self.inputs(survey, column, &decisions)
    var task = Task(
      source: Self.source(survey, shown, column, inputs.excluded, inputs.missing), scale: "standard",
      inputs: inputs.count,
      classes: classes, samples: survey.rowCount)
    if classes == nil { task.scale = "{inputs: standard, targets: standard}" }
    let share = 0.2
    if survey.rowCount >= 40 {
      task.validation = share
      decisions.append("validation: \(share) of the \(survey.rowCount) rows, held out")
    } else {
      decisions.append("validation: none, since \(survey.rowCount) rows are too few to hold some out")
    }
    decisions.append(
      classes == nil
        ? "scale: inputs and target to mean 0 and deviation 1; predictions are brought back"
        : "scale: inputs to mean 0 and deviation 1")
    self.init(task, title: "Learns \(column.words) of \(path.split(separator: "/").last ?? "")", decisions)
  }

  /// How many classes a target has; nil if it is a number to be learned as such.
  private static func classes(
    _ column: TableSurvey.Column, _ survey: TableSurvey, _ decisions: inout [String]
  ) throws -> Int? {
    let count = column.distinct.count
    if count == 1 {
      throw DataError(
        "\(column.words), the target, is \(shown(column.distinct.keys.first ?? "")) in every row: there is nothing to learn;"
          + " give another --target", file: survey.file)
    }
    if column.isNumeric {
      let areClasses = column.isWhole && count <= 20 && survey.rowCount >= 3 * count
      if !areClasses {
        decisions.append(
          "task: numbers (regression), since the target has \(count > TableSurvey.classLimit ? "many" : "\(count)") different numbers"
        )
        return nil
      }
    }
    guard count <= TableSurvey.classLimit, column.isNumeric || 2 * count <= survey.rowCount else {
      throw DataError(
        "\(column.words), the target, has text that differs in nearly every row, so it is not classes;"
          + " give another --target", file: survey.file)
    }
    let names = column.distinct.keys.sorted { left, right in
      if let left = Double(left), let right = Double(right) { return left < right }
      return left < right
    }
    decisions.append("task: \(count) classes (classification): \(listed(names))")
    return count
  }

  /// The columns that can be inputs, and those that cannot.
  private static func inputs(
    _ survey: TableSurvey, _ target: TableSurvey.Column, _ decisions: inout [String]
  ) throws -> (count: Int, excluded: [TableSurvey.Column], missing: [String]) {
    var excluded: [TableSurvey.Column] = []
    for column in survey.columns where column.number != target.number {
      let reason: String? =
        if column.name == "" {
          "it has no name, as an index"
        } else if survey.columns.contains(where: {
          $0.name != nil && $0.name == column.name && $0.number < column.number
        }) {
          "another column has the same name"
        } else if column.texts > 0 && column.range != nil {
          "it has numbers and text"
        } else if column.distinct.isEmpty {
          "it is empty"
        } else if !column.isNumeric
          && (column.distinct.count > TableSurvey.classLimit
            || column.distinct.count > 10 && 2 * column.distinct.count > survey.rowCount)
        {
          "it has text that differs in nearly every row"
        } else if ["id", "index", "row", "unnamed: 0"].contains(column.name?.lowercased() ?? ""), column.isWhole {
          "it numbers the rows"
        } else {
          nil
        }
      guard let reason else { continue }
      excluded.append(column)
      decisions.append("left out: \(column.words): \(reason)")
    }
    let used = survey.columns.filter { column in
      column.number != target.number && !excluded.contains { $0.number == column.number }
    }
    var missing: [String] = []
    for column in used {
      if !column.isNumeric {
        decisions.append("categories: \(column.words): \(listed(column.distinct.keys.sorted()))")
      }
      guard column.emptyCells > 0 else { continue }
      missing.append("\(reference(column, in: survey)): \(column.isNumeric ? "mean" : "mode")")
      decisions.append(
        "missing: \(column.words) is empty in \(column.emptyCells) rows, which get"
          + " \(column.isNumeric ? "the mean" : "the most frequent value")")
    }
    let count = used.reduce(0) { $0 + ($1.isNumeric ? 1 : $1.distinct.count) }
    guard count > 0 else {
      throw DataError("no column is left that could be an input: \(decisions.last ?? "")", file: survey.file)
    }
    return (count, excluded, missing)
  }

  private static func source(
    _ survey: TableSurvey, _ path: String, _ target: TableSurvey.Column, _ excluded: [TableSurvey.Column],
    _ missing: [String]
  ) -> [String] {
    func reference(_ column: TableSurvey.Column) -> String { self.reference(column, in: survey) }
    var lines = ["csv:", "  path: \(JSONText.text(path).text())"]
    if !survey.hasHeader { lines.append("  header: false") }
    if survey.format.separator != UInt8(ascii: ",") {
      lines.append("  separator: \(CSVFormat.written(survey.format.separator))")
    }
    if survey.format.decimal != UInt8(ascii: ".") { lines.append("  decimal: \",\"") }
    lines.append("  target: \(reference(target))")
    if !excluded.isEmpty { lines.append("  exclude: [\(excluded.map(reference).joined(separator: ", "))]") }
    if !missing.isEmpty { lines.append("  missing: {\(missing.joined(separator: ", "))}") }
    return lines
  }

  private static func reference(_ column: TableSurvey.Column, in survey: TableSurvey) -> String {
    // A column without a name, or with one that another has too, cannot be found by name.
    let isClear = survey.columns.filter { $0.name == column.name }.count == 1
    guard let name = column.name, !name.isEmpty, isClear else { return "\(column.number)" }
    return JSONText.text(name).text()
  }

  // MARK: Pictures

  /// Where pictures and their labels lie, as absolute paths and as the configuration is to have them.
  package struct Pictures {
    package let images: String
    package let labels: String
    package let shownImages: String
    package let shownLabels: String

    package init(images: String, labels: String, shownImages: String, shownLabels: String) {
      self.images = images
      self.labels = labels
      self.shownImages = shownImages
      self.shownLabels = shownLabels
    }

    fileprivate var lines: [String] {
      [
        "idx:", "  images: \(JSONText.text(shownImages).text())", "  labels: \(JSONText.text(shownLabels).text())",
      ]
    }
  }

  /// A configuration for pictures in IDX files, MNIST's format.
  ///
  /// - Throws: `DataError` if the files are not such.
  package init(idx train: Pictures, test: Pictures?) throws {
    let samples = try IDXSource(images: train.images, labels: train.labels).read(Float.self, form: nil)
    guard case .labels(_, let classes) = samples.targets, classes.count > 1 else {
      throw DataError("all pictures have one label: there is nothing to learn", file: train.labels)
    }
    var task = Task(
      source: train.lines, test: test?.lines ?? [], scale: "unit", inputs: samples.inputs.columns,
      classes: classes.count, samples: samples.count, arePictures: true)
    var decisions = ["task: \(classes.count) classes (classification): \(listed(classes))"]
    if test == nil && samples.count >= 40 {
      task.validation = 0.1
      decisions.append(
        "validation: 0.1 of the \(samples.count) pictures, held out, since there is no test set beside them")
    } else if let test {
      decisions.append("test: \(test.shownImages), which lies beside them")
    }
    decisions.append("scale: the pixels' values to 0…1")
    self.init(task, title: "Learns the labels of \(samples.count) pictures", decisions)
  }

  // MARK: Networks

  private init(_ task: Task, title: String, _ found: [String]) {
    let hidden = task.arePictures ? 100 : min(64, max(8, 2 * task.inputs))
    let activation = task.inputs > 64 ? "relu" : "tanh"
    let outputs = task.classes ?? 1
    let loss = task.classes == nil ? "mean_squared_error" : "cross_entropy"
    let last = task.classes == nil ? "identity" : "softmax"
    let batch = task.samples < 500 ? 10 : task.samples < 10_000 ? 32 : 64
    let learningRate = task.arePictures ? 0.001 : 0.005
    // About so many steps, whatever the number of samples.
    let wanted = (3000 * batch + task.samples - 1) / task.samples
    let epochs = task.arePictures ? max(10, min(50, wanted)) : max(10, min(300, wanted))
    let patience = max(10, epochs / 5)
    let stops = task.validation != nil && epochs > patience
    var decisions = found
    decisions.append(
      "network: one hidden layer of \(hidden) \(activation) neurons for \(task.inputs) input\(task.inputs == 1 ? "" : "s")"
    )
    decisions.append(
      task.classes == nil
        ? "output: 1 identity neuron, which gives any number, with mean_squared_error; the metric is the loss"
        : "output: \(outputs) softmax neurons, a probability for each class, with cross_entropy; the metric is accuracy"
    )
    decisions.append(
      "training: adam at learning rate \(learningRate), \(epochs) epochs of batches of \(batch)"
        + (stops ? "; it ends early after \(patience) epochs without a better validation_loss" : ""))

    func indented(_ lines: [String]) -> [String] { lines.map { "    \($0)" } }
    func commented(_ line: String, _ comment: String) -> String {
      line + String(repeating: " ", count: max(1, 50 - line.count)) + "# \(comment)"
    }
    var lines = ["# \(title). Written by `nnkit new`; `nnkit run` trains it.", "seed: 1", "data:", "  train:"]
    lines += indented(task.source)
    if !task.test.isEmpty { lines += ["  test:"] + indented(task.test) }
    if let share = task.validation {
      lines.append(commented("  validation: \(share)", "this share of train is held out"))
    }
    lines.append(commented("  scale: \(task.scale)", "fitted on train, kept in the model"))
    lines += ["network:", "  layers:"]
    lines.append(
      commented("    - {neurons: \(hidden), activation: \(activation)}", "more neurons learn more, and slower"))
    lines.append(
      commented(
        "    - {neurons: \(outputs), activation: \(last)}",
        task.classes == nil ? "any number" : "a probability for each class"))
    lines.append(
      commented(
        "loss: \(loss)",
        task.classes == nil ? "the mean of (a - y)²" : "goes with softmax; accuracy is reported beside it")
    )
    lines += ["training:", "  epochs: \(epochs)", commented("  batch: \(batch)", "samples a step")]
    lines.append(
      commented("  optimizer: {name: adam, learning_rate: \(learningRate)}", "a lower one learns slower and steadier"))
    if stops {
      lines.append(
        commented(
          "  early_stopping: {metric: validation_loss, patience: \(patience)}", "gives back the best weights"))
    }
    self.init(decisions: decisions, text: lines.joined(separator: "\n") + "\n")
  }
}

extension TableSurvey {
  fileprivate func reason(for column: Column) -> String {
    column.number == columns.count - 1 ? "the last" : "called so"
  }
}
