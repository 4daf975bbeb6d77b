extension NetworkDiagram {
  /// The diagram as a picture, drawn here: columns from left to right, every weight a line with its value as a tooltip.
  package var svg: String {
    let (gap, step, radius, top) = (170.0, 34.0, 11.0, 48.0)
    let rows = columns.map(\.labels.count).max() ?? 1
    // Names of inputs and classes stand beside their nodes, where no line is; a character is about 5.5 wide.
    func margin(_ column: Column?) -> Double { 5.5 * Double(min(column?.labels.map(\.count).max() ?? 0, 40)) }
    let left = max(0, margin(columns.first) - gap / 2 + 30)
    let width = left + gap * Double(columns.count) + max(0, margin(columns.last) - gap / 2 + 30)
    let height = top + step * Double(rows) + 12
    func place(_ column: Int, _ row: Int) -> (x: Double, y: Double) {
      let offset = step * Double(rows - columns[column].labels.count) / 2
      return (left + gap * (Double(column) + 0.5), top + offset + step * (Double(row) + 0.5))
    }
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\""
        + " font-family=\"sans-serif\" role=\"img\">",
      "<title>\(Self.xmlText(name))</title>", "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    ]
    for edge in edges {
      let (from, to) = (place(edge.from.column, edge.from.node), place(edge.to.column, edge.to.node))
      let tooltip = edge.weight.map { "<title>w = \($0)</title>" } ?? ""
      let style = "stroke=\"\(Self.color(of: edge))\" stroke-width=\"\(self.width(of: edge))\">\(tooltip)"
      let (x1, x2) = (from.x + radius, to.x - radius)
      let columns = edge.to.column - edge.from.column
      if columns == 1 {
        lines.append("<line x1=\"\(x1)\" y1=\"\(from.y)\" x2=\"\(x2)\" y2=\"\(to.y)\" \(style)</line>")
      } else {
        // A connection that leaves columns out passes above their nodes.
        let (x, y) = ((x1 + x2) / 2, max(0, (from.y + to.y) / 2 - step * Double(columns)))
        lines.append("<path d=\"M \(x1) \(from.y) Q \(x) \(y) \(x2) \(to.y)\" fill=\"none\" \(style)</path>")
      }
    }
    for (index, column) in columns.enumerated() {
      lines.append(Self.text(column.title, x: place(index, 0).x, y: 24, size: 12))
      for (row, label) in column.labels.enumerated() {
        let (x, y) = place(index, row)
        lines.append(
          "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"\(column.count == nil ? radius : 1.6 * radius)\" fill=\"#f4f4f4\" stroke=\"#444444\"/>"
        )
        let isInside = column.count != nil || 1..<columns.count - 1 ~= index
        let side = radius + 5
        let (anchor, shift) = isInside ? ("middle", 0) : index == 0 ? ("end", -side) : ("start", side)
        lines.append(Self.text(label, x: x + shift, y: y + 3, size: 9, anchor: anchor))
      }
    }
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private static func text(_ text: String, x: Double, y: Double, size: Int, anchor: String = "middle") -> String {
    "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" text-anchor=\"\(anchor)\">\(xmlText(text))</text>"
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
