internal import Dispatch

extension NetworkScalar {
  /// C = A · B + beta · C, the rows of C shared out among threads: the numbers do not depend on how many there are.
  ///
  /// A is m × k, B is k × n; element (i, j) of A is `a[i * aRow + j * aColumn]`, and so for B.
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int, _ b: UnsafePointer<Self>,
    _ bRow: Int, _ bColumn: Int, _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int, threads: Int
  ) {
    // Waking a thread takes some microseconds: it must have at least as much to do.
    let parts = min(threads, m / 8, m * n * k / 1_000_000)
    if parts < 2 { return _product(m, n, k, 1, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow) }
    // Whole tiles of 8 rows, so that each row is computed as it is by one thread alone.
    let share = ((m + 7) / 8 + parts - 1) / parts * 8
    nonisolated(unsafe) let (a, b, c) = (a, b, c)
    DispatchQueue.concurrentPerform(iterations: (m + share - 1) / share) { part in
      let first = part * share
      _product(
        min(share, m - first), n, k, 1, a + first * aRow, aRow, aColumn, b, bRow, bColumn, beta, c + first * cRow, cRow)
    }
  }
}
