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
    /// Numbers before they are scaled, with a number for each column.
    case unscaled(Matrix<Double>, offset: [Double], factor: [Double])
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

  /// Numbers that are scaled whenever they are read, as bytes are.
  package init(_ unscaled: Matrix<Double>, scaledBy scaling: Scaling) {
    (rows, columns) = (unscaled.rows, unscaled.columns)
    let (offset, factor) = scaling.forEachColumn(of: columns)
    storage = .unscaled(unscaled, offset: offset, factor: factor)
  }

  private init(_ storage: Storage, rows: Int, columns: Int) {
    (self.storage, self.rows, self.columns) = (storage, rows, columns)
  }

  /// The inputs where they lie, if they are numbers already.
  package var matrix: Matrix<Scalar>? { if case .numbers(let matrix) = storage { matrix } else { nil } }

  package var byteCount: Int {
    switch storage {
    case .numbers: rows * columns * MemoryLayout<Scalar>.size
    case .bytes: rows * columns
    case .unscaled: rows * columns * MemoryLayout<Double>.size
    }
  }

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
    case .unscaled(let matrix, _, _):
      for (number, row) in order.enumerated() {
        scale(UnsafeBufferPointer(start: matrix.base + row * columns, count: columns), to: place + number * columns)
      }
    }
  }

  // MARK: Before and after scaling

  /// Copies a row as it was before scaling; of numbers, as they are.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func copyRaw(row: Int, to raw: inout [Double]) {
    precondition(isIndex(row, of: rows) && raw.count == columns, "no such row")
    let start = row * columns
    switch storage {
    case .numbers(let matrix): for column in 0..<columns { raw[column] = Double(matrix.base[start + column]) }
    case .bytes(let rows, _, _):
      rows.bytes.withUnsafeBufferPointer { bytes in
        for column in 0..<columns { raw[column] = Double(bytes[start + column]) }
      }
    case .unscaled(let matrix, _, _): for column in 0..<columns { raw[column] = matrix.base[start + column] }
    }
  }

  /// Scales a row as `copyRows` does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func scale(_ raw: [Double], to place: UnsafeMutablePointer<Scalar>) {
    raw.withUnsafeBufferPointer { scale($0, to: place) }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func scale(_ raw: UnsafeBufferPointer<Double>, to place: UnsafeMutablePointer<Scalar>) {
    switch storage {
    case .numbers: for column in 0..<columns { place[column] = Scalar(raw[column]) }
    case .bytes(_, let offset, let factor), .unscaled(_, let offset, let factor):
      for column in 0..<columns { place[column] = Scalar((raw[column] - offset[column]) * factor[column]) }
    }
  }

  /// All rows, and behind them all rows once more for each of some shifts of their images.
  func adding(_ shifts: [ImageChange], channels: Int, _ size: ImageSize) -> SampleInputs {
    func shifted<Pixel: Numeric>(_ from: UnsafePointer<Pixel>, _ to: UnsafeMutablePointer<Pixel>) {
      let (all, area) = (rows * columns, size.count)
      to.update(from: from, count: all)
      for (number, shift) in shifts.enumerated() {
        for image in 0..<rows * channels {
          shift.move(
            from: UnsafeBufferPointer(start: from + image * area, count: area),
            to: UnsafeMutableBufferPointer(start: to + (number + 1) * all + image * area, count: area), size)
        }
      }
    }
    let count = rows * (1 + shifts.count)
    switch storage {
    case .numbers(let matrix):
      let result = Matrix<Scalar>(rows: count, columns: columns)
      shifted(matrix.base, result.base)
      return SampleInputs(result)
    case .bytes(let bytes, let offset, let factor):
      let result = [UInt8](unsafeUninitializedCapacity: count * columns) { buffer, initialized in
        buffer.initialize(repeating: 0)
        bytes.bytes.withUnsafeBufferPointer { from in
          if let from = from.baseAddress, let to = buffer.baseAddress { shifted(from, to) }
        }
        initialized = count * columns
      }
      return SampleInputs(
        .bytes(ByteRows(result, columns: columns), offset: offset, factor: factor), rows: count, columns: columns)
    case .unscaled(let matrix, let offset, let factor):
      let result = Matrix<Double>(rows: count, columns: columns)
      shifted(matrix.base, result.base)
      return SampleInputs(.unscaled(result, offset: offset, factor: factor), rows: count, columns: columns)
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
    case .unscaled(let matrix, _, _):
      nnk_expect_rows(matrix.base, columns * MemoryLayout<Double>.size, first, order.count)
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
