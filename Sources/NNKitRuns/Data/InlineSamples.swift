import NNKit

/// Samples written out in the configuration, checked: as wide as sample 0, and finite.
func readInline<Scalar: NetworkScalar>(_ samples: [InlineSample], _: Scalar.Type) throws -> RawSamples {
  guard let first = samples.first else {
    throw DataError("the list of inline samples is empty; expected at least one {input: […], target: […]}")
  }
  let inputs = Matrix<Double>(rows: samples.count, columns: first.input.count)
  let targets = Matrix<Double>(rows: samples.count, columns: first.target.count)
  for (index, sample) in samples.enumerated() {
    try fill(inputs, index, with: sample.input, as: "input", Scalar.self)
    try fill(targets, index, with: sample.target, as: "target", Scalar.self)
  }
  return RawSamples(inputs: RawInputs(inputs), targets: .values(targets))
}

private func fill<Scalar: NetworkScalar>(
  _ matrix: Matrix<Double>, _ sample: Int, with numbers: [Double], as role: String, _: Scalar.Type
) throws {
  guard !numbers.isEmpty else {
    throw DataError("inline sample \(sample) has an empty \(role); expected at least one number")
  }
  guard numbers.count == matrix.columns else {
    throw DataError(
      "inline sample \(sample) has \(count(numbers.count, role)), sample 0 has \(count(matrix.columns, role));"
        + " give all samples equally many")
  }
  for (column, number) in numbers.enumerated() {
    guard Scalar(number).isFinite else {
      throw DataError(
        "inline sample \(sample) has the \(role) \(number) at index \(column); expected a number that is finite in"
          + " \(Scalar.precisionName)")
    }
    matrix[sample, column] = number
  }
}

private func count(_ count: Int, _ role: String) -> String { "\(count) \(role) number\(count == 1 ? "" : "s")" }
