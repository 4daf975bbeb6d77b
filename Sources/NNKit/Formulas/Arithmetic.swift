internal import RealModule

/// An expression with all its numbers put in.
///
/// Leaves are numbers, in whatever form they are shown; `value` and `text` are given what a leaf is worth and how it reads.
package indirect enum Arithmetic<Leaf> {
  case leaf(Leaf)
  case constant(Double)
  case negated(Arithmetic)
  case binary(ArithmeticOperation, Arithmetic, Arithmetic)
  case call(ArithmeticFunction, [Arithmetic])
  /// A sum or a product of any number of terms.
  case series(isProduct: Bool, [Arithmetic])

  /// All leaves, from left to right.
  package var leaves: [Leaf] {
    switch self {
    case .leaf(let leaf): [leaf]
    case .constant: []
    case .negated(let operand): operand.leaves
    case .binary(_, let left, let right): left.leaves + right.leaves
    case .call(_, let operands), .series(_, let operands): operands.flatMap(\.leaves)
    }
  }

  /// The same with every leaf replaced.
  package func replacingLeaves<New>(_ replacement: (Leaf) -> Arithmetic<New>) -> Arithmetic<New> {
    switch self {
    case .leaf(let leaf): replacement(leaf)
    case .constant(let value): .constant(value)
    case .negated(let operand): .negated(operand.replacingLeaves(replacement))
    case .binary(let operation, let left, let right):
      .binary(operation, left.replacingLeaves(replacement), right.replacingLeaves(replacement))
    case .call(let function, let operands): .call(function, operands.map { $0.replacingLeaves(replacement) })
    case .series(let isProduct, let terms):
      .series(isProduct: isProduct, terms.map { $0.replacingLeaves(replacement) })
    }
  }

  /// The expression's value; a product with a factor 0, and 0 divided by anything, are 0.
  package func value(_ worth: (Leaf) -> Double) -> Double {
    switch self {
    case .leaf(let leaf): worth(leaf)
    case .constant(let value): value
    case .negated(let operand): -operand.value(worth)
    case .binary(let operation, let left, let right): operation.result(left.value(worth), right.value(worth))
    case .call(let function, let operands): function.result(operands.map { $0.value(worth) })
    case .series(let isProduct, let terms):
      terms.reduce(isProduct ? 1 : 0) {
        (isProduct ? ArithmeticOperation.times : .plus).result($0, $1.value(worth))
      }
    }
  }
}

package enum ArithmeticOperation: String, Sendable {
  case plus = "+"
  case minus = "-"
  case times = "·"
  case dividedBy = "/"
  case power = "^"

  func result(_ left: Double, _ right: Double) -> Double {
    switch self {
    case .plus: left + right
    case .minus: left - right
    case .times: left == 0 || right == 0 ? 0 : left * right
    case .dividedBy: left == 0 ? 0 : left / right
    case .power: power(left, right)
    }
  }

  /// A whole exponent takes a negative base too.
  private func power(_ base: Double, _ exponent: Double) -> Double {
    if let whole = Int(exactly: exponent) { return Double.pow(base, whole) }
    return Double.pow(base, exponent)
  }
}

package enum ArithmeticFunction: String, Sendable, CaseIterable {
  case exp, ln, sqrt, abs, sign, erf, sin, cos, tan, atan, sinh, cosh, tanh, min, max

  /// How many operands it takes.
  var arity: ClosedRange<Int> { self == .min || self == .max ? 2...16 : 1...1 }

  func result(_ operands: [Double]) -> Double {
    let x = operands.first ?? .nan
    switch self {
    case .exp: return .exp(x)
    case .ln: return x < 0 ? .nan : .log(x)
    case .sqrt: return x.squareRoot()
    case .abs: return Swift.abs(x)
    case .sign: return x > 0 ? 1 : x < 0 ? -1 : x
    case .erf: return .erf(x)
    case .sin: return .sin(x)
    case .cos: return .cos(x)
    case .tan: return .tan(x)
    case .atan: return .atan(x)
    case .sinh: return .sinh(x)
    case .cosh: return .cosh(x)
    case .tanh: return .tanh(x)
    case .min: return operands.contains(where: \.isNaN) ? .nan : operands.min() ?? .nan
    case .max: return operands.contains(where: \.isNaN) ? .nan : operands.max() ?? .nan
    }
  }
}
