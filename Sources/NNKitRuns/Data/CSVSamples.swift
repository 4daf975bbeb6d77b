package import NNKit

extension CSVSource {
  /// Reads the file: numbers, or class labels where the one target column has text or is known to have classes.
  ///
  /// - Throws: `DataError`, see `DataSource.read`.
  func read<Scalar: NetworkScalar>(_ type: Scalar.Type, form: SampleForm?) throws -> RawSamples {
    let text = try CSVText(contentsOf: path)
    let (format, note) = format(of: text)
    let table = try CSVTable(text, header: header, format: format)
    var (inputs, targets) = try columns(of: table)
    if form?.inputNames == nil { try table.checkNames(of: inputs + targets, isSureOfHeader: namesColumns) }
    if let form {
      inputs = try form.arrange(inputs, of: table.names, isChosen: !input.isEmpty, file: path)
      targets = try form.arrangeTargets(targets, references: target, of: table.names, file: path)
    }
    let labels = targets.count == 1 ? try table.labels(in: targets[0], form) : nil
    let inputMatrix = Matrix<Double>(rows: table.rowCount, columns: inputs.count)
    let targetMatrix = Matrix<Double>(rows: labels == nil ? table.rowCount : 0, columns: targets.count)
    try table.fill((inputMatrix, inputs), (targetMatrix, targets), finiteIn: type)
    return RawSamples(
      inputs: RawInputs(inputMatrix), targets: labels.map { .labels($0, classes: $1) } ?? .values(targetMatrix),
      featureNames: table.names.map { names in inputs.map { names[$0] } },
      targetNames: table.names.map { names in targets.map { names[$0] } }, classLabels: form?.classLabels, file: path,
      notes: [note].compactMap(\.self))
  }

  /// Whether a column is given by name: then the first line has names, whatever they look like.
  private var namesColumns: Bool {
    (input + target + exclude).contains { if case .name = $0 { true } else { false } }
  }

  private func columns(of table: CSVTable) throws -> (inputs: [Int], targets: [Int]) {
    let targets = try target.map(table.index(of:))
    guard !targets.isEmpty else {
      throw DataError("no column is the target; name at least one in `target`", file: path)
    }
    let given = try input.map(table.index(of:))
    let excluded = try exclude.map(table.index(of:))
    var seen: Set<Int> = []
    if let twice = (targets + given + excluded).first(where: { !seen.insert($0).inserted }) {
      throw DataError(
        "\(table.words(for: twice)) is given twice in `input`, `target` and `exclude`; give it once", file: path)
    }
    let inputs = inputs(given, besides: targets + excluded, of: table.columnCount)
    guard !inputs.isEmpty else {
      throw DataError(
        "all \(table.columnCount) columns are targets or excluded; expected at least one input", file: path)
    }
    return (inputs, targets)
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

  /// Reads the numbers of some columns into two matrices, a row a sample; a matrix without rows is left alone.
  ///
  /// - Throws: `DataError` that points to the first cell that is not a number, or not finite in the precision.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func fill<Scalar: NetworkScalar>(
    _ inputs: (matrix: Matrix<Double>, columns: [Int]), _ targets: (matrix: Matrix<Double>, columns: [Int]),
    finiteIn _: Scalar.Type
  ) throws {
    let parts = [inputs, targets].filter { $0.matrix.rows > 0 }
    try forEachRow { row, cells in
      for (matrix, columns) in parts {
        let values = matrix.base
        for (place, column) in columns.enumerated() {
          let value = try number(in: cells[column], column: column)
          guard Scalar(value).isFinite else {
            throw notANumber(cells[column], column, expected: "a number that is finite in \(Scalar.precisionName)")
          }
          values[row * columns.count + place] = value
        }
      }
    }
  }

  /// The class of each row, if `column` holds text or the form has classes; nil if it holds numbers.
  func labels(in column: Int, _ form: SampleForm?) throws -> (labels: [Int], classes: [String])? {
    if let form, form.targetKind == .numbers { return nil }
    if let form, form.targetKind == .classes, let classes = form.classes {
      let index = ClassIndex(classes, labels: form.classLabels)
      let labels = try labels(in: column) { label, cell in
        guard let place = index.place(of: label) else {
          throw text.error(at: cell.range.lowerBound, form.unknown(label, "in \(words(for: column)) "))
        }
        return place
      }
      return (labels, classes)
    }
    guard try holdsText(column) else { return nil }
    var found: [String: Int] = [:]
    let labels = try labels(in: column) { label, _ in
      let place = found[label] ?? found.count
      found[label] = place
      return place
    }
    let classes = found.keys.sorted()
    let places = classes.enumerated().reduce(into: [Int](repeating: 0, count: classes.count)) { places, item in
      places[found[item.element] ?? 0] = item.offset
    }
    return (labels.map { places[$0] }, classes)
  }

  private func labels(in column: Int, _ place: (String, CSVCell) throws -> Int) throws -> [Int] {
    var labels: [Int] = []
    labels.reserveCapacity(rowCount)
    try forEachRow { _, cells in
      labels.append(try place(try label(in: cells[column], column: column), cells[column]))
    }
    return labels
  }

  /// Whether a column has class labels: text, perhaps beside whole numbers.
  ///
  /// Text beside fractions is a mistyped number.
  private func holdsText(_ column: Int) throws -> Bool {
    var (word, fraction): (CSVCell?, CSVCell?)
    try forEachRow { _, cells in
      let cell = cells[column]
      guard !cell.range.isEmpty else { throw notANumber(cell, column, expected: "a target") }
      if let number = decimalNumber(in: text.bytes, cell.range, point: format.decimal) {
        guard number.isFinite else { throw notANumber(cell, column) }
        if number != number.rounded() { fraction = fraction ?? cell }
      } else {
        word = word ?? cell
      }
    }
    if let word, fraction != nil {
      throw notANumber(word, column, expected: "a number, as in the other rows")
    }
    return word != nil
  }
}
