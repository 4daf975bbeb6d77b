package import NNKit

/// What samples are for a network: fitted on the training data and kept in the model.
///
/// Every other source is brought into this form by name, or refused.
package struct SampleForm: Equatable, Sendable {
  package var inputCount: Int
  /// The columns of a table that the inputs come from, where these are not its numbers as they are.
  package var columns: [TableColumn]?
  /// Nil where the source had no names: then positions count.
  package var inputNames: [String]?
  /// Nil in a model that does not say: then the first samples decide.
  package var targetKind: TargetKind?
  /// One for each target column, where the source had names.
  package var targetNames: [String]?
  package var classes: [String]?
  /// What stands for each class in files, where that is not its name.
  package var classLabels: [String]?
  /// The model that a training starts from, where the form is its: then a configuration may not say otherwise.
  package var origin: Origin?

  /// A model that a training starts from.
  package struct Origin: Equatable, Sendable {
    let path: String
    /// Of `network.from`.
    let place: Place

    /// Where it is named, for messages: "the model of `network.from` (config.yaml:7:9, net.safetensors)".
    var words: String { "the model of `network.from` (\(place.description), \(path))" }
  }

  package init(
    inputCount: Int, columns: [TableColumn]? = nil, inputNames: [String]? = nil, targetKind: TargetKind? = nil,
    targetNames: [String]? = nil, classes: [String]? = nil, classLabels: [String]? = nil
  ) {
    self.inputCount = inputCount
    self.columns = columns
    self.inputNames = inputNames
    self.targetKind = targetKind
    self.targetNames = targetNames
    self.classes = classes
    self.classLabels = classLabels
  }

  /// What a trained model was made for.
  package init<Scalar: NetworkScalar>(of model: Model<Scalar>) {
    self.init(
      inputCount: model.network.inputCount, columns: model.columns, inputNames: model.inputNames,
      targetKind: model.targetKind ?? (model.classes == nil ? nil : .classes), targetNames: model.targetNames,
      classes: model.classes, classLabels: model.classLabels)
  }

  /// The same inputs, for targets that are still to be decided.
  var inputsOnly: SampleForm {
    var form = SampleForm(inputCount: inputCount, columns: columns, inputNames: inputNames)
    form.origin = origin
    return form
  }

  /// What a source is to have: how many columns, and their names.
  var columnCount: Int { columns?.count ?? inputCount }
  var columnNames: [String]? {
    guard let columns else { return inputNames }
    let names = columns.compactMap(\.name)
    return names.count == columns.count ? names : nil
  }

  /// Where each of the model's inputs stands among the columns `names` of a table: matched by name.
  ///
  /// `inputs` are the columns that may be inputs; where a configuration lists them (`isChosen`), there may not be more than
  /// the network takes.
  ///
  /// - Throws: `DataError` that lists what does not fit.
  func arrange(_ inputs: [Int], of names: [String]?, isChosen: Bool, file: String) throws -> [Int] {
    guard let names, let inputNames = columnNames else {
      guard inputs.count == columnCount else {
        throw DataError(
          "its samples have \(inputs.count) inputs, the network takes \(columnCount)"
            + (columnNames.map { ": \(listed($0))" } ?? ""), file: file)
      }
      return inputs
    }
    let places = Dictionary(grouping: inputs) { names[$0] }
    let missing = inputNames.filter { places[$0] == nil }
    let others = inputs.map { names[$0] }.filter { !inputNames.contains($0) }
    if let first = missing.first {
      throw DataError(
        "the input\(missing.count == 1 ? "" : "s") \(listed(missing)) of the training data"
          + " \(missing.count == 1 ? "is" : "are") missing\(suggestion(for: first, among: others, otherwise: ";")) the columns are"
          + " \(listed(inputs.map { names[$0] })), the inputs \(listed(inputNames)); names are matched letter by letter"
          + (inputs.allSatisfy { isNumber(names[$0]) } ? "; if the first line is a sample, set `header: false`" : ""),
        file: file)
    }
    if isChosen, !others.isEmpty {
      throw DataError("the network has no input \(listed(others)); its inputs are \(listed(inputNames))", file: file)
    }
    return try inputNames.map { name in
      guard let found = places[name], found.count == 1 else {
        throw DataError("the column \(shown(name)) is there twice; rename one", file: file)
      }
      return found[0]
    }
  }

  /// The target columns in the order of the model's targets: matched by name where there are several.
  ///
  /// - Throws: `DataError` that lists what does not fit.
  func arrangeTargets(_ targets: [Int], references: [ColumnReference], of names: [String]?, file: String) throws
    -> [Int]
  {
    guard let names, let targetNames else { return targets }
    let found = targets.map { names[$0] }
    if targets.count == 1, targetNames.count == 1 {
      // A name in the configuration says which column is meant; a number may mean another one here.
      guard case .number(let number)? = references.first, found != targetNames else { return targets }
      throw DataError(
        "column number \(number) is \(shown(found[0])), the target of the training data is \(shown(targetNames[0]));"
          + " give the target by name", file: file)
    }
    guard Set(found) == Set(targetNames) else {
      let missing = targetNames.filter { !found.contains($0) }
      let hint = missing.first.map { suggestion(for: $0, among: found) } ?? ""
      throw DataError(
        "the targets are \(listed(found)), those of the training data \(listed(targetNames))\(hint)", file: file)
    }
    return targetNames.compactMap { name in targets.first { names[$0] == name } }
  }

  /// Labels as indices into the classes of the form, where they are known: another label is an error.
  func places(of found: [String], file: String) throws -> [Int]? {
    guard targetKind == .classes, let classes else { return nil }
    let index = ClassIndex(classes, labels: classLabels)
    return try found.map { label in
      guard let place = index.place(of: label) else { throw DataError(unknown(label, "the class "), file: file) }
      return place
    }
  }

  func unknown(_ label: String, _ role: String) -> String {
    // Numbers that look alike are other classes.
    let guess = isNumber(label) ? ";" : suggestion(for: label, among: classes ?? [], otherwise: ";")
    return "found \(role)\(shown(label)), a class that the training data does not have\(guess)"
      + " expected one of \(listed(classes ?? []))"
  }
}

/// Whether a column's name looks as if it was a number.
func isNumber(_ name: String) -> Bool {
  let bytes = Array(name.utf8)
  return decimalNumber(in: bytes, bytes.indices) != nil
}

/// `; did you mean …?` where one of `names` is like `name`, in letter case alone above all; else `otherwise`.
func suggestion(for name: String, among names: [String], otherwise: String = "") -> String {
  let near = names.first { $0.lowercased() == name.lowercased() } ?? nearestNames(to: name, in: names).first
  return near.map { "; did you mean \(shown($0))?" } ?? otherwise
}
