/// What a network learns from or is measured on: inputs and targets, a sample a row.
public struct Samples<Scalar: NetworkScalar> {
  /// Samples × inputs.
  public let inputs: Matrix<Scalar>
  /// Samples × outputs.
  public let targets: Matrix<Scalar>
  public let targetKind: TargetKind
  /// Whether targets say which class a sample belongs to: then there is an accuracy.
  public var areClasses: Bool { targetKind == .classes }

  /// Samples from arrays: `inputs[s]` and `targets[s]` belong to sample `s`.
  ///
  /// - Throws: `NetworkError` if there are none, or if the counts do not match.
  public init(inputs: [[Scalar]], targets: [[Scalar]], targetKind: TargetKind = .numbers) throws {
    for (name, rows) in [("inputs", inputs), ("targets", targets)] {
      if let odd = rows.firstIndex(where: { $0.count != rows[0].count }) {
        throw NetworkError("sample \(odd) has \(rows[odd].count) \(name), sample 0 has \(rows[0].count)")
      }
    }
    try self.init(inputs: Matrix(inputs), targets: Matrix(targets), targetKind: targetKind)
  }

  /// Samples from matrices with a row a sample.
  ///
  /// - Throws: `NetworkError` if there are none, or if the counts do not match.
  public init(inputs: Matrix<Scalar>, targets: Matrix<Scalar>, targetKind: TargetKind = .numbers) throws {
    guard inputs.rows == targets.rows, inputs.rows > 0, inputs.columns > 0, targets.columns > 0 else {
      throw NetworkError(
        "expected at least one sample with at least one input and target; found \(inputs.rows) samples of"
          + " \(inputs.columns) inputs and \(targets.rows) of \(targets.columns) targets")
    }
    self.inputs = inputs
    self.targets = targets
    self.targetKind = targetKind
  }

  public var count: Int { inputs.rows }

  package func check(fits network: Network<Scalar>) throws {
    guard inputs.columns == network.inputCount else {
      throw NetworkError("samples have \(inputs.columns) inputs, the network takes \(network.inputCount)")
    }
    guard targets.columns == network.outputCount else {
      throw NetworkError("samples have \(targets.columns) targets, the network has \(network.outputCount) outputs")
    }
  }
}

/// Some samples as a network reads them at once.
package final class Batch<Scalar: NetworkScalar> {
  /// What the first layer hears.
  package private(set) var inputs: Inputs<Scalar>
  /// Outputs × columns, as the loss compares them with the last layer.
  package let targets: Matrix<Scalar>
  package var count: Int { inputs.columns }
  /// Samples gathered from here and there, a row each.
  private let gathered: (inputs: Matrix<Scalar>, targets: Matrix<Scalar>)

  package init(capacity: Int, of samples: Samples<Scalar>) {
    gathered = (
      Matrix(rows: capacity, columns: samples.inputs.columns), Matrix(rows: capacity, columns: samples.targets.columns)
    )
    targets = Matrix(rows: samples.targets.columns, columns: capacity)
    inputs = Inputs(samples: gathered.inputs, 0..<0)
  }

  /// Copies the samples with the given numbers.
  package func fill(from source: Samples<Scalar>, _ indices: ArraySlice<Int>) {
    let (width, outputs) = (gathered.inputs.columns, gathered.targets.columns)
    for (place, index) in indices.enumerated() {
      (gathered.inputs.base + place * width).update(from: source.inputs.base + index * width, count: width)
      (gathered.targets.base + place * outputs).update(from: source.targets.base + index * outputs, count: outputs)
    }
    inputs = Inputs(samples: gathered.inputs, 0..<indices.count)
    turn(gathered.targets.base)
  }

  /// Takes neighbouring samples, whose inputs are read where they lie.
  package func take(_ range: Range<Int>, of source: Samples<Scalar>) {
    inputs = Inputs(samples: source.inputs, range)
    turn(source.targets.base + range.lowerBound * source.targets.columns)
  }

  private func turn(_ rows: UnsafePointer<Scalar>) {
    targets.resize(columns: count)
    Scalar._transpose(rows, count, targets.rows, targets.base)
  }
}
