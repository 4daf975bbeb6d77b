import NNKit

/// A CSV whose rows are known to be equally long, and the names of its columns.
package struct CSVTable {
  package let text: CSVText
  package let format: CSVFormat
  /// As the header has them; nil without one.
  package let names: [String]?
  package let columnCount: Int
  /// Without the header.
  package let rowCount: Int
  private let body: CSVScanner

  /// - Throws: `DataError` if the text has no rows, a ragged row, or quotes that do not match.
  package init(_ text: CSVText, header: Bool, format: CSVFormat = CSVFormat()) throws {
    var scanner = CSVScanner(text, format)
    var cells: [CSVCell] = []
    var names: [String]?
    if header, try scanner.readRecord(into: &cells) { names = try cells.map(text.label(of:)) }
    body = scanner
    var (width, count) = (names?.count, 0)
    while try scanner.readRecord(into: &cells) {
      let expected = width ?? cells.count
      guard cells.count == expected else {
        throw text.error(
          at: cells.count > expected ? cells[expected].range.lowerBound : cells.last?.range.upperBound ?? text.start,
          "found a row of \(cells.count) cells; expected \(expected), as in the \(names == nil ? "first row" : "header")"
        )
      }
      width = expected
      count += 1
    }
    guard let width, count > 0 else {
      let found = names == nil ? "the file is empty" : "the file has a header and nothing under it"
      throw DataError("\(found); expected a row for each sample", file: text.file)
    }
    (self.text, self.names, columnCount, rowCount) = (text, names, width, count)
    self.format = format
  }

  /// Calls `body` with each row: its number from 0, and its cells.
  package func forEachRow(_ body: (_ row: Int, _ cells: [CSVCell]) throws -> Void) throws {
    var scanner = self.body
    var cells: [CSVCell] = []
    var row = 0
    while try scanner.readRecord(into: &cells) {
      try body(row, cells)
      row += 1
    }
  }

  /// The number of a column, from 0.
  ///
  /// - Throws: `DataError` if there is none, or more than one, of that name or number.
  package func index(of column: ColumnReference) throws -> Int {
    switch column {
    case .number(let number):
      guard number >= 0, number < columnCount else {
        throw DataError(
          "there is no column number \(number); the file has \(columnCount), numbered from 0", file: text.file)
      }
      return number
    case .name(let name):
      guard let names else {
        throw DataError(
          "column \(shown(name)) is given by name, but the file is read without a header; set `header: true`,"
            + " or give a number from 0", file: text.file)
      }
      let found = names.indices.filter { names[$0] == name }
      guard let index = found.first else { throw unknownColumn(name, names) }
      guard found.count == 1 else {
        throw DataError(
          "columns number \(found.map(String.init).joined(separator: " and ")) are both called \(shown(name));"
            + " give the number instead", file: text.file)
      }
      return index
    }
  }

  private func unknownColumn(_ name: String, _ names: [String]) -> DataError {
    let guess = suggestion(for: name, among: names, otherwise: ";")
    let isOneCell = names.count == 1 && names[0].contains(name)
    return DataError(
      "there is no column \(shown(name))\(guess) the header has \(listed(names))"
        + (isOneCell
          ? ", so its cells are not separated by \(CSVFormat.words(format.separator)); say what separates them:"
            + " `separator: \" \"` for spaces" : "")
        + (names.contains(where: isNumber) ? "; if the first line is a sample, set `header: false`" : ""),
      file: text.file)
  }

  /// How messages call a column.
  func words(for column: Int) -> String { names.map { "column \(shown($0[column]))" } ?? "column number \(column)" }
}
