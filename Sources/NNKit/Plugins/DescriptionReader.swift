internal import CNNKit

/// Reads what a plugin says of itself and checks it against the rules of `nnkit/plugin.h`, before any of its functions
/// is called.
struct DescriptionReader {
  let path: String

  func fault(_ what: String) -> PluginError { PluginError(file: path, problem: .badDescription(what)) }

  /// A copy of a struct that begins with its own size: fields that are not wholly within it keep the zeros of `empty`.
  ///
  /// All optional fields are pointers, and lie at multiples of their size.
  func structure<Structure>(
    at address: UnsafeRawPointer, as empty: Structure, required: Int, name: String
  ) throws(PluginError) -> Structure {
    let size = Int(address.loadUnaligned(as: UInt32.self))
    guard size >= required else {
      throw fault("struct_size of \(name) is \(size), expected \(required) or more")
    }
    var copy = empty
    withUnsafeMutableBytes(of: &copy) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: min(size & ~7, $0.count)))
    }
    return copy
  }

  func text(_ pointer: UnsafePointer<CChar>?, _ field: String) throws(PluginError) -> String? {
    guard let pointer else { return nil }
    guard let text = String(validatingCString: pointer) else { throw fault("\(field) is not UTF-8") }
    return text
  }

  private func required(_ pointer: UnsafePointer<CChar>?, _ field: String) throws(PluginError) -> String {
    guard let text = try text(pointer, field), !text.isEmpty else { throw fault("\(field) is missing") }
    return text
  }

  /// The function whose description begins at `address`; nil if it is of a kind that this host does not know.
  func function(at address: UnsafeRawPointer, index: Int, version: String) throws(PluginError) -> PluginFunction? {
    let head = try structure(
      at: address, as: nnkit_function(), required: MemoryLayout<nnkit_function>.size, name: "function \(index)")
    switch Int(head.kind) {
    case NNKIT_ACTIVATION: return .activation(try activation(at: address, about(head, index, version)))
    case NNKIT_LOSS: return .loss(try loss(at: address, about(head, index, version)))
    case NNKIT_NEURON: return .neuron(try neuron(at: address, about(head, index, version)))
    case NNKIT_BACKEND: return .backend(try backend(at: address, about(head, index, version)))
    default: return nil
    }
  }

  private func about(_ head: nnkit_function, _ index: Int, _ version: String) throws(PluginError) -> FunctionInformation
  {
    let name = try required(head.name, "name of function \(index)")
    guard isIdentifier(name) else { throw fault("the name `\(name)` is not of the form [a-z][a-z0-9_]*") }
    var parameters: [FunctionParameter] = []
    guard head.parameter_count <= 256 else {
      throw fault("`\(name)` has \(head.parameter_count) parameters, expected at most 256")
    }
    if head.parameter_count > 0 && head.parameters == nil { throw fault("parameters of `\(name)` are NULL") }
    for number in 0..<Int(head.parameter_count) {
      guard let raw = head.parameters?[number] else { continue }
      let parameter = try self.parameter(raw, "parameter \(number) of `\(name)`")
      if parameters.contains(where: { $0.name == parameter.name }) {
        throw fault("`\(name)` has the parameter `\(parameter.name)` twice")
      }
      parameters.append(parameter)
    }
    return FunctionInformation(
      name: name, summary: try required(head.summary, "summary of `\(name)`"),
      formula: try required(head.formula, "formula of `\(name)`"),
      reference: try text(head.reference, "reference of `\(name)`"), parameters: parameters,
      file: path, version: version)
  }

  private func parameter(_ raw: nnkit_parameter, _ place: String) throws(PluginError) -> FunctionParameter {
    let name = try required(raw.name, "name of \(place)")
    guard isIdentifier(name), name != "name" else { throw fault("\(place) may not be called `\(name)`") }
    guard raw.minimum <= raw.default_value, raw.default_value <= raw.maximum, raw.default_value.isFinite else {
      throw fault("\(place): minimum <= default <= maximum does not hold")
    }
    return FunctionParameter(
      name: name, summary: try text(raw.summary, "summary of \(place)") ?? "", defaultValue: raw.default_value,
      range: raw.minimum...raw.maximum)
  }

  private func activation(
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
      derivative: try text(raw.derivative, "derivative of `\(information.name)`"))
  }

  private func loss(at address: UnsafeRawPointer, _ information: FunctionInformation) throws(PluginError)
    -> LossFunction
  {
    let name = information.name
    let required = MemoryLayout<nnkit_loss>.offset(of: \.canonical_activation) ?? 0
    let raw = try structure(at: address, as: nnkit_loss(), required: required, name: "`\(name)`")
    guard let value = raw.value else { throw fault("`value` of `\(name)` is NULL") }
    guard let gradient = raw.gradient else { throw fault("`gradient` of `\(name)` is NULL") }
    guard raw.output_minimum <= raw.output_maximum, raw.target_minimum <= raw.target_maximum else {
      throw fault("`\(name)`: minimum <= maximum does not hold for outputs and targets")
    }
    let targets = raw.target_minimum...raw.target_maximum
    guard targets.contains(raw.target_off), targets.contains(raw.target_on), raw.target_off != raw.target_on else {
      throw fault("`\(name)`: target_off and target_on must differ and lie in the range of targets")
    }
    guard (raw.value_float == nil) == (raw.gradient_float == nil) else {
      throw fault("`\(name)` has one of value_float and gradient_float, expected both or none")
    }
    guard (raw.canonical_value_float == nil) == (raw.canonical_delta_float == nil) else {
      throw fault("`\(name)` has one of canonical_value_float and canonical_delta_float, expected both or none")
    }
    let gradientFormula = try text(raw.gradient_formula, "gradient_formula of `\(name)`")
    let canonicalFormula = try text(raw.canonical_formula, "canonical_formula of `\(name)`")
    guard let partner = try text(raw.canonical_activation, "canonical_activation of `\(name)`") else {
      guard raw.canonical_value == nil && raw.canonical_delta == nil else {
        throw fault("`\(name)` has canonical functions without a canonical_activation")
      }
      guard canonicalFormula == nil else {
        throw fault("`\(name)` has a canonical_formula without a canonical_activation")
      }
      return LossFunction(
        information: information, raw: raw, value: value, gradient: gradient, canonical: nil,
        gradientFormula: gradientFormula, canonicalFormula: nil)
    }
    guard let canonicalValue = raw.canonical_value, let canonicalDelta = raw.canonical_delta else {
      throw fault("canonical_value and canonical_delta of `\(name)` are NULL beside a canonical_activation")
    }
    return LossFunction(
      information: information, raw: raw, value: value, gradient: gradient,
      canonical: .init(activation: partner, value: canonicalValue, delta: canonicalDelta),
      gradientFormula: gradientFormula, canonicalFormula: canonicalFormula)
  }

  private func neuron(
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
      ))
  }

  private func backend(
    at address: UnsafeRawPointer, _ information: FunctionInformation
  ) throws(PluginError) -> MatrixBackend {
    let required = MemoryLayout<nnkit_backend>.size
    let raw = try structure(at: address, as: nnkit_backend(), required: required, name: "`\(information.name)`")
    guard let start = raw.start else { throw fault("`start` of `\(information.name)` is NULL") }
    guard raw.product != nil || raw.product_float != nil else {
      throw fault("`\(information.name)` has neither product nor product_float")
    }
    guard raw.function.parameter_count == 0, information.name != MatrixBackend.builtInName else {
      throw fault("a backend has no parameters, and is not called `\(MatrixBackend.builtInName)`")
    }
    return MatrixBackend(information: information, raw: raw, start: start)
  }

  private func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
    return name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_")
    }
  }
}
