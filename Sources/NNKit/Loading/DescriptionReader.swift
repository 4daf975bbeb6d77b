internal import CNNKit

/// Reads what a plugin says of itself and checks it against the rules of `nnkit/plugin.h`, before any of its functions
/// is called.
struct DescriptionReader {
  let path: String
  /// Whether the plugin comes with nnkit.
  var isBundled = false

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
  func function(
    at address: UnsafeRawPointer, index: Int, version: String
  ) throws(PluginError) -> (any PluginFunction)? {
    let head = try structure(
      at: address, as: nnkit_function(), required: MemoryLayout<nnkit_function>.size, name: "function \(index)")
    guard let kind = PluginKind.all.first(where: { $0.code == Int(head.kind) }) else { return nil }
    return try kind.read(self, address, about(head, index, version))
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
      file: path, isBundled: isBundled, version: version)
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

  private func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
    return name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_")
    }
  }
}
