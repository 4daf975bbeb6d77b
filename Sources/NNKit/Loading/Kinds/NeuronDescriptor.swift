internal import CNNKit

extension PluginKind {
  /// How a neuron combines inputs and weights: `nnkit_neuron`.
  public static let neuron = PluginKind(name: "neuron", plural: "kinds of neurons", code: NNKIT_NEURON) {
    reader, address, information throws(PluginError) in try reader.neuron(at: address, information)
  }
}

extension DescriptionReader {
  fileprivate func neuron(
    at address: UnsafeRawPointer, _ information: FunctionInformation
  ) throws(PluginError) -> NeuronFunction {
    let name = information.name
    let required = MemoryLayout<nnkit_neuron>.offset(of: \.combine_float) ?? 0
    let raw = try structure(at: address, as: nnkit_neuron(), required: required, name: "`\(name)`")
    guard let combine = raw.combine else { throw fault("`combine` of `\(name)` is NULL") }
    guard let accumulate = raw.accumulate else { throw fault("`accumulate` of `\(name)` is NULL") }
    guard let send = raw.send else { throw fault("`send` of `\(name)` is NULL") }
    let floats = [raw.combine_float != nil, raw.accumulate_float != nil, raw.send_float != nil]
    guard floats.allSatisfy({ $0 == floats[0] }) else {
      throw fault("`\(name)` has some of combine_float, accumulate_float and send_float, expected all or none")
    }
    return NeuronFunction(
      information: information, raw: raw, combine: combine, accumulate: accumulate, send: send,
      derivatives: (
        try text(raw.weight_derivative, "weight_derivative of `\(name)`"),
        try text(raw.input_derivative, "input_derivative of `\(name)`"),
        try text(raw.bias_derivative, "bias_derivative of `\(name)`")
      ), onnx: try text(raw.onnx, "onnx of `\(name)`"))
  }
}

extension NeuronFunction: PluginFunction {
  package static var kind: PluginKind { .neuron }
  package var derivatives: [String] { [weightDerivative, inputDerivative, biasDerivative].compactMap(\.self) }

  package func details(at points: [Double]) throws -> FunctionDetails {
    let kind = try NeuronKind(self)
    let counts = try [1, 2, 10].map { try kind.weightCount(fanIn: $0) }
    // A neuron without weights has no bias either.
    let weights =
      counts.allSatisfy { $0 == 0 }
      ? "none, and no bias" : "\(counts.map(String.init).joined(separator: ", ")) for 1, 2, 10 inputs, and a bias"
    return FunctionDetails(facts: [
      ("weights", weights),
      ("precisions", hasFloat ? "float32, float64" : "float64; float32 is converted"),
    ])
  }
}
