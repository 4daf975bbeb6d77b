import NNKit

/// A file of FANN's with samples: "COUNT INPUTS OUTPUTS", then for each sample its inputs and its outputs.
package struct FANNSource: Equatable, Sendable {
  /// Absolute.
  package var path: String

  package init(path: String) { self.path = path }

  /// Reads the samples.
  ///
  /// - Throws: `DataError` with the line of whatever is not as it should be.
  func read<Scalar: NetworkScalar>(_ type: Scalar.Type, form: SampleForm?) throws -> RawSamples {
    let bytes = try WholeFile.read(path)
    var (place, line) = (0, 1)
    func word() -> Range<Int>? {
      while place < bytes.count, UInt8.whitespace.contains(bytes[place]) {
        if bytes[place] == UInt8(ascii: "\n") { line += 1 }
        place += 1
      }
      let start = place
      while place < bytes.count, !UInt8.whitespace.contains(bytes[place]) { place += 1 }
      return start < place ? start..<place : nil
    }
    func fault(_ range: Range<Int>?, _ what: String) -> DataError {
      let found = range.map { shown(String(decoding: bytes[$0].prefix(60), as: UTF8.self)) } ?? "the end of the file"
      return DataError("found \(found), expected \(what)", file: path, line: line)
    }
    var head: [Int] = []
    for what in ["the number of samples", "the number of inputs", "the number of outputs"] {
      let range = word()
      guard let range, let number = Int(String(decoding: bytes[range], as: UTF8.self)), number > 0 else {
        throw fault(range, "\(what), as in the first line `100 4 3` of FANN's training data")
      }
      head.append(number)
    }
    let (count, inputCount, outputCount) = (head[0], head[1], head[2])
    // Each number takes two bytes or more.
    let (width, isWide) = inputCount.addingReportingOverflow(outputCount)
    let (total, overflow) = count.multipliedReportingOverflow(by: isWide ? .max : width)
    guard !isWide, !overflow, total <= bytes.count / 2 + 1 else {
      throw DataError(
        "promises \(count) samples of \(inputCount) inputs and \(outputCount) outputs, more than the file holds; it may be"
          + " truncated", file: path, line: 1)
    }
    let (inputs, targets) = (
      Matrix<Double>(rows: count, columns: inputCount), Matrix<Double>(rows: count, columns: outputCount)
    )
    for sample in 0..<count {
      for (matrix, role) in [(inputs, "input"), (targets, "output")] {
        for column in 0..<matrix.columns {
          let range = word()
          guard let range, let value = decimalNumber(in: bytes, range), Scalar(value).isFinite else {
            throw fault(
              range, "\(role) \(column) of sample \(sample), a number that is finite in \(Scalar.precisionName)")
          }
          matrix[sample, column] = value
        }
      }
    }
    let rest = word()
    guard rest == nil else { throw fault(rest, "the end: the first line promises \(count) samples") }
    if let form, form.inputCount != inputCount {
      throw DataError("its samples have \(inputCount) inputs, the network takes \(form.inputCount)", file: path)
    }
    return RawSamples(inputs: RawInputs(inputs), targets: .values(targets), file: path)
  }
}
