package import NNKit

/// The formats in which a model can be read.
package enum ModelFormat: String, CaseIterable, Sendable {
  case safetensors, onnx, fann

  /// What its files' names end with.
  package var fileExtension: String { self == .fann ? "net" : rawValue }

  /// The format of a file by its name; safetensors where that says nothing.
  package init(ofFile path: String) {
    let name = path.lowercased()
    self = Self.allCases.first { name.hasSuffix(".\($0.fileExtension)") } ?? .safetensors
  }

  /// The model in a file, and what its user should know.
  ///
  /// - Throws: `FileError` for a file that is not sound, or that has what nnkit does not.
  package func read<Scalar: NetworkScalar>(
    _ path: String, as type: Scalar.Type, plugins: Plugins
  ) throws -> (model: Model<Scalar>, notes: [String]) {
    switch self {
    case .safetensors: return (try Model(path: path, plugins: plugins), [])
    case .onnx:
      var file = try ONNXImport(WholeFile.read(path), path: path, plugins: plugins)
      return (try file.model(type), file.notes)
    case .fann:
      var file = try FANNNetwork(WholeFile.read(path), path: path)
      return (try file.model(type, plugins: plugins), file.notes)
    }
  }

  /// Whether the numbers in a file of another tool need double precision.
  package func isDoublePrecision(_ path: String, plugins: Plugins) throws -> Bool {
    switch self {
    case .safetensors: try Safetensors(contentsOf: path).tensors["layers.0.weights"]?.kind == .float64
    case .onnx: try ONNXImport(WholeFile.read(path), path: path, plugins: plugins).isDoublePrecision
    case .fann: true
    }
  }
}
