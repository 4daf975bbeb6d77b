internal import NNKit

/// Reads the cells of one input column, row after row, as numbers; see `TableCells`.
struct ColumnReader {
  /// What a cell of the column is taken for.
  private enum Way {
    /// Nothing is said of it, and no row had a value yet.
    case open
    case number
    case label
    case timestamp
  }

  let column: Int
  let name: String?
  let missing: TableColumn.Missing
  let missingPlace: Place?
  let takesUnseen: Bool
  private let marks: [[UInt8]]
  private let order: [String]?
  /// Of a column that was fitted before: the categories that are known.
  private let known: ClassIndex?
  private var way: Way
  /// Whether the cells themselves decide what the column holds.
  private let isOpen: Bool
  private var firstText: CSVCell?
  private var index = LabelIndex()
  /// Of each distinct text: the number that stands for it.
  private var values: [Double] = []
  private var labels: [(text: String, offset: Int)] = []

  /// A column of training data.
  init(_ column: Int, _ name: String?, as kind: ColumnKind?, of source: CSVSource) {
    (self.column, self.name) = (column, name)
    let rule = source.missing.rule(for: name, number: column)
    (missing, missingPlace) = (rule?.value ?? .error, rule?.place)
    takesUnseen = source.unseen.rule(for: name, number: column)?.value == .input
    marks = source.missingMarks.map { Array($0.utf8) }
    isOpen = kind == nil
    known = nil
    switch kind {
    case .ordered(let order): (way, self.order) = (.label, order)
    case .categorical: (way, order) = (.label, nil)
    case .timestamp: (way, order) = (.timestamp, nil)
    case .number, .skip: (way, order) = (.number, nil)
    case nil: (way, order) = (.open, nil)
    }
  }

  /// A column that was fitted on other rows.
  init(_ column: Int, like fitted: TableColumn?, marks: [String]) {
    (self.column, name) = (column, fitted?.name)
    (missing, missingPlace) = (fitted?.missing ?? .error, nil)
    takesUnseen = fitted?.takesUnseen ?? false
    self.marks = marks.map { Array($0.utf8) }
    isOpen = false
    order = fitted?.kind == .ordered ? fitted?.categories : nil
    known = fitted?.kind == .categorical ? ClassIndex(fitted?.categories ?? []) : nil
    switch fitted?.kind {
    case .categorical, .ordered: way = .label
    case .timestamp: way = .timestamp
    case .number, nil: way = .number
    }
  }

  /// What the cell is, and whether its row is to be left out; NaN for a missing value.
  ///
  /// - Throws: `DataError` that points to the cell.
  @inline(__always)
  mutating func read<Scalar: NetworkScalar>(
    _ cell: CSVCell, of table: CSVTable, _ bytes: UnsafeBufferPointer<UInt8>, finiteIn _: Scalar.Type,
    drops: inout Bool
  ) throws -> Double {
    if cell.range.isEmpty || !marks.isEmpty && isMark(cell, bytes) {
      return try readMissing(cell, table, &drops)
    }
    if way == .number, let number = decimalNumber(in: table.text.bytes, cell.range, point: table.format.decimal),
      Scalar(number).isFinite
    {
      return number
    }
    return try readOther(cell, table, bytes, Scalar.self, &drops)
  }

  private func isMark(_ cell: CSVCell, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    marks.contains { mark in
      mark.count == cell.range.count && mark.indices.allSatisfy { mark[$0] == bytes[cell.range.lowerBound + $0] }
    }
  }

  private func readMissing(_ cell: CSVCell, _ table: CSVTable, _ drops: inout Bool) throws -> Double {
    switch missing {
    case .error:
      throw table.notANumber(
        cell, column,
        expected: "a \(way == .label ? "category" : way == .timestamp ? "time" : "finite number")"
          + "; `missing: mean` (or mode, drop, indicator) in the training data says what becomes of missing values")
    case .drop:
      drops = true
      return .nan
    case .mean, .mode, .indicator: return .nan
    }
  }

