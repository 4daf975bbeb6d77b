public import RealModule

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
