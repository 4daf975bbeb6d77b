public import RealModule

/// Whether `index` is in 0..<count, in one comparison: loops over views ask it for each number.
@inlinable @inline(__always)
func isIndex(_ index: Int, of count: Int) -> Bool { UInt(bitPattern: index) < UInt(bitPattern: count) }

/// One neuron's row of a matrix: a view that reads and writes the matrix itself.
///
/// In `weights` and `weightGradients` element `i` belongs to input `i`; in the other matrices element `c` belongs to
/// column `c` (one sample of the batch, at one position).
public struct Row<Scalar: NetworkScalar>: RandomAccessCollection {
  @usableFromInline let storage: MatrixStorage<Scalar>
  @usableFromInline let base: UnsafeMutablePointer<Scalar>
  /// How many numbers the row has.
  public let count: Int

  @inlinable init(storage: MatrixStorage<Scalar>, offset: Int, count: Int) {
    self.storage = storage
    base = storage.base + offset
    self.count = count
  }

  /// 0.
  @inlinable public var startIndex: Int { 0 }
  /// `count`.
  @inlinable public var endIndex: Int { count }

  /// Element `index`, from 0.
  @inlinable public subscript(index: Int) -> Scalar {
    get {
      precondition(isIndex(index, of: count), "index out of the row")
      return base[index]
    }
    nonmutating set {
      precondition(isIndex(index, of: count), "index out of the row")
      base[index] = newValue
    }
  }

  /// Calls `body` with the row's numbers where they lie, which lets generic code copy a row at once.
  @inlinable public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
  ) rethrows -> Result? {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: base, count: count))
  }

  /// Sets every element to `value`.
  public func fill(_ value: Scalar) { Scalar._kernels.fill(base, count, value) }

  /// Copies `values`, one for each element of the row.
  public func assign(_ values: some Collection<Scalar>) {
    precondition(values.count == count, "a row of \(count) numbers cannot take \(values.count)")
    let copied: Void? = values.withContiguousStorageIfAvailable { source in
      if let first = source.baseAddress { base.update(from: first, count: count) }
    }
    if copied != nil { return }
    for (index, value) in values.enumerated() { base[index] = value }
  }
}

/// The inputs of a layer's neurons: a number for each input `i` in each column `c` (a sample of the batch, at one position).
///
/// Neurons with the same inputs share one matrix. The two strides let the first layer read a batch as it lies in
/// the data set (samples × features) and the others read the outputs of the layer before (neurons × columns).
public struct Inputs<Scalar: NetworkScalar> {
  @usableFromInline let storage: MatrixStorage<Scalar>
  @usableFromInline package let base: UnsafePointer<Scalar>
  /// How many inputs there are: the fan-in of the neuron.
  public let count: Int
  /// How many columns (samples) there are.
  public let columns: Int
  @usableFromInline package let inputStride: Int
  @usableFromInline package let columnStride: Int

  /// The outputs of a layer: input `i` in column `c` is `outputs[i, c]`.
  public init(outputs: Matrix<Scalar>) {
    storage = outputs.storage
    base = UnsafePointer(outputs.base)
    (count, columns) = (outputs.rows, outputs.columns)
    (inputStride, columnStride) = (outputs.columns, 1)
  }

  /// The first `count` samples of a matrix that has a sample a row: input `i` in column `c` is `samples[c, i]`.
  public init(samples: Matrix<Scalar>, count: Int? = nil) { self.init(samples: samples, 0..<(count ?? samples.rows)) }

