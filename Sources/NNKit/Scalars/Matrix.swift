#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Numbers in rows: what all neurons of a layer hold of one kind (their weights, their outputs, …), a row a neuron.
///
/// Row `r` begins at `r * columns` of one contiguous piece of memory, so all rows at once are a matrix in the sense of
/// linear algebra. A matrix is shared by reference: a neuron's view of its row reads and writes the layer's matrix.
public final class Matrix<Scalar: NetworkScalar> {
  /// How many rows it has.
  public let rows: Int
  /// How many columns it has.
  @inlinable public var columns: Int { width }
  package var storage: MatrixStorage<Scalar> { memory }
  // Without checks for exclusive access, which loops in other modules would make for each number.
  @exclusivity(unchecked) @usableFromInline var width: Int
  @exclusivity(unchecked) @usableFromInline var memory: MatrixStorage<Scalar>

  /// A matrix of `rows` × `columns` zeros.
  public init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix has at least 0 rows and columns")
    self.rows = rows
    width = columns
    memory = MatrixStorage(capacity: rows * columns)
  }

  /// A matrix of zeros with memory that processes can share, if it is large; see `SharedMemory`.
  package init(sharableRows rows: Int, columns: Int) {
    self.rows = rows
    width = columns
    let ownsPages = rows * columns * MemoryLayout<Scalar>.stride >= MatrixStorage<Scalar>.sharableBytes
    memory = MatrixStorage(capacity: rows * columns, alignment: ownsPages ? MatrixStorage<Scalar>.page : 64)
  }

  /// A matrix with the given rows.
  ///
  /// - Throws: `NetworkError` if they are not all equally long.
  public convenience init(_ rows: [[Scalar]]) throws {
    let columns = rows.first?.count ?? 0
    if let odd = rows.firstIndex(where: { $0.count != columns }) {
      throw NetworkError("row \(odd) has \(rows[odd].count) numbers, row 0 has \(columns)", .samples)
    }
    self.init(rows: rows.count, columns: columns)
    for (index, values) in rows.enumerated() { self.row(index).assign(values) }
  }

  /// A matrix of one row.
  package convenience init(row values: some Collection<Scalar>) {
    self.init(rows: 1, columns: values.count)
    row(0).assign(values)
  }

  /// A matrix of one column.
  package convenience init(column values: some Collection<Scalar>) {
    self.init(rows: values.count, columns: 1)
    for (index, value) in values.enumerated() { base[index] = value }
  }

  /// The number at `row`, `column`, both from 0.
  @inlinable public subscript(row: Int, column: Int) -> Scalar {
    get { self.row(row)[column] }
    set {
      let view = self.row(row)
      view[column] = newValue
    }
  }

  /// A view of row `index`, or of its first `count` numbers.
  @inlinable public func row(_ index: Int, count: Int? = nil) -> Row<Scalar> {
    let count = count ?? columns
    precondition(index >= 0 && index < rows && count >= 0 && count <= columns, "no such row")
    return Row(storage: memory, offset: index * columns, count: count)
  }

  /// The row of a neuron, which is there.
  @inlinable func existingRow(_ index: Int, count: Int? = nil) -> Row<Scalar> {
    Row(storage: memory, offset: index &* width, count: count ?? width)
  }

  /// All rows, as arrays.
  public var values: [[Scalar]] {
    // From pointers an array is copied at once, from rows number by number.
    withElements { all in
      (0..<rows).map { Array(UnsafeBufferPointer(rebasing: all[$0 * columns..<($0 + 1) * columns])) }
    }
  }

  /// Sets every number to zero.
  public func reset() { Scalar._kernels.fill(base, count, 0) }

  /// Copies all numbers of a matrix of the same shape.
  package func assign(_ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "matrices of different shapes")
    base.update(from: other.base, count: count)
  }

  /// Another matrix with the same numbers.
  public func copy() -> Matrix {
    let copy = Matrix(rows: rows, columns: columns)
    copy.assign(self)
    return copy
  }

  /// Adds all numbers of a matrix of the same shape.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func add(_ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "matrices of different shapes")
    for index in 0..<count { base[index] += other.base[index] }
  }

  /// A copy in another precision, each number rounded.
  package convenience init<Other: NetworkScalar>(converting other: Matrix<Other>) {
    self.init(rows: other.rows, columns: other.columns)
    if let same = other as? Matrix {
      assign(same)
    } else {
      convert(other, to: base)
    }
  }

  /// Gives every row `columns` places; what they hold afterwards is undefined.
  ///
  /// Memory is kept where it suffices.
  package func resize(columns: Int) {
    if columns == width { return }
    if rows * columns > memory.capacity { memory = MatrixStorage(capacity: rows * columns) }
    width = columns
  }

  /// Becomes a view of the first rows of a matrix.
  func share(_ other: Matrix) {
    precondition(rows <= other.rows, "a matrix of fewer rows")
    (width, memory) = (other.width, other.memory)
  }

  package var count: Int { rows * columns }
  @inlinable package var base: UnsafeMutablePointer<Scalar> { memory.base }

  /// Calls `body` with all numbers, row after row; the matrix lives until it returns.
  package func withElements<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeMutableBufferPointer(start: storage.base, count: count))
  }
}

@specialized(where From == Double, To == Float)
@specialized(where From == Float, To == Double)
private func convert<From: NetworkScalar, To: NetworkScalar>(
  _ matrix: Matrix<From>, to place: UnsafeMutablePointer<To>
) {
  let from = matrix.base
  for index in 0..<matrix.count { place[index] = To(from[index]) }
  withExtendedLifetime(matrix) {}
}

/// The memory behind a matrix, kept alive by the matrix and by every view of it; aligned for vector instructions.
@usableFromInline
package final class MatrixStorage<Scalar: NetworkScalar> {
  @usableFromInline package let base: UnsafeMutablePointer<Scalar>
  package let capacity: Int

  private let allocated: UnsafeMutableRawPointer

  /// From so many bytes on, memory that can be shared has its pages for itself.
  package static var sharableBytes: Int { 32_768 }
  package static var page: Int { Int(sysconf(Int32(_SC_PAGESIZE))) }

  /// - Parameters:
  ///   - capacity: How many numbers.
  ///   - alignment: Where it begins and ends, a multiple of 64 bytes.
  package init(capacity: Int, alignment: Int = 64) {
    // Zeros that the system makes when they are first touched: what no pass writes to takes no memory.
    let stride = MemoryLayout<Scalar>.stride
    let whole = alignment > 64 ? (capacity * stride + alignment - 1) / alignment * alignment / stride : capacity
    guard let bytes = calloc(whole + alignment / stride, stride) else {
      preconditionFailure("there is no memory for \(capacity) numbers")
    }
    MatrixStorage.useLargePages(bytes, capacity * MemoryLayout<Scalar>.stride)
    allocated = bytes
    base = bytes.alignedUp(toMultipleOf: alignment).bindMemory(to: Scalar.self, capacity: capacity)
    self.capacity = capacity
  }

  /// Has the system map large memory by 2 MB instead of 4 KB at a time: rows that are read in a new order are found sooner.
  private static func useLargePages(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
    #if os(Linux)
      guard count >= 4 << 20 else { return }
      madvise(bytes.alignedUp(toMultipleOf: page), count / page * page - page, MADV_HUGEPAGE)
    #endif
  }

  deinit { free(allocated) }
}
