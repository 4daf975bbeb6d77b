internal import CNNKitSystem
package import CNNKit

/// The part of a layer that one call of a kind of neuron covers, and where its arrays lie; see `nnkit_rows`.
public struct Rows: Sendable {
  package let neurons: Int
  package let columns: Int
  package let fanIn: Int
  package let weightCount: Int
  /// Weight i of neuron j is at j · `weightRow` + i.
  package let weightRow: Int
  /// What input i brings in column c is at i · `inputStride` + c · `columnStride`.
  package let inputStride: Int
  package let columnStride: Int
  /// z and δ of neuron j, and the message to input j, in column c are at j · `rowStride` + c.
  package let rowStride: Int

  package init(
    neurons: Int, columns: Int, fanIn: Int, weightCount: Int, weightRow: Int, inputStride: Int, columnStride: Int,
    rowStride: Int
  ) {
    (self.neurons, self.columns, self.fanIn) = (neurons, columns, fanIn)
    (self.weightCount, self.weightRow) = (weightCount, weightRow)
    (self.inputStride, self.columnStride, self.rowStride) = (inputStride, columnStride, rowStride)
  }

  /// Describes them to a plugin's function, which `code` is part of.
  func described<Result>(to code: UnsafeRawPointer, _ body: (UnsafePointer<nnkit_rows>) -> Result) -> Result {
    nnk_begin_call(code)
    defer { nnk_end_call() }
    return withUnsafePointer(to: raw, body)
  }

  package var raw: nnkit_rows {
    nnkit_rows(
      struct_size: UInt32(MemoryLayout<nnkit_rows>.size), flags: 0, neurons: neurons, columns: columns, fan_in: fanIn,
      weight_count: weightCount, weight_row: weightRow, input_stride: inputStride, column_stride: columnStride,
      row_stride: rowStride)
  }

  /// The same with arrays whose rows touch.
  var dense: Rows {
    Rows(
      neurons: neurons, columns: columns, fanIn: fanIn, weightCount: weightCount, weightRow: weightCount,
      inputStride: columns, columnStride: 1, rowStride: columns)
  }
}
