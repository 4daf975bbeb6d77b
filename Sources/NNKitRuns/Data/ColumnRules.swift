internal import NNKit

/// Which columns a rule is for: one by its name or its number, or several by a name with `*` for any letters.
package enum ColumnPattern: Equatable, Sendable {
  case name(String)
  case number(Int)

  /// Whether it means this column and no other.
  func names(_ name: String?, number: Int) -> Bool {
    switch self {
    case .name(let own): own == name
    case .number(let own): own == number
    }
  }

  func matches(_ name: String?, number: Int) -> Bool {
    if names(name, number: number) { return true }
    guard case .name(let pattern) = self, pattern.contains("*") else { return false }
    return pattern == "*" || name.map { Self.matches(Array($0)[...], Array(pattern)[...]) } ?? false
  }

  private static func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
    // The last star that was passed, and where the text continues if it takes one letter more.
    var (text, pattern) = (text, pattern)
    var star: (text: ArraySlice<Character>, pattern: ArraySlice<Character>)?
    while true {
      if let first = pattern.first, first == "*" {
        star = (text, pattern.dropFirst())
        pattern = pattern.dropFirst()
      } else if let first = pattern.first, text.first == first {
        (text, pattern) = (text.dropFirst(), pattern.dropFirst())
      } else if text.isEmpty && pattern.isEmpty {
        return true
      } else if let last = star, !last.text.isEmpty {
        star = (last.text.dropFirst(), last.pattern)
        (text, pattern) = (last.text.dropFirst(), last.pattern)
      } else {
        return false
      }
    }
  }
}

/// What a configuration says of columns, pattern by pattern, in its order.
package struct ColumnRules<Value: Equatable & Sendable>: Equatable, Sendable {
  package struct Rule: Equatable, Sendable {
    package let pattern: ColumnPattern
    package let value: Value
    package let place: Place
  }
  package var rules: [Rule]

  package init(_ rules: [Rule] = []) { self.rules = rules }

  /// What is said of all columns at once.
  package init(all value: Value, at place: Place) {
    rules = [Rule(pattern: .name("*"), value: value, place: place)]
  }

  package var isEmpty: Bool { rules.isEmpty }

  /// What is said of a column: by its own name or number, else by the first pattern that fits.
  func rule(for name: String?, number: Int) -> Rule? {
    rules.first { $0.pattern.names(name, number: number) } ?? rules.first { $0.pattern.matches(name, number: number) }
  }

  /// Refuses a rule that is for none of the columns.
  ///
  /// - Throws: `ConfigurationError` at the rule, with the name that may be meant.
  func check(fit columns: [(name: String?, number: Int)], _ what: String) throws {
    for rule in rules where !columns.contains(where: { rule.pattern.matches($0.name, number: $0.number) }) {
      let names = columns.compactMap(\.name)
      let message =
        switch rule.pattern {
        case .name("*"): "there are no \(what)"
        case .name(let name) where names.isEmpty:
          "\(shown(name)) is a name, but the \(what) have none; give a number from 0"
        case .name(let name):
          "there is no column \(shown(name)) among the \(what)"
            + "\(suggestion(for: name, among: names, otherwise: ";")) they are \(listed(names))"
        case .number(let number):
          "there is no column number \(number) among the \(what); they are numbered"
            + " \(columns.map { "\($0.number)" }.prefix(12).joined(separator: ", "))"
        }
      throw ConfigurationError(rule.place.description, message)
    }
  }
}

/// What a configuration says that a column holds.
package enum ColumnKind: Equatable, Sendable {
  case number, categorical, timestamp, skip
  /// Categories in their order.
  case ordered([String])

  static let names = ["categorical", "number", "timestamp", "skip"]

  var words: String {
    switch self {
    case .number: "number"
    case .categorical: "categorical"
    case .timestamp: "timestamp"
    case .skip: "skip"
    case .ordered: "ordered"
    }
  }
}
