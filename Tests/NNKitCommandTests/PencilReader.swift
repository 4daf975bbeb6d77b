import Foundation

/// Reads the text of an explanation as somebody with a pencil does: evaluates what stands before a line's last equals sign.
///
/// It knows arithmetic, and nothing of nnkit.
struct PencilReader {
  /// A line "quantity = formula = numbers = result".
  struct Line {
    let text: String
    let formula: String
    let numbers: String
    let value: Double
    let result: String
  }

  /// Lines with numbers and a result.
  private(set) var lines: [Line] = []
  /// Numbers that stand on the right side of some line, as they are written.
  private(set) var results: Set<String> = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      if let after = line.split(separator: " → ").dropFirst().first { results.insert(String(after)) }
      if let after = line.split(separator: ", more exactly ").dropFirst().first { results.insert(String(after)) }
      let parts = line.replacing(" ← ", with: " = ").split(separator: " = ").map { part in
        String(part.prefix { $0 != "," || part.contains("(") }).trimmingCharacters(in: .whitespaces)
      }
      guard parts.count > 1, let result = parts.last, Self.isNumber(result) else { continue }
      results.insert(result)
      let numbers = parts[parts.count - 2]
      guard let value = Expression.value(numbers), parts.count > 2 || !Self.isNumber(numbers) else { continue }
      lines.append(
        Line(
          text: String(line), formula: parts.count > 3 ? parts[1..<parts.count - 2].joined(separator: " = ") : parts[0],
          numbers: numbers, value: value, result: result))
    }
  }

  static func isNumber(_ text: String) -> Bool {
    let unsigned = text.hasPrefix("-") ? text.dropFirst() : text[...]
    return !unsigned.isEmpty && unsigned.leadingNumber?.endIndex == unsigned.endIndex
  }

  /// All numbers of an expression, without their signs.
  static func numbers(in text: String) -> [String] {
    var (rest, numbers) = (text[...], [String]())
    while !rest.isEmpty {
      if let number = rest.leadingNumber {
        numbers.append(String(number))
        rest = rest[number.endIndex...]
      } else {
        rest.removeFirst()
      }
    }
    return numbers
  }

  /// Half of the last digit of a number as it is written.
  static func halfDigit(_ text: String) -> Double {
    let parts = text.split(separator: "e")
    let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
    return 0.5 * pow(10, Double((parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - decimals))
  }
}

extension Substring {
  /// The number without a sign that it begins with, such as 12, 0.5 or 1e-08; nil if it begins with none.
  ///
  /// By hand, since an expression for it would be compiled anew at each use.
  fileprivate var leadingNumber: Substring? {
    func digits(from start: Index) -> Index? {
      let end = utf8[start...].firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? endIndex
      return end > start ? end : nil
    }
    guard var end = digits(from: startIndex) else { return nil }
    if end < endIndex, utf8[end] == UInt8(ascii: "."), let after = digits(from: utf8.index(after: end)) { end = after }
    if end < endIndex, utf8[end] == UInt8(ascii: "e") {
      var start = utf8.index(after: end)
      if start < endIndex, "-+".utf8.contains(utf8[start]) { start = utf8.index(after: start) }
      if let after = digits(from: start) { end = after }
    }
    return self[startIndex..<end]
  }
}

/// Arithmetic in a text: + - · / ^, parentheses, and functions of one or more numbers.
private struct Expression {
  private var rest: Substring

  /// nil if the text is anything else.
  static func value(_ text: String) -> Double? {
    var expression = Expression(rest: text.filter { $0 != " " }[...])
    guard let value = expression.sum(), expression.rest.isEmpty else { return nil }
    return value
  }

  private mutating func take(_ sign: Character) -> Bool {
    guard rest.first == sign else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func sum() -> Double? {
    guard var value = product() else { return nil }
    while true {
      if take("+") {
        guard let next = product() else { return nil }
        value += next
      } else if take("-") {
        guard let next = product() else { return nil }
        value -= next
      } else {
        return value
      }
    }
  }

  private mutating func product() -> Double? {
    if take("-") { return product().map { -$0 } }
    guard var value = power() else { return nil }
    while true {
      if take("·") {
        guard let next = power() else { return nil }
        value = value == 0 || next == 0 ? 0 : value * next
      } else if take("/") {
        guard let next = power() else { return nil }
        value = value == 0 ? 0 : value / next
      } else {
        return value
      }
    }
  }

  private mutating func power() -> Double? {
    guard let base = single() else { return nil }
    guard take("^") else { return base }
    return single().map { pow(base, $0) }
  }

  private mutating func single() -> Double? {
    if take("(") {
      guard let value = sum(), take(")") else { return nil }
      return value
    }
    if let number = rest.leadingNumber {
      rest = rest[number.endIndex...]
      return Double(number)
    }
    let name = rest.prefix { $0.isASCII && $0.isLowercase }
    rest = rest[name.endIndex...]
    guard !name.isEmpty, take("(") else { return nil }
    guard var values = sum().map({ [$0] }) else { return nil }
    while take(",") {
      guard let next = sum() else { return nil }
      values.append(next)
    }
    guard take(")") else { return nil }
    return Self.call(String(name), values)
  }

  private static func call(_ name: String, _ x: [Double]) -> Double? {
    switch name {
    case "exp": Foundation.exp(x[0])
    case "ln": Foundation.log(x[0])
    case "sqrt": x[0].squareRoot()
    case "abs": Swift.abs(x[0])
    case "sign": x[0] > 0 ? 1 : x[0] < 0 ? -1 : 0
    case "erf": Foundation.erf(x[0])
    case "sin": Foundation.sin(x[0])
    case "cos": Foundation.cos(x[0])
    case "cosh": Foundation.cosh(x[0])
    case "tanh": Foundation.tanh(x[0])
    case "min": x.min()
    case "max": x.max()
    default: nil
    }
  }
}
