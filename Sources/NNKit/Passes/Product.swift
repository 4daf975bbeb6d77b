extension NetworkScalar {
  /// C = alpha · A · B + beta · C, shared out among threads.
  ///
  /// A is m × k, B is k × n; element (i, j) of A is `a[i * aRow + j * aColumn]`, and so for B.
  package static func product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Self>, _ bRow: Int, _ bColumn: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int,
    _ compute: Compute
  ) {
    let backend = isLarge(m, n, k) ? compute.backend : nil
    func part(_ rows: Range<Int>, _ columns: Range<Int>) {
      let (a, b) = (a + rows.lowerBound * aRow, b + columns.lowerBound * bColumn)
      let c = c + rows.lowerBound * cRow + columns.lowerBound
      if let backend,
        _product(by: backend, rows.count, columns.count, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow)
      {
        return
      }
      _product(rows.count, columns.count, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow)
    }
    // What a thread must have to do, in multiplications.
    let least = 200_000
    if m >= n {
      compute.workers.share(m, atLeast: least / max(1, n * k), multiple: 24) { part($0, 0..<n) }
    } else {
      compute.workers.share(n, atLeast: least / max(1, m * k), multiple: 32) { part(0..<m, $0) }
    }
  }

  /// Whether a backend is faster than the built-in product: from about these shapes on, as measured.
  private static func isLarge(_ m: Int, _ n: Int, _ k: Int) -> Bool {
    m >= 16 && n >= 16 && k >= 16 && m * n * k >= 1_000_000
  }
}
