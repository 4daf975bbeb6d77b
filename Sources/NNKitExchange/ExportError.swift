internal import NNKit

/// What keeps a model from being written in another tool's format.
package struct ExportError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

extension Network {
  /// Holds the network to what a format can say: layers whose neurons have all outputs of the layer before as inputs, once.
  ///
  /// - Throws: `ExportError` that names the first layer that is another one.
  func expectChain(for format: String) throws {
    for (index, layer) in layers.enumerated() {
      if layer.wiring.window != nil {
        throw ExportError("layer \(index) has a sliding window, which nnkit does not write as \(format)")
      }
      if layer.sources.resolved(of: index) != Sources.previous.resolved(of: index) {
        throw ExportError(
          "layer \(index) has other sources than the layer before, which nnkit does not write as \(format)")
      }
    }
  }
}
