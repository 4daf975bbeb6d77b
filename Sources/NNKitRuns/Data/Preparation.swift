package import NNKit

/// Splits samples at random; each part keeps its samples in the order in which they were read.
///
/// - Parameters:
///   - share: How many of the samples are held out, more than 0 and less than 1.
///   - samples: What is split.
///   - random: Where the choice comes from.
/// - Returns: The samples to train on, and those held out.
/// - Throws: `DataError` if one part would be empty.
package func holdOut<Scalar: NetworkScalar>(
  _ share: Double, of samples: RawSamples<Scalar>, random: inout RandomSource
) throws -> (train: RawSamples<Scalar>, validation: RawSamples<Scalar>) {
  let count = Int((share * Double(samples.count)).rounded())
  guard count > 0, count < samples.count else {
    throw DataError(
      "holding out \(share) of \(samples.count) samples leaves \(samples.count - count) to train on and \(count) to"
        + " validate on; expected at least one each")
  }
  var order = Array(0..<samples.count)
  order.shuffle(using: &random)
  return (samples.subset(order[count...].sorted()), samples.subset(order[..<count].sorted()))
}

/// Targets as a loss compares them with a network's outputs, samples × outputs.
///
/// - Parameters:
///   - targets: As read.
///   - outputs: How many outputs the network has.
///   - loss: Gives the values that stand for "not of this class" and "of this class".
///   - range: Where targets must lie.
/// - Returns: The targets, and the names of the classes where they are classes.
/// - Throws: `DataError` if their number does not fit the outputs, or one lies outside `range`.
package func encodeTargets<Scalar: NetworkScalar>(
  _ targets: RawTargets<Scalar>, outputs: Int, loss: Loss, range: ClosedRange<Double>
) throws -> (matrix: Matrix<Scalar>, classes: [String]?) {
  switch targets {
  case .labels(let labels, let classes):
    return (try encode(labels, classes.count, outputs: outputs, loss), classes)
  case .values(let matrix):
    // One column of class numbers for several outputs.
    if matrix.columns == 1, outputs > 1, let labels = classNumbers(matrix, below: outputs) {
      return (try encode(labels, outputs, outputs: outputs, loss), (0..<outputs).map(String.init))
    }
    if matrix.columns == 1, outputs > 1 {
      let values = matrix.withElements { $0.map { Double($0) } }
      throw DataError(
        "the one target column has numbers from \(values.min() ?? 0) to \(values.max() ?? 0), but the network has"
          + " \(outputs) outputs; expected class numbers from 0 to \(outputs - 1), or a target column for each output")
    }
    guard matrix.columns == outputs else {
      throw DataError("samples have \(matrix.columns) targets, but the network has \(outputs) outputs")
    }
    try checkTargets(matrix, range, loss)
    return (matrix, nil)
  }
}

/// - Throws: `DataError` if a target lies outside `range`.
package func checkTargets<Scalar: NetworkScalar>(
  _ matrix: Matrix<Scalar>, _ range: ClosedRange<Double>, _ loss: Loss
) throws {
  guard let odd = firstElement(of: matrix, outside: range) else { return }
  let (sample, output) = (odd / matrix.columns, odd % matrix.columns)
  throw DataError(
    "target \(output) of sample \(sample) is \(matrix[sample, output]);"
      + " \(loss.name) takes targets in \(range.lowerBound)...\(range.upperBound)")
}

private func encode<Scalar: NetworkScalar>(
  _ labels: [Int], _ classes: Int, outputs: Int, _ loss: Loss
) throws -> Matrix<Scalar> {
  let (off, on) = (Scalar(loss.targetOff), Scalar(loss.targetOn))
  let matrix = Matrix<Scalar>(rows: labels.count, columns: outputs)
  if classes <= 2 && outputs == 1 {
    for (sample, label) in labels.enumerated() { matrix[sample, 0] = label == 1 ? on : off }
    return matrix
  }
  guard classes == outputs else {
    throw DataError(
      "the data have \(classes) classes, but the network has \(outputs) outputs; expected one output a class"
        + (classes == 2 ? ", or a single one" : ""))
  }
  for (sample, label) in labels.enumerated() {
    let row = matrix.row(sample)
    row.fill(off)
    row[label] = on
  }
  return matrix
}

private func classNumbers<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>, below count: Int) -> [Int]? {
  matrix.withElements { values in
    let fit = values.allSatisfy { $0 >= 0 && $0 < Scalar(count) && $0 == $0.rounded() }
    return fit ? values.map { Int($0) } : nil
  }
}

private func firstElement<Scalar: NetworkScalar>(of matrix: Matrix<Scalar>, outside range: ClosedRange<Double>) -> Int?
{
  matrix.withElements { values in values.firstIndex { !range.contains(Double($0)) } }
}

/// What targets are that stand as a loss compares them: classes where each is off or on, and of several exactly one is on;
/// labels where of several more or fewer are on; else numbers.
package func encodedKind<Scalar: NetworkScalar>(of targets: Matrix<Scalar>, loss: Loss) -> TargetKind {
  let (off, on) = (Scalar(loss.targetOff), Scalar(loss.targetOn))
  guard targets.withElements({ $0.allSatisfy { $0 == off || $0 == on } }) else { return .numbers }
  let isOneOn = (0..<targets.rows).allSatisfy { sample in targets.row(sample).count { $0 == on } == 1 }
  return targets.columns == 1 || isOneOn ? .classes : .labels
}
