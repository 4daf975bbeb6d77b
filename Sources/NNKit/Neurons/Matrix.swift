/// Numbers in rows: what all neurons of a layer hold of one kind (their weights, their outputs, …), a row a neuron.
///
/// Row `r` begins at `r * columns` of one contiguous piece of memory, so all rows at once are a matrix in the sense of
/// linear algebra. A matrix is shared by reference: a neuron's view of its row reads and writes the layer's matrix.
public final class Matrix<Scalar: NetworkScalar> {
  public let rows: Int
  public var columns: Int { width }
  package var storage: MatrixStorage<Scalar> { memory }
  // Not public themselves: then the compiler knows all their uses and leaves out checks for exclusive access.
  private var width: Int
  private var memory: MatrixStorage<Scalar>

  /// A matrix of `rows` × `columns` zeros.
  public init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix has at least 0 rows and columns")
    self.rows = rows
    width = columns
    memory = MatrixStorage(capacity: rows * columns)
  }

  /// A matrix with the given rows, all equally long.
  public convenience init(_ rows: [[Scalar]]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0)
    for (index, values) in rows.enumerated() { self.row(index).assign(values) }
  }

  /// The number at `row`, `column`, both from 0.
  public subscript(row: Int, column: Int) -> Scalar {
    get { self.row(row)[column] }
    set {
      let view = self.row(row)
      view[column] = newValue
    }
  }

  /// A view of row `index`, or of its first `count` numbers.
  public func row(_ index: Int, count: Int? = nil) -> Row<Scalar> {
    let count = count ?? columns
    precondition(index >= 0 && index < rows && count >= 0 && count <= columns, "no such row")
    return Row(storage: storage, offset: index * columns, count: count)
  }

  /// All rows, as arrays.
  public var values: [[Scalar]] { (0..<rows).map { Array(row($0)) } }

  /// Sets every number to zero.
  public func reset() { Scalar._fill(base, count, 0) }

  /// Copies all numbers of a matrix of the same shape.
  package func assign(_ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "matrices of different shapes")
    base.update(from: other.base, count: count)
  }

  /// A copy in another precision, each number rounded.
  package convenience init<Other: NetworkScalar>(converting other: Matrix<Other>) {
    self.init(rows: other.rows, columns: other.columns)
    let (from, to) = (other.base, base)
    for index in 0..<count { to[index] = Scalar(from[index]) }
    withExtendedLifetime(other) {}
  }

  /// Gives every row `columns` places; what they hold afterwards is undefined.
  ///
  /// Memory is kept where it suffices.
  package func resize(columns: Int) {
    if columns == width { return }
    if rows * columns > memory.capacity { memory = MatrixStorage(capacity: rows * columns) }
    width = columns
  }

  package var count: Int { rows * columns }
  package var base: UnsafeMutablePointer<Scalar> { memory.base }

  /// Calls `body` with all numbers, row after row; the matrix lives until it returns.
  package func withElements<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeMutableBufferPointer(start: storage.base, count: count))
  }
}

/// The memory behind a matrix, kept alive by the matrix and by every view of it; aligned for vector instructions.
@usableFromInline
package final class MatrixStorage<Scalar: NetworkScalar> {
  @usableFromInline package let base: UnsafeMutablePointer<Scalar>
  package let capacity: Int

  package init(capacity: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, capacity) * MemoryLayout<Scalar>.stride, alignment: 64)
    base = bytes.bindMemory(to: Scalar.self, capacity: max(1, capacity))
    Scalar._fill(base, capacity, 0)
    self.capacity = capacity
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
