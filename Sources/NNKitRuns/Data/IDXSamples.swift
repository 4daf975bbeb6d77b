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
    let (targets, classLabels) = try targets(numbers, form)
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

  private func targets(_ numbers: [Int], _ form: SampleForm?) throws -> (RawTargets, labels: [String]?) {
    if let form, let known = form.classes, form.targetKind == .classes {
      let index = ClassIndex(known, labels: form.classLabels)
      // Its own names come first: the same number may stand for something else here.
      let own = classes.isEmpty ? nil : try named(numbers)
      let places = try numbers.map { number in
        let name = own.map { own in own.names[own.places[number] ?? 0] } ?? String(number)
        guard let place = index.place(of: name) else { throw DataError(form.unknown(name, "the label "), file: labels) }
        return place
      }
      return (.labels(places, classes: known), form.classLabels)
    }
    let (places, names, classLabels) = try named(numbers)
    return (.labels(numbers.map { places[$0] ?? 0 }, classes: names), classLabels)
  }

  /// The place of each label among the classes, and the classes' names and labels.
  ///
  /// Names belong to the labels 0, 1, 2, …; or, where there is one for each label that occurs, to those in ascending
  /// order (1…26 for letters).
  private func named(_ numbers: [Int]) throws -> (places: [Int: Int], names: [String], labels: [String]?) {
    let distinct = Set(numbers).sorted()
    var found = distinct
    if !classes.isEmpty {
      if Set(classes).count < classes.count {
        let twice = classes.first { name in classes.count { $0 == name } > 1 } ?? ""
        throw DataError("the class \(shown(twice)) is given twice in `classes`", file: labels)
      }
      if distinct.count != classes.count {
        guard let greatest = distinct.last, greatest < classes.count else {
          throw DataError(
            "found \(distinct.count) different labels from \(distinct.first ?? 0) to \(distinct.last ?? 0), but `classes`"
              + " has \(classes.count) names; give one for each label", file: labels)
        }
        found = Array(0..<classes.count)
      }
    }
    let names = classes.isEmpty ? found.map(String.init) : classes
    let places = Dictionary(uniqueKeysWithValues: zip(found, found.indices))
    return (places, names, classes.isEmpty ? nil : found.map(String.init))
  }
}
