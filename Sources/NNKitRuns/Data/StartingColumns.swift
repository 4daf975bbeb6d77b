internal import NNKit

// A training that starts from a model reads columns as the model has them. What the configuration says of a column has to be
// the same; otherwise its network would be trained on other inputs than the configuration asks for.

extension CSVSource {
  /// Refuses to skip a column that the model takes.
  func checkSkipped(_ form: SampleForm, _ origin: SampleForm.Origin, of table: CSVTable) throws {
    for (column, name) in (table.names ?? []).enumerated() where form.columnNames?.contains(name) == true {
      guard let rule = columns.rule(for: name, number: column), rule.value == .skip else { continue }
      throw contradiction(rule.place, "`columns` skips \(table.words(for: column))", "takes it as an input", origin)
    }
  }

  /// Holds what is said of columns to a model's.
  ///
  /// - Parameters:
  ///   - inputs: The columns that the model takes, in its order.
  ///   - given: All columns that may be inputs.
  ///   - form: The model's.
  ///   - origin: Where the model is named.
  ///   - table: What is read.
  /// - Returns: Lines about what the model decides.
  /// - Throws: `ConfigurationError` at what the model contradicts, with the place of both.
  func check(
    _ inputs: [Int], among given: [Int], fit form: SampleForm, _ origin: SampleForm.Origin, of table: CSVTable
  ) throws -> [String] {
    for (place, column) in inputs.enumerated() {
      let (name, words) = (table.names?[column], table.words(for: column))
      let fitted = form.columns?[place] ?? TableColumn(name: name)
      if let rule = columns.rule(for: name, number: column), !fitted.isOf(rule.value) {
        throw contradiction(
          rule.place, "\(words) is said to be \(rule.value.fullWords)", "has it as \(fitted.kindWords)", origin)
      }
      if let rule = missing.rule(for: name, number: column), !fitted.follows(rule.value) {
        throw contradiction(
          rule.place, "for missing values of \(words) the configuration says \(rule.value.rawValue)",
          "has \(fitted.missing.rawValue)", origin)
      }
      if let rule = unseen.rule(for: name, number: column), fitted.kind == .categorical,
        fitted.takesUnseen != (rule.value == .input)
      {
        throw contradiction(
          rule.place,
          "for categories of \(words) that no training row has, the configuration says \(rule.value.rawValue)",
          fitted.takesUnseen ? "has an input for them" : "has no input for them", origin)
      }
    }
    let unused = given.filter { !inputs.contains($0) }
    for column in unused { try checkUnused(column, origin, of: table) }
    return notes(form, unused, origin, of: table)
  }

  /// Refuses rules for a column that the model does not take.
  private func checkUnused(_ column: Int, _ origin: SampleForm.Origin, of table: CSVTable) throws {
    let name = table.names?[column]
    let places = [
      columns.named(name, number: column).flatMap { $0.value == .skip ? nil : $0.place },
      missing.named(name, number: column)?.place, unseen.named(name, number: column)?.place,
    ]
    guard let place = places.compactMap(\.self).first else { return }
    throw contradiction(
      place, "the configuration says what \(table.words(for: column)) is", "does not take it; leave it out", origin)
  }

  private func contradiction(
    _ place: Place, _ said: String, _ found: String, _ origin: SampleForm.Origin
  ) -> ConfigurationError {
    ConfigurationError(
      place.description,
      "\(said), but \(origin.words) \(found); a training that starts from a model reads columns as the model does, so"
        + " say the same, or leave it out")
  }

  private func notes(
    _ form: SampleForm, _ unused: [Int], _ origin: SampleForm.Origin, of table: CSVTable
  ) -> [String] {
    var notes: [String] = []
    if let columns = form.columns {
      let list = columns.enumerated().filter { !$1.isPlain }.map { number, column in
        "\(column.name.map { shown($0) } ?? "number \(number)") \(column.words)"
      }
      notes.append("columns are read as \(origin.words) has them: \(list.joined(separator: "; "))")
    }
    if !unused.isEmpty {
      notes.append(
        "\(origin.words) does not take \(unused.map(table.words(for:)).joined(separator: ", ")); what is there is not read"
      )
    }
    return notes
  }
}

extension ColumnRules {
  /// The rule that names a column itself, not by a pattern.
  fileprivate func named(_ name: String?, number: Int) -> Rule? {
    rules.first { $0.pattern.names(name, number: number) }
  }
}

extension ColumnKind {
  fileprivate var fullWords: String {
    if case .ordered(let order) = self { return "ordered, \(order.map { shown($0) }.joined(separator: ", "))" }
    return words
  }
}

extension TableColumn {
  /// Whether it holds what a configuration says; a skipped one is never an input.
  fileprivate func isOf(_ kind: ColumnKind) -> Bool {
    switch kind {
    case .number: self.kind == .number
    case .categorical: self.kind == .categorical
    case .timestamp: self.kind == .timestamp
    case .ordered(let order): self.kind == .ordered && categories == order
    case .skip: false
    }
  }

  /// Whether its rule for missing values can be what fitting made of a configuration's rule.
  fileprivate func follows(_ rule: Missing) -> Bool {
    if missing == rule { return true }
    // Where each training row had a value, these two are left out: see `TableCells.fit`.
    let hasMean = kind == .number || kind == .timestamp
    return missing == .error && (rule == .indicator || rule == .mean && !hasMean)
  }

  fileprivate var kindWords: String {
    kind == .ordered ? ColumnKind.ordered(categories ?? []).fullWords : kind.rawValue
  }

  /// "categorical, categories French, Thai; missing values: mode".
  fileprivate var words: String {
    var parts = [kind.rawValue]
    if let categories { parts.append(listed(categories)) }
    if takesUnseen { parts.append("an input for other categories") }
    if missing != .error { parts.append("missing values: \(missing.rawValue)") }
    return parts.joined(separator: ", ")
  }
}