  /// Some neighbouring samples: input `i` in column `c` is `samples[range.lowerBound + c, i]`.
  package init(samples: Matrix<Scalar>, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= samples.rows, "no such samples")
    storage = samples.storage
    base = UnsafePointer(samples.base) + range.lowerBound * samples.columns
    (count, columns) = (samples.columns, range.count)
    (inputStride, columnStride) = (1, samples.columns)
  }

  /// The first `count` numbers of each row, a row for each column.
  init(turned samples: Matrix<Scalar>, count: Int) {
    storage = samples.storage
    base = UnsafePointer(samples.base)
    (self.count, columns) = (count, samples.rows)
    (inputStride, columnStride) = (1, samples.columns)
  }

  /// The outputs of a layer whose neurons fire at several positions: each neuron at each position is an input.
  init(outputs: Matrix<Scalar>, positions: Int) {
    storage = outputs.storage
    base = UnsafePointer(outputs.base)
    (count, columns) = (outputs.rows * positions, outputs.columns / positions)
    (inputStride, columnStride) = (columns, 1)
  }

  private init(_ all: Inputs, _ inputs: Range<Int>) {
    storage = all.storage
    base = all.base + inputs.lowerBound * all.inputStride
    (count, columns) = (inputs.count, all.columns)
    (inputStride, columnStride) = (all.inputStride, all.columnStride)
  }

  /// Some neighbouring inputs of these.
  package func inputs(_ range: Range<Int>) -> Inputs {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "no such inputs")
    return Inputs(self, range)
  }

  // Neither product overflows: both indices are of a matrix that there is.
  @inlinable package func offset(_ input: Int, _ column: Int) -> Int {
    precondition(isIndex(input, of: count) && isIndex(column, of: columns), "no such input")
    return input &* inputStride &+ column &* columnStride
  }

  /// Input `input` in column `column`, both from 0.
  @inlinable public subscript(input: Int, column: Int) -> Scalar { base[offset(input, column)] }
}

/// Where a neuron sends its messages ∂L/∂x: to the neurons of the layer before, which find them in their `received`.
///
/// It has a sum for each input `i` in each column `c`, to which every neuron with the input `i` adds.
public struct Messages<Scalar: NetworkScalar> {
  @usableFromInline let storage: MatrixStorage<Scalar>
  @usableFromInline package let base: UnsafeMutablePointer<Scalar>
  /// How many inputs there are: the fan-in of the neuron that sends.
  public let count: Int
  /// How many columns (samples) there are.
  public let columns: Int
  @usableFromInline package let inputStride: Int
  @usableFromInline package let columnStride: Int

  /// Messages that add up in `received` of the layer before, neurons × columns.
  public init(addingTo received: Matrix<Scalar>) {
    storage = received.storage
    base = received.base
    (count, columns) = (received.rows, received.columns)
    (inputStride, columnStride) = (received.columns, 1)
  }

  /// Messages that add up in the first `count` numbers of each row, a row for each column.
  init(turned sums: Matrix<Scalar>, count: Int) {
    storage = sums.storage
    base = sums.base
    (self.count, columns) = (count, sums.rows)
    (inputStride, columnStride) = (1, sums.columns)
  }

  /// Messages to the neurons of a layer that fire at several positions: each neuron at each position is an input.
  init(addingTo received: Matrix<Scalar>, positions: Int) {
    storage = received.storage
    base = received.base
    (count, columns) = (received.rows * positions, received.columns / positions)
    (inputStride, columnStride) = (columns, 1)
  }

  private init(_ all: Messages, _ inputs: Range<Int>) {
    storage = all.storage
    base = all.base + inputs.lowerBound * all.inputStride
    (count, columns) = (inputs.count, all.columns)
    (inputStride, columnStride) = (all.inputStride, all.columnStride)
  }

  /// The messages to some neighbouring inputs.
  package func inputs(_ range: Range<Int>) -> Messages {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "no such inputs")
    return Messages(self, range)
  }

  @inlinable func offset(_ input: Int, _ column: Int) -> Int {
    precondition(isIndex(input, of: count) && isIndex(column, of: columns), "no such input")
    return input &* inputStride &+ column &* columnStride
  }

  /// The sum for input `input` in column `column`, both from 0.
  @inlinable public subscript(input: Int, column: Int) -> Scalar {
    get { base[offset(input, column)] }
    nonmutating set { base[offset(input, column)] = newValue }
  }
}

extension Range<Int> {
  /// Σ of `term` over the numbers of the range, in any order: the processor adds several terms at once, which a loop that
  /// adds one after the other does not let it do.
  ///
  ///     z[c] = bias + (0..<fanIn).sum { i in w[i] * x[i, c] }
  @inlinable @inline(__always)
  public func sum<Scalar: NetworkScalar>(_ term: (Int) throws -> Scalar) rethrows -> Scalar {
    var sum: Scalar = 0
    for index in self { sum = Relaxed.sum(try term(index), sum) }
    return sum
  }
}
