/// A piece of a formula.
enum FormulaToken: Equatable {
  case number(Double)
  /// Letters and digits, without an index: z, exp, n.
  case word(String)
  /// A sign: + - * / ^ ( ) , | = < <= > >= _.
  case sign(String)
  case end

  var description: String {
    switch self {
    case .number(let value): "the number \(value)"
    case .word(let word): "`\(word)`"
    case .sign(let sign): "`\(sign)`"
    case .end: "the end"
    }
  }
}

/// Cuts a formula into pieces, its typographic signs replaced by plain ones.
struct FormulaScanner {
  private let scalars: [Unicode.Scalar]
  private let formula: String
  private let parameters: [String]

  init(_ formula: String, parameters: [String]) {
    scalars = Array(formula.unicodeScalars)
    self.formula = formula
    self.parameters = parameters
  }

  /// The pieces with the column of each, from 1, the end last.
  func tokens() throws(FormulaError) -> [(token: FormulaToken, column: Int)] {
    guard scalars.count <= 2000 else {
      throw FormulaError(
        formula: String(formula.prefix(40)) + "…", column: nil, found: "\(scalars.count) characters",
        expected: "at most 2000")
    }
    var tokens: [(token: FormulaToken, column: Int)] = []
    var place = 0
    while place < scalars.count {
      let start = place
      let scalar = scalars[place]
      if scalar == " " || scalar == "\t" || scalar == "\u{A0}" {
        place += 1
      } else if isDigit(scalar) {
        tokens.append((.number(try number(&place)), start + 1))
      } else if isLetter(scalar) {
        tokens += word(&place).map { ($0, start + 1) }
      } else {
        tokens += try sign(&place).map { ($0, start + 1) }
      }
    }
    return tokens + [(.end, scalars.count + 1)]
  }

  private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }

  private func number(_ place: inout Int) throws(FormulaError) -> Double {
    let start = place
    func isAt(_ index: Int, _ test: (Unicode.Scalar) -> Bool) -> Bool { index < scalars.count && test(scalars[index]) }
    func skipDigits() { while isAt(place, isDigit) { place += 1 } }
    skipDigits()
    if isAt(place, { $0 == "." }) {
      place += 1
      skipDigits()
    }
    if isAt(place, { $0 == "e" || $0 == "E" }) {
      let isSigned = isAt(place + 1) { $0 == "-" || $0 == "+" }
      if isAt(place + (isSigned ? 2 : 1), isDigit) {
        place += isSigned ? 2 : 1
        skipDigits()
      }
    }
    let text = String(String.UnicodeScalarView(scalars[start..<place]))
    guard let value = Double(text), value.isFinite else {
      throw FormulaError(formula: formula, column: start + 1, found: "`\(text)`", expected: "a number")
    }
    return value
  }

  /// A word; with an index it is followed by `_` and the index. A parameter may have underscores itself.
  private func word(_ place: inout Int) -> [FormulaToken] {
    let start = place
    while place < scalars.count, isLetter(scalars[place]) || isDigit(scalars[place]) || scalars[place] == "_" {
      place += 1
    }
    let text = String(String.UnicodeScalarView(scalars[start..<place]))
    if parameters.contains(text) { return [.word(text)] }
    let parts = text.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
    var tokens: [FormulaToken] = []
    for (index, part) in parts.enumerated() {
      if index > 0 { tokens.append(.sign("_")) }
      if part.isEmpty { continue }
      tokens.append(Int(part).map { .number(Double($0)) } ?? .word(part))
    }
    return tokens
  }

  private func sign(_ place: inout Int) throws(FormulaError) -> [FormulaToken] {
    let scalar = scalars[place]
    place += 1
    switch scalar {
    case "<", ">":
      guard place < scalars.count, scalars[place] == "=" else { return [.sign(String(scalar))] }
      place += 1
      return [.sign("\(scalar)=")]
    case "+", "-", "*", "/", "^", "(", ")", ",", "|", "=", "_", "'": return [.sign(String(scalar))]
    case "−": return [.sign("-")]
    case "·", "×": return [.sign("*")]
    case "²": return [.sign("^"), .number(2)]
    case "³": return [.sign("^"), .number(3)]
    case "≤": return [.sign("<=")]
    case "≥": return [.sign(">=")]
    case "′": return [.sign("'")]
    case "Σ", "∑": return [.word("sum")]
    case "Π", "∏": return [.word("prod")]
    case "π": return [.word("pi")]
    case "∂": return [.word("d")]
    case "δ": return [.word("delta")]
    default:
      throw FormulaError(
        formula: formula, column: place, found: "`\(scalar)`", expected: "a sign that nnkit/plugin.h lists for formulas")
    }
  }
}
