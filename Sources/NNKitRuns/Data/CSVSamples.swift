internal import NNKit

extension CSVSource {
  /// Reads the file: numbers, or class labels where the one target column has text or is known to have classes.
  ///
  /// - Throws: `DataError`, see `DataSource.read`.
  func read<Scalar: NetworkScalar>(_ type: Scalar.Type, form: SampleForm?) throws -> RawSamples {
    let text = try CSVText(contentsOf: path)
    let (format, note) = format(of: text)
    let table = try CSVTable(text, header: header, format: format)
    var (inputs, targets) = try columns(of: table)
    var startNotes: [String] = []
    if form?.inputNames == nil { try table.checkNames(of: inputs + targets, isSureOfHeader: namesColumns) }
    if let form {
      if let origin = form.origin { try checkSkipped(form, origin, of: table) }
      let given = inputs
      inputs = try form.arrange(inputs, of: table.names, isChosen: !input.isEmpty, file: path)
      targets = try form.arrangeTargets(targets, references: target, of: table.names, file: path)
      if let origin = form.origin { startNotes = try check(inputs, among: given, fit: form, origin, of: table) }
    }
    try checkRules(inputs, targets, of: table)
    let cells = try TableReading(self, table, inputs: inputs, targets: targets, form).read(type)
    var notes = [note].compactMap(\.self) + startNotes + cells.notes
    let samples = RawSamples(
      inputs: cells.inputs, targets: cells.targets, featureNames: table.names.map { names in inputs.map { names[$0] } },
      targetNames: table.names.map { names in targets.map { names[$0] } }, classLabels: form?.classLabels, file: path,
      weights: cells.weights)
    guard let kept = cells.kept else { return samples.noting(notes) }
    notes.append("\(path): \(table.rowCount - kept.count) of \(table.rowCount) rows lack a value and are left out")
    guard !kept.isEmpty else { throw DataError("each row lacks a value, so none is left", file: path) }
    return samples.subset(kept).noting(notes)
  }

  /// Whether a column is given by name: then the first line has names, whatever they look like.
  private var namesColumns: Bool {
    (input + target + exclude + [sampleWeight].compactMap(\.self)).contains {
      if case .name = $0 { true } else { false }
    }
  }

  private func columns(of table: CSVTable) throws -> (inputs: [Int], targets: [Int]) {
    let targets = try target.map(table.index(of:))
    guard !targets.isEmpty else {
      throw DataError("no column is the target; name at least one in `target`", file: path)
    }
    let given = try input.map(table.index(of:))
    let weights = try sampleWeight.map { [try table.index(of: $0)] } ?? []
    let excluded = try exclude.map(table.index(of:)) + weights
    var seen: Set<Int> = []
    if let twice = (targets + given + excluded).first(where: { !seen.insert($0).inserted }) {
      throw DataError(
        "\(table.words(for: twice)) is given twice in `input`, `target`, `exclude` and `sample_weight`; give it"
          + " once", file: path)
    }
    let skipped = try skipped(given: given, targets, weights, of: table)
    let inputs = inputs(given, besides: targets + excluded + skipped, of: table.columnCount)
    guard !inputs.isEmpty else {
      throw DataError(
        "all \(table.columnCount) columns are targets, excluded or skipped; expected at least one input", file: path)
    }
    return (inputs, targets)
  }

  /// The columns that `columns` has skipped.
  ///
  /// - Throws: `ConfigurationError` at one that is an input, a target or a weight as well.
  private func skipped(given: [Int], _ targets: [Int], _ weights: [Int], of table: CSVTable) throws -> [Int] {
    try (0..<table.columnCount).filter { column in
      guard let rule = columns.rule(for: table.names?[column], number: column), rule.value == .skip else {
        return false
      }
      let isNamed = rule.pattern.names(table.names?[column], number: column)
      for (key, others) in [("target", targets), ("input", given), ("sample_weight", weights)]
      where others.contains(column) {
        if !isNamed { return false }
        throw ConfigurationError(
          rule.place.description, "\(table.words(for: column)) is skipped and is in `\(key)` too; take it out of one")
      }
      return true
    }
  }

