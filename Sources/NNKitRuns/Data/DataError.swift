/// What is wrong with a data set: where, what was found, what was expected, what to do.
public struct DataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, if there is one.
  public let file: String?
  /// From 1.
  public let line: Int?
  /// In characters, from 1.
  public let column: Int?
  /// What is wrong, and what to do.
  public let message: String

  package init(_ message: String, file: String? = nil, line: Int? = nil, column: Int? = nil) {
    self.message = message
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column: message`, as far as they are known.
  public var description: String {
    let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self)
    return (place.isEmpty ? "" : place.joined(separator: ":") + ": ") + message
  }
}

/// Text out of a file as a message can show it: short, and without characters that a terminal would obey.
func shown(_ text: some StringProtocol) -> String {
  let start = text.unicodeScalars.prefix(40)
  let safe = start.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : String($0) }.joined()
  return "`\(safe)\(start.endIndex == text.unicodeScalars.endIndex ? "" : "…")`"
}

/// Some names as a message can list them; of many only the first.
func listed(_ names: [String]) -> String {
  names.prefix(12).map { shown($0) }.joined(separator: ", ") + (names.count > 12 ? ", … (\(names.count))" : "")
}
