import NNKit

/// Samples from a file of images and a file of their labels; the classes are "0" to the greatest label.
func readIDX<Scalar: NetworkScalar>(
  images: String, labels: String, knownClasses: [String]?
) throws -> RawSamples<Scalar> {
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
  let targets: RawTargets<Scalar> = try readLabels(labelFile, knownClasses)
  let shape = imageFile.dimensions
  return RawSamples(
    inputs: try imageFile.matrix(of: Scalar.self), targets: targets,
    knownRange: imageFile.type == .unsignedByte ? 0...255 : nil,
    imageShape: shape.count == 3 ? ImageShape(rows: shape[1], columns: shape[2]) : nil)
}

private func readLabels<Scalar: NetworkScalar>(_ file: IDXFile, _ knownClasses: [String]?) throws -> RawTargets<Scalar>
{
  let labels = try file.matrix(of: Double.self).withElements { $0.map { Int($0) } }
  // Far more than any data set has, and few enough to name each.
  let limit = 65_535
  if let odd = labels.firstIndex(where: { $0 < 0 || $0 > limit }) {
    throw DataError("label \(odd) is \(labels[odd]); expected a class from 0 to \(limit)", file: file.path)
  }
  let names = (0...(labels.max() ?? 0)).map(String.init)
  guard let knownClasses else { return .labels(labels, classes: names) }
  let places = names.map(ClassIndex(knownClasses).place(of:))
  return .labels(
    try labels.enumerated().map { index, label in
      guard let place = places[label] else {
        throw DataError(
          "label \(index) is \(label), a class that the training data does not have; expected one of"
            + " \(listed(knownClasses))", file: file.path)
      }
      return place
    }, classes: knownClasses)
}
