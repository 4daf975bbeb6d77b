package import NNKit

/// Samples as a source gives them: not scaled, the targets not yet in the form that a loss compares.
package struct RawSamples<Scalar: NetworkScalar> {
  /// Samples × features.
  package let inputs: Matrix<Scalar>
  package let targets: RawTargets<Scalar>
  /// What values the inputs could have, where the format says so: 0...255 for bytes.
  package let knownRange: ClosedRange<Double>?
  /// The name of each feature, where the source has names.
  package let featureNames: [String]?
  /// The name of each target, where the source has names.
  package let targetNames: [String]?
  /// How a sample's inputs are a picture, where the source has pictures.
  package let imageShape: ImageShape?

  package init(
    inputs: Matrix<Scalar>, targets: RawTargets<Scalar>, knownRange: ClosedRange<Double>? = nil,
    featureNames: [String]? = nil, targetNames: [String]? = nil, imageShape: ImageShape? = nil
  ) {
    self.inputs = inputs
    self.targets = targets
    self.knownRange = knownRange
    self.featureNames = featureNames
    self.targetNames = targetNames
    self.imageShape = imageShape
  }

  package var count: Int { inputs.rows }

  /// The samples with the given numbers, in that order, copied.
  package func subset(_ indices: [Int]) -> RawSamples {
    RawSamples(
      inputs: inputs.rows(indices), targets: targets.subset(indices), knownRange: knownRange,
      featureNames: featureNames, targetNames: targetNames, imageShape: imageShape)
  }
}

/// The size of grey pictures whose pixels are inputs, row after row.
package struct ImageShape: Equatable, Sendable {
  package let rows: Int
  package let columns: Int
}

/// What is to be learned, a target a sample.
package enum RawTargets<Scalar: NetworkScalar> {
  /// Numbers, samples × outputs.
  case values(Matrix<Scalar>)
  /// For each sample the index of its class in `classes`, their names.
  case labels([Int], classes: [String])

  package var count: Int {
    switch self {
    case .values(let matrix): matrix.rows
    case .labels(let labels, _): labels.count
    }
  }

  func subset(_ indices: [Int]) -> RawTargets {
    switch self {
    case .values(let matrix): .values(matrix.rows(indices))
    case .labels(let labels, let classes): .labels(indices.map { labels[$0] }, classes: classes)
    }
  }
}

extension Matrix {
  fileprivate func rows(_ indices: [Int]) -> Matrix {
    let copy = Matrix(rows: indices.count, columns: columns)
    for (place, index) in indices.enumerated() {
      precondition(index >= 0 && index < rows, "no such row")
      (copy.base + place * columns).update(from: base + index * columns, count: columns)
    }
    return copy
  }
}
