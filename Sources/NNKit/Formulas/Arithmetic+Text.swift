extension Arithmetic {
  /// The expression as a reader computes it: 0.15·0.05 + 0.2·0.1 + 0.35.
  ///
  /// - Parameters:
  ///   - shown: How a leaf reads: a number, with a minus sign if it is negative.
  ///   - constant: How a number of the formula itself reads.
  /// - Returns: The expression with as few parentheses as it takes.
  package func text(_ shown: @escaping (Leaf) -> String, constant: @escaping (Double) -> String) -> String {
    ArithmeticText(shown: shown, constant: constant).text(self, .sum, isFirst: true)
  }
}

/// Writes expressions with no more parentheses than it takes.
private struct ArithmeticText<Leaf> {
  /// How tightly an expression holds together.
  enum Level: Int {
    case sum, product, power, whole
  }

  let shown: (Leaf) -> String
  let constant: (Double) -> String

  /// - Parameters:
  ///   - expression: What is written.
  ///   - level: What its place asks for: one that holds together less tightly is put into parentheses.
  ///   - isFirst: Whether it may begin with a minus sign.
  /// - Returns: How it is written there.
  func text(_ expression: Arithmetic<Leaf>, _ level: Level, isFirst: Bool) -> String {
    let (text, own) = written(expression, isFirst: isFirst)
    let isBare = own.rawValue >= level.rawValue && (isFirst || !text.hasPrefix("-"))
    return isBare ? text : "(\(text))"
  }

  private func written(_ expression: Arithmetic<Leaf>, isFirst: Bool) -> (String, Level) {
    switch expression {
    case .leaf(let leaf): return number(shown(leaf))
    case .constant(let value): return number(constant(value))
    case .negated(let operand):
      let text = text(operand, .product, isFirst: false)
      return text == "0" ? ("0", .whole) : ("-\(text)", .product)
    case .call(let function, let operands):
      let inner = operands.map { text($0, .sum, isFirst: true) }.joined(separator: ", ")
      return ("\(function.rawValue)(\(inner))", .whole)
    case .binary(.plus, let left, let right):
      return (text(left, .sum, isFirst: isFirst) + added(right), .sum)
    case .binary(.minus, let left, let right):
      return ("\(text(left, .sum, isFirst: isFirst)) - \(text(right, .product, isFirst: false))", .sum)
    case .binary(.times, let left, let right):
      return ("\(text(left, .product, isFirst: isFirst))·\(text(right, .power, isFirst: false))", .product)
    case .binary(.dividedBy, let left, let right):
      return ("\(text(left, .product, isFirst: isFirst)) / \(text(right, .power, isFirst: false))", .product)
    case .binary(.power, let left, let right):
      return ("\(text(left, .whole, isFirst: false))^\(text(right, .whole, isFirst: false))", .power)
    case .series(let isProduct, let terms):
      guard let first = terms.first else { return (isProduct ? "1" : "0", .whole) }
      if terms.count == 1 { return written(first, isFirst: isFirst) }
      if isProduct {
        let factors = terms.dropFirst().map { "·" + text($0, .power, isFirst: false) }.joined()
        return (text(first, .product, isFirst: isFirst) + factors, .product)
      }
      return (text(first, .product, isFirst: isFirst) + terms.dropFirst().map(added).joined(), .sum)
    }
  }

  private func number(_ text: String) -> (String, Level) { (text, text.hasPrefix("-") ? .product : .whole) }

  /// A further term of a sum, with its sign.
  private func added(_ term: Arithmetic<Leaf>) -> String {
    let text = text(term, .product, isFirst: true)
    return text.hasPrefix("-") ? " - \(text.dropFirst())" : " + \(text)"
  }
}
