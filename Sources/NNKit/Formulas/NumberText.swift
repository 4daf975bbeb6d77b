#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A number with at most `digits` significant digits; with 17 of them, the shortest text that gives the number back.
package func numberText(_ value: Double, digits: Int) -> String {
  if value == 0 { return "0" }
  if digits >= 17, value.isFinite {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
  var buffer = [CChar](repeating: 0, count: 40)
  let length = withVaList([Int32(digits), value]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
  return String(decoding: buffer.prefix(Int(max(0, length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A number with at most nine significant digits.
package func shortNumber(_ value: Double) -> String { numberText(value, digits: 9) }

/// A number with six significant digits, small ones too.
package func significant(_ value: Double) -> String { numberText(value, digits: 6) }

/// A count with its thousands apart: 12,345.
package func grouped(_ value: Int) -> String {
  var digits = Array("\(abs(value))")
  var place = digits.count - 3
  while place > 0 {
    digits.insert(",", at: place)
    place -= 3
  }
  return (value < 0 ? "-" : "") + String(digits)
}
