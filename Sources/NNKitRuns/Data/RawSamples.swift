package import NNKit

/// Samples as a source gives them: not scaled, the targets not yet in the form that a loss compares.
package struct RawSamples {
  package let inputs: RawInputs
  package var targets: RawTargets
  /// What values the inputs could have, where the format says so: 0...255 for bytes.
  package let knownRange: ClosedRange<Double>?
  /// The name of each feature, where the source has names.
  package let featureNames: [String]?
  /// The name of each target, where the source has names.
  package let targetNames: [String]?
  /// What the file has in place of the classes' names, where the configuration names them.
  package let classLabels: [String]?
  /// How a sample's inputs are a picture, where the source has pictures.
  package let imageShape: ImageShape?
  /// The file that messages name, where there is one.
  package let file: String?
  /// What reading decided by itself, a line each.
  package let notes: [String]

  package init(
    inputs: RawInputs, targets: RawTargets, knownRange: ClosedRange<Double>? = nil, featureNames: [String]? = nil,
    targetNames: [String]? = nil, classLabels: [String]? = nil, imageShape: ImageShape? = nil, file: String? = nil,
    notes: [String] = []
  ) {
    self.inputs = inputs
    self.targets = targets
    self.knownRange = knownRange
    self.featureNames = featureNames
    self.targetNames = targetNames
    self.classLabels = classLabels
    self.imageShape = imageShape
    self.file = file
    self.notes = notes
  }

  package var count: Int { inputs.rows }

  /// The samples with the given numbers, in that order, copied.
  package func subset(_ indices: [Int]) -> RawSamples {
    RawSamples(
      inputs: inputs.subset(indices), targets: targets.subset(indices), knownRange: knownRange,
      featureNames: featureNames, targetNames: targetNames, classLabels: classLabels, imageShape: imageShape,
      file: file, notes: notes)
  }
}

/// The size of grey pictures whose pixels are inputs, row after row.
package struct ImageShape: Equatable, Sendable {
  package let rows: Int
  package let columns: Int
}

/// Inputs as a source gives them, samples × features: in double precision, so that scaling loses no digits.
package struct RawInputs {
  private enum Storage {
    case double(Matrix<Double>)
    /// The pixels of pictures.
    case bytes(ByteRows)
  }
  private let storage: Storage

  package init(_ matrix: Matrix<Double>) { storage = .double(matrix) }
  package init(_ bytes: ByteRows) { storage = .bytes(bytes) }

  package var rows: Int {
    switch storage {
    case .double(let matrix): matrix.rows
    case .bytes(let bytes): bytes.rows
    }
  }

  package var columns: Int {
    switch storage {
    case .double(let matrix): matrix.columns
    case .bytes(let bytes): bytes.columns
    }
  }

  /// All rows, as arrays.
  package var values: [[Double]] {
    switch storage {
    case .double(let matrix): matrix.values
    case .bytes(let bytes): SampleInputs<Double>(bytes, scaledBy: .none).copy(of: 0..<bytes.rows).values
    }
  }

  package func subset(_ indices: [Int]) -> RawInputs {
    switch storage {
    case .double(let matrix): RawInputs(matrix.rows(indices))
    case .bytes(let bytes): RawInputs(bytes.subset(indices))
    }
  }

  /// The inputs as a network reads them: scaled in double precision, and then rounded.
  package func scaled<Scalar: NetworkScalar>(by scaling: Scaling?, as type: Scalar.Type) -> SampleInputs<Scalar> {
    switch storage {
    case .double(let matrix): SampleInputs((scaling ?? .none).scaled(matrix, as: type))
    case .bytes(let bytes): SampleInputs(bytes, scaledBy: scaling ?? .none)
    }
  }

  /// The scaling that brings the inputs to a common scale; see `fitScaling`.
  package func fit(_ method: ScaleMethod, knownRange: ClosedRange<Double>?) -> Scaling {
    switch storage {
    case .double(let matrix): fitScaling(method, on: matrix, knownRange: knownRange)
    case .bytes(let bytes): fitScaling(method, on: bytes, knownRange: knownRange)
    }
  }
}

/// What is to be learned, a target a sample.
package enum RawTargets {
  /// Numbers, samples × targets.
  case values(Matrix<Double>)
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
