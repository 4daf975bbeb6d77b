/// Reads a formula piece by piece, each kind of expression in a function of its own, deepest first.
struct FormulaReader {
  private let formula: String
  private let subject: FormulaSubject
  private let parameters: [String]
  private let tokens: [(token: FormulaToken, column: Int)]
  private var place = 0
  /// The letters that stand for an index here.
  private var letters: [String] = []
  /// Whether variables with many elements may stand without an index here.
  private var hasElementAtHand = false
  private var depth = 0
  private var seriesDepth = 0
  /// How many |…| are open: a bar that may close one does.
  private var openBars = 0

  static let greatestDepth = 40
  static let greatestSeriesDepth = 3

  init(_ formula: String, _ subject: FormulaSubject, _ parameters: [String]) throws(FormulaError) {
    self.formula = formula
    self.subject = subject
    self.parameters = parameters
    tokens = try FormulaScanner(formula, parameters: parameters).tokens()
  }

  // MARK: Both sides

  /// The left side and the equals sign; returns the letters of its indices.
  mutating func left() throws(FormulaError) -> [String] {
    var (text, letters) = ("", [String]())
    while !isAt("=") {
      switch next() {
      case .end:
        place = 0
        throw fault("no `=`", "`\(subject.usualLeft) = …`")
      case .number(let value): text += Int(exactly: value).map(String.init) ?? "\(value)"
      case .word(let word): text += word
      case .sign("_"):
        guard case .word(let letter) = current, isIndexLetter(letter) else { throw fault("a letter from i to m") }
        letters.append(letter)
        place += 1
      case .sign(let sign): text += sign
      }
    }
    let isKnown = subject.lefts.contains(text) && (letters.isEmpty || letters.count == subject.indexCount)
    guard isKnown, subject.indexCount < 2 || letters.count == 2, Set(letters).count == letters.count else {
      place = 0
      throw fault("the left side `\(formula.prefix { $0 != "=" }.trimmed)`", "`\(subject.usualLeft)`")
    }
    place += 1
    return letters
  }

  /// The right side, to the end.
  mutating func right(_ letters: [String]) throws(FormulaError) -> FormulaExpression {
    self.letters = letters
    hasElementAtHand = subject.isOfOneElement
    let expression = try sum()
    guard current == .end else { throw fault("an operation, or the end") }
    return expression
  }

  // MARK: Operations

