import NNKit

extension GeneratorSource {
  /// The rows of a truth table in order, once unless `samples` says more; then from the start again.
  ///
  /// Row r has the digits of r in binary as its inputs, the highest first; its class is "1" where `isTrue`.
  func truthTable(
    _ inputs: Int, _ random: inout RandomSource, isTrue: (Int) -> Bool
  ) -> RawSamples {
    let rows = 1 << inputs
    let count = samples ?? rows
    let matrix = Matrix<Double>(rows: count, columns: inputs)
    var labels: [Int] = []
    labels.reserveCapacity(count)
    for sample in 0..<count {
      let row = sample % rows
      for input in 0..<inputs {
        let digit = Double(row >> (inputs - 1 - input) & 1)
        matrix[sample, input] = noise > 0 ? digit + noise * random.normal() : digit
      }
      labels.append(isTrue(row) ? 1 : 0)
    }
    return RawSamples(inputs: RawInputs(matrix), targets: .labels(labels, classes: ["0", "1"]))
  }
}
