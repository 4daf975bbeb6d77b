import NNKit

/// What `nnkit plugins show` says of a function.
struct FunctionText {
  let lines: [String]

  init(_ loss: Loss) {
    var rows = Self.common(
      loss.function.information, .loss, [loss.function.gradientFormula, loss.function.canonicalFormula])
    rows.append(["outputs", Self.words(loss.outputRange)])
    rows.append(["targets", Self.words(loss.targetRange)])
    rows.append(["classes", "off \(significant(loss.targetOff)), on \(significant(loss.targetOn))"])
    if let partner = loss.canonicalActivation { rows.append(["canonical", "one formula with \(partner)"]) }
    lines = aligned(rows)
  }

  init(_ kind: NeuronKind) throws {
    let function = kind.function
    var rows = Self.common(
      function.information, .neuron, [function.weightDerivative, function.inputDerivative, function.biasDerivative])
    let counts = try [1, 2, 10].map { "\(try kind.weightCount(fanIn: $0))" }.joined(separator: ", ")
    rows.append(["weights", "\(counts) for 1, 2, 10 inputs, and a bias"])
    rows.append(["precisions", kind.function.hasFloat ? "float32, float64" : "float64; float32 is converted"])
    lines = aligned(rows)
  }

  init(_ backend: MatrixBackend) {
    var rows = Self.common(backend.information, .backend, [])
    let precisions = [backend.offers(Float.self) ? "float32" : nil, backend.offers(Double.self) ? "float64" : nil]
    rows.append(["precisions", precisions.compactMap(\.self).joined(separator: ", ")])
    let status = backend.started()
    rows.append([status.works ? "found" : "missing", status.text])
    lines = aligned(rows)
  }

  init(_ activation: Activation) throws {
    var rows = Self.common(activation.function.information, .activation, [activation.function.derivative])
    let shape = try activation.shape()
    rows.append(["range", shape.isDeclared ? Self.words(shape.range) : "not declared"])
    if !shape.kinks.isEmpty { rows.append(["kinks", shape.kinks.map { significant($0) }.joined(separator: ", ")]) }
    var lines = aligned(rows)
    if activation.isWholeLayer {
      lines += ["", "A function of the whole layer: it has no curve of its own."]
    } else {
      let z = Plot.points(-6...6)
      let (f, slope) = try activation.values(at: z)
      lines += ["", "f(z), z from -6 to 6"] + Plot(z, f).lines
      lines += ["", "f′(z)"] + Plot(z, slope).lines
    }
    self.lines = lines
  }

  private static func common(
    _ information: FunctionInformation, _ kind: FunctionKind, _ derivatives: [String?]
  ) -> [[String]] {
    var rows = [
      ["name", information.name], ["kind", kind.rawValue], ["summary", information.summary],
      ["formula", information.formula],
    ]
    rows += derivatives.compactMap(\.self).map { ["derivative", $0] }
    if let reference = information.reference { rows.append(["reference", reference]) }
    if information.parameters.isEmpty { rows.append(["parameters", "none"]) }
    for parameter in information.parameters {
      let about = parameter.summary.isEmpty ? "" : ", \(parameter.summary)"
      rows.append(
        [
          "parameter",
          "\(parameter.name) = \(significant(parameter.defaultValue)) in \(words(parameter.range))\(about)",
        ])
    }
    rows += [["version", information.version], ["file", information.file]]
    return rows
  }

  private static func words(_ range: ClosedRange<Double>) -> String {
    func bound(_ value: Double) -> String { value == .infinity ? "∞" : value == -.infinity ? "−∞" : significant(value) }
    return "[\(bound(range.lowerBound)), \(bound(range.upperBound))]"
  }
}
