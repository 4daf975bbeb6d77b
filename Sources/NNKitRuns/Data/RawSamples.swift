package import NNKit

/// Samples as a source gives them: not scaled, the targets not yet in the form that a loss compares.
package struct RawSamples {
  package var inputs: RawInputs
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
  /// The channels, height and width of a sample, where the source gives them: of grey pictures too.
  package let sampleShape: SampleShape?
  /// The file that messages name, where there is one.
  package let file: String?
  /// What reading decided by itself, a line each.
  package private(set) var notes: [String]
  /// How much each sample counts, where the source says so.
  package let weights: [Double]?

  package init(
    inputs: RawInputs, targets: RawTargets, knownRange: ClosedRange<Double>? = nil, featureNames: [String]? = nil,
    targetNames: [String]? = nil, classLabels: [String]? = nil, imageShape: ImageShape? = nil,
    sampleShape: SampleShape? = nil, file: String? = nil, notes: [String] = [], weights: [Double]? = nil
  ) {
    self.inputs = inputs
    self.targets = targets
    self.knownRange = knownRange
    self.featureNames = featureNames
    self.targetNames = targetNames
    self.classLabels = classLabels
    self.imageShape = imageShape
    self.sampleShape =
      sampleShape
      ?? imageShape.map { SampleShape(channels: 1, size: ImageSize(height: $0.rows, width: $0.columns)) }
    self.file = file
    self.notes = notes
    self.weights = weights
  }

  /// The same with other notes.
  func noting(_ notes: [String]) -> RawSamples {
    var copy = self
    copy.notes = notes
    return copy
  }

  package var count: Int { inputs.rows }

  /// The samples with the given numbers, in that order, copied.
  package func subset(_ indices: [Int]) -> RawSamples {
    RawSamples(
      inputs: inputs.subset(indices), targets: targets.subset(indices), knownRange: knownRange,
      featureNames: featureNames, targetNames: targetNames, classLabels: classLabels, imageShape: imageShape,
      sampleShape: sampleShape, file: file, notes: notes, weights: weights.map { all in indices.map { all[$0] } })
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
    /// A table's, before anything is fitted.
    case cells(TableCells)
    case table(TableValues)
  }
  private let storage: Storage

  package init(_ matrix: Matrix<Double>) { storage = .double(matrix) }
  package init(_ bytes: ByteRows) { storage = .bytes(bytes) }
  init(_ cells: TableCells) { storage = .cells(cells) }
  init(_ table: TableValues) { storage = .table(table) }

  /// The cells of a table of which it is not yet known what they become.
  package var cells: TableCells? { if case .cells(let cells) = storage { cells } else { nil } }

  /// What the columns of a table become, where that is known.
  package var table: [TableColumn]? { if case .table(let table) = storage { table.columns } else { nil } }

  package var rows: Int {
    switch storage {
    case .double(let matrix): matrix.rows
    case .bytes(let bytes): bytes.rows
    case .cells(let cells): cells.matrix.rows
    case .table(let table): table.matrix.rows
    }
  }

  /// How many a sample has; of a table that is not yet fitted, its columns.
  package var columns: Int {
    switch storage {
    case .double(let matrix): matrix.columns
    case .bytes(let bytes): bytes.columns
    case .cells(let cells): cells.matrix.columns
    case .table(let table): table.inputCount
    }
  }

  /// The rows, where they are bytes.
  var byteRows: ByteRows? { if case .bytes(let bytes) = storage { bytes } else { nil } }

  /// All rows, as numbers.
  var numbers: Matrix<Double> {
    switch storage {
    case .double(let matrix): matrix
    case .bytes(let bytes): SampleInputs<Double>(bytes, scaledBy: .none).copy(of: 0..<bytes.rows)
    case .cells(let cells): cells.matrix
    case .table(let table): table.matrix
    }
  }

  /// All rows, as arrays.
  package var values: [[Double]] {
    switch storage {
    case .double(let matrix): matrix.values
    case .bytes(let bytes): SampleInputs<Double>(bytes, scaledBy: .none).copy(of: 0..<bytes.rows).values
    case .cells(let cells): cells.matrix.values
    case .table(let table): table.allInputs.values
    }
  }

  package func subset(_ indices: [Int]) -> RawInputs {
    switch storage {
    case .double(let matrix): RawInputs(matrix.rows(indices))
    case .bytes(let bytes): RawInputs(bytes.subset(indices))
    case .cells(let cells): RawInputs(cells.subset(indices))
    case .table(let table): RawInputs(table.subset(indices))
    }
  }

  /// The inputs as a network reads them: scaled in double precision, and then rounded.
  ///
  /// Images that a training changes (`areChanged`) are kept as they are, and scaled after that.
  package func scaled<Scalar: NetworkScalar>(
    by scaling: Scaling?, as type: Scalar.Type, areChanged: Bool = false
  ) -> SampleInputs<Scalar> {
    switch storage {
    case .double(let matrix) where areChanged: SampleInputs(matrix, scaledBy: scaling ?? .none)
    case .table(let table) where areChanged: SampleInputs(table.allInputs, scaledBy: scaling ?? .none)
    case .double(let matrix): SampleInputs((scaling ?? .none).scaled(matrix, as: type))
    case .bytes(let bytes): SampleInputs(bytes, scaledBy: scaling ?? .none)
    case .cells(let cells): SampleInputs((scaling ?? .none).scaled(cells.matrix, as: type))
    case .table(let table): SampleInputs(table.scaled(by: scaling, as: type))
    }
  }

  /// The scaling that brings the inputs to a common scale; see `fitScaling`.
  package func fit(
    _ method: ScaleMethod, knownRange: ClosedRange<Double>?, across gather: RankGather
  ) rethrows -> Scaling {
    switch storage {
    case .double(let matrix): try fitScaling(method, on: matrix, knownRange: knownRange, across: gather)
    case .bytes(let bytes): try fitScaling(method, on: bytes, knownRange: knownRange, across: gather)
    case .cells(let cells): try fitScaling(method, on: cells.matrix, knownRange: knownRange, across: gather)
    case .table(let table): try fit(table, [ScaleMethod](repeating: method, count: table.columns.count), gather)
    }
  }

  /// The same with a method for each column of a table, or for each input where there is no table.
  package func fit(
    _ methods: [ScaleMethod], knownRange: ClosedRange<Double>?, across gather: RankGather
  ) rethrows -> Scaling {
    if case .table(let table) = storage { return try fit(table, methods, gather) }
    if methods.allSatisfy({ $0 == methods.first }) {
      return try fit(methods.first ?? .none, knownRange: knownRange, across: gather)
    }
    return joined(
      try methods.enumerated().map { column, method in
        try fitScaling(method, on: values(of: column), knownRange: knownRange, across: gather)
      })
  }

  /// One column of the inputs, or of the table that they come from.
  private func values(of column: Int) -> Matrix<Double> {
    let copy = Matrix<Double>(rows: rows, columns: 1)
    switch storage {
    case .double(let matrix): for row in 0..<rows { copy.base[row] = matrix.base[row * matrix.columns + column] }
    case .bytes(let bytes): for row in 0..<rows { copy.base[row] = Double(bytes.bytes[row * bytes.columns + column]) }
    case .cells(let cells):
      for row in 0..<rows { copy.base[row] = cells.matrix.base[row * cells.matrix.columns + column] }
    case .table(let table):
      let fill = table.columns[column].fill
      for row in 0..<rows {
        let value = table.matrix.base[row * table.matrix.columns + column]
        copy.base[row] = value.isNaN ? fill ?? value : value
      }
    }
    return copy
  }

  /// As above, where one process has all rows.
  package func fit(_ method: ScaleMethod, knownRange: ClosedRange<Double>?) -> Scaling {
    fit(method, knownRange: knownRange) { [$0] }
  }

  /// Inputs that are 0 or 1 by what they are stay so.
  private func fit(_ table: TableValues, _ methods: [ScaleMethod], _ gather: RankGather) rethrows -> Scaling {
    joined(
      try zip(table.columns, methods).enumerated().flatMap { index, entry in
        let (column, method) = entry
        let rest = [Scaling](repeating: .none, count: column.inputCount - column.scalableCount)
        guard column.scalableCount == 1, method != .none else {
          return [Scaling](repeating: .none, count: column.scalableCount) + rest
        }
        return [try fitScaling(method, on: values(of: index), across: gather)] + rest
      })
  }

  private func joined(_ parts: [Scaling]) -> Scaling {
    Scaling(offset: parts.map { $0.offset[0] }, factor: parts.map { $0.factor[0] })
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
  func rows(_ indices: [Int]) -> Matrix {
    let copy = Matrix(rows: indices.count, columns: columns)
    for (place, index) in indices.enumerated() {
      precondition(index >= 0 && index < rows, "no such row")
      (copy.base + place * columns).update(from: base + index * columns, count: columns)
    }
    return copy
  }
}
