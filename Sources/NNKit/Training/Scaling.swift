/// A change of scale that was fitted on training data: scaled = (x − offset) · factor, feature by feature.
///
/// Arrays of one element stand for all features.
public struct Scaling: Codable, Hashable, Sendable {
  /// What is subtracted, a number for each column.
  public var offset: [Double]
  /// What is multiplied by afterwards, a number for each column.
  public var factor: [Double]

  /// Leaves every number as it is.
  package static let none = Scaling(offset: [0], factor: [1])

  /// With a number for each column.
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
    let (offset, factor) = forEachColumn(of: samples.columns)
    Scalar._kernels.scale(samples.base, samples.rows, samples.columns, offset, factor, undo)
  }

  /// An offset and a factor for each of `count` columns.
  func forEachColumn(of count: Int) -> (offset: [Double], factor: [Double]) {
    func each(_ numbers: [Double]) -> [Double] {
      numbers.count == 1 ? [Double](repeating: numbers[0], count: count) : numbers
    }
    return (each(offset), each(factor))
  }
}
