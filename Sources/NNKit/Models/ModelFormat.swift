/// A format of files with a model, which can be read.
package protocol ModelFormat: Sendable {
  /// What `--format` calls it.
  var name: String { get }
  /// What its files' names end with, without the dot.
  var fileExtension: String { get }

  /// The model in a file, and what its user should know.
  ///
  /// - Throws: `FileError` for a file that is not sound, or that has what nnkit does not.
  func read<Scalar: NetworkScalar>(
    _ path: String, as type: Scalar.Type, plugins: Plugins
  ) throws -> (model: Model<Scalar>, notes: [String])

  /// Whether the numbers in a file need double precision.
  func isDoublePrecision(_ path: String, plugins: Plugins) throws -> Bool
}

/// nnkit's own format.
package struct SafetensorsFormat: ModelFormat {
  package let name = "safetensors"
  package let fileExtension = "safetensors"

  package init() {}

  package func read<Scalar: NetworkScalar>(
    _ path: String, as type: Scalar.Type, plugins: Plugins
  ) throws -> (model: Model<Scalar>, notes: [String]) {
    (try Model(path: path, plugins: plugins), [])
  }

  package func isDoublePrecision(_ path: String, plugins: Plugins) throws -> Bool {
    try Safetensors(contentsOf: path).tensors["layers.0.weights"]?.kind == .float64
  }
}

/// The formats that a program reads: nnkit's own and those of other tools.
package struct ModelFormats: Sendable {
  package let ofOtherTools: [any ModelFormat]

  package init(ofOtherTools: [any ModelFormat]) { self.ofOtherTools = ofOtherTools }

  /// The format of another tool that a file's name ends with.
  package func ofOtherTool(_ path: String) -> (any ModelFormat)? {
    let name = path.lowercased()
    return ofOtherTools.first { name.hasSuffix(".\($0.fileExtension)") }
  }

  /// The format of a file by its name: nnkit's own where that says nothing.
  package func format(ofFile path: String) -> any ModelFormat { ofOtherTool(path) ?? SafetensorsFormat() }
}
