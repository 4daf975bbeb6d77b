extension GEMM where Scalar: NetworkScalar {
  /// Computes C, shared out among threads.
  ///
  /// The calling thread does what is `beside` while others begin.
  package func run(_ pass: PassContext, overlapping: OverlappedTask<Never>? = nil) {
    if pass.threadPool.count == 1 {
      overlapping?.work()
      return run(by: isLarge(m, n, k) ? pass.backend : nil)
    }
    let product = SharedProduct(self, pass)
    product.share(pass.threadPool, overlapping: overlapping) { rows, columns in product.part(rows, columns) }
  }

  /// Computes C, and calls `done` for some rows and columns at a time that are complete and in a cache of the calling thread.
  func run(
    _ pass: PassContext, overlapping: OverlappedTask<Never>?,
    done: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    let product = SharedProduct(self, pass, inBlocks: true)
    product.share(pass.threadPool, overlapping: overlapping) { rows, columns in
      product.eachBlock(of: rows) { block in
        product.part(block, columns)
        done(block, columns)
      }
    }
  }

  /// Computes C by this thread alone, and by a backend if it can.
  func run(by backend: MatrixBackend?) {
    if let backend, backend.multiply(self) { return }
    Scalar._kernels.multiply(self)
  }
}

/// A matrix multiplication that threads compute part by part.
///
/// Where the built-in multiplication reads B packed, B is packed once for all of them, and they do that together. No number of
/// C depends on how C is cut.
struct SharedProduct<Scalar: NetworkScalar> {
  private let gemm: GEMM<Scalar>
  private let backend: MatrixBackend?
  /// B, packed; nil where each part reads B itself.
  private let packed: UnsafeMutablePointer<Scalar>?
  /// In how many rows and columns of parts C is cut, and at multiples of how many rows and columns.
  private let (cuts, units): ((rows: Int, columns: Int), (rows: Int, columns: Int))

  /// - Parameters:
  ///   - gemm: The multiplication.
  ///   - pass: Threads and backend.
  ///   - inBlocks: Whether parts are computed in blocks of rows, for which B is packed once, too.
  init(_ gemm: GEMM<Scalar>, _ pass: PassContext, inBlocks: Bool = false) {
    let (m, n, k) = (gemm.m, gemm.n, gemm.k)
    self.gemm = gemm
    backend = isLarge(m, n, k) ? pass.backend : nil
    let parts = partsOfProduct(m * n * k, pass.threadPool)
    guard parts > 1 || inBlocks && backend == nil else {
      (packed, cuts, units) = (nil, (1, 1), (max(1, m), max(1, n)))
      return
    }
    let packing = Scalar._kernels.packing(gemm)
    let packs = backend == nil && packing.numbers > 0
    units = (packing.rows, packs ? packing.columns : 64)
    let rows = min(parts, (m + units.rows - 1) / units.rows)
    cuts = (rows, min(parts / rows, (n + units.columns - 1) / units.columns))
    packed = packs ? pass.threadPool.room(packing.numbers, of: Scalar.self) : nil
    guard let packed else { return }
    pass.threadPool.parallelFor(packing.pieces, grain: 2, alignment: 1) { pieces in
      Scalar._kernels.pack(gemm, pieces.lowerBound, pieces.count, packed)
    }
  }

  /// Whether each part has all columns of its rows.
  var hasWholeRows: Bool { cuts.columns == 1 }

  /// Calls `body` with the rows and columns of each part, on several threads.
  func share<Failure: Error>(
    _ threadPool: ThreadPool, overlapping: OverlappedTask<Failure>?,
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    try threadPool.run(chunks: cuts.rows * cuts.columns, overlapping: overlapping) { (chunk) throws(Failure) in
      try body(
        cut(gemm.m, unit: units.rows, into: cuts.rows, chunk / cuts.columns),
        cut(gemm.n, unit: units.columns, into: cuts.columns, chunk % cuts.columns))
    }
  }

  /// Calls `body` with blocks of some rows, of which a second-level cache holds several of a few thousand columns; a backend
  /// computes all at once.
  func eachBlock(of rows: Range<Int>, _ body: (Range<Int>) -> Void) {
    if backend != nil { return body(rows) }
    let (first, blocks) = (rows.lowerBound, max(1, rows.count / 48))
    for number in 0..<blocks {
      let block = cut(rows.count, unit: units.rows, into: blocks, number)
      body(first + block.lowerBound..<first + block.upperBound)
    }
  }

  /// Computes some rows and columns of C.
  func part(_ rows: Range<Int>, _ columns: Range<Int>) {
    if packed == nil, rows.count == gemm.m, columns.count == gemm.n { return gemm.run(by: backend) }
    var part = gemm
    part.m = rows.count
    part.a.base += rows.lowerBound * gemm.a.row
    part.c += rows.lowerBound * gemm.cRow
    if let packed { return Scalar._kernels.multiplyPacked(part, columns.lowerBound, columns.count, packed) }
    part.n = columns.count
    part.b.base += columns.lowerBound * gemm.b.column
    part.c += columns.lowerBound
    part.run(by: backend)
  }
}

/// Part number `number` of `parts` of 0..<count, which begin at multiples of `unit`.
private func cut(_ count: Int, unit: Int, into parts: Int, _ number: Int) -> Range<Int> {
  let part = cut((count + unit - 1) / unit, into: parts, number)
  return part.lowerBound * unit..<min(count, part.upperBound * unit)
}

/// Into how many parts a product of so many multiplications is cut: some for each thread, so that one that is late leaves
/// most of its share to others, and more of a long product.
private func partsOfProduct(_ multiplications: Int, _ threadPool: ThreadPool) -> Int {
  if threadPool.count == 1 { return 1 }
  let some = min(4 * threadPool.count, multiplications / leastWork)
  return threadPool.even(min(16 * threadPool.count, max(some, multiplications / 16_000_000)))
}

/// What a part of a product must be, in multiplications.
let leastWork = 200_000

/// Whether a backend is faster than the built-in product: from about these shapes on, as measured.
func isLarge(_ m: Int, _ n: Int, _ k: Int) -> Bool {
  m >= 16 && n >= 16 && k >= 16 && m * n * k >= 1_000_000
}

extension Network {
  /// Whether any product over so many columns is one for a backend; opening its library takes tens of milliseconds.
  package func hasLargeProducts(columns: Int) -> Bool {
    layers.contains { isLarge($0.neurons.count, columns, $0.fanIn) }
  }
}
