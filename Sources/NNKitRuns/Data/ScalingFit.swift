package import NNKit

/// How features are brought to a common scale.
public enum ScaleMethod: String, CaseIterable, Sendable {
  case none
  /// To 0...1.
  case unit
  /// To mean 0 and deviation 1.
  case standard
  /// To median 0 and a distance of 1 between the quartiles: a few values far off change little.
  case robust
}

/// The scaling that brings the given samples to a common scale, feature by feature; a constant feature becomes 0.
///
/// `gather` brings together what the ranks have found on their own rows. `unit` maps what values can be, where that is known (bytes: 0...255), else what they are on these samples.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
package func fitScaling<Scalar: NetworkScalar>(
  _ method: ScaleMethod, on samples: Matrix<Scalar>, knownRange: ClosedRange<Double>? = nil,
  across gather: RankGather
) rethrows -> Scaling {
  try samples.withElements { values in
    try fit(method, values.count, samples.columns, knownRange, gather) { Double(values[$0]) }
  }
}

/// As for numbers.
package func fitScaling(
  _ method: ScaleMethod, on samples: ByteRows, knownRange: ClosedRange<Double>? = nil,
  across gather: RankGather
) rethrows -> Scaling {
  try samples.bytes.withUnsafeBufferPointer { bytes in
    try fit(method, bytes.count, samples.columns, knownRange, gather) { Double(bytes[$0]) }
  }
}

/// Gives the numbers of each rank where each has rows of its own, to those of this one.
package typealias RankGather = ([Double]) throws -> [[Double]]

/// As above, where one process has all rows.
package func fitScaling<Scalar: NetworkScalar>(
  _ method: ScaleMethod, on samples: Matrix<Scalar>, knownRange: ClosedRange<Double>? = nil
) -> Scaling {
  fitScaling(method, on: samples, knownRange: knownRange) { [$0] }
}

/// As above, where one process has all rows.
package func fitScaling(
  _ method: ScaleMethod, on samples: ByteRows, knownRange: ClosedRange<Double>? = nil
) -> Scaling {
  fitScaling(method, on: samples, knownRange: knownRange) { [$0] }
}

// Inlined with its callers' ways to read a number, of which a large set has some ten million.
@inline(__always)
private func fit(
  _ method: ScaleMethod, _ count: Int, _ columns: Int, _ knownRange: ClosedRange<Double>?, _ gather: RankGather,
  _ value: (Int) -> Double
) rethrows -> Scaling {
  switch method {
  case .none: return .none
  case .unit:
    if let range = knownRange {
      return Scaling(offset: [range.lowerBound], factor: [1 / (range.upperBound - range.lowerBound)])
    }
    let extremes = try extremes(count, columns, gather, value)
    return Scaling(
      offset: extremes.map(\.lowerBound), factor: extremes.map { reciprocal($0.upperBound - $0.lowerBound) })
  case .standard:
    let moments = try moments(count, columns, gather, value)
    return Scaling(offset: moments.map(\.mean), factor: moments.map { reciprocal($0.deviation) })
  case .robust:
    let all = (0..<columns).map { column in
      quartiles(of: stride(from: column, to: count, by: columns).map(value))
    }
    return Scaling(offset: all.map(\.median), factor: all.map { reciprocal($0.third - $0.first) })
  }
}

/// 1 / x, and 1 for a feature that does not vary.
private func reciprocal(_ x: Double) -> Double { x > 0 && (1 / x).isFinite ? 1 / x : 1 }

@inline(__always)
private func extremes(
  _ count: Int, _ columns: Int, _ gather: RankGather, _ value: (Int) -> Double
) rethrows -> [ClosedRange<Double>] {
  var low = [Double](repeating: .infinity, count: columns)
  var high = [Double](repeating: -.infinity, count: columns)
  for start in stride(from: 0, to: count, by: columns) {
    for column in 0..<columns {
      let value = value(start + column)
      if value < low[column] { low[column] = value }
      if value > high[column] { high[column] = value }
    }
  }
  let all = try gather(low + high)
  return (0..<columns).map { column in
    all.reduce(.infinity) { min($0, $1[column]) }...all.reduce(-.infinity) { max($0, $1[columns + column]) }
  }
}

/// By linear interpolation between the nearest of the sorted values, as numpy and scikit-learn have it.
private func quartiles(of values: [Double]) -> (first: Double, median: Double, third: Double) {
  let sorted = values.sorted()
  func at(_ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let lower = Int(place)
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
  }
  return (at(0.25), at(0.5), at(0.75))
}

/// Mean and deviation (of the population) of each column, in two passes.
@inline(__always)
private func moments(
  _ count: Int, _ columns: Int, _ gather: RankGather, _ value: (Int) -> Double
) rethrows -> [(mean: Double, deviation: Double)] {
  func total(_ own: [Double]) throws -> [Double] {
    let all = try gather(own)
    return own.indices.map { place in all.dropFirst().reduce(all[0][place]) { $0 + $1[place] } }
  }
  let rows = try total([Double(count / columns)])[0]
  var means = [Double](repeating: 0, count: columns)
  var squares = [Double](repeating: 0, count: columns)
  for start in stride(from: 0, to: count, by: columns) {
    for column in 0..<columns { means[column] += value(start + column) }
  }
  means = try total(means)
  for column in 0..<columns { means[column] /= rows }
  for start in stride(from: 0, to: count, by: columns) {
    for column in 0..<columns {
      let distance = value(start + column) - means[column]
      squares[column] += distance * distance
    }
  }
  squares = try total(squares)
  // A constant feature's mean may miss it by a rounding; the rest is not a deviation.
  return zip(means, squares).map { mean, square in
    let deviation = (square / rows).squareRoot()
    return (mean, deviation > 1e-12 * abs(mean) ? deviation : 0)
  }
}
