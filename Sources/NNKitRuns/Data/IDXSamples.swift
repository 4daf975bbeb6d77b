import NNKit

extension IDXSource {
  /// Far more than any data set has, and few enough to name each.
  private static let greatestLabel = 65_535

  /// Reads both files; the distinct labels are the classes.
  ///
  /// - Throws: `DataError`, see `DataSource.read`.
  func read<Scalar: NetworkScalar>(_ type: Scalar.Type, form: SampleForm?) throws -> RawSamples {
    let (imageFile, labelFile) = (try IDXFile(path: images), try IDXFile(path: labels))
    guard labelFile.dimensions.count == 1, labelFile.type.isInteger else {
      throw DataError(
        "found IDX data of type 0x0\(String(labelFile.type.rawValue, radix: 16)) with"
          + " \(labelFile.dimensions.count) dimensions; expected labels: whole numbers in one dimension"
          + (imageFile.dimensions.count == 1 ? "; are images and labels swapped?" : ""), file: labels)
    }
    guard imageFile.dimensions[0] == labelFile.dimensions[0] else {
      throw DataError(
        "found \(labelFile.dimensions[0]) labels for the \(imageFile.dimensions[0]) images in \(images);"
          + " expected one each; give two files that belong together", file: labels)
    }
    let numbers = try readLabels(labelFile)
    let (targets, classLabels) = try NumberedLabels(classes: classes, file: labels).targets(numbers, form)
    let shape = imageFile.dimensions
    let inputs =
      imageFile.type == .unsignedByte
      ? RawInputs(try imageFile.bytes()) : RawInputs(try imageFile.matrix(of: Double.self, finiteIn: type))
    if let form, form.inputCount != inputs.columns {
      throw DataError(
        "its samples have \(inputs.columns) inputs (\(shape.dropFirst().map(String.init).joined(separator: " × "))),"
          + " the network takes \(form.inputCount)", file: images)
    }
    return RawSamples(
      inputs: inputs, targets: targets, knownRange: imageFile.type == .unsignedByte ? 0...255 : nil,
      classLabels: classLabels, imageShape: shape.count == 3 ? ImageShape(rows: shape[1], columns: shape[2]) : nil,
      file: images)
  }

  private func readLabels(_ file: IDXFile) throws -> [Int] {
    let numbers = try file.matrix(of: Double.self).withElements { $0.map { Int($0) } }
    if let odd = numbers.firstIndex(where: { $0 < 0 || $0 > Self.greatestLabel }) {
      throw DataError(
        "label \(odd) is \(numbers[odd]); expected a class from 0 to \(Self.greatestLabel)", file: labels)
    }
    return numbers
  }
}
