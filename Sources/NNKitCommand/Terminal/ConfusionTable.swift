import NNKitRuns

/// A confusion matrix as a terminal shows it, a row a class, with precision, recall and F1 of each class at its right.
struct ConfusionTable {
  let lines: [String]

  init(_ figures: ClassFigures) {
    let names = tableLabels(figures.confusion.classes)
    let counts = figures.confusion.counts.map { $0.map { "\($0)" } }
    // A column is as wide as its widest cell and a space.
    let first = names.map(columns).max() ?? 0
    let widths = names.indices.map { index in
      1 + max(columns(names[index]), counts.map { $0[index].count }.max() ?? 0)
    }
    func row(_ name: String, _ cells: [String], _ figures: [String]) -> String {
      padded(name, to: first + 1) + zip(cells, widths).map { padded($0, to: $1) }.joined() + " "
        + figures.map { padded($0, to: 10) }.joined()
    }
    let rows = zip(zip(names, counts), figures.classes).map { item, figures in
      row(item.0, item.1, [figures.precision, figures.recall, figures.f1].map { $0.map { fixed($0, 4) } ?? "–" })
    }
    lines = [row("", names, ["precision", "recall", "F1"])] + rows
  }
}

/// Names as a table has them: of long ones the beginning, as long as it takes for all to stay different.
func tableLabels(_ names: [String]) -> [String] {
  let names = names.map(escaped)
  for limit in [12, 16, 20, 24, 32, 48] {
    let short = names.map { cut($0, to: limit) }
    if Set(short).count == Set(names).count { return numbered(short) }
  }
  return numbered(names)
}

/// Names that are equal all the same get their numbers.
private func numbered(_ names: [String]) -> [String] {
  Set(names).count == names.count ? names : names.enumerated().map { "\($1) (\($0))" }
}

/// A text without characters that break a line or that a terminal obeys.
func escaped(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    // Joins parts of one sign.
    case "\u{200D}": String(scalar)
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: "\\u{\(String(scalar.value, radix: 16))}"
      default: String(scalar)
      }
    }
  }.joined()
}

private func cut(_ text: String, to limit: Int) -> String {
  if columns(text) <= limit { return text }
  var (short, width) = ("", 0)
  for character in text {
    width += columns(character)
    if width > limit - 1 { break }
    short.append(character)
  }
  return short + "…"
}

private func padded(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - columns(text))) + text
}

/// How many columns of a terminal a text takes.
private func columns(_ text: String) -> Int { text.reduce(0) { $0 + columns($1) } }

/// Two for a wide sign (Unicode Standard Annex 11: East Asian Width W and F), none for one that only marks another.
private func columns(_ character: Character) -> Int {
  guard let first = character.unicodeScalars.first else { return 0 }
  let isEmoji = first.properties.isEmojiPresentation || character.unicodeScalars.contains { $0.value == 0xFE0F }
  if isEmoji || wideSigns.contains(where: { $0.contains(first.value) }) { return 2 }
  switch first.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format: return 0
  default: return 1
  }
}

private let wideSigns: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
  0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
]
