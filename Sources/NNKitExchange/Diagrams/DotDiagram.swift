extension NetworkDiagram {
  /// The diagram in Graphviz's language: `dot -Tsvg net.dot -o net.svg`.
  package var dot: String {
    var lines = [
      "digraph \(Self.dotText(name)) {", "  rankdir=LR; nodesep=0.15; ranksep=1.2;",
      "  node [shape=circle, fontname=\"sans-serif\", fontsize=11, margin=0.03];", "  edge [arrowsize=0.4];",
    ]
    for (index, column) in columns.enumerated() {
      lines.append("  subgraph cluster_\(index) {")
      lines.append("    label=\(Self.dotText(column.title)); color=\"#dddddd\";")
      for (row, label) in column.labels.enumerated() {
        lines.append("    n\(index)_\(row) [label=\(Self.dotText(label))\(column.count == nil ? "" : ", shape=box")];")
      }
      lines.append("  }")
    }
    for edge in edges {
      let tooltip = edge.weight.map { ", tooltip=\"w = \($0)\"" } ?? ""
      lines.append(
        "  n\(edge.from.column)_\(edge.from.node) -> n\(edge.to.column)_\(edge.to.node)"
          + " [penwidth=\(width(of: edge)), color=\"\(Self.color(of: edge))\"\(tooltip)];")
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func dotText(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" ? "\\\"" : $0 == "\\" ? "\\\\" : $0.isNewline ? " " : String($0) }.joined() + "\""
  }
}
