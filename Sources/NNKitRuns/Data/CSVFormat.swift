/// How a CSV file separates its cells and writes its numbers.
package struct CSVFormat: Equatable, Sendable {
  package var separator: UInt8
  /// What stands before a number's fraction.
  package var decimal: UInt8

  package init(separator: UInt8 = UInt8(ascii: ","), decimal: UInt8 = UInt8(ascii: ".")) {
    self.separator = separator
    self.decimal = decimal
  }

  /// The separators that are found where a first line has one cell with them in it.
  private static let others = [UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|")]

  /// The format of a text whose configuration leaves the separator open: commas, unless the first line has none and
  /// another separator instead.
  ///
  /// - Parameters:
  ///   - text: The whole text, or its beginning with the first line.
  ///   - decimal: What stands before a number's fraction; a comma separates no cells then.
  /// - Returns: The format, and a line that says so where it is not commas.
  package static func detected(in text: CSVText, decimal: UInt8) -> (format: CSVFormat, note: String?) {
    let comma = UInt8(ascii: ",")
    for separator in (decimal == comma ? [] : [comma]) + others {
      var scanner = CSVScanner(text, CSVFormat(separator: separator, decimal: decimal))
      var cells: [CSVCell] = []
      // Quotes may match for another separator alone.
      guard (try? scanner.readRecord(into: &cells)) == true, cells.count > 1 else { continue }
      let format = CSVFormat(separator: separator, decimal: decimal)
      if separator == comma { return (format, nil) }
      return (
        format,
        "\(text.file): its cells are taken to be separated by \(words(separator)), as the first line says;"
          + " `separator: \(written(separator))` in the configuration makes sure"
      )
    }
    return (CSVFormat(separator: decimal == comma ? others[0] : comma, decimal: decimal), nil)
  }

  /// The separator as YAML has it.
  package static func written(_ byte: UInt8) -> String {
    byte == UInt8(ascii: "\t") ? "\"\\t\"" : "\"\(Character(UnicodeScalar(byte)))\""
  }

  static func words(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: ","): "commas"
    case UInt8(ascii: ";"): "semicolons"
    case UInt8(ascii: "\t"): "tabs"
    case UInt8(ascii: " "): "spaces"
    default: "`\(Character(UnicodeScalar(byte)))`"
    }
  }
}
