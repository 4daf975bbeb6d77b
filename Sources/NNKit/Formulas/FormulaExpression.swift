/// The right side of a formula, as it was read.
indirect enum FormulaExpression: Sendable {
  case constant(Double)
  case parameter(String)
  /// K or n.
  case count
  /// A variable that is one number.
  case number(String)
  /// An element of a variable that has many; without an index the one at hand.
  case element(String, FormulaIndex?)
  case negated(FormulaExpression)
  case binary(ArithmeticOperation, FormulaExpression, FormulaExpression)
  case call(ArithmeticFunction, [FormulaExpression])
  case choice(FormulaCondition, FormulaExpression, FormulaExpression)
  /// Σ or Π over all outputs or inputs; without a letter, variables without an index are those summed over.
  case series(isProduct: Bool, letter: String?, FormulaExpression)
  /// The greatest over all inputs or outputs.
  case greatest(letter: String, FormulaExpression)
}

/// Which element: a sum of letters, numbers and n, each with its sign.
struct FormulaIndex: Sendable {
  var letters: [(sign: Int, letter: String)] = []
  /// How many times the count is added.
  var counts = 0
  var offset = 0
}

/// Comparisons that must all hold: 0 < z < 6 is two.
struct FormulaCondition: Sendable {
  enum Comparison: Sendable {
    case equal, less, lessOrEqual, greater, greaterOrEqual

    func holds(_ left: Double, _ right: Double) -> Bool {
      switch self {
      case .equal: left == right
      case .less: left < right
      case .lessOrEqual: left <= right
      case .greater: left > right
      case .greaterOrEqual: left >= right
      }
    }
  }

  /// One more than comparisons; a letter of an index stands for its number.
  var operands: [Operand] = []
  var comparisons: [Comparison] = []

  enum Operand: Sendable {
    case expression(FormulaExpression)
    case index(FormulaIndex)
  }
}
