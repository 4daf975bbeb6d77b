/// What a network learns from or is measured on: inputs and targets, a sample a row.
///
/// Several tasks may train on one set of samples at a time. Nothing in nnkit writes to its matrices once it is made, and a
/// program must not either while another task reads them; hence it is Sendable.
public struct Samples<Scalar: NetworkScalar>: @unchecked Sendable {
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
    try self.init(inputs: try Matrix(inputs), targets: try Matrix(targets), targetKind: targetKind)
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

  @available(*, deprecated, message: "say what targets are: targetKind: .classes")
  public init(inputs: [[Scalar]], targets: [[Scalar]], areClasses: Bool) throws {
    try self.init(inputs: inputs, targets: targets, targetKind: areClasses ? .classes : .numbers)
  }

  /// Samples of classes: `labels[s]`, from 0, says which class sample `s` belongs to.
  ///
  /// - Parameters:
  ///   - inputs: A row for each sample.
  ///   - labels: The class of each sample, less than `classes`.
  ///   - classes: How many there are; the network has an output for each, or a single one for two.
  ///   - loss: Which targets stand for "not of this class" and "of this class".
  ///   - outputs: How many outputs the network has; `classes` if nil.
  /// - Throws: `NetworkError` if counts do not match or a label is none of the classes.
  public init(inputs: [[Scalar]], labels: [Int], classes: Int, loss: Loss, outputs: Int? = nil) throws {
    let outputs = outputs ?? classes
    guard classes > 0, outputs == classes || outputs == 1 && classes == 2 else {
      throw NetworkError(
        "\(classes) classes need as many outputs, or a single one for two; found \(outputs) outputs", .samples)
    }
    if let odd = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw NetworkError("sample \(odd) has the label \(labels[odd]), expected 0 to \(classes - 1)", .samples)
    }
    let (off, on) = (Scalar(loss.targetOff), Scalar(loss.targetOn))
    let targets = labels.map { label in
      outputs == 1 ? [label == 1 ? on : off] : (0..<classes).map { $0 == label ? on : off }
    }
    try self.init(inputs: inputs, targets: targets, targetKind: .classes)
  }

  public var count: Int { inputs.rows }

  package func check(fits network: Network<Scalar>) throws {
    guard inputs.columns == network.inputCount else {
      throw NetworkError("samples have \(inputs.columns) inputs, the network takes \(network.inputCount)", .samples)
    }
    guard targets.columns == network.outputCount else {
      throw NetworkError(
        "samples have \(targets.columns) targets, the network has \(network.outputCount) outputs", .samples)
    }
  }
}

extension Samples {
  /// Holds the samples to a network and a loss, number by number.
  ///
  /// - Throws: `NetworkError` if their widths differ from the network's, if a number is not finite, or if a target is one for
  ///   which the loss is not defined.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func check(fits network: Network<Scalar>, _ loss: Loss, of set: String? = nil) throws {
    try check(fits: network)
    let name = set.map { "\($0) sample" } ?? "sample"
    for (what, matrix) in [("input", inputs), ("target", targets)] {
      let place = Scalar._firstNonFinite(matrix.base, matrix.count)
      if place < matrix.count {
        throw NetworkError(
          "\(name) \(place / matrix.columns), \(what) \(place % matrix.columns) is \(matrix.base[place]), not finite",
          .samples)
      }
    }
    // Scaling may take a target a little beyond the end of the range, by rounding.
    let range = Scalar(loss.targetRange.lowerBound - 1e-6)...Scalar(loss.targetRange.upperBound + 1e-6)
    for place in 0..<targets.count where !range.contains(targets.base[place]) {
      throw NetworkError(
        "\(name) \(place / targets.columns), target \(place % targets.columns) is \(targets.base[place]);"
          + " \(loss.name) takes targets in \(loss.targetRange.lowerBound)...\(loss.targetRange.upperBound)", .samples)
    }
  }
}

extension Samples {
  /// Its samples in their order, in batches of `size`, the last with what is left.
  ///
  /// - Throws: `NetworkError` if `size` is less than 1.
  public func batches(of size: Int) throws -> [Batch<Scalar>] {
    guard size > 0 else { throw NetworkError("batches of \(size) samples, expected at least 1") }
    return stride(from: 0, to: count, by: size).map { first in
      let batch = Batch(of: self)
      batch.take(first..<min(first + size, count), of: self)
      return batch
    }
  }
}

/// Some samples as a network reads them at once.
public final class Batch<Scalar: NetworkScalar> {
  /// What the first layer hears, a column a sample.
  public private(set) var inputs: Inputs<Scalar>
  /// Outputs × columns, as the loss compares them with the last layer.
  public let targets: Matrix<Scalar>
  /// How many samples it has.
  public var count: Int { inputs.columns }
  /// Samples gathered from here and there, a row each.
  private let gathered: (inputs: Matrix<Scalar>, targets: Matrix<Scalar>)

  package init(capacity: Int = 0, of samples: Samples<Scalar>) {
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
    Scalar._transpose(rows, count, targets.rows, targets.base, count)
  }
}
