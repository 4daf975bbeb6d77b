internal import NNKit

/// What a long explanation leaves out: of long sums and lists all but the greatest or first.
///
/// The JSON has all numbers.
struct Shortening {
  static let limit = 8
  /// Networks with no more parameters are explained whole.
  private static let mostParameters = 1000

  /// Whether nothing is left out.
  let isWhole: Bool

  init(_ pass: ExplainedPass) {
    let count = pass.layers.reduce(0) { $0 + $1.neurons.reduce(0) { $0 + $1.weights.count + 1 } }
    isWhole = count <= Self.mostParameters
  }

  func list(_ numbers: [PrintedNumber]) -> String {
    if isWhole || numbers.count <= Self.limit { return numbers.map(\.text).joined(separator: ", ") }
    return numbers.prefix(Self.limit).map(\.text).joined(separator: ", ") + ", … (\(numbers.count - Self.limit) more)"
  }

  /// How many of `count` things are shown: all, or the first.
  func shown(of count: Int) -> Int { isWhole || count <= Self.limit ? count : Self.limit }

  /// The lines of each of `count` things, or of the first.
  func lines(ofEach count: Int, _ lines: (Int) -> [ExplanationLine]) -> [ExplanationLine] {
    let shown = shown(of: count)
    let rest: [ExplanationLine] = shown < count ? [.words("… (\(count - shown) more)")] : []
    return (0..<shown).flatMap(lines) + rest
  }

  /// An equation; where a sum in it is long, first what the smaller of its terms are together.
  func lines(_ equation: Equation) -> [ExplanationLine] {
    if isWhole { return [.equation(equation)] }
    var rests: [ExplanationLine] = []
    let numbers = shortened(equation.numbers, of: equation, &rests)
    let short = Equation(
      equation.quantity, sign: equation.sign, formula: equation.formula, numbers, equation.result, lead: equation.lead)
    return rests + [.equation(short)]
  }

  private func shortened(
    _ expression: PrintedArithmetic, of equation: Equation, _ rests: inout [ExplanationLine]
  ) -> PrintedArithmetic {
    switch expression {
    case .leaf, .constant: return expression
    case .negated(let operand): return .negated(shortened(operand, of: equation, &rests))
    case .binary(let operation, let left, let right):
      return .binary(operation, shortened(left, of: equation, &rests), shortened(right, of: equation, &rests))
    case .call(let function, let operands):
      return .call(function, operands.map { shortened($0, of: equation, &rests) })
    case .series(let isProduct, let terms):
      let values = terms.map(\.exactValue)
      guard terms.count > Self.limit, values.allSatisfy(\.isFinite) else { return expression }
      let sizes = values.map { isProduct ? abs($0 - 1) : abs($0) }
      let greatest = terms.indices.sorted { sizes[$0] > sizes[$1] }.prefix(Self.limit).sorted()
      let others = Set(terms.indices).subtracting(greatest).sorted().map { values[$0] }
      let rest = PrintedNumber(isProduct ? others.reduce(1, *) : others.reduce(0, +))
      let what = isProduct ? "factors nearest to 1, multiplied" : "smallest terms, added"
      rests.append(
        .words { "\(equation.lead)the \(others.count) \(what) = \(rest.text)" })
      return .series(isProduct: isProduct, greatest.map { terms[$0] } + [.leaf(rest)])
    }
  }
}
