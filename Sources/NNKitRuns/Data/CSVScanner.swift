/// Takes comma-separated values apart, after RFC 4180, a record at a time; blank lines are passed over.
///
/// Written here because libraries (SwiftCSV 0.10) do not say where in the file a cell stands, which an error must.
struct CSVScanner {
  /// A cell takes far more memory than the comma behind it, and gzip packs a thousand commas into a byte.
  private static let columnLimit = 1 << 22
  let text: CSVText
  private let bytes: [UInt8]
  private let separator: UInt8
  /// No byte that ends a cell, or may not be in one, is greater.
  private let greatestMark: UInt8
  private(set) var position: Int

  init(_ text: CSVText, _ format: CSVFormat = CSVFormat()) {
    self.text = text
    bytes = text.bytes
    separator = format.separator
    greatestMark = max(separator, .quote)
    position = text.start
  }

  /// Reads the next record into `cells`; false at the end of the text.
  ///
  /// - Throws: `DataError` where quotes do not match.
  mutating func readRecord(into cells: inout [CSVCell]) throws -> Bool {
    cells.removeAll(keepingCapacity: true)
    skipBlankLines()
    guard position < bytes.count else { return false }
    while true {
      skipSpaces()
      if position < bytes.count, bytes[position] == .quote {
        cells.append(try quotedCell())
      } else {
        cells.append(try plainCell())
      }
      guard cells.count <= Self.columnLimit else {
        throw text.error(at: position, "found a row of more than \(Self.columnLimit) cells; check the line ends")
      }
      guard position < bytes.count else { return true }
      if bytes[position] != separator {
        skipLineEnd()
        return true
      }
      position += 1
      // Spaces that separate cells do so together, and separate nothing at the end of a line.
      if separator == .space {
        skipSpaces()
        if position == bytes.count { return true }
        if bytes[position].isLineEnd {
          skipLineEnd()
          return true
        }
      }
    }
  }

  private mutating func skipBlankLines() {
    while true {
      let start = position
      skipSpaces()
      guard position < bytes.count else { return }
      guard bytes[position].isLineEnd else {
        position = start
        return
      }
      position += 1
    }
  }

  private mutating func skipSpaces() {
    while position < bytes.count, isSpace(bytes[position]) { position += 1 }
  }

  /// Whether a byte beside a cell's content belongs to nothing: a tab that separates cells does.
  private func isSpace(_ byte: UInt8) -> Bool { byte == .space || byte == .tab && separator != .tab }

  private mutating func skipLineEnd() {
    position +=
      bytes[position] == .carriageReturn && position + 1 < bytes.count && bytes[position + 1] == .newline ? 2 : 1
  }

  /// Spaces round it do not belong to it, other than RFC 4180 has it: ` setosa` is the class `setosa`.
  private mutating func plainCell() throws -> CSVCell {
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      // One comparison for the letters, and behind a comma the digits, that most cells consist of.
      if byte <= greatestMark {
        if byte == separator || byte.isLineEnd { break }
        if byte == .quote {
          throw text.error(
            at: position, "found a quote inside a cell; put the whole cell in quotes, and double this one")
        }
      }
      position += 1
    }
    var end = position
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    return CSVCell(range: start..<end, isQuoted: false)
  }

  private mutating func quotedCell() throws -> CSVCell {
    let opening = position
    position += 1
    while true {
      guard let closing = bytes[position...].firstIndex(of: .quote) else {
        throw text.error(at: opening, "found an opening quote, but none that closes it; add it")
      }
      position = closing + 1
      guard position < bytes.count, bytes[position] == .quote else { break }
      position += 1
    }
    let cell = CSVCell(range: opening + 1..<position - 1, isQuoted: true)
    skipSpaces()
    guard position == bytes.count || bytes[position] == separator || bytes[position].isLineEnd else {
      throw text.error(
        at: position, "found text behind a closing quote; expected a separator, or a doubled quote inside the cell")
    }
    return cell
  }
}

/// A cell in the bytes of a CSV, without the quotes round it.
package struct CSVCell {
  let range: Range<Int>
  /// Then a quote within is written twice.
  let isQuoted: Bool
}

extension UInt8 {
  fileprivate static let space = UInt8(ascii: " ")
  fileprivate static let tab = UInt8(ascii: "\t")
  fileprivate static let quote = UInt8(ascii: "\"")
  fileprivate static let newline = UInt8(ascii: "\n")
  fileprivate static let carriageReturn = UInt8(ascii: "\r")
  fileprivate var isLineEnd: Bool { self == .newline || self == .carriageReturn }
}
