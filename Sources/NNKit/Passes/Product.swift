extension NetworkScalar {
  /// C = alpha · A · B + beta · C, shared out among threads.
  ///
  /// A is m × k, B is k × n; element (i, j) of A is `a[i * aRow + j * aColumn]`, and so for B. The calling thread does what is
  /// `beside`, which counts as some rows of C, while others begin.
  package static func product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Self>, _ bRow: Int, _ bColumn: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int,
    _ compute: Compute, beside: Beside<Never>? = nil
  ) {
    func part(_ rows: Range<Int>, _ columns: Range<Int>) {
      product(
        rows.count, columns.count, k, alpha, a + rows.lowerBound * aRow, aRow, aColumn,
        b + columns.lowerBound * bColumn, bRow, bColumn, beta, c + rows.lowerBound * cRow + columns.lowerBound, cRow,
        by: isLarge(m, n, k) ? compute.backend : nil)
    }
    if sharesRows(m, n, k, bColumn, compute) {
      compute.workers.share(m, atLeast: leastWork / max(1, n * k), multiple: 8, beside: beside) { part($0, 0..<n) }
    } else {
      var beside = beside
      beside?.cost *= n / max(1, m)  // of rows of C there are m, of columns n
      compute.workers.share(n, atLeast: leastWork / max(1, m * k), multiple: 16, beside: beside) { part(0..<m, $0) }
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

/// Whether threads take rows of C, not columns: then a row's owner is the same in every product over its matrix.
///
/// But each packs all of B, where that is needed, which only many rows are worth.
func sharesRows(_ m: Int, _ n: Int, _ k: Int, _ bColumn: Int, _ compute: Compute) -> Bool {
  let packs = n >= 32 && (k > 64 || bColumn != 1)
  return m >= min(n, (packs ? 128 : 16) * compute.workers.count)
}

/// What a thread must have to do, in multiplications.
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
