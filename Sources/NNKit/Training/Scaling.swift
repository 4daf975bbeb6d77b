/// A change of scale that was fitted on training data: scaled = (x − offset) · factor, feature by feature.
///
/// Arrays of one element stand for all features.
public struct Scaling: Codable, Equatable, Sendable {
  public var offset: [Double]
  public var factor: [Double]

  public init(offset: [Double], factor: [Double]) {
    self.offset = offset
    self.factor = factor
  }

  /// Scales samples, a row each, in place.
  package func apply<Scalar: NetworkScalar>(to samples: Matrix<Scalar>) {
    forEachRow(samples) { x, offset, factor in (x - offset) * factor }
  }

  /// Brings scaled samples, a row each, back to what they were.
  package func undo<Scalar: NetworkScalar>(on samples: Matrix<Scalar>) {
    forEachRow(samples) { x, offset, factor in x / factor + offset }
  }

  private func forEachRow<Scalar: NetworkScalar>(
    _ samples: Matrix<Scalar>, _ change: (Scalar, Scalar, Scalar) -> Scalar
  ) {
    let columns = samples.columns
    let offsets = (0..<columns).map { Scalar(offset.count == 1 ? offset[0] : offset[$0]) }
    let factors = (0..<columns).map { Scalar(factor.count == 1 ? factor[0] : factor[$0]) }
    let values = samples.buffer
    for row in 0..<samples.rows {
      for column in 0..<columns {
        let index = row * columns + column
        values[index] = change(values[index], offsets[column], factors[column])
      }
    }
  }
}
