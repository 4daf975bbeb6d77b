/// The decimal number written in `range` of `bytes` (`-12`, `.5`, `1e-3`), or nil if something else is written there.
///
/// `nan`, `inf` and numbers beyond Double's range give what is not finite, so that a caller can say so.
/// `point` stands before the fraction.
func decimalNumber(in bytes: [UInt8], _ range: Range<Int>, point: UInt8 = UInt8(ascii: ".")) -> Double? {
  var scan = DecimalScan(point: point, position: range.lowerBound)
  guard scan.read(bytes, range.upperBound) else { return nonFinite(bytes[range]) }
  // Both factors are exact, so the one rounding is right (Clinger, "How to read floating point numbers accurately",
  // PLDI 1990); most of a data set's numbers are so, and are read many times faster this way.
  if scan.digits <= 18, scan.mantissa <= 1 << 53, abs(scan.exponent) <= 22 {
    let magnitude =
      scan.exponent < 0
      ? Double(scan.mantissa) / powersOfTen[-scan.exponent] : Double(scan.mantissa) * powersOfTen[scan.exponent]
    return scan.isNegative ? -magnitude : magnitude
  }
  return Double(String(decoding: bytes[range].map { $0 == point ? UInt8(ascii: ".") : $0 }, as: UTF8.self))
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]

/// Standard library parsing would also take hexadecimal numbers, so only these words reach it.
private func nonFinite(_ bytes: ArraySlice<UInt8>) -> Double? {
  guard bytes.count <= 9 else { return nil }
  let word = String(decoding: bytes, as: UTF8.self).lowercased()
  let magnitude = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
  return ["nan", "inf", "infinity"].contains(magnitude) ? Double(word) : nil
}

/// A number taken apart: ± mantissa · 10^exponent.
private struct DecimalScan {
  let point: UInt8
  var position: Int
  var isNegative = false
  /// Right up to 18 digits.
  var mantissa: UInt64 = 0
  var digits = 0
  var exponent = 0

  /// Reads up to `end`; false if that is not a number.
  @inline(__always)
  mutating func read(_ bytes: [UInt8], _ end: Int) -> Bool {
    isNegative = readSign(bytes, end)
    let start = position
    readDigits(bytes, end)
    var written = position - start
    if position < end, bytes[position] == point {
      position += 1
      let fraction = position
      readDigits(bytes, end)
      exponent = fraction - position
      written += position - fraction
    }
    return written > 0 && readExponent(bytes, end) && position == end
  }

  private mutating func readSign(_ bytes: [UInt8], _ end: Int) -> Bool {
    guard position < end, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") else {
      return false
    }
    position += 1
    return bytes[position - 1] == UInt8(ascii: "-")
  }

  @inline(__always)
  private mutating func readDigits(_ bytes: [UInt8], _ end: Int) {
    while position < end {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { return }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      // Leading zeros do not count.
      if mantissa != 0 { digits += 1 }
      position += 1
    }
  }

  private mutating func readExponent(_ bytes: [UInt8], _ end: Int) -> Bool {
    guard position < end, bytes[position] | 0x20 == UInt8(ascii: "e") else { return true }
    position += 1
    let isNegative = readSign(bytes, end)
    let start = position
    var size = 0
    while position < end {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { return false }
      size = min(size * 10 + Int(digit), 1_000_000)
      position += 1
    }
    exponent += isNegative ? -size : size
    return position > start
  }
}
