internal import NNKit

/// A chapter's text as HTML.
///
/// Its form is a small part of Markdown: `## headings`, paragraphs, `- ` and `1. ` lists, fenced code, `**strong**`,
/// `*terms*`, `` `code` ``, `[links](…)`, formulas as `$…$` and, alone on a line, `$$…$$`. `[=name]` is a number of the
/// chapter's content, `[=name:6]` the same with six digits. A line that begins with @ is one of these:
///
///     @swift FILE | first line | last line
///     @whole FILE
///     @part NAME
///     @exercise NAME
///     @try nnkit …
///     @explain
struct Prose {
  private let content: Chapter.Content
  private var blocks: [String] = []
  private var paragraph: [Substring] = []
  private var list: (tag: String, items: [String])?

  private init(_ content: Chapter.Content) { self.content = content }

  /// The whole text.
  ///
  /// - Throws: `LessonError` that names what does not fit.
  static func html(_ text: String, _ content: Chapter.Content) throws -> String {
    var prose = Prose(content)
    var code: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let lines = code {
          prose.add(codeMarkup(lines, label: "Code"))
          code = nil
        } else {
          try prose.endBlock()
          code = []
        }
      } else if code != nil {
        code?.append(line)
      } else {
        try prose.read(line)
      }
    }
    try prose.endBlock()
    return prose.blocks.joined(separator: "\n")
  }

  private mutating func add(_ block: String) { blocks.append(block) }

  private mutating func read(_ line: Substring) throws {
    if line.isEmpty { return try endBlock() }
    if line.hasPrefix("## ") {
      try endBlock()
      return add("<h2>\(try inline(line.dropFirst(3)))</h2>")
    }
    if line.hasPrefix("$$"), line.hasSuffix("$$"), line.count > 4 {
      try endBlock()
      let formula = try MathText.markup(try filled(String(line.dropFirst(2).dropLast(2))), isBlock: true)
      return add("<div class=\"formula-block\">\(formula)</div>")
    }
    if line.hasPrefix("@") {
      try endBlock()
      return add(try directive(line.dropFirst()))
    }
    let isNumbered = line.first?.isNumber == true && line.drop { $0.isNumber }.hasPrefix(". ")
    if line.hasPrefix("- ") || isNumbered {
      try endParagraph()
      let item = isNumbered ? line.drop { $0.isNumber }.dropFirst(2) : line.dropFirst(2)
      list = (isNumbered ? "ol" : "ul", (list?.items ?? []) + [String(item)])
    } else if list != nil, line.hasPrefix("  ") {
      let last = (list?.items.count ?? 1) - 1
      list?.items[last] += " " + line.drop { $0 == " " }
    } else {
      try endList()
      paragraph.append(line)
    }
  }

  private mutating func endBlock() throws {
    try endParagraph()
    try endList()
  }

  private mutating func endParagraph() throws {
    if paragraph.isEmpty { return }
    add("<p>\(try inline(paragraph.joined(separator: " ")))</p>")
    paragraph = []
  }

  private mutating func endList() throws {
    guard let list else { return }
    add("<\(list.tag)>\(try list.items.map { "<li>\(try inline($0))</li>" }.joined())</\(list.tag)>")
    self.list = nil
  }

  private func directive(_ text: Substring) throws -> String {
    let name = text.prefix { $0 != " " }
    let rest = String(text.dropFirst(name.count).drop { $0 == " " })
    switch name {
    case "swift":
      let fields = rest.split(separator: " | ").map(String.init)
      guard let file = fields.first else { throw LessonError("@swift lacks a file") }
      return try Excerpt(
        file, from: fields.count > 1 ? fields[1] : nil, to: fields.count > 2 ? fields[2] : nil
      ).markup
    case "whole": return try Excerpt(rest, from: nil, to: nil).foldedMarkup
    case "part":
      guard let part = content.parts.first(where: { $0.name == rest }) else {
        throw LessonError("the chapter has no live part \(rest)")
      }
      return "<section class=\"card part\" data-part=\"\(part.name)\" aria-label=\"\(escapedText(part.title))\">"
        + "<h3>\(escapedText(part.title))</h3></section>"
    case "exercise":
      guard let exercise = content.exercises.first(where: { $0.name == rest }) else {
        throw LessonError("there is no exercise \(rest)")
      }
      return "<section class=\"card exercise\" data-exercise=\"\(exercise.name)\" aria-label=\"Exercise\">"
        + "<h3>Exercise</h3><p class=\"question\">\(try inline(exercise.question))</p></section>"
    case "try":
      return codeMarkup([Substring(rest)], label: "A command to try", class: "command")
    case "explain":
      return "<div id=\"page\" class=\"explained\" role=\"region\" aria-label=\"The network, step by step\"></div>"
    default: throw LessonError("there is no directive @\(name)")
    }
  }

  /// Puts the numbers in.
  private func filled(_ text: String) throws -> String {
    var result = ""
    var rest = Substring(text)
    while let open = rest.firstRange(of: "[=") {
      result += rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      guard let close = rest.firstIndex(of: "]") else { throw LessonError("[= has no ]") }
      let fields = rest[..<close].split(separator: ":")
      guard let name = fields.first, let value = content.numbers[String(name)] else {
        throw LessonError("there is no number \(rest[..<close])")
      }
      result += shown(value, fields.count > 1 ? Int(fields[1]) ?? 4 : 4)
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }

  private func inline(_ text: some StringProtocol) throws -> String { try inlineMarkup(filled(String(text))) }
}

/// A line of prose with its marks as tags.
///
/// - Throws: `LessonError` if a mark does not end, or a formula is wrong.
func inlineMarkup(_ text: String) throws -> String {
  var result = ""
  var rest = Substring(text)
  func take(_ mark: String) throws -> Substring {
    rest = rest.dropFirst(mark.count)
    guard let end = rest.firstRange(of: mark) else { throw LessonError("\(mark) does not end: \(text)") }
    defer { rest = rest[end.upperBound...] }
    return rest[..<end.lowerBound]
  }
  while let next = rest.first {
    switch next {
    case "$": result += try MathText.markup(try take("$"), isBlock: false)
    case "`": result += "<code>\(escapedText(try take("`")))</code>"
    case "*" where rest.hasPrefix("**"): result += "<strong>\(try inlineMarkup(String(try take("**"))))</strong>"
    case "*": result += "<dfn>\(try inlineMarkup(String(try take("*"))))</dfn>"
    case "[":
      guard let middle = rest.firstRange(of: "]("), let end = rest[middle.upperBound...].firstIndex(of: ")") else {
        throw LessonError("[ begins no link: \(text)")
      }
      let words = rest[rest.index(after: rest.startIndex)..<middle.lowerBound]
      result += "<a href=\"\(escapedText(rest[middle.upperBound..<end]))\">\(escapedText(words))</a>"
      rest = rest[rest.index(after: end)...]
    default:
      let plain = rest.prefix { !"$`*[".contains($0) }
      result += escapedText(plain)
      rest = rest.dropFirst(plain.count)
    }
  }
  return result
}
