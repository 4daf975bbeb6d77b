/// What a network learns from or is measured on: inputs and targets, a sample a row.
public struct Samples<Scalar: NetworkScalar> {
  /// Samples × inputs.
  public let inputs: Matrix<Scalar>
  /// Samples × outputs.
  public let targets: Matrix<Scalar>
  /// Whether targets say which class a sample belongs to: then there is an accuracy.
  public let areClasses: Bool

  /// Samples from arrays: `inputs[s]` and `targets[s]` belong to sample `s`.
  ///
  /// - Throws: `NetworkError` if there are none, or if the counts do not match.
  public init(inputs: [[Scalar]], targets: [[Scalar]], areClasses: Bool = false) throws {
    for (name, rows) in [("inputs", inputs), ("targets", targets)] {
      if let odd = rows.firstIndex(where: { $0.count != rows[0].count }) {
        throw NetworkError("sample \(odd) has \(rows[odd].count) \(name), sample 0 has \(rows[0].count)")
      }
    }
    try self.init(inputs: Matrix(inputs), targets: Matrix(targets), areClasses: areClasses)
  }

  /// Samples from matrices with a row a sample.
  ///
  /// - Throws: `NetworkError` if there are none, or if the counts do not match.
  public init(inputs: Matrix<Scalar>, targets: Matrix<Scalar>, areClasses: Bool = false) throws {
    guard inputs.rows == targets.rows, inputs.rows > 0, inputs.columns > 0, targets.columns > 0 else {
      throw NetworkError(
        "expected at least one sample with at least one input and target; found \(inputs.rows) samples of"
          + " \(inputs.columns) inputs and \(targets.rows) of \(targets.columns) targets")
    }
    self.inputs = inputs
    self.targets = targets
    self.areClasses = areClasses
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
  /// Samples × inputs, as they lie in the data set.
  private let samples: Matrix<Scalar>
  /// Outputs × columns, as the loss compares them with the last layer.
  package let targets: Matrix<Scalar>
  private let rows: Matrix<Scalar>
  package private(set) var count = 0

  package init(capacity: Int, of samples: Samples<Scalar>) {
    self.samples = Matrix(rows: capacity, columns: samples.inputs.columns)
    rows = Matrix(rows: capacity, columns: samples.targets.columns)
    targets = Matrix(rows: samples.targets.columns, columns: capacity)
  }

  package var inputs: Inputs<Scalar> { Inputs(samples: samples, count: count) }

  /// Copies the samples with the given numbers.
  package func fill(from source: Samples<Scalar>, _ indices: some Collection<Int>) {
    count = indices.count
    targets.resize(columns: count)
    let (width, outputs) = (samples.columns, rows.columns)
    for (place, index) in indices.enumerated() {
      (samples.base + place * width).update(from: source.inputs.base + index * width, count: width)
      (rows.base + place * outputs).update(from: source.targets.base + index * outputs, count: outputs)
    }
    Scalar._transpose(rows.base, count, outputs, targets.base)
  }
}
