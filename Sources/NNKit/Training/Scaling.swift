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

  private func change<Scalar: NetworkScalar>(_ samples: Matrix<Scalar>, undo: Bool) {
    func forEachColumn(_ numbers: [Double]) -> [Scalar] {
      (0..<samples.columns).map { Scalar(numbers.count == 1 ? numbers[0] : numbers[$0]) }
    }
    Scalar._scale(
      samples.base, samples.rows, samples.columns, forEachColumn(offset), forEachColumn(factor), undo: undo)
  }
}
