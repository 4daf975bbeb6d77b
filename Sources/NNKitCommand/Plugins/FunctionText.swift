import NNKit

/// What `nnkit plugins show` says of a function.
struct FunctionText {
  let lines: [String]

  /// - Throws: `FunctionFailure` if the plugin reports one.
  init(_ function: any PluginFunction) throws {
    let points = Plot.points(-6...6)
    let details = try function.details(at: points)
    var lines = aligned(Self.common(function) + details.facts.map { [$0.name, $0.text] })
    if let note = details.note { lines += ["", note] }
    for (index, curve) in details.curves.enumerated() {
      lines += ["", curve.title + (index == 0 ? ", z from -6 to 6" : "")] + Plot(points, curve.values).lines
    }
    self.lines = lines
  }

  private static func common(_ function: any PluginFunction) -> [[String]] {
    let information = function.information
    var rows = [
      ["name", information.name], ["kind", function.kind.name], ["summary", information.summary],
      ["formula", information.formula],
    ]
    rows += function.derivatives.map { ["derivative", $0] }
    if let reference = information.reference { rows.append(["reference", reference]) }
    if information.parameters.isEmpty { rows.append(["parameters", "none"]) }
    for parameter in information.parameters {
      let about = parameter.summary.isEmpty ? "" : ", \(parameter.summary)"
      rows.append(
        [
          "parameter",
          "\(parameter.name) = \(significant(parameter.defaultValue)) in \(rangeText(parameter.range))\(about)",
        ])
    }
    return rows + [["version", information.version], ["file", information.file]]
  }
}
