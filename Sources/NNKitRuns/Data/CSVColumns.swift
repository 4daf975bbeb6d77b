/// The columns of a CSV: what they are called, how many there are, and how their numbers are written.
struct CSVColumns {
  /// As the header has them; nil without one.
  let names: [String]?
  let count: Int
  let format: CSVFormat
  /// How a user says that the first line names the columns.
  var headerWords = "set `header: true`"

  /// How messages call a column.
  func words(for column: Int) -> String { names.map { "column \(shown($0[column]))" } ?? "column number \(column)" }

  /// - Throws: `DataError` that points to where a row has too many cells, or ends too early.
  @inline(__always)
  func checkCount(of cells: [CSVCell], in text: CSVText) throws {
    guard cells.count == count else {
      throw text.error(
        at: cells.count > count ? cells[count].range.lowerBound : cells.last?.range.upperBound ?? text.start,
        "found a row of \(cells.count) cells; expected \(count), as in the \(names == nil ? "first row" : "header")")
    }
  }

  /// The finite number in a cell of `column`.
  ///
  /// - Throws: `DataError` that points to the cell, if it is empty or holds something else.
  @inline(__always)
  func number(in cell: CSVCell, column: Int, of text: CSVText) throws -> Double {
    if let number = decimalNumber(in: text.bytes, cell.range, point: format.decimal), number.isFinite { return number }
    throw notANumber(cell, column, of: text)
  }

  func notANumber(
    _ cell: CSVCell, _ column: Int, of text: CSVText, expected: String = "a finite number"
  ) -> DataError {
    let found = cell.range.isEmpty ? "an empty cell" : shown(String(decoding: text.bytes[cell.range], as: UTF8.self))
    return text.error(
      at: cell.range.lowerBound, "found \(found) in \(words(for: column)), expected \(expected)\(hint(cell, text))")
  }

  /// What a cell that holds no number may be meant as.
  private func hint(_ cell: CSVCell, _ text: CSVText) -> String {
    if cell.range.isEmpty { return "" }
    func number(point: UInt8) -> Double? { decimalNumber(in: text.bytes, cell.range, point: point) }
    if number(point: format.decimal) == nil, number(point: UInt8(ascii: ","))?.isFinite == true {
      return "; if numbers have a decimal comma, set `decimal: \",\"`"
    }
    let isFirst = names == nil && !text.bytes[..<cell.range.lowerBound].contains(UInt8(ascii: "\n"))
    return isFirst ? "; if the first line names the columns, \(headerWords)" : ""
  }
}
