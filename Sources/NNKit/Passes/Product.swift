extension NetworkScalar {
  /// C = alpha · A · B + beta · C, shared out among threads.
  ///
  /// A is m × k, B is k × n; element (i, j) of A is `a[i * aRow + j * aColumn]`, and so for B. The calling thread does what is
  /// `beside` while others begin.
  package static func product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Self>, _ bRow: Int, _ bColumn: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int,
    _ pass: PassContext, beside: Beside<Never>? = nil
  ) {
    let product = SharedProduct(m, n, k, a, aRow, aColumn, b, bRow, bColumn, cRow, pass)
    product.share(pass.workers, beside: beside) { rows, columns in
      product.part(rows, columns, alpha, beta, c, cRow)
    }
  }

  /// C = alpha · A · B + beta · C by this thread alone, and by a backend if it can.
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Self>, _ bRow: Int, _ bColumn: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int,
    by backend: MatrixBackend?
  ) {
    if let backend, _product(by: backend, m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow) { return }
    _product(m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow)
  }
}

/// A product A · B that threads compute part by part.
///
/// Where the built-in product reads B packed, B is packed once for all of them, and they do that together. No number of C
/// depends on how C is cut.
struct SharedProduct<Scalar: NetworkScalar> {
  private let (m, n, k): (Int, Int, Int)
  private let (a, aRow, aColumn): (UnsafePointer<Scalar>, Int, Int)
  private let (b, bRow, bColumn): (UnsafePointer<Scalar>, Int, Int)
  private let backend: MatrixBackend?
  /// B, packed; nil where each part reads B itself.
  private let packed: UnsafeMutablePointer<Scalar>?
  /// In how many rows and columns of parts C is cut, and at multiples of how many rows and columns.
  private let (cuts, units): ((rows: Int, columns: Int), (rows: Int, columns: Int))

  init(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ aRow: Int, _ aColumn: Int, _ b: UnsafePointer<Scalar>,
    _ bRow: Int, _ bColumn: Int, _ cRow: Int, _ pass: PassContext
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.a, self.aRow, self.aColumn) = (a, aRow, aColumn)
    (self.b, self.bRow, self.bColumn) = (b, bRow, bColumn)
    backend = isLarge(m, n, k) ? pass.backend : nil
    let parts = partsOfProduct(m * n * k, pass.workers)
    guard parts > 1 else {
      (packed, cuts, units) = (nil, (1, 1), (max(1, m), max(1, n)))
      return
    }
    let packing = Scalar._packing(m, n, k, aRow, aColumn, bRow, bColumn, cRow)
    let packs = backend == nil && packing.numbers > 0
    units = (packing.rows, packs ? packing.columns : 64)
    let rows = min(parts, (m + units.rows - 1) / units.rows)
    cuts = (rows, min(parts / rows, (n + units.columns - 1) / units.columns))
    packed = packs ? pass.workers.room(packing.numbers, of: Scalar.self) : nil
    guard let packed else { return }
    pass.workers.share(packing.pieces, atLeast: 2, multiple: 1) { pieces in
      Scalar._pack(n, k, b, bRow, bColumn, pieces.lowerBound, pieces.count, packed)
    }
  }

  /// Whether each part has all columns of its rows.
  var hasWholeRows: Bool { cuts.columns == 1 }

  /// Calls `body` with the rows and columns of each part, on several threads.
  func share<Failure: Error>(
    _ workers: Workers, beside: Beside<Failure>?,
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    func part(_ count: Int, _ unit: Int, _ cuts: Int, _ number: Int) -> Range<Int> {
      let part = cut((count + unit - 1) / unit, into: cuts, number)
      return part.lowerBound * unit..<min(count, part.upperBound * unit)
    }
    try workers.run(chunks: cuts.rows * cuts.columns, beside: beside) { (chunk) throws(Failure) in
      try body(
        part(m, units.rows, cuts.rows, chunk / cuts.columns), part(n, units.columns, cuts.columns, chunk % cuts.columns)
      )
    }
  }

  /// C = alpha · A · B + beta · C for some rows and columns of C, which begins at `c`.
  func part(
    _ rows: Range<Int>, _ columns: Range<Int>, _ alpha: Scalar, _ beta: Scalar, _ c: UnsafeMutablePointer<Scalar>,
    _ cRow: Int
  ) {
    let (a, c) = (a + rows.lowerBound * aRow, c + rows.lowerBound * cRow)
    if let packed {
      Scalar._packedProduct(
        rows.count, columns.lowerBound, columns.count, n, k, alpha, a, aRow, aColumn, packed, beta, c, cRow)
    } else {
      Scalar.product(
        rows.count, columns.count, k, alpha, a, aRow, aColumn, b + columns.lowerBound * bColumn, bRow, bColumn, beta,
        c + columns.lowerBound, cRow, by: backend)
    }
  }
}

/// Into how many parts a product of so many multiplications is cut: some for each thread, so that one that is late leaves
/// most of its share to others, and more of a long product.
private func partsOfProduct(_ multiplications: Int, _ workers: Workers) -> Int {
  if workers.count == 1 { return 1 }
  let some = min(4 * workers.count, multiplications / leastWork)
  return workers.even(min(16 * workers.count, max(some, multiplications / 16_000_000)))
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
