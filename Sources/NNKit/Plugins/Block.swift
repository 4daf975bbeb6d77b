internal import CNNKit

/// The part of a layer's matrices that one call of a plugin covers: `neurons` rows, `columns` wide, whose first
/// elements lie `rowStride` apart.
public struct Block: Sendable {
  let neurons: Int
  let columns: Int
  let rowStride: Int

  /// Whole rows of a matrix with `columns` columns.
  init(neurons: Int, columns: Int) {
    self.neurons = neurons
    self.columns = columns
    rowStride = columns
  }

  /// Parts of rows that begin `rowStride` ≥ `columns` apart.
  init(neurons: Int, columns: Int, rowStride: Int) {
    self.neurons = neurons
    self.columns = columns
    self.rowStride = rowStride
  }

  var raw: nnkit_block {
    nnkit_block(
      struct_size: UInt32(MemoryLayout<nnkit_block>.size), flags: 0, neurons: neurons, columns: columns,
      row_stride: rowStride)
  }

  var count: Int { neurons * columns }
}