  private mutating func sum() throws(FormulaError) -> FormulaExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.greatestDepth else {
      throw fault("expressions more than \(Self.greatestDepth) deep", "simpler ones")
    }
    var left = try product()
    while true {
      if take("+") {
        left = .binary(.plus, left, try product())
      } else if take("-") {
        left = .binary(.minus, left, try product())
      } else {
        return left
      }
    }
  }

  /// Factors, with or without a sign between them.
  private mutating func product() throws(FormulaError) -> FormulaExpression {
    if take("-") { return .negated(try deeper { (reader) throws(FormulaError) in try reader.product() }) }
    var left = try factor()
    var isQuotient = false
    while true {
      if take("*") {
        left = .binary(.times, left, try signedFactor())
      } else if take("/") {
        isQuotient = true
        left = .binary(.dividedBy, left, try signedFactor())
      } else if beginsFactor {
        guard !isQuotient else {
          throw fault("a sign or parentheses: a product after a quotient can be read in two ways")
        }
        left = .binary(.times, left, try factor())
      } else {
        return left
      }
    }
  }

  private mutating func signedFactor() throws(FormulaError) -> FormulaExpression {
    take("-") ? .negated(try factor()) : try factor()
  }

  private var beginsFactor: Bool {
    switch current {
    case .word: true
    case .sign("("): true
    case .sign("|"): openBars == 0
    default: false
    }
  }

  /// One number, one call, or a sum with all factors that follow; raised to a power or not.
  private mutating func factor() throws(FormulaError) -> FormulaExpression {
    if case .word(let word) = current, word == "sum" || word == "prod" {
      place += 1
      return try series(isProduct: word == "prod")
    }
    if case .word("max") = current, tokens[min(place + 1, tokens.count - 1)].token == .sign("_") {
      place += 1
      return try greatest()
    }
    let base = try primary()
    guard take("^") else { return base }
    let isNegative = take("-")
    let exponent = try deeper { (reader) throws(FormulaError) in try reader.primary() }
    if isAt("^") { throw fault("parentheses: a power of a power can be read in two ways") }
    return .binary(.power, base, isNegative ? .negated(exponent) : exponent)
  }

  /// max_i u: the index is named, since max(u, v) is the greater of two numbers.
  private mutating func greatest() throws(FormulaError) -> FormulaExpression {
    guard case .series(_, let letter?, let body) = try series(isProduct: false) else {
      throw fault("an index: max_i x_i")
    }
    return .greatest(letter: letter, body)
  }

  private mutating func series(isProduct: Bool) throws(FormulaError) -> FormulaExpression {
    guard subject.countName != nil else {
      place -= 1
      throw fault("no sums: the function is of one number")
    }
    seriesDepth += 1
    let (outerLetters, outerElement) = (letters, hasElementAtHand)
    defer {
      seriesDepth -= 1
      (letters, hasElementAtHand) = (outerLetters, outerElement)
    }
    guard seriesDepth <= Self.greatestSeriesDepth else {
      throw fault("sums more than \(Self.greatestSeriesDepth) deep", "simpler ones")
    }
    var letter: String?
    if take("_") {
      guard case .word(let word) = current, isIndexLetter(word), !letters.contains(word) else {
        throw fault("a letter from i to m that is not in use")
      }
      place += 1
      letter = word
      letters.append(word)
    } else {
      hasElementAtHand = true
    }
    let body = try deeper { (reader) throws(FormulaError) in try reader.product() }
    return .series(isProduct: isProduct, letter: letter, body)
  }

  private mutating func deeper(
    _ body: (inout FormulaReader) throws(FormulaError) -> FormulaExpression
  ) throws(FormulaError) -> FormulaExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.greatestDepth else {
      throw fault("expressions more than \(Self.greatestDepth) deep", "simpler ones")
    }
    return try body(&self)
  }

  // MARK: Single numbers

  private mutating func primary() throws(FormulaError) -> FormulaExpression {
    switch next() {
    case .number(let value): return .constant(value)
    case .sign("("):
      let bars = openBars
      openBars = 0
      let inner = try sum()
      openBars = bars
      try expect(")")
      return inner
    case .sign("|"):
      openBars += 1
      let inner = try sum()
      openBars -= 1
      try expect("|")
      return .call(.abs, [inner])
    case .word(let word): return try named(word)
    default:
      place -= 1
      throw fault("a number, a variable or `(`")
    }
  }

  private mutating func named(_ word: String) throws(FormulaError) -> FormulaExpression {
    let isList = subject.lists.contains(word)
    if parameters.contains(word) {
      guard !isList, !subject.numbers.contains(word), word != subject.countName else {
        place -= 1
        throw fault("`\(word)`, a variable and a parameter at once", "another name for the parameter")
      }
      return .parameter(word)
    }
    if isList { return .element(word, try index(of: word)) }
    if subject.numbers.contains(word) { return .number(word) }
    if word == subject.countName { return .count }
    switch word {
    case "pi": return .constant(.pi)
    case "e": return .constant(2.718281828459045)
    case "if": return try choice()
    default: break
    }
    guard let function = ArithmeticFunction(rawValue: word) else {
      place -= 1
      throw fault(known(word))
    }
    return .call(function, try arguments(of: function))
  }

  private func known(_ word: String) -> String {
    let variables = subject.lists + subject.numbers + [subject.countName].compactMap(\.self) + parameters
    let hint = ["log": "; the natural logarithm is `ln`", "pow": "; a power is written `^`"][word] ?? ""
    return "one of \(variables.joined(separator: ", ")), pi, e or a function\(hint)"
  }

  private mutating func arguments(of function: ArithmeticFunction) throws(FormulaError) -> [FormulaExpression] {
    try expect("(")
    let bars = openBars
    openBars = 0
    defer { openBars = bars }
    var arguments = [try sum()]
    while take(",") { arguments.append(try sum()) }
    guard function.arity.contains(arguments.count) else {
      throw fault(
        "\(arguments.count) arguments of `\(function.rawValue)`", function.arity.count == 1 ? "one" : "two or more")
    }
    try expect(")")
    return arguments
  }

  // MARK: Indices and cases

  /// The index after a variable; nil for the element at hand.
  private mutating func index(of word: String) throws(FormulaError) -> FormulaIndex? {
    guard take("_") else {
      guard hasElementAtHand else {
        place -= 1
        throw fault("`\(word)` without an index", "`\(word)_\(letters.last ?? "k")`, or a sum around it")
      }
      return nil
    }
    if take("(") {
      let index = try indexSum()
      try expect(")")
      return index
    }
    var index = FormulaIndex()
    try addIndex(to: &index, sign: 1)
    return index
  }

  private mutating func indexSum() throws(FormulaError) -> FormulaIndex {
    var index = FormulaIndex()
    try addIndex(to: &index, sign: take("-") ? -1 : 1)
    while isAt("+") || isAt("-") { try addIndex(to: &index, sign: take("+") ? 1 : take("-") ? -1 : 1) }
    return index
  }

  private mutating func addIndex(to index: inout FormulaIndex, sign: Int) throws(FormulaError) {
    switch current {
    case .number(let value):
      guard let whole = Int(exactly: value), whole < 1_000_000 else { throw fault("a whole number") }
      index.offset += sign * whole
    case .word(let word) where word == subject.countName: index.counts += sign
    case .word(let word) where letters.contains(word): index.letters.append((sign, word))
    default:
      let names = letters + [subject.countName].compactMap(\.self)
      throw fault("an index: a number\(names.map { ", `\($0)`" }.joined())")
    }
    place += 1
  }

  private mutating func choice() throws(FormulaError) -> FormulaExpression {
    try expect("(")
    let bars = openBars
    openBars = 0
    defer { openBars = bars }
    var condition = FormulaCondition()
    condition.operands.append(try operand())
    while let comparison = comparison {
      place += 1
      condition.comparisons.append(comparison)
      condition.operands.append(try operand())
    }
    guard !condition.comparisons.isEmpty else { throw fault("a comparison: = < <= > >=") }
    try expect(",")
    let then = try sum()
    try expect(",")
    let otherwise = try sum()
    try expect(")")
    return .choice(condition, then, otherwise)
  }

  private var comparison: FormulaCondition.Comparison? {
    guard case .sign(let sign) = current else { return nil }
    return ["=": .equal, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual][sign]
  }

  /// One side of a comparison: letters of indices are numbers here, and so is the count.
  private mutating func operand() throws(FormulaError) -> FormulaCondition.Operand {
    if case .word(let word) = current, letters.contains(word) { return .index(try indexSum()) }
    return .expression(try sum())
  }

  // MARK: Pieces

  private var current: FormulaToken { tokens[min(place, tokens.count - 1)].token }

  private mutating func next() -> FormulaToken {
    defer { place += 1 }
    return current
  }

  private func isAt(_ sign: String) -> Bool { current == .sign(sign) }

  private mutating func take(_ sign: String) -> Bool {
    guard isAt(sign) else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ sign: String) throws(FormulaError) {
    guard take(sign) else { throw fault("`\(sign)`") }
  }

  private func isIndexLetter(_ word: String) -> Bool { ["i", "j", "k", "l", "m"].contains(word) }

  private func fault(_ expected: String) -> FormulaError { fault(current.description, expected) }

  private func fault(_ found: String, _ expected: String) -> FormulaError {
    FormulaError(
      formula: formula, column: tokens[min(max(place, 0), tokens.count - 1)].column, found: found, expected: expected)
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.last == " " { text.removeLast() }
    while text.first == " " { text.removeFirst() }
    return text
  }
}
