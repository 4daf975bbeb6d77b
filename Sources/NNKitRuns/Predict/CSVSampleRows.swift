internal import NNKit

/// Samples in the rows of a CSV: its columns are matched with the model's inputs by name; by position only where one side has
/// no names.
struct CSVSampleRows {
  private let format: TextFormat
  private let file: String
  /// How cells are separated and numbers written: as in the run's own data, or as the first line has it.
  private var style: CSVFormat?
  private var header: [String]?
  /// The column of each input, and how many columns there are; known from the first row on.
  private var layout: (columns: [Int], count: Int)?
  private var cells: [CSVCell] = []
  private var sample: [Double]

  init(_ format: TextFormat, file: String) {
    (self.format, self.file) = (format, file)
    sample = [Double](repeating: 0, count: format.width)
  }

  /// Reads the rows of a block of whole lines.
  ///
  /// - Throws: `DataError` with the place of whatever is not a sample.
  mutating func read(_ text: CSVText, firstLine: Int, _ take: PredictionInput.Taker) throws {
    let style = style ?? csv?.format(of: text).format ?? CSVFormat.detected(in: text, decimal: UInt8(ascii: ".")).format
    self.style = style
    var scanner = CSVScanner(text, style)
    do {
      if layout == nil, format.hasHeader {
        guard try scanner.readRecord(into: &cells) else { return }
        let names = try cells.map(text.label(of:))
        header = names
        layout = (try columns(named: names), names.count)
      }
      while true {
        let start = scanner.position
        guard try scanner.readRecord(into: &cells) else {
          if layout?.count == 1 { try refuseEmptyLine(start, text) }
          break
        }
        let (columns, count) = try layout ?? (self.columns(of: cells.count), cells.count)
        layout = (columns, count)
        // In a file of several columns an empty line is none of them; in a file of one it may be a missing number.
        if count == 1 { try refuseEmptyLine(start, text) }
        try check(cells, count, text)
        for (place, column) in columns.enumerated() {
          sample[place] = try number(in: cells[column], column, text, style)
        }
        let offset = cells[0].range.lowerBound
        try take(sample) { text.error(at: offset, $0).shifted(to: firstLine) }
      }
    } catch let error as DataError where error.line != nil {
      throw error.shifted(to: firstLine)
    }
  }

  private func refuseEmptyLine(_ start: Int, _ text: CSVText) throws {
    for index in start..<text.bytes.count {
      let byte = text.bytes[index]
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        throw text.error(at: start, "found an empty line in a file of one column, expected a number")
      }
      if !UInt8.whitespace.contains(byte) { return }
    }
  }

  private func check(_ cells: [CSVCell], _ count: Int, _ text: CSVText) throws {
    if cells.count == count { return }
    throw text.error(
      at: cells.count > count ? cells[count].range.lowerBound : cells.last?.range.upperBound ?? text.start,
      "found a row of \(cells.count) cells; expected \(count), as in the \(header == nil ? "first row" : "header")")
  }

  @inline(__always)
  private func number(in cell: CSVCell, _ column: Int, _ text: CSVText, _ style: CSVFormat) throws -> Double {
    if let number = decimalNumber(in: text.bytes, cell.range, point: style.decimal), number.isFinite { return number }
    let found = cell.range.isEmpty ? "an empty cell" : shown(String(decoding: text.bytes[cell.range], as: UTF8.self))
    let place = header.map { "column \(shown($0[column]))" } ?? "column number \(column)"
    let hint = header == nil ? "; if the first line names the columns, add --header" : ""
    throw text.error(at: cell.range.lowerBound, "found \(found) in \(place), expected a finite number\(hint)")
  }

  // MARK: Columns

  private var csv: CSVSource? { if case .csv(let csv) = format.source { csv } else { nil } }

  private func columns(named header: [String]) throws -> [Int] {
    guard let names = format.names else { return try columns(of: header.count) }
    return try names.map { name in
      let found = header.indices.filter { header[$0] == name }
      guard found.count < 2 else {
        throw DataError(
          "columns number \(found.map(String.init).joined(separator: " and ")) are both called \(shown(name)),"
            + " which the model takes; rename one", file: file, line: 1)
      }
      guard let column = found.first else { throw missing(name, in: header, names) }
      return column
    }
  }

  private func missing(_ name: String, in header: [String], _ names: [String]) -> DataError {
    let guess = suggestion(for: name, among: header.filter { !names.contains($0) })
    let areNumbers = header.allSatisfy { decimalNumber(in: Array($0.utf8), 0..<$0.utf8.count) != nil }
    let hint =
      areNumbers
      ? "; if the file has no header, add --no-header;" : guess.isEmpty ? ";" : guess
    return DataError(
      "there is no column \(shown(name))\(hint) the header has \(listed(header)), the model takes \(listed(names))",
      file: file, line: 1)
  }

  /// The columns by position: the inputs alone, or all that the run's own data have.
  private func columns(of count: Int) throws -> [Int] {
    if count == format.width { return Array(0..<count) }
    if let csv, let others = numbers(csv.target + csv.exclude, count), let inputs = numbers(csv.input, count) {
      let columns = inputs.isEmpty ? (0..<count).filter { !others.contains($0) } : inputs
      if columns.count == format.width { return columns }
    }
    throw DataError(
      "found \(count) column\(count == 1 ? "" : "s"), the model takes \(format.width) inputs", file: file, line: 1)
  }

  /// What columns stand for among `count`; nil where one is not among them.
  private func numbers(_ references: [ColumnReference], _ count: Int) -> [Int]? {
    let numbers = references.compactMap { reference in
      switch reference {
      case .number(let number): number < count ? number : nil
      case .name(let name): header?.firstIndex(of: name)
      }
    }
    return numbers.count == references.count ? numbers : nil
  }
}
