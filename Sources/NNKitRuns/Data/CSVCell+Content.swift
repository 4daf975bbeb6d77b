extension CSVTable {
  /// The finite number in a cell of `column`.
  ///
  /// - Throws: `DataError` that points to the cell, if it is empty or holds something else.
  @inline(__always)
  package func number(in cell: CSVCell, column: Int) throws -> Double {
    if let number = decimalNumber(in: text.bytes, cell.range, point: format.decimal), number.isFinite { return number }
    throw notANumber(cell, column)
  }

  func notANumber(_ cell: CSVCell, _ column: Int, expected: String = "a finite number") -> DataError {
    let found = cell.range.isEmpty ? "an empty cell" : shown(String(decoding: text.bytes[cell.range], as: UTF8.self))
    let asComma = decimalNumber(in: text.bytes, cell.range, point: UInt8(ascii: ","))
    if !cell.range.isEmpty, asComma?.isFinite == true,
      decimalNumber(in: text.bytes, cell.range, point: format.decimal) == nil
    {
      return text.error(
        at: cell.range.lowerBound,
        "found \(found) in \(words(for: column)), expected \(expected); if numbers have a decimal comma, set"
          + " `decimal: \",\"`")
    }
    let isFirst = names == nil && !text.bytes[..<cell.range.lowerBound].contains(UInt8(ascii: "\n"))
    let hint = isFirst && !cell.range.isEmpty ? "; if the first line names the columns, set `header: true`" : ""
    return text.error(
      at: cell.range.lowerBound, "found \(found) in \(words(for: column)), expected \(expected)\(hint)")
  }

  /// The text in a cell of `column`.
  ///
  /// - Throws: `DataError` that points to the cell, if it is empty or not in UTF-8.
  func label(in cell: CSVCell, column: Int) throws -> String {
    guard !cell.range.isEmpty else { throw notANumber(cell, column, expected: "a class label") }
    return try text.label(of: cell)
  }
}

extension CSVText {
  /// - Throws: `DataError` that points to the cell, if it is not in UTF-8.
  func label(of cell: CSVCell) throws -> String {
    guard let text = string(cell.range) else {
      throw error(at: cell.range.lowerBound, "found text that is not in UTF-8; save the file in UTF-8")
    }
    guard cell.isQuoted else { return text }
    return text.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
  }
}
