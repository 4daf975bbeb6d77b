internal import CKernels

/// Numbers of one byte each, in rows: the pixels of pictures, as files have them.
package struct ByteRows: Sendable {
  package let rows: Int
  package let columns: Int
  /// Row after row.
  package let bytes: [UInt8]

  /// - Parameters:
  ///   - bytes: Row after row, as many in each.
  ///   - columns: How many a row has, at least 1.
  package init(_ bytes: [UInt8], columns: Int) {
    precondition(columns > 0 && bytes.count % columns == 0, "rows are equally long")
    (self.bytes, self.columns) = (bytes, columns)
    rows = bytes.count / columns
  }

  /// The rows with the given numbers, in that order, copied.
  package func subset(_ indices: [Int]) -> ByteRows {
    var copy: [UInt8] = []
    copy.reserveCapacity(indices.count * columns)
    for index in indices { copy += bytes[index * columns..<(index + 1) * columns] }
    return ByteRows(copy, columns: columns)
  }
}

/// The inputs of samples, a row each, as a network reads them.
///
/// Bytes stay bytes, which take a quarter of the memory and of the time to fetch them from it, and are scaled whenever they
/// are read: in double precision, and then rounded.
package struct SampleInputs<Scalar: NetworkScalar> {
  private enum Storage {
    case numbers(Matrix<Scalar>)
    /// With a number for each column.
    case bytes(ByteRows, offset: [Double], factor: [Double])
  }
  private let storage: Storage
  package let rows: Int
  package let columns: Int

  package init(_ matrix: Matrix<Scalar>) {
    storage = .numbers(matrix)
    (rows, columns) = (matrix.rows, matrix.columns)
  }

  package init(_ bytes: ByteRows, scaledBy scaling: Scaling) {
    (rows, columns) = (bytes.rows, bytes.columns)
    let (offset, factor) = scaling.forEachColumn(of: columns)
    storage = .bytes(bytes, offset: offset, factor: factor)
  }

  /// The inputs where they lie, if they are numbers already.
  package var matrix: Matrix<Scalar>? { if case .numbers(let matrix) = storage { matrix } else { nil } }

  package var byteCount: Int { rows * columns * (matrix == nil ? 1 : MemoryLayout<Scalar>.size) }

  /// Copies rows, in the given order, to `place`.
  package func copyRows(_ order: UnsafeBufferPointer<Int>, to place: UnsafeMutablePointer<Scalar>) {
    guard let first = order.baseAddress else { return }
    precondition(order.allSatisfy { isIndex($0, of: rows) }, "no such row")
    switch storage {
    case .numbers(let matrix): Scalar._kernels.gather(matrix.base, first, order.count, columns, place)
    case .bytes(let rows, let offset, let factor):
      rows.bytes.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        Scalar._kernels.gatherBytes(base, first, order.count, columns, offset, factor, place)
      }
    }
  }

  /// Has the calling thread fetch rows from memory while it computes, if there are few: they will be copied soon.
  package func expectRows(_ order: UnsafeBufferPointer<Int>) {
    guard let first = order.baseAddress else { return }
    switch storage {
    case .numbers(let matrix):
      nnk_expect_rows(matrix.base, columns * MemoryLayout<Scalar>.size, first, order.count)
    case .bytes(let rows, _, _):
      rows.bytes.withUnsafeBufferPointer { nnk_expect_rows($0.baseAddress, columns, first, order.count) }
    }
  }

  /// Some rows, copied.
  package func copy(of range: Range<Int>) -> Matrix<Scalar> {
    let copy = Matrix<Scalar>(rows: range.count, columns: columns)
    Array(range).withUnsafeBufferPointer { copyRows($0, to: copy.base) }
    return copy
  }

  /// Calls `body` with all rows in turn, some at a time, and the number of the first of these.
  package func forEachBlock(_ body: (_ rows: Matrix<Scalar>, _ first: Int) throws -> Void) rethrows {
    if let matrix { return try body(matrix, 0) }
    for first in stride(from: 0, to: rows, by: 1024) {
      try body(copy(of: first..<min(first + 1024, rows)), first)
    }
  }
}
