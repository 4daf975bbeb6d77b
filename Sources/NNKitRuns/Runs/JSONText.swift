/// A JSON value whose objects keep the order of their keys, which Foundation's encoder does not.
package indirect enum JSONText {
  case null
  case flag(Bool)
  case integer(Int)
  /// A number that is written with as many digits as it takes to read it back; null if it is not finite.
  case number(any (BinaryFloatingPoint & LosslessStringConvertible))
  case text(String)
  case list([JSONText])
  case object([(String, JSONText)])
  /// Text that is JSON already.
  case raw(String)

  /// A number, or null where there is none.
  package static func optional(_ value: Double?) -> JSONText { value.map { .number($0) } ?? .null }

  package static func numbers<Scalar: BinaryFloatingPoint & LosslessStringConvertible>(
    _ values: some Sequence<Scalar>
  ) -> JSONText { .list(values.map { .number($0) }) }

  /// The value on one line; with an indent, objects and lists of them over several.
  package func text(indent: Int? = nil) -> String {
    switch self {
    case .null: return "null"
    case .flag(let value): return value ? "true" : "false"
    case .integer(let value): return "\(value)"
    case .number(let value):
      // Described as what they are, numbers take far less time than as any number.
      if let value = value as? Double { return value.isFinite ? value.description : "null" }
      if let value = value as? Float { return value.isFinite ? value.description : "null" }
      return value.isFinite ? "\(value)" : "null"
    case .text(let value): return Self.quoted(value)
    case .raw(let text): return text
    case .list(let values):
      let nested = values.contains { if case .object = $0 { true } else { false } }
      return Self.joined("[", values.map { $0.text(indent: indent.map { $0 + 2 }) }, "]", nested ? indent : nil)
    case .object(let pairs):
      let parts = pairs.map { "\(Self.quoted($0.0)): \($0.1.text(indent: indent.map { $0 + 2 }))" }
      return Self.joined("{", parts, "}", indent)
    }
  }

  private static func joined(_ open: String, _ parts: [String], _ close: String, _ indent: Int?) -> String {
    guard let indent, !parts.isEmpty else { return open + parts.joined(separator: ", ") + close }
    let margin = "\n" + String(repeating: " ", count: indent)
    return open + margin + "  " + parts.joined(separator: "," + margin + "  ") + margin + close
  }

  private static func quoted(_ text: String) -> String {
    // Most texts, long ones above all, need no escapes.
    let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    if isPlain { return "\"\(text)\"" }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
