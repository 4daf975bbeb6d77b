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
