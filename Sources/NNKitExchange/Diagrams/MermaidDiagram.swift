extension NetworkDiagram {
  /// The diagram in Mermaid's language, which Markdown pages of many sites draw.
  package var mermaid: String {
    var lines = ["---", "title: \(Self.mermaidText(name))", "---", "flowchart LR"]
    for (index, column) in columns.enumerated() {
      lines.append("  subgraph c\(index)[\(Self.mermaidText(column.title))]")
      for (row, label) in column.labels.enumerated() {
        let (open, close) = column.count == nil ? ("((", "))") : ("[", "]")
        lines.append("    n\(index)_\(row)\(open)\(Self.mermaidText(label))\(close)")
      }
      lines.append("  end")
    }
    for edge in edges {
      lines.append("  n\(edge.from.column)_\(edge.from.node) --> n\(edge.to.column)_\(edge.to.node)")
    }
    for (number, edge) in edges.enumerated() where edge.weight != nil {
      lines.append("  linkStyle \(number) stroke:\(Self.color(of: edge)),stroke-width:\(width(of: edge))px")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func mermaidText(_ text: String) -> String {
    let entities: [Character: String] = ["\"": "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;"]
    return "\"" + text.map { $0.isNewline ? " " : entities[$0] ?? String($0) }.joined() + "\""
  }
}
