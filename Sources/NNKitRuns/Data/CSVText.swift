internal import NNKit

/// The text of a CSV file, in which errors can point to a place.
package struct CSVText {
  /// The file's path, or what messages call it.
  package let file: String
  package private(set) var bytes: [UInt8]
  /// Where the text begins: after the byte order mark that spreadsheets like to write.
  let start: Int
  /// Files that were added: where the text of each begins, and how many lines of it were left out before.
  private var added: [(start: Int, file: String, skippedLines: Int)] = []

  /// - Throws: `DataError` if the text is in UTF-16.
  package init(_ bytes: [UInt8], file: String) throws {
    self.bytes = bytes
    self.file = file
    start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
      throw DataError("the text is in UTF-16; save it in UTF-8", file: file)
    }
  }

  /// Reads a whole file, packed with gzip or not.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The most bytes of text that are read.
  /// - Throws: `DataError` if it cannot be read, or if it is longer.
  package init(contentsOf path: String, limit: Int = WholeFile.memory / 8) throws {
    let file = try GzipFile(path: path)
    var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 20))
    if let size = file.sizeOnDisk, size <= limit { bytes.reserveCapacity(size) }
    while true {
      let count = try file.read(chunk.count, into: &chunk)
      // A packed file may be a thousand times larger than it looks.
      guard bytes.count + count <= limit else {
        throw DataError(
          "the text has more than \(bytes.count) bytes, more than fits into memory; split it", file: path)
      }
      bytes += chunk[..<count]
      if count < chunk.count { break }
    }
    guard !file.breaksOff else {
      throw DataError("the gzip data breaks off after \(bytes.count) bytes of text; copy the file again", file: path)
    }
    try self.init(bytes, file: path)
  }

  /// The text in `range`; nil if that is not UTF-8.
  func string(_ range: Range<Int>) -> String? { String(validating: bytes[range], as: UTF8.self) }

  /// An error that points to the character at `offset`.
  ///
  /// Lines are counted only here, so that reading need not.
  func error(at offset: Int, _ message: String) -> DataError {
    let (newline, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    let part = added.last { $0.start <= offset }
    let first = part?.start ?? start
    var (line, lineStart) = (1 + (part?.skippedLines ?? 0), first)
    for index in first..<offset {
      let isEnd =
        bytes[index] == newline
        || bytes[index] == carriageReturn && (index + 1 == bytes.count || bytes[index + 1] != newline)
      if isEnd { (line, lineStart) = (line + 1, index + 1) }
    }
    let column = 1 + String(decoding: bytes[lineStart..<max(lineStart, offset)], as: UTF8.self).count
    return DataError(message, file: part?.file ?? file, line: line, column: column)
  }

  /// Adds the text of another file behind this one.
  mutating func append(_ other: CSVText, from start: Int, skippedLines: Int) {
    if let last = bytes.last, last != UInt8(ascii: "\n"), last != UInt8(ascii: "\r") {
      bytes.append(UInt8(ascii: "\n"))
    }
    added.append((bytes.count, other.file, skippedLines))
    bytes += other.bytes[start...]
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
