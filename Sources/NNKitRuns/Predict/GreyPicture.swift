/// A grey picture from a PGM or PNG file, its pixels 0 (black) to 255 (white) as in IDX files of bytes, row after row.
struct GreyPicture {
  /// More bytes than any picture has that a network takes.
  static let limit = 1 << 28
  let rows: Int
  let columns: Int
  let values: [Double]

  /// Whether bytes begin as one of the two formats does.
  static func isPicture(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: PNGFile.mark.prefix(2)) || PGMScanner.isPGM(bytes)
  }

  /// - Throws: `DataError` if the file is damaged, or has colours.
  init(_ bytes: [UInt8], file: String) throws {
    if PGMScanner.isPGM(bytes) {
      var scanner = PGMScanner(bytes, file: file)
      (columns, rows, values) = try scanner.read()
    } else {
      let png = try PNGFile(bytes, file: file)
      (columns, rows, values) = (png.width, png.height, try png.greyValues())
    }
  }
}

/// PGM, the grey map of Netpbm (https://netpbm.sourceforge.net/doc/pgm.html), as text (P2) or bytes (P5).
private struct PGMScanner {
  private let bytes: [UInt8]
  private let file: String
  private var position = 2

  static func isPGM(_ bytes: [UInt8]) -> Bool {
    bytes.count > 2 && bytes[0] == UInt8(ascii: "P") && [UInt8(ascii: "2"), UInt8(ascii: "5")].contains(bytes[1])
      && (UInt8.whitespace.contains(bytes[2]) || bytes[2] == UInt8(ascii: "#"))
  }

  init(_ bytes: [UInt8], file: String) { (self.bytes, self.file) = (bytes, file) }

  mutating func read() throws -> (columns: Int, rows: Int, values: [Double]) {
    let (columns, rows, greatest) = (try number("a width"), try number("a height"), try number("a greatest value"))
    guard columns > 0, rows > 0, 1...65535 ~= greatest, columns <= GreyPicture.limit / rows else {
      throw DataError("the PGM header has \(columns) × \(rows) pixels up to \(greatest); it is damaged", file: file)
    }
    let count = columns * rows
    // A text has two characters for each pixel, or more.
    guard bytes.count - position >= (bytes[1] == UInt8(ascii: "2") ? 2 * count - 1 : count) else {
      throw breaksOff(count)
    }
    let values = bytes[1] == UInt8(ascii: "2") ? try text(count) : try raw(count, bytes: greatest > 255 ? 2 : 1)
    if let odd = values.first(where: { $0 > greatest }) {
      throw DataError("the PGM data have a value of \(odd), more than \(greatest) in the header", file: file)
    }
    return (columns, rows, values.map { Double($0) * 255 / Double(greatest) })
  }

  private mutating func text(_ count: Int) throws -> [Int] { try (0..<count).map { _ in try number("a pixel") } }

  private mutating func raw(_ count: Int, bytes size: Int) throws -> [Int] {
    position += 1
    guard bytes.count - position >= count * size else { throw breaksOff(count) }
    return (0..<count).map { index in
      let place = position + index * size
      return size == 1 ? Int(bytes[place]) : Int(bytes[place]) << 8 | Int(bytes[place + 1])
    }
  }

  private func breaksOff(_ count: Int) -> DataError {
    DataError("the PGM data break off: expected \(count) pixels; copy the file again", file: file)
  }

  private mutating func number(_ what: String) throws -> Int {
    while position < bytes.count, UInt8.whitespace.contains(bytes[position]) || bytes[position] == UInt8(ascii: "#") {
      if bytes[position] == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      } else {
        position += 1
      }
    }
    let start = position
    var number = 0
    while position < bytes.count, bytes[position] &- 48 <= 9 {
      number = min(number * 10 + Int(bytes[position] - 48), 1 << 31)
      position += 1
    }
    guard position > start else { throw DataError("expected \(what) in the PGM data at byte \(start)", file: file) }
    return number
  }
}
