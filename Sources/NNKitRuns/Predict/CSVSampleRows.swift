internal import NNKit

/// Samples in the rows of a CSV: its columns are matched with the model's inputs by name; by position only where one side has
/// no names.
struct CSVSampleRows {
  private let format: TextFormat
  private let file: String
  /// How cells are separated and numbers written: as in the run's own data, or as the first line has it.
  private var style: CSVFormat?
  /// All columns, and which of them each input is; known from the first row on.
  private var layout: (all: CSVColumns, inputs: [Int])?
  private var cells: [CSVCell] = []
  private var sample: [Double]
  private let coder: CellCoder?

  init(_ format: TextFormat, file: String) {
    (self.format, self.file) = (format, file)
    sample = [Double](repeating: 0, count: format.width)
    coder = format.columns.map { CellCoder($0) }
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
        layout = (CSVColumns(names: names, count: names.count, format: style), try columns(named: names))
      }
      while true {
        let start = scanner.position
        guard try scanner.readRecord(into: &cells) else {
          if layout?.all.count == 1 { try refuseEmptyLine(start, text) }
          break
        }
        let (all, inputs) = try layout ?? (unnamed(cells.count, style), self.columns(of: cells.count, nil))
        layout = (all, inputs)
        // In a file of several columns an empty line is none of them; in a file of one it may be a missing number.
        if all.count == 1 { try refuseEmptyLine(start, text) }
        try all.checkCount(of: cells, in: text)
        for (place, column) in inputs.enumerated() {
          sample[place] = try number(in: cells[column], column, place, all, text)
        }
        let offset = cells[0].range.lowerBound
        try take(coder?.inputs(sample) ?? sample) { text.error(at: offset, $0).shifted(to: firstLine) }
      }
    } catch let error as DataError where error.line != nil {
      throw error.shifted(to: firstLine)
    }
  }

  private func number(
    in cell: CSVCell, _ column: Int, _ place: Int, _ all: CSVColumns, _ text: CSVText
  ) throws -> Double {
    guard let coder, let columns = format.columns, !columns[place].isPlain else {
      return try all.number(in: cell, column: column, of: text)
    }
    let label = try text.label(of: cell)
    var found = CellCoder.Cell.text(label)
    if cell.range.isEmpty || format.missingMarks.contains(label) {
      found = .missing
    } else if columns[place].kind == .number {
      let number = decimalNumber(in: text.bytes, cell.range, point: all.format.decimal)
      if number?.isNaN == true, columns[place].missing != .drop {
        found = .missing
      } else {
        found = .number(try all.number(in: cell, column: column, of: text))
      }
    }
    do {
      return try coder.number(for: found, column: place)
    } catch {
      throw text.error(at: cell.range.lowerBound, error.words)
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

  private func unnamed(_ count: Int, _ style: CSVFormat) -> CSVColumns {
    CSVColumns(names: nil, count: count, format: style, headerWords: "add --header")
  }

  // MARK: Columns

  private var csv: CSVSource? { if case .csv(let csv) = format.source { csv } else { nil } }

  private func columns(named header: [String]) throws -> [Int] {
    guard let names = format.names else { return try columns(of: header.count, header) }
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
  private func columns(of count: Int, _ header: [String]?) throws -> [Int] {
    if count == format.width { return Array(0..<count) }
    if let csv, let others = numbers(csv.target + csv.exclude, count, header),
      let given = numbers(csv.input, count, header)
    {
      let columns = csv.inputs(given, besides: others, of: count)
      if columns.count == format.width { return columns }
    }
    throw DataError(
      "found \(count) column\(count == 1 ? "" : "s"), the model takes \(format.width) inputs", file: file, line: 1)
  }

  /// What columns stand for among `count`; nil where one is not among them.
  private func numbers(_ references: [ColumnReference], _ count: Int, _ header: [String]?) -> [Int]? {
    let numbers = references.compactMap { reference in
      switch reference {
      case .number(let number): number < count ? number : nil
      case .name(let name): header?.firstIndex(of: name)
      }
    }
    return numbers.count == references.count ? numbers : nil
  }
}
