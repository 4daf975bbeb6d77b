internal import NNKit

/// What a long explanation leaves out: of long sums and lists all but the greatest.
///
/// Each place says what is left out, and every number that is shown is computed from numbers that are shown, or from a
/// rest whose line says what it adds up. The JSON has all numbers.
struct Shortening {
  static let limit = 8
  /// Networks with no more parameters are explained whole.
  private static let mostParameters = 1000

  /// Whether nothing is left out.
  let isWhole: Bool
  private let parameterCount: Int
  private let part: ExplainedPart
  /// The weights whose gradients and steps are shown, by layer and neuron, each list in its order: the same in all passes and
  /// steps, because each step uses the gradients and what the optimizer remembers.
  private var weights: [[[Int]]]

  init(_ steps: [ExplainedStep], showing part: ExplainedPart) {
    self.part = part
    let (first, passes) = (steps[0].passes[0], steps.flatMap(\.passes))
    parameterCount = first.layers.reduce(0) {
      $0 + $1.neurons.reduce(0) { $0 + $1.weights.count + ($1.hasBias ? 1 : 0) }
    }
    let positions = first.layers.reduce(0) { $0 + $1.neurons.reduce(0) { $0 + $1.positions.count } }
    let isWhole = parameterCount + positions <= Self.mostParameters
    self.isWhole = isWhole
    weights = first.layers.map { layer in
      layer.neurons.map { neuron in
        if isWhole || part.isInFull(neuron, in: layer) { return Array(neuron.weights.indices) }
        let sizes = neuron.weights.indices.map { i in
          passes.reduce(0) { $0 + abs($1.layers[layer.index].neurons[neuron.index].weightGradient[i]) }
        }
        return Self.greatest(sizes)
      }
    }
  }

  private init(whole shortening: Shortening) {
    (isWhole, parameterCount, part) = (true, shortening.parameterCount, shortening.part)
    weights = shortening.weights
  }

