internal import NNKit

/// What keeps a model from being written in another tool's format.
package struct ExportError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