  /// Refuses rules for columns that are not there, or that these columns cannot follow.
  private func checkRules(_ inputs: [Int], _ targets: [Int], of table: CSVTable) throws {
    let all = (0..<table.columnCount).map { (name: table.names?[$0], number: $0) }
    try columns.check(fit: all, "columns")
    try missing.check(fit: all, "columns")
    try unseen.check(fit: all, "columns")
    for column in targets {
      let name = table.names?[column]
      let words = table.words(for: column)
      if let rule = columns.rule(for: name, number: column), rule.pattern.names(name, number: column) {
        if rule.value == .timestamp {
          throw ConfigurationError(rule.place.description, "\(words) is the target, which cannot be a timestamp")
        }
        if targets.count > 1, rule.value != .number {
          throw ConfigurationError(
            rule.place.description,
            "\(words) is one of \(targets.count) targets, which are numbers; expected a single target with classes")
        }
      }
      if let rule = missing.rule(for: name, number: column), rule.pattern.names(name, number: column),
        ![.error, .drop].contains(rule.value)
      {
        throw ConfigurationError(
          rule.place.description,
          "\(words) is the target, in whose place nothing can be put; expected error or drop, found"
            + " \(rule.value.rawValue)")
      }
    }
    for column in inputs {
      let (name, words) = (table.names?[column], table.words(for: column))
      let kind = columns.rule(for: name, number: column)?.value
      let areCategories =
        switch kind {
        case .categorical?, .ordered?: true
        default: false
        }
      if areCategories, let rule = missing.rule(for: name, number: column), rule.value == .mean,
        rule.pattern.names(name, number: column)
      {
        throw ConfigurationError(
          rule.place.description,
          "\(words) has categories, which have no mean; expected mode, indicator, drop or error")
      }
      if let kind, kind != .categorical, let rule = unseen.rule(for: name, number: column), rule.value == .input,
        rule.pattern.names(name, number: column)
      {
        throw ConfigurationError(
          rule.place.description, "\(words) is \(kind.words); only a categorical column can have an input for others")
      }
    }
  }
}

extension CSVSource {
  /// The columns of the inputs among `count`: those that are given, or all but the targets and the excluded ones.
  func inputs(_ given: [Int], besides others: [Int], of count: Int) -> [Int] {
    given.isEmpty ? (0..<count).filter { !others.contains($0) } : given
  }
}

extension CSVTable {
  /// Refuses names by which columns could not be found again.
  ///
  /// Where the first line is known to have names (`isSureOfHeader`), numbers are names too.
  ///
  /// - Throws: `DataError` that says which, and what to write.
  func checkNames(of columns: [Int], isSureOfHeader: Bool) throws {
    guard let names else { return }
    if !isSureOfHeader, let number = columns.first(where: { isNumber(names[$0]) }) {
      throw text.error(
        at: text.start,
        "the first line is taken for a header, but its cell \(shown(names[number])) is a number; if the line is a sample,"
          + " set `header: false`; if it names the columns, give the target by its name, in quotes if that is a number")
    }
    if let empty = columns.first(where: { names[$0].isEmpty }) {
      throw text.error(
        at: text.start,
        "column number \(empty) has no name in the header; name it, or leave it out: `exclude: [\(empty)]`")
    }
    for column in columns {
      guard
        let other = names.indices.first(where: { $0 < column && names[$0] == names[column] && columns.contains($0) })
      else { continue }
      throw text.error(
        at: text.start,
        "columns number \(other) and \(column) are both called \(shown(names[column])); rename one, or leave it out:"
          + " `exclude: [\(column)]`")
    }
  }

  private func isNumber(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    return decimalNumber(in: bytes, bytes.indices, point: format.decimal)?.isFinite == true
  }
}
