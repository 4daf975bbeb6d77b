internal import CKernels
package import CNNKit

/// The part of a layer's matrices that one call of a plugin covers: `neurons` rows, `columns` wide, whose first
/// elements lie `rowStride` apart.
public struct Block: Sendable {
  package let neurons: Int
  package let columns: Int
  package let rowStride: Int
  /// Where plugins find it described, if not on the stack; as long as the block is used.
  nonisolated(unsafe) private var place: UnsafePointer<nnkit_block>?

  /// Whole rows of a matrix with `columns` columns.
  package init(neurons: Int, columns: Int) {
    self.neurons = neurons
    self.columns = columns
    rowStride = columns
  }

  /// Parts of rows that begin `rowStride` ≥ `columns` apart.
  package init(neurons: Int, columns: Int, rowStride: Int) {
    self.neurons = neurons
    self.columns = columns
    self.rowStride = rowStride
  }

  /// Whole rows, described at a place of the caller's.
  package init(neurons: Int, columns: Int, at place: UnsafePointer<nnkit_block>) {
    self.init(neurons: neurons, columns: columns)
    self.place = place
  }

  /// Has it described to a plugin's function, which `code` is part of.
  func described<Result>(to code: UnsafeRawPointer, _ body: (UnsafePointer<nnkit_block>) -> Result) -> Result {
    nnk_begin_call(code)
    defer { nnk_end_call() }
    if let place { return body(place) }
    return withUnsafePointer(to: raw, body)
  }

  package var raw: nnkit_block {
    nnkit_block(
      struct_size: UInt32(MemoryLayout<nnkit_block>.size), flags: 0, neurons: neurons, columns: columns,
      row_stride: rowStride)
  }

  package var count: Int { neurons * columns }
}
