internal import CNNKit

extension PluginKind {
  /// a = f(z): `nnkit_activation`.
  public static let activation = PluginKind(name: "activation", plural: "activations", code: NNKIT_ACTIVATION) {
    reader, address, information throws(PluginError) in try reader.activation(at: address, information)
  }
}

extension DescriptionReader {
  fileprivate func activation(
    at address: UnsafeRawPointer, _ information: FunctionInformation
  ) throws(PluginError) -> ActivationFunction {
    let required = MemoryLayout<nnkit_activation>.offset(of: \.evaluate_float) ?? 0
    let raw = try structure(at: address, as: nnkit_activation(), required: required, name: "`\(information.name)`")
    guard let evaluate = raw.evaluate else { throw fault("`evaluate` of `\(information.name)` is NULL") }
    guard let backward = raw.backward else { throw fault("`backward` of `\(information.name)` is NULL") }
    guard (raw.evaluate_float == nil) == (raw.backward_float == nil) else {
      throw fault("`\(information.name)` has one of evaluate_float and backward_float, expected both or none")
    }
    return ActivationFunction(
      information: information, raw: raw, evaluate: evaluate, backward: backward,
      derivative: try text(raw.derivative, "derivative of `\(information.name)`"),
      onnx: try text(raw.onnx, "onnx of `\(information.name)`"))
  }
}

extension ActivationFunction: PluginFunction {
  package static var kind: PluginKind { .activation }
  package var derivatives: [String] { [derivative].compactMap(\.self) }

  package func details(at points: [Double]) throws -> FunctionDetails {
    let activation = try Activation(self)
    let shape = try activation.shape()
    var details = FunctionDetails(facts: [("range", shape.isDeclared ? rangeText(shape.range) : "not declared")])
    if !shape.kinks.isEmpty {
      details.facts.append(("kinks", shape.kinks.map { significant($0) }.joined(separator: ", ")))
    }
    if isWholeLayer {
      details.note = "A function of the whole layer: it has no curve of its own."
    } else {
      let (values, slopes) = try activation.values(at: points)
      details.curves = [("f(z)", values), ("f′(z)", slopes)]
    }
    return details
  }
}
