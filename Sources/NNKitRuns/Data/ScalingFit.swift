package import NNKit

/// How features are brought to a common scale.
public enum ScaleMethod: String, CaseIterable, Sendable {
  case none
  /// To 0...1.
  case unit
  /// To mean 0 and deviation 1.
  case standard
}

/// The scaling that brings the given samples to a common scale, feature by feature; a constant feature becomes 0.
///
/// `unit` maps what values can be, where that is known (bytes: 0...255), else what they are on these samples.
package func fitScaling<Scalar: NetworkScalar>(
  _ method: ScaleMethod, on samples: Matrix<Scalar>, knownRange: ClosedRange<Double>? = nil
) -> Scaling {
  switch method {
  case .none: return .none
  case .unit:
    if let range = knownRange {
      return Scaling(offset: [range.lowerBound], factor: [1 / (range.upperBound - range.lowerBound)])
    }
    let extremes = extremes(samples)
    return Scaling(
      offset: extremes.map(\.lowerBound), factor: extremes.map { reciprocal($0.upperBound - $0.lowerBound) })
  case .standard:
    let moments = moments(samples)
    return Scaling(offset: moments.map(\.mean), factor: moments.map { reciprocal($0.deviation) })
  }
}

/// 1 / x, and 1 for a feature that does not vary.
private func reciprocal(_ x: Double) -> Double { x > 0 && (1 / x).isFinite ? 1 / x : 1 }

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func extremes<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>) -> [ClosedRange<Double>] {
  let columns = matrix.columns
  var low = [Double](repeating: .infinity, count: columns)
  var high = [Double](repeating: -.infinity, count: columns)
  matrix.withElements { values in
    for index in values.indices {
      let (column, value) = (index % columns, Double(values[index]))
      if value < low[column] { low[column] = value }
      if value > high[column] { high[column] = value }
    }
  }
  return zip(low, high).map { $0...$1 }
}

/// Mean and deviation (of the population) of each column, in two passes.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func moments<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>) -> [(mean: Double, deviation: Double)] {
  let (columns, count) = (matrix.columns, Double(matrix.rows))
  var means = [Double](repeating: 0, count: columns)
  var squares = [Double](repeating: 0, count: columns)
  matrix.withElements { values in
    for index in values.indices { means[index % columns] += Double(values[index]) }
    for column in 0..<columns { means[column] /= count }
    for index in values.indices {
      let distance = Double(values[index]) - means[index % columns]
      squares[index % columns] += distance * distance
    }
  }
  // A constant feature's mean may miss it by a rounding; what is left is no deviation.
  return zip(means, squares).map { mean, square in
    let deviation = (square / count).squareRoot()
    return (mean, deviation > 1e-12 * abs(mean) ? deviation : 0)
  }
}