  /// What is left out of the lines of one neuron: nothing, if it was asked for by its number.
  func of(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> Shortening {
    !isWhole && part.isInFull(neuron, in: layer) ? Shortening(whole: self) : self
  }

  /// Shows further weights of a neuron, which a later step computes with.
  ///
  /// - Returns: Whether any of them was left out before.
  mutating func show(_ more: [Int], layer: Int, neuron: Int) -> Bool {
    let all = Set(weights[layer][neuron]).union(more).sorted()
    defer { weights[layer][neuron] = all }
    return all.count > weights[layer][neuron].count
  }

  /// What a reader needs to know first; nil where nothing is left out.
  var words: String? {
    if isWhole || part.neuron != nil { return nil }
    return "The network has \(grouped(parameterCount)) parameters. Of a sum or a list of more than \(Self.limit)"
      + " numbers the \(Self.limit) greatest are shown, and a line says what is left out. `--layer L --neuron N` shows all numbers of one neuron,"
      + " `--format json` those of all."
  }

  // MARK: Lists

  /// Numbers that are called by a letter and their place, as x0 and x1 are.
  func list(_ numbers: [PrintedNumber], of letter: String) -> String {
    if isWhole || numbers.count <= Self.limit { return numbers.map(\.text).joined(separator: ", ") }
    let first = numbers.prefix(Self.limit).map(\.text).joined(separator: ", ")
    return "\(first), … (left out: \(letter)\(Self.limit) to \(letter)\(numbers.count - 1))"
  }

  /// The lines of each weight that is shown, and one that says which are left out.
  func weightLines(
    layer: Int, neuron: Int, count: Int, leftOut what: String, _ lines: (Int) -> [ExplanationLine]
  ) -> [ExplanationLine] {
    self.lines(weights[layer][neuron], of: count, leftOut: "\(what) of the other", "weight", lines)
  }

  /// The lines of the greatest of some numbers, and one that says which are left out.
  func lines(
    ofGreatest numbers: [PrintedNumber], leftOut what: String, _ noun: String, _ lines: (Int) -> [ExplanationLine]
  ) -> [ExplanationLine] {
    let shown = isWhole ? Array(numbers.indices) : Self.greatest(numbers.map { abs($0.value) })
    return self.lines(shown, of: numbers.count, leftOut: what, noun, lines)
  }

  private func lines(
    _ shown: [Int], of count: Int, leftOut what: String, _ noun: String, _ lines: (Int) -> [ExplanationLine]
  ) -> [ExplanationLine] {
    let others = count - shown.count
    let rest = "left out: \(what) \(grouped(others)) \(noun)\(others == 1 ? "" : "s")"
    return shown.flatMap(lines) + (others > 0 ? [.words(rest)] : [])
  }

  /// The places of the greatest numbers, in their order; of equal ones the first.
  private static func greatest(_ sizes: [Double]) -> [Int] {
    let order = sizes.indices.sorted { one, other in
      let (left, right) = (rank(sizes[one]), rank(sizes[other]))
      return left == right ? one < other : left > right
    }
    return order.prefix(limit).sorted()
  }

  /// What is not finite comes first.
  private static func rank(_ size: Double) -> Double { size.isFinite ? size : .infinity }

  // MARK: Sums

  /// An equation; where a sum in it is long, first what the smaller of its terms are together.
  func lines(_ equation: Equation) -> [ExplanationLine] {
    if isWhole { return [.equation(equation)] }
    var rests: [ExplanationLine] = []
    let numbers = shortened(equation.numbers, of: equation, &rests)
    let short = Equation(
      equation.quantity, sign: equation.sign, formula: equation.formula, numbers, equation.result, lead: equation.lead)
    return rests + [.equation(short)]
  }

  /// The terms of a sum that are shown: all, or the greatest.
  func shownTerms(_ values: [Double]) -> [Int] {
    let isLong = !isWhole && values.count > Self.limit && values.allSatisfy(\.isFinite)
    return isLong ? Self.greatest(values.map(abs)) : Array(values.indices)
  }

  private func shortened(
    _ expression: PrintedArithmetic, of equation: Equation, _ rests: inout [ExplanationLine]
  ) -> PrintedArithmetic {
    switch expression {
    case .leaf, .constant: return expression
    case .negated(let operand): return .negated(shortened(operand, of: equation, &rests))
    case .binary(let operation, let left, let right):
      return .binary(operation, shortened(left, of: equation, &rests), shortened(right, of: equation, &rests))
    case .call(.max, let operands) where operands.count > Self.limit:
      // The greatest of all is the greatest of the greatest.
      let order = operands.indices.sorted { operands[$0].exactValue > operands[$1].exactValue }
      let shown = order.prefix(Self.limit).sorted()
      rests.append(.words("\(equation.lead)left out: the \(grouped(operands.count - shown.count)) smallest inputs"))
      return .call(.max, shown.map { operands[$0] })
    case .call(let function, let operands):
      return .call(function, operands.map { shortened($0, of: equation, &rests) })
    case .series(let isProduct, let terms):
      let values = terms.map(\.exactValue)
      let shown = shownTerms(isProduct ? values.map { $0 - 1 } : values)
      if shown.count == terms.count { return expression }
      let others = Set(terms.indices).subtracting(shown).sorted().map { values[$0] }
      let rest = PrintedNumber(isProduct ? others.reduce(1, *) : others.reduce(0, +))
      let leftOut = Self.rest(others.count, besides: shown, isProduct: isProduct)
      rests.append(.words { "\(equation.lead)\(leftOut) = \(rest.text)" })
      return .series(isProduct: isProduct, shown.map { terms[$0] } + [.leaf(rest)])
    }
  }

  /// What is left out of a sum: "the 776 terms besides numbers 3, 14 and 15, added".
  ///
  /// Terms are counted from 0, as weights, inputs and neurons are.
  static func rest(_ count: Int, besides shown: [Int], isProduct: Bool = false) -> String {
    let numbers = shown.map(String.init)
    let list = numbers.dropLast().joined(separator: ", ") + " and " + (numbers.last ?? "")
    return "the \(grouped(count)) \(isProduct ? "factors" : "terms") besides numbers \(list), "
      + (isProduct ? "multiplied" : "added")
  }
}
