package import NNKit

/// Raw samples to predict for, read as they come: from CSV, JSON lines, an IDX file, or a picture.
///
/// Which of them it is follows from the first byte: `[` or `{` of JSON, 0 of IDX, the marks of PNG and PGM; else it is CSV.
package struct PredictionInput {
  /// What a CSV is held to.
  let format: TextFormat
  private let source: ByteSource

  /// What takes each sample: its numbers, and an error that points to its place.
  package typealias Taker = (_ sample: [Double], _ error: @escaping (String) -> DataError) throws -> Void

  /// Opens a file or a pipe; `-` is standard input.
  ///
  /// - Parameters:
  ///   - path: What is read.
  ///   - format: What samples in text look like.
  /// - Throws: `DataError` if it cannot be opened.
  package init(path: String, format: TextFormat) throws {
    source = try ByteSource(path: path)
    self.format = format
  }

  /// Hands over one sample after the other.
  ///
  /// - Parameters:
  ///   - take: Takes each sample.
  ///   - pause: Called when it would take waiting to read more, and after about a million bytes.
  /// - Throws: `DataError` with the place of whatever is not a sample; those before it have been taken.
  package func read(_ take: Taker, pause: () throws -> Void) throws {
    var count = 0
    func takeAndCount(_ sample: [Double], _ error: @escaping (String) -> DataError) throws {
      count += 1
      try take(sample, error)
    }
    var bytes: [UInt8] = []
    while !source.isAtEnd,
      bytes.allSatisfy(UInt8.whitespace.contains) || bytes[0] == UInt8(ascii: "P") && bytes.count < 3
    {
      try source.read(into: &bytes)
    }
    switch bytes.first(where: { !UInt8.whitespace.contains($0) }) {
    case nil: break
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      try readJSON(TextBlocks(bytes, from: source, hasQuotes: false), takeAndCount, pause)
    case 0: try readIDX(takeAndCount)
    case _ where GreyPicture.isPicture(bytes): try readPicture(bytes, takeAndCount)
    default: try readCSV(TextBlocks(bytes, from: source, hasQuotes: true), takeAndCount, pause)
    }
    if count == 0 { throw DataError("there are no samples in it", file: source.name) }
    try pause()
  }

  // MARK: Text

  private func readCSV(_ blocks: TextBlocks, _ take: Taker, _ pause: () throws -> Void) throws {
    var (blocks, rows) = (blocks, CSVSampleRows(format, file: source.name))
    while let block = try blocks.next() {
      try rows.read(CSVText(block.bytes, file: source.name), firstLine: block.firstLine, take)
      try pause()
    }
  }

  private func readJSON(_ blocks: TextBlocks, _ take: Taker, _ pause: () throws -> Void) throws {
    var (blocks, lines) = (blocks, JSONSampleLines(format, file: source.name))
    while let block = try blocks.next() {
      try lines.read(block, take)
      try pause()
    }
  }

  // MARK: Pictures

  private func readIDX(_ take: Taker) throws {
    guard let path = source.path, source.isFile else {
      throw DataError("IDX data are read from a file; write them to one and give its path", file: source.name)
    }
    let file = try IDXFile(path: path)
    let matrix = try file.matrix(of: Double.self)
    guard matrix.columns == format.width else {
      let shape = file.dimensions.dropFirst().map(String.init).joined(separator: " × ")
      throw DataError(
        "its samples have \(shape.isEmpty ? "1" : shape) numbers, the model takes \(format.width)", file: path)
    }
    for row in 0..<matrix.rows {
      try take(Array(matrix.row(row))) { DataError("sample \(row): \($0)", file: path) }
    }
  }

  private func readPicture(_ start: [UInt8], _ take: Taker) throws {
    var bytes = start
    while !source.isAtEnd {
      guard bytes.count <= GreyPicture.limit else { throw DataError("the picture is too large", file: source.name) }
      try source.read(into: &bytes)
    }
    let name = source.name
    let picture = try GreyPicture(bytes, file: name)
    guard picture.rows * picture.columns == format.width else {
      throw DataError(
        "the picture is \(picture.columns) pixels wide and \(picture.rows) high, which are"
          + " \(picture.rows * picture.columns) numbers; the model takes \(format.width)", file: name)
    }
    try take(picture.values) { DataError($0, file: name) }
  }
}

/// What samples in a text look like: as the run's own data, and what the model's inputs are called.
package struct TextFormat {
  /// How many numbers, or cells of a table, a sample has.
  package let width: Int
  /// The columns of the table that the inputs come from, where these are not its numbers as they are.
  package let columns: [TableColumn]?
  /// What the inputs are called, if they have names.
  package let names: [String]?
  /// Whether the first line of a CSV names its columns.
  package let hasHeader: Bool
  /// What cells hold that lack a value.
  var missingMarks: [String] { if case .csv(let csv) = source { csv.missingMarks } else { [] } }
  /// The training source, which a CSV without names may be like, targets and all; nil for a model without a run.
  package let source: DataSource?

  /// - Parameters:
  ///   - model: What is to answer.
  ///   - hasHeader: Whether the first line of a CSV names its columns; nil: if it does so in the run's own data, or, where
  ///     these are not CSV, if the inputs have names.
  ///   - source: The run's own data; nil for a model without a run.
  package init<Scalar: NetworkScalar>(of model: Model<Scalar>, hasHeader: Bool?, like source: DataSource?) {
    let form = SampleForm(of: model)
    (columns, width, names, self.source) = (form.columns, form.columnCount, form.columnNames, source)
    var own = names != nil
    if case .csv(let csv) = source { own = csv.header }
    self.hasHeader = hasHeader ?? own
  }
}

extension UInt8 {
  static let whitespace = Array(" \t\r\n".utf8)
}

extension DataError {
  /// The same in a text that begins on line `first` of a longer one.
  func shifted(to first: Int) -> DataError {
    DataError(message, file: file, line: line.map { $0 + first - 1 }, column: column)
  }
}