  private mutating func readOther<Scalar: NetworkScalar>(
    _ cell: CSVCell, _ table: CSVTable, _ bytes: UnsafeBufferPointer<UInt8>, _: Scalar.Type, _ drops: inout Bool
  ) throws -> Double {
    if way == .label { return try readLabel(cell, table, bytes) }
    if way == .timestamp {
      if let seconds = timestamp(in: bytes, cell.range) { return seconds }
      throw table.notANumber(cell, column, expected: "a time such as 2024-05-01 or 2024-05-01T12:30:00Z")
    }
    guard let number = decimalNumber(in: table.text.bytes, cell.range, point: table.format.decimal) else {
      if way == .number { throw notANumber(cell, table) }
      if way == .open { (way, firstText) = (.label, cell) }
      return try readLabel(cell, table, bytes)
    }
    way = .number
    if number.isNaN, missing != .error { return try readMissing(cell, table, &drops) }
    guard number.isFinite else { throw table.notANumber(cell, column) }
    guard Scalar(number).isFinite else {
      throw table.notANumber(cell, column, expected: "a number that is finite in \(Scalar.precisionName)")
    }
    return number
  }

  /// Text in a column that has numbers too.
  private func notANumber(_ cell: CSVCell, _ table: CSVTable) -> DataError {
    guard isOpen else { return table.notANumber(cell, column) }
    let name = name ?? "\(column)"
    return table.notANumber(
      cell, column,
      expected:
        "a finite number, as in other rows; if the column has categories, set `columns: {\(name): categorical}`,"
        + " and if this stands for a missing value, name it in `missing_marks`")
  }

  private mutating func readLabel(
    _ cell: CSVCell, _ table: CSVTable, _ bytes: UnsafeBufferPointer<UInt8>
  ) throws -> Double {
    let number = index.number(of: cell.range, in: bytes)
    if number < values.count { return values[number] }
    // Asked of each text once, since it takes longer than finding one that is known.
    if isOpen, decimalNumber(in: table.text.bytes, cell.range, point: table.format.decimal) != nil {
      throw notANumber(firstText ?? cell, table)
    }
    let text = try table.text.label(of: cell)
    values.append(try value(of: text, cell, table))
    return values[number]
  }

  private mutating func value(of text: String, _ cell: CSVCell, _ table: CSVTable) throws -> Double {
    if let order {
      if let place = ClassIndex(order).place(of: text) { return Double(place) }
      throw table.text.error(
        at: cell.range.lowerBound,
        "found \(shown(text)) in \(table.words(for: column))\(suggestion(for: text, among: order, otherwise: ";"))"
          + " expected one of \(listed(order))")
    }
    if let known {
      if let place = known.place(of: text) { return Double(place) }
      if takesUnseen { return Double(known.classes.count) }
      throw table.text.error(
        at: cell.range.lowerBound, TableCells.unseenWords(text, table.words(for: column), known.classes))
    }
    labels.append((text, cell.range.lowerBound))
    return Double(labels.count - 1)
  }

  /// The column as it was read, and a line where the cells decided what it holds.
  ///
  /// - Throws: `DataError` if text differs so much from row to row that it names no categories.
  func finish(_ table: CSVTable) throws -> (column: TableCells.Column, note: String?) {
    let kind: TableColumn.Kind =
      switch way {
      case .label: order == nil ? .categorical : .ordered
      case .timestamp: .timestamp
      case .number, .open: .number
      }
    let result = TableCells.Column(
      name: name, number: column, kind: kind, order: order, labels: labels, missing: missing,
      missingPlace: missingPlace, takesUnseen: takesUnseen && kind == .categorical)
    guard isOpen, way == .label, let firstText else { return (result, nil) }
    let key = name ?? "\(column)"
    let bytes = table.text.bytes
    if decimalNumber(in: bytes, firstText.range, point: UInt8(ascii: ",")) != nil { throw notANumber(firstText, table) }
    guard labels.count <= 200, labels.count <= 10 || 2 * labels.count <= table.rowCount else {
      let isTime = table.text.bytes.withUnsafeBufferPointer { timestamp(in: $0, firstText.range) != nil }
      throw table.text.error(
        at: firstText.range.lowerBound,
        "\(table.words(for: column)) has \(labels.count) different texts in \(table.rowCount) rows, too many to be taken"
          + " for categories; set `columns: {\(key): \(isTime ? "timestamp" : "skip")}`, or `categorical` if they are")
    }
    return (
      result,
      "\(table.words(for: column)) has text and is taken for categories, an input each: \(listed(labels.map(\.text).sorted()));"
        + " `columns: {\(key): categorical}` makes sure"
    )
  }
}
