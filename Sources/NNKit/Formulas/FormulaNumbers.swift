/// The numbers that a formula's variables stand for, in whatever form they are shown.
package struct FormulaNumbers<Leaf> {
  /// Variables that are one number: z, b.
  package var numbers: [String: Leaf] = [:]
  /// Variables that have a number for each output, input or weight: a, y, w, x.
  package var lists: [String: [Leaf]] = [:]
  package var parameters: [String: Leaf] = [:]
  /// K or n.
  package var count = 0
  /// Which elements the left side is of: j for a_j; k and j for da_k/dz_j.
  package var elements: [Int] = []

  package init() {}
}

extension Formula {
  /// The right side with all its numbers put in; of cases the one that holds.
  ///
  /// - Parameters:
  ///   - numbers: What the variables stand for.
  ///   - worth: What one of these numbers is worth, for conditions.
  /// - Returns: An expression of numbers alone.
  /// - Throws: `FormulaError` if an index is beyond a variable's numbers.
  package func arithmetic<Leaf>(
    _ numbers: FormulaNumbers<Leaf>, worth: @escaping (Leaf) -> Double
  ) throws(FormulaError) -> Arithmetic<Leaf> {
    var substitution = Substitution(formula: self, numbers: numbers, worth: worth)
    for (letter, element) in zip(letters, numbers.elements) { substitution.letters[letter] = element }
    if subject.isOfOneElement { substitution.element = numbers.elements.first }
    return try substitution.arithmetic(expression)
  }

  /// The right side's value.
  ///
  /// - Throws: `FormulaError` if an index is beyond a variable's numbers.
  package func value(_ numbers: FormulaNumbers<Double>) throws(FormulaError) -> Double {
    try arithmetic(numbers) { $0 }.value { $0 }
  }
}

/// Puts numbers into an expression.
private struct Substitution<Leaf> {
  let formula: Formula
  let numbers: FormulaNumbers<Leaf>
  let worth: (Leaf) -> Double
  var letters: [String: Int] = [:]
  /// Which element a variable without an index is.
  var element: Int?

  func arithmetic(_ expression: FormulaExpression) throws(FormulaError) -> Arithmetic<Leaf> {
    switch expression {
    case .constant(let value): return .constant(value)
    case .count: return .constant(Double(numbers.count))
    case .parameter(let name): return .leaf(try known(numbers.parameters[name], name))
    case .number(let name): return .leaf(try known(numbers.numbers[name], name))
    case .element(let name, let index): return .leaf(try self.element(of: name, index))
    case .negated(let operand): return .negated(try arithmetic(operand))
    case .binary(let operation, let left, let right):
      return .binary(operation, try arithmetic(left), try arithmetic(right))
    case .call(let function, let operands):
      var results: [Arithmetic<Leaf>] = []
      for operand in operands { results.append(try arithmetic(operand)) }
      return .call(function, results)
    case .choice(let condition, let then, let otherwise):
      return try arithmetic(holds(condition) ? then : otherwise)
    case .series(let isProduct, let letter, let body):
      return .series(isProduct: isProduct, try terms(letter, body))
    case .greatest(let letter, let body): return .call(.max, try terms(letter, body))
    }
  }

  /// An expression for each input or output in turn.
  private func terms(_ letter: String?, _ body: FormulaExpression) throws(FormulaError) -> [Arithmetic<Leaf>] {
    var terms: [Arithmetic<Leaf>] = []
    var inner = self
    for index in 0..<numbers.count {
      if let letter { inner.letters[letter] = index } else { inner.element = index }
      terms.append(try inner.arithmetic(body))
    }
    return terms
  }

  private func holds(_ condition: FormulaCondition) throws(FormulaError) -> Bool {
    var values: [Double] = []
    for operand in condition.operands {
      switch operand {
      case .index(let index): values.append(Double(value(of: index)))
      case .expression(let expression): values.append(try arithmetic(expression).value(worth))
      }
    }
    return zip(condition.comparisons, zip(values, values.dropFirst())).allSatisfy { $0.holds($1.0, $1.1) }
  }

  private func value(of index: FormulaIndex) -> Int {
    index.letters.reduce(index.offset + index.counts * numbers.count) { $0 + $1.sign * (letters[$1.letter] ?? 0) }
  }

  private func element(of name: String, _ index: FormulaIndex?) throws(FormulaError) -> Leaf {
    let list = try known(numbers.lists[name], name)
    let place = index.map(value) ?? element ?? 0
    guard list.indices.contains(place) else {
      throw FormulaError(
        formula: formula.text, column: nil, found: "`\(name)` with the index \(place)",
        expected: "an index from 0 to \(list.count - 1)")
    }
    return list[place]
  }

  private func known<Value>(_ value: Value?, _ name: String) throws(FormulaError) -> Value {
    guard let value else {
      throw FormulaError(formula: formula.text, column: nil, found: "no value of `\(name)`", expected: "one")
    }
    return value
  }
}
