package import NNKit

extension ModelFormats {
  /// All formats that nnkit reads.
  package static let all = ModelFormats(ofOtherTools: [ONNXFormat(), FANNFormat()])
}

/// Models of PyTorch, Keras, scikit-learn and others (https://onnx.ai).
package struct ONNXFormat: ModelFormat {
  package let name = "onnx"
  package let fileExtension = "onnx"

  package init() {}

  package func read<Scalar: NetworkScalar>(
    _ path: String, as type: Scalar.Type, plugins: Plugins
  ) throws -> (model: Model<Scalar>, notes: [String]) {
    var file = try ONNXImport(WholeFile.read(path), path: path, plugins: plugins)
    return (try file.model(type), file.notes)
  }

  package func isDoublePrecision(_ path: String, plugins: Plugins) throws -> Bool {
    try ONNXImport(WholeFile.read(path), path: path, plugins: plugins).isDoublePrecision
  }
}

/// Networks of the Fast Artificial Neural Network library (https://libfann.github.io).
package struct FANNFormat: ModelFormat {
  package let name = "fann"
  package let fileExtension = "net"

  package init() {}

  package func read<Scalar: NetworkScalar>(
    _ path: String, as type: Scalar.Type, plugins: Plugins
  ) throws -> (model: Model<Scalar>, notes: [String]) {
    var file = try FANNNetwork(WholeFile.read(path), path: path)
    return (try file.model(type, plugins: plugins), file.notes)
  }

  package func isDoublePrecision(_ path: String, plugins: Plugins) throws -> Bool { true }
}
