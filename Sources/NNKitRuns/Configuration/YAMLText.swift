internal import RealModule

/// YAML from any source, read in a time that follows from its length.
enum YAMLText {
  /// The document's root; nil if it has none.
  ///
  /// - Throws: `YAML.SyntaxError`, `YAML.DuplicateKeyError`; `AliasError` for a text that unfolds to far more than it has letters.
  static func compose(_ text: String) throws -> YAML.Node? {
    if mayUnfold(text.utf8) { throw AliasError() }
    return try YAML.compose(text)
  }

  /// Aliases of aliases of aliases: what they unfold to is read in full.
  struct AliasError: Error, CustomStringConvertible {
    var description: String { "its aliases may unfold to more than \(Int(limit)) times its length; write them out" }
  }

  private static let limit = 1e6

  /// With k anchors and n aliases a text grows at most (1 + n / k)ᵏ times, when each of k levels holds n / k of them.
  private static func mayUnfold(_ text: String.UTF8View) -> Bool {
    var (anchors, aliases) = (0, 0)
    var isStart = true
    var sign: UInt8?
    for byte in text {
      let isSpace = byte <= 0x20
      // A sign that a name follows, where a value may begin; within quotes too, which does no harm.
      if !isSpace, let sign { if sign == UInt8(ascii: "&") { anchors += 1 } else { aliases += 1 } }
      sign = isStart && (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")) ? byte : nil
      isStart = isSpace || "[]{},:?-\"'".utf8.contains(byte)
    }
    return Double(anchors) * .log(1 + Double(aliases) / Double(max(1, anchors))) > .log(limit)
  }

  /// The first tab that indents a line, up to the place where the parser gave up: it does not say that tabs are the fault.
  static func tab(in text: String, before error: YAML.SyntaxError) -> (line: Int, column: Int)? {
    guard let last = error.mark?.line else { return nil }
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(last + 1).enumerated() {
      let space = line.prefix { $0 == " " || $0 == "\t" }
      if let tab = space.firstIndex(of: "\t"), space.endIndex < line.endIndex {
        return (index + 1, line.distance(from: line.startIndex, to: tab) + 1)
      }
    }
    return nil
  }
}
