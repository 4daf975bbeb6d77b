#if canImport(Glibc)
  internal import Glibc
#endif

/// A text cut into blocks of whole lines, as they come.
///
/// A block has all lines that can be read without waiting, up to about a million bytes: lines that come slowly make blocks of
/// one line, and a long file takes little memory.
struct TextBlocks {
  struct Block {
    let bytes: [UInt8]
    /// The number of its first line, from 1.
    let firstLine: Int
  }

  private static let size = 1 << 20
  /// The longest line: far more than any sample, and no danger to memory.
  private static let limit = 1 << 28
  private let source: ByteSource
  /// Whether a line end within quotes belongs to the text, as in CSV.
  private let hasQuotes: Bool
  private var waiting: [UInt8]
  private var line = 1
  /// How far `waiting` has been looked through, whether that place is within quotes, and where its last whole line ends.
  private var (looked, isQuoted, end) = (0, false, 0)

  /// - Parameters:
  ///   - waiting: What has been read already.
  ///   - source: Where the rest comes from.
  ///   - hasQuotes: Whether a line end within quotes belongs to the text.
  init(_ waiting: [UInt8], from source: ByteSource, hasQuotes: Bool) {
    self.source = source
    self.hasQuotes = hasQuotes
    self.waiting = waiting
  }

  /// The next lines; nil at the end of the text.
  ///
  /// - Throws: `DataError` if the text cannot be read, or has a line that is too long.
  mutating func next() throws -> Block? {
    while true {
      look()
      if source.isAtEnd { end = waiting.count }
      if end > 0 && (waiting.count >= Self.size || source.isAtEnd || !source.hasMore) { return take() }
      if source.isAtEnd { return nil }
      guard waiting.count - end < Self.limit else {
        throw DataError(
          "found a line of more than \(Self.limit) bytes; check the line ends and quotes", file: source.name,
          line: line,
          column: 1)
      }
      try source.read(into: &waiting)
    }
  }

  private mutating func take() -> Block {
    let block = Block(bytes: Array(waiting[..<end]), firstLine: line)
    line += countOfLines(block.bytes)
    waiting.removeSubrange(..<end)
    (looked, end) = (looked - end, 0)
    return block
  }

  /// Looks for line ends in what has been read since the last time.
  private mutating func look() {
    let (newline, carriageReturn, quote) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\""))
    waiting.withUnsafeBufferPointer { bytes in
      while looked < bytes.count {
        let byte = bytes[looked]
        if byte == quote {
          isQuoted = hasQuotes && !isQuoted
        } else if byte == newline && !isQuoted {
          end = looked + 1
        } else if byte == carriageReturn && !isQuoted {
          // Whether a newline belongs to it is seen in the next byte.
          if looked + 1 == bytes.count { return }
          if bytes[looked + 1] != newline { end = looked + 1 }
        }
        looked += 1
      }
    }
  }
}

/// How many line ends there are: \n, \r\n or \r.
func countOfLines(_ bytes: some Collection<UInt8>) -> Int {
  let count = bytes.withContiguousStorageIfAvailable { bytes in
    let newlines = bytes.count { $0 == UInt8(ascii: "\n") }
    guard let first = bytes.baseAddress, memchr(first, 13, bytes.count) != nil else { return newlines }
    return newlines
      + bytes.indices.count { index in
        bytes[index] == 13 && (index + 1 == bytes.count || bytes[index + 1] != UInt8(ascii: "\n"))
      }
  }
  return count ?? 0
}
