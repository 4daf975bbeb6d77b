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

  static func isNumber(_ text: String) -> Bool { text.wholeMatch(of: /-?\d+(\.\d+)?(e[-+]?\d+)?/) != nil }

  /// All numbers of an expression, without their signs.
  static func numbers(in text: String) -> [String] {
    text.matches(of: /\d+(\.\d+)?(e[-+]?\d+)?/).map { String($0.output.0) }
  }

  /// Half of the last digit of a number as it is written.
  static func halfDigit(_ text: String) -> Double {
    let parts = text.split(separator: "e")
    let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
    return 0.5 * pow(10, Double((parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - decimals))
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
    if let match = rest.prefixMatch(of: /\d+(\.\d+)?(e[-+]?\d+)?/) {
      rest = rest[match.range.upperBound...]
      return Double(match.output.0)
    }
    guard let match = rest.prefixMatch(of: /([a-z]+)\(/) else { return nil }
    rest = rest[match.range.upperBound...]
    guard var values = sum().map({ [$0] }) else { return nil }
    while take(",") {
      guard let next = sum() else { return nil }
      values.append(next)
    }
    guard take(")") else { return nil }
    return Self.call(String(match.output.1), values)
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
