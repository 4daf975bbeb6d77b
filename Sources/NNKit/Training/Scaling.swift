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
  package func apply<Scalar: NetworkScalar>(to samples: Matrix<Scalar>) { change(samples, undo: false) }

  /// Brings scaled samples, a row each, back to what they were.
  package func undo<Scalar: NetworkScalar>(on samples: Matrix<Scalar>) { change(samples, undo: true) }

  /// Raw samples, a row each, scaled in double precision and then rounded: as training, predictions and all else read them.
  package func scaled<Scalar: NetworkScalar>(_ samples: Matrix<Double>, as _: Scalar.Type) -> Matrix<Scalar> {
    let copy = Matrix<Double>(rows: samples.rows, columns: samples.columns)
    copy.assign(samples)
    apply(to: copy)
    return Matrix<Scalar>(converting: copy)
  }

  private func change<Scalar: NetworkScalar>(_ samples: Matrix<Scalar>, undo: Bool) {
    func forEachColumn(_ numbers: [Double]) -> [Double] {
      numbers.count == 1 ? [Double](repeating: numbers[0], count: samples.columns) : numbers
    }
    Scalar._scale(
      samples.base, samples.rows, samples.columns, forEachColumn(offset), forEachColumn(factor), undo: undo)
  }
}
