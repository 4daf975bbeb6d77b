internal import CNNKit

extension PluginKind {
  /// Matrix multiplications: `nnkit_backend`.
  public static let backend = PluginKind(name: "backend", plural: "matrix backends", code: NNKIT_BACKEND) {
    reader, address, information throws(PluginError) in try reader.backend(at: address, information)
  }
}

extension DescriptionReader {
  fileprivate func backend(
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
}

extension MatrixBackend: PluginFunction {
  package static var kind: PluginKind { .backend }
  package var derivatives: [String] { [] }

  package func details(at points: [Double]) throws -> FunctionDetails {
    let precisions = [offers(Float.self) ? "float32" : nil, offers(Double.self) ? "float64" : nil]
    let status = started()
    return FunctionDetails(facts: [
      ("precisions", precisions.compactMap(\.self).joined(separator: ", ")),
      (status.works ? "found" : "missing", status.text),
    ])
  }
}
