/// A formula as MathML, which browsers set without further code.
///
/// The form is a small part of TeX's: `\frac{∂L}{∂w}`, `\sqrt{n}`, `\matrix{a, b; c, d}`, `\ln`, `w_1`, `e^{-z}`, `f′(z)`, and words
/// in double quotes. Each letter is a variable of its own.
struct MathText {
  private var rest: Substring
  private static let operators = Set("+-−·×=<>≤≥≠≈()[],;|/←→Σ∈…∘∇")

  private init(_ text: some StringProtocol) { rest = Substring(text) }

  /// The element.
  ///
  /// - Throws: `LessonError` if a group does not end or a command is not known.
  static func markup(_ text: some StringProtocol, isBlock: Bool) throws -> String {
    var reader = MathText(text)
    let row = try reader.row(until: nil)
    return "<math\(isBlock ? " display=\"block\"" : "")>\(row)</math>"
  }

  private mutating func row(until end: Character?) throws -> String {
    var parts: [String] = []
    while let next = rest.first {
      if next == end { break }
      if next == " " {
        rest.removeFirst()
        continue
      }
      parts.append(try item())
    }
    if let end {
      guard rest.first == end else { throw LessonError("a formula lacks \(end)") }
      rest.removeFirst()
    }
    return parts.count == 1 ? parts[0] : "<mrow>\(parts.joined())</mrow>"
  }

  /// An atom with what stands below and above it.
  private mutating func item() throws -> String {
    var base = try atom()
    if rest.first == "′" {
      rest.removeFirst()
      base = "<msup>\(base)<mo lspace=\"0\" rspace=\"0\">′</mo></msup>"
    }
    var (below, above): (String?, String?) = (nil, nil)
    while let mark = rest.first, mark == "_" || mark == "^" {
      rest.removeFirst()
      if mark == "_" { below = try atom() } else { above = try atom() }
    }
    switch (below, above) {
    case (nil, nil): return base
    case (let below?, nil): return "<msub>\(base)\(below)</msub>"
    case (nil, let above?): return "<msup>\(base)\(above)</msup>"
    case (let below?, let above?): return "<msubsup>\(base)\(below)\(above)</msubsup>"
    }
  }

  private mutating func atom() throws -> String {
    guard let next = rest.popFirst() else { throw LessonError("a formula ends too early") }
    switch next {
    case "{": return try row(until: "}")
    case "\\": return try command()
    case "\"":
      let word = rest.prefix { $0 != "\"" }
      rest = rest.dropFirst(word.count + 1)
      return "<mtext>\(escapedText(word))</mtext>"
    case _ where next.isASCII && next.isNumber:
      let more = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      rest = rest.dropFirst(more.count)
      return "<mn>\(next)\(more)</mn>"
    case _ where Self.operators.contains(next):
      return "<mo>\(escapedText(next == "-" ? "−" : String(next)))</mo>"
    case _ where next.isLetter || next == "∂" || next == "∞": return "<mi>\(next)</mi>"
    default: throw LessonError("a formula has \(next)")
    }
  }

  private mutating func command() throws -> String {
    let name = rest.prefix { $0.isLetter }
    rest = rest.dropFirst(name.count)
    switch name {
    case "frac": return "<mfrac>\(try group())\(try group())</mfrac>"
    case "sqrt": return "<msqrt>\(try group())</msqrt>"
    case "matrix": return try matrix()
    case "ln": return "<mi>ln</mi><mspace width=\"0.17em\"></mspace>"
    default: throw LessonError("a formula has \\\(name)")
    }
  }

  private mutating func group() throws -> String {
    guard rest.popFirst() == "{" else { throw LessonError("a formula lacks {") }
    return try row(until: "}")
  }

  private mutating func matrix() throws -> String {
    guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}") else { throw LessonError("a matrix lacks } ") }
    let rows = try rest[..<end].split(separator: ";").map { row in
      let cells = try row.split(separator: ",").map { cell in
        var reader = MathText(cell)
        return "<mtd>\(try reader.row(until: nil))</mtd>"
      }
      return "<mtr>\(cells.joined())</mtr>"
    }
    rest = rest[rest.index(after: end)...]
    return "<mrow><mo>(</mo><mtable>\(rows.joined())</mtable><mo>)</mo></mrow>"
  }
}

/// A chapter that cannot be made into a page.
package struct LessonError: Error, Equatable, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}

/// Text as it stands between tags.
func escapedText(_ text: some StringProtocol) -> String {
  String(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
}
