import NNKit

/// What a CSV file looks like to someone who has not said anything of it: its format, its header, and what each column has.
struct TableSurvey {
  let file: String
  let format: CSVFormat
  /// Whether the first line names the columns.
  let hasHeader: Bool
  let columns: [Column]
  let rowCount: Int

  struct Column {
    /// Nil where the file has no header.
    let name: String?
    let number: Int
    /// Of the cells that are not empty, how many are not finite numbers.
    fileprivate(set) var texts = 0
    fileprivate(set) var emptyCells = 0
    /// Whether all its numbers are whole.
    fileprivate(set) var isWhole = true
    /// The distinct cells, up to one more than can be classes.
    fileprivate(set) var distinct: [String: Int] = [:]
    fileprivate(set) var range: (least: Double, greatest: Double)?

    var isNumeric: Bool { texts == 0 && range != nil }
    /// How messages call it.
    var words: String {
      guard let name, !name.isEmpty else { return "column number \(number)" }
      return "column \(shown(name))"
    }
  }

  /// A column with more distinct values than this does not hold classes.
  static let classLimit = 200

  /// - Throws: `DataError` if the file cannot be read as a table.
  init(path: String) throws {
    file = path
    let text = try CSVText(contentsOf: path)
    format = Self.format(of: text)
    let whole = try CSVTable(text, header: false, format: format)
    hasHeader = try Self.hasHeader(whole)
    let table = try CSVTable(text, header: hasHeader, format: format)
    var columns = (0..<table.columnCount).map { Column(name: table.names?[$0], number: $0) }
    try table.forEachRow { _, cells in
      for (number, cell) in cells.enumerated() { try columns[number].add(cell, of: table) }
    }
    (self.columns, rowCount) = (columns, table.rowCount)
  }

  /// Semicolons often come with a decimal comma: taken where a cell is a number with it and none with a point.
  private static func format(of text: CSVText) -> CSVFormat {
    var format = CSVFormat.detected(in: text, decimal: UInt8(ascii: ".")).format
    guard format.separator != UInt8(ascii: ",") else { return format }
    var scanner = CSVScanner(text, format)
    var cells: [CSVCell] = []
    var (points, commas) = (0, 0)
    for _ in 0..<1000 {
      guard (try? scanner.readRecord(into: &cells)) == true else { break }
      for cell in cells {
        let bytes = text.bytes[cell.range]
        if bytes.contains(UInt8(ascii: ".")), decimalNumber(in: text.bytes, cell.range) != nil { points += 1 }
        if bytes.contains(UInt8(ascii: ",")),
          decimalNumber(in: text.bytes, cell.range, point: UInt8(ascii: ",")) != nil
        {
          commas += 1
        }
      }
    }
    if commas > 0 && points == 0 { format.decimal = UInt8(ascii: ",") }
    return format
  }

  /// The first line names the columns if none of its cells is a number.
  private static func hasHeader(_ table: CSVTable) throws -> Bool {
    var isHeader = true
    struct Seen: Error {}
    do {
      try table.forEachRow { _, cells in
        isHeader = !cells.contains { table.isNumber($0) }
        throw Seen()
      }
    } catch is Seen {}
    return isHeader
  }

  /// The column that is to be learned: the one that was named, else one with a usual name, else the last.
  ///
  /// - Throws: `DataError` if there is none of that name or number.
  func target(_ asked: String?) throws -> Column {
    if let asked {
      if let column = columns.first(where: { $0.name == asked }) { return column }
      if let number = Int(asked), columns.indices.contains(number) { return columns[number] }
      guard hasHeader else {
        throw DataError(
          "the first line has numbers, so the columns have no names; give the target by its number,"
            + " 0 to \(columns.count - 1)", file: file)
      }
      let names = columns.compactMap(\.name)
      throw DataError(
        "there is no column \(shown(asked))\(suggestion(for: asked, among: names, otherwise: ";")) the header has \(listed(names))",
        file: file)
    }
    let usual = ["target", "label", "class", "outcome", "species", "y"]
    let found = columns.filter { usual.contains($0.name?.lowercased() ?? "") }
    return found.count == 1 ? found[0] : columns[columns.count - 1]
  }
}

extension TableSurvey.Column {
  fileprivate mutating func add(_ cell: CSVCell, of table: CSVTable) throws {
    if cell.range.isEmpty {
      emptyCells += 1
      return
    }
    if table.isNumber(cell) {
      let value = try table.number(in: cell, column: number)
      if value != value.rounded() { isWhole = false }
      range = (min(range?.least ?? value, value), max(range?.greatest ?? value, value))
    } else {
      texts += 1
    }
    guard distinct.count <= TableSurvey.classLimit else { return }
    distinct[try table.text.label(of: cell), default: 0] += 1
  }
}

extension CSVTable {
  /// Whether a cell holds a finite number.
  fileprivate func isNumber(_ cell: CSVCell) -> Bool {
    !cell.range.isEmpty && decimalNumber(in: text.bytes, cell.range, point: format.decimal)?.isFinite == true
  }
}
