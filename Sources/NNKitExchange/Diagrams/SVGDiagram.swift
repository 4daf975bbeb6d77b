extension NetworkDiagram {
  /// The diagram as a picture, drawn here: columns from left to right, every weight a line with its value as a tooltip.
  package var svg: String {
    let (gap, step, radius, top) = (170.0, 34.0, 11.0, 48.0)
    let rows = columns.map(\.labels.count).max() ?? 1
    let (width, height) = (gap * Double(columns.count), top + step * Double(rows) + 12)
    func place(_ column: Int, _ row: Int) -> (x: Double, y: Double) {
      let offset = step * Double(rows - columns[column].labels.count) / 2
      return (gap * (Double(column) + 0.5), top + offset + step * (Double(row) + 0.5))
    }
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\""
        + " font-family=\"sans-serif\" role=\"img\">",
      "<title>\(Self.xmlText(name))</title>", "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    ]
    for edge in edges {
      let (from, to) = (place(edge.column, edge.from), place(edge.column + 1, edge.to))
      let tooltip = edge.weight.map { "<title>w = \($0)</title>" } ?? ""
      lines.append(
        "<line x1=\"\(from.x + radius)\" y1=\"\(from.y)\" x2=\"\(to.x - radius)\" y2=\"\(to.y)\""
          + " stroke=\"\(Self.color(of: edge))\" stroke-width=\"\(self.width(of: edge))\">\(tooltip)</line>")
    }
    for (index, column) in columns.enumerated() {
      lines.append(Self.text(column.title, x: gap * (Double(index) + 0.5), y: 24, size: 12))
      for (row, label) in column.labels.enumerated() {
        let (x, y) = place(index, row)
        lines.append(
          "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"\(column.count == nil ? radius : 1.6 * radius)\" fill=\"#f4f4f4\" stroke=\"#444444\"/>"
        )
        lines.append(Self.text(label, x: x, y: y + 3, size: 9))
      }
    }
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private static func text(_ text: String, x: Double, y: Double, size: Int) -> String {
    "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" text-anchor=\"middle\">\(xmlText(text))</text>"
  }

  private static func xmlText(_ text: String) -> String {
    let entities: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]
    return text.map { character in
      // XML has no control characters.
      let isControl = character.unicodeScalars.contains { $0.value < 32 || $0.value == 0xFFFE || $0.value == 0xFFFF }
      return isControl ? " " : entities[character] ?? String(character)
    }.joined()
  }
}
