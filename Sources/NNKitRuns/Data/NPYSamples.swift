import NNKit

/// Arrays of NumPy: a file for the inputs and one for the targets, or two arrays of one `.npz` archive.
package struct NPYSource: Equatable, Sendable {
  /// Absolute; of an archive both are the same.
  package var inputs, targets: String
  /// The names of the arrays in the archive; nil for two files.
  package var names: Names?
  /// The names of the classes, in the order of their labels; empty: the labels are the names.
  package var classes: [String]

  package struct Names: Equatable, Sendable {
    package var inputs, targets: String
    package init(inputs: String, targets: String) { (self.inputs, self.targets) = (inputs, targets) }
  }

  package init(inputs: String, targets: String, names: Names? = nil, classes: [String] = []) {
    (self.inputs, self.targets, self.names, self.classes) = (inputs, targets, names, classes)
  }

  /// Reads both arrays; a sample is a row of each.
  ///
  /// - Throws: `DataError`, see `DataSource.read`.
  func read<Scalar: NetworkScalar>(_ type: Scalar.Type, form: SampleForm?) throws -> RawSamples {
    let (x, y) = try arrays()
    guard 2...4 ~= x.shape.count, !x.shape.contains(0) else {
      throw DataError(
        "its shape is \(x.shape), expected samples in 2 to 4 dimensions, such as (n, inputs)\(x.shape.count == 1 ? "; give it a second one with array.reshape(-1, 1)" : "")",
        file: x.place)
    }
    guard 1...2 ~= y.shape.count, !y.shape.contains(0) else {
      throw DataError("its shape is \(y.shape), expected (n,) or (n, targets)", file: y.place)
    }
    guard x.rows == y.rows else {
      throw DataError("has \(y.rows) targets for the \(x.rows) samples of \(x.place); expected one each", file: y.place)
    }
    if let form, form.inputCount != x.columns {
      throw DataError(
        "its samples have \(x.columns) inputs \(x.shape), the network takes \(form.inputCount)", file: x.place)
    }
    let isBytes = x.element == .u1
    let (targets, labels) = try targets(y, type, form)
    // The numbers of one channel are a grey picture.
    let picture =
      x.shape.count == 3 ? Array(x.shape[1...]) : x.shape.count == 4 && x.shape[1] == 1 ? Array(x.shape[2...]) : []
    return RawSamples(
      inputs: isBytes ? RawInputs(x.byteRows()) : RawInputs(try x.matrix(finiteIn: type)), targets: targets,
      knownRange: isBytes ? 0...255 : nil, classLabels: labels,
      imageShape: picture.isEmpty ? nil : ImageShape(rows: picture[0], columns: picture[1]),
      sampleShape: x.shape.count == 4
        ? SampleShape(channels: x.shape[1], size: ImageSize(height: x.shape[2], width: x.shape[3])) : nil, file: inputs)
  }

  private func arrays() throws -> (inputs: NPYArray, targets: NPYArray) {
    guard let names else { return (try Self.array(inputs), try Self.array(targets)) }
    let archive = try ZipArchive(path: inputs)
    return (try archive.array(names.inputs), try archive.array(names.targets))
  }

  private static func array(_ path: String) throws -> NPYArray {
    let file = try MappedFile(path: path)
    if file.bytes.starts(with: [0x50, 0x4B, 3, 4]) {
      throw DataError("is an archive of arrays; give it as `npz: {path: …, inputs: NAME, targets: NAME}`", file: path)
    }
    return try NPYArray(file.bytes, owner: file, place: path)
  }

  private func targets<Scalar: NetworkScalar>(
    _ array: NPYArray, _ type: Scalar.Type, _ form: SampleForm?
  ) throws -> (RawTargets, labels: [String]?) {
    let matrix = try array.matrix(finiteIn: type)
    if classes.isEmpty { return (.values(matrix), nil) }
    guard array.columns == 1, array.element.isInteger else {
      throw DataError(
        "has \(array.element.rawValue) in the shape \(array.shape), expected a whole number for each sample, since `classes` names them",
        file: array.place)
    }
    return try NumberedLabels(classes: classes, file: array.place).targets(
      matrix.withElements { $0.map { Int($0) } }, form)
  }
}
