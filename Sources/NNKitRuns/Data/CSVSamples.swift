import NNKit

extension CSVSource {
  /// Reads the file: numbers, or class labels where the one target column has text.
  ///
  /// - Throws: `DataError`, see `DataSource.read`.
  func read<Scalar: NetworkScalar>(_ type: Scalar.Type, knownClasses: [String]?) throws -> RawSamples<Scalar> {
    let table = try CSVTable(try CSVText(contentsOf: path), header: header)
    let (inputs, targets) = try columns(of: table)
    let labels = targets.count == 1 ? try table.labels(in: targets[0], knownClasses) : nil
    let inputMatrix = Matrix<Scalar>(rows: table.rowCount, columns: inputs.count)
    let targetMatrix = Matrix<Scalar>(rows: labels == nil ? table.rowCount : 0, columns: targets.count)
    try table.fill((inputMatrix, inputs), (targetMatrix, targets))
    return RawSamples(
      inputs: inputMatrix, targets: labels.map { .labels($0, classes: $1) } ?? .values(targetMatrix),
      featureNames: table.names.map { names in inputs.map { names[$0] } },
      targetNames: table.names.map { names in targets.map { names[$0] } })
  }

  private func columns(of table: CSVTable) throws -> (inputs: [Int], targets: [Int]) {
    let targets = try target.map(table.index(of:))
    guard !targets.isEmpty else {
      throw DataError("no column is the target; name at least one in `target`", file: path)
    }
    let given = try input.map(table.index(of:))
    var seen: Set<Int> = []
    if let twice = (targets + given).first(where: { !seen.insert($0).inserted }) {
      throw DataError("\(table.words(for: twice)) is given twice in `input` and `target`; give it once", file: path)
    }
    let inputs = input.isEmpty ? (0..<table.columnCount).filter { !targets.contains($0) } : given
    guard !inputs.isEmpty else {
      throw DataError("all \(table.columnCount) columns are targets; expected at least one input", file: path)
    }
    return (inputs, targets)
  }
}

extension CSVTable {
  /// Reads the numbers of some columns into two matrices, a row a sample; a matrix without rows is left alone.
  ///
  /// - Throws: `DataError` that points to the first cell that is no number.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func fill<Scalar: NetworkScalar>(
    _ inputs: (matrix: Matrix<Scalar>, columns: [Int]), _ targets: (matrix: Matrix<Scalar>, columns: [Int])
  ) throws {
    let parts = [inputs, targets].filter { $0.matrix.rows > 0 }
    try forEachRow { row, cells in
      for (matrix, columns) in parts {
        let values = matrix.base
        for (place, column) in columns.enumerated() {
          let value = Scalar(try number(in: cells[column], column: column))
          guard value.isFinite else {
            throw notANumber(cells[column], column, expected: "a number that is finite in \(Scalar.precisionName)")
          }
          values[row * columns.count + place] = value
        }
      }
    }
  }

  /// The class of each row, if `column` holds text or the classes are known; nil if it holds numbers.
  func labels(in column: Int, _ knownClasses: [String]?) throws -> (labels: [Int], classes: [String])? {
    if let knownClasses {
      let index = ClassIndex(knownClasses)
      let labels = try labels(in: column) { label, cell in
        guard let place = index.place(of: label) else {
          throw text.error(
            at: cell.range.lowerBound,
            "found \(shown(label)) in \(words(for: column)), a class that the training data"
              + " does not have; expected one of \(listed(knownClasses))")
        }
        return place
      }
      return (labels, knownClasses)
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
      if let number = decimalNumber(in: text.bytes, cell.range) {
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
