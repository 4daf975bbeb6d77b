internal import CNNKitSystem
internal import CNNKit

/// The part of a layer's matrices that one call of a plugin covers: whole rows, `neurons` of them, `columns` wide.
public struct Block: Sendable {
  package let neurons: Int
  package let columns: Int

  package init(neurons: Int, columns: Int) { (self.neurons, self.columns) = (neurons, columns) }

  /// Describes it to a plugin's function, which `code` is part of.
  func described<Result>(to code: UnsafeRawPointer, _ body: (UnsafePointer<nnkit_block>) -> Result) -> Result {
    nnk_begin_call(code)
    defer { nnk_end_call() }
    let block = nnkit_block(
      struct_size: UInt32(MemoryLayout<nnkit_block>.size), flags: 0, neurons: neurons, columns: columns,
      row_stride: columns)
    return withUnsafePointer(to: block, body)
  }

  var count: Int { neurons * columns }
}
