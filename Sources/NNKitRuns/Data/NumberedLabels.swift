import NNKit

/// Classes that a file of samples gives by whole numbers.
struct NumberedLabels {
  /// The names of the classes, in the order of their labels; empty: the labels are the names.
  let classes: [String]
  /// The file that messages name.
  let file: String

  /// The labels as targets, and what stands for each class where that is not its name.
  ///
  /// - Throws: `DataError` for a label that has no name, or that the training data do not have.
  func targets(_ numbers: [Int], _ form: SampleForm?) throws -> (RawTargets, labels: [String]?) {
    if let form, let known = form.classes, form.targetKind == .classes {
      let index = ClassIndex(known, labels: form.classLabels)
      // Its own names come first: the same number may stand for something else here.
      let own = classes.isEmpty ? nil : try named(numbers)
      let places = try numbers.map { number in
        let name = own.map { own in own.names[own.places[number] ?? 0] } ?? String(number)
        guard let place = index.place(of: name) else { throw DataError(form.unknown(name, "the label "), file: file) }
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
        throw DataError("the class \(shown(twice)) is given twice in `classes`", file: file)
      }
      if distinct.count != classes.count {
        guard let greatest = distinct.last, greatest < classes.count else {
          throw DataError(
            "found \(distinct.count) different labels from \(distinct.first ?? 0) to \(distinct.last ?? 0), but `classes`"
              + " has \(classes.count) names; give one for each label", file: file)
        }
        found = Array(0..<classes.count)
      }
    }
    let names = classes.isEmpty ? found.map(String.init) : classes
    let places = Dictionary(uniqueKeysWithValues: zip(found, found.indices))
    return (places, names, classes.isEmpty ? nil : found.map(String.init))
  }
}
