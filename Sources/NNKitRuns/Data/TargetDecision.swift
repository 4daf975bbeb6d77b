package import NNKit

/// What the targets of training samples are, and the targets as that.
package struct TargetDecision {
  package let kind: TargetKind
  package let targets: RawTargets

  init(_ kind: TargetKind, _ targets: RawTargets) { (self.kind, self.targets) = (kind, targets) }

  package var classes: [String]? {
    if case .labels(_, let classes) = targets { classes } else { nil }
  }

  /// Decides what the targets of training samples are: once, for all other sets too.
  ///
  /// Text is classes. One column of whole numbers is, where the network has several outputs, or where the loss compares
  /// nothing else than off and on. Several columns of zeros and ones are classes if exactly one is on in each sample, and
  /// labels otherwise. All else is numbers.
  ///
  /// - Parameters:
  ///   - samples: The training samples.
  ///   - outputs: How many outputs the network has.
  ///   - loss: What compares targets with outputs.
  ///   - areNumbers: Whether the configuration says that targets are numbers, by scaling them.
  /// - Throws: `DataError` if the targets can be nothing that fits the network.
  package init(_ samples: RawSamples, outputs: Int, loss: Loss, areNumbers: Bool = false) throws {
    guard case .values(let matrix) = samples.targets else {
      (kind, targets) = (.classes, samples.targets)
      return
    }
    if matrix.columns == 1 {
      if let found = try Self.classes(inColumn: matrix, outputs: outputs, loss, areNumbers: areNumbers) {
        (kind, targets) = (.classes, found)
        return
      }
    } else if matrix.columns == outputs, !areNumbers, let isOn = Self.isOn(matrix, loss) {
      let names = samples.targetNames ?? (0..<outputs).map(String.init)
      if let labels = Self.onlyOnes(isOn, outputs) {
        (kind, targets) = (.classes, .labels(labels, classes: names))
      } else {
        (kind, targets) = (.labels, .values(Self.encoded(isOn, outputs, loss)))
      }
      return
    }
    (kind, targets) = (.numbers, samples.targets)
  }

  /// The targets of other samples, as what was decided.
  ///
  /// - Throws: `DataError` that names the sample whose target is something else.
  package init(_ samples: RawSamples, like form: SampleForm, outputs: Int, loss: Loss) throws {
    switch form.targetKind {
    case nil: try self.init(samples, outputs: outputs, loss: loss)
    case .classes:
      let classes = form.classes ?? (0..<max(2, outputs)).map(String.init)
      self.init(.classes, .labels(try Self.labels(samples, classes, form, loss), classes: classes))
    case .labels:
      guard case .values(let matrix) = samples.targets else { throw Self.noNumbers(samples) }
      guard matrix.columns == outputs else {
        throw DataError(
          "its samples have \(matrix.columns) targets, the network has \(outputs) outputs", file: samples.file)
      }
      guard let isOn = Self.isOn(matrix, loss) else {
        throw DataError("a target is neither 0 nor 1; those of the training data are labels", file: samples.file)
      }
      self.init(.labels, .values(Self.encoded(isOn, outputs, loss)))
    case .numbers:
      guard case .values = samples.targets else { throw Self.noNumbers(samples) }
      self.init(.numbers, samples.targets)
    }
  }

  private static func noNumbers(_ samples: RawSamples) -> DataError {
    DataError("the targets are class names; those of the training data are numbers", file: samples.file)
  }

  // MARK: One column

  private static func classes(
    inColumn matrix: Matrix<Double>, outputs: Int, _ loss: Loss, areNumbers: Bool
  ) throws -> RawTargets? {
    let values = matrix.withElements { Array($0) }
    let areWhole = values.allSatisfy { $0 == $0.rounded() && abs($0) < 1e15 }
    let distinct = areWhole ? Set(values).sorted() : []
    if outputs > 1 {
      guard areWhole else {
        throw DataError(
          "the one target column has numbers from \(values.min() ?? 0) to \(values.max() ?? 0), but the network has"
            + " \(outputs) outputs; expected whole numbers that name classes, or a target column for each output")
      }
      return labels(values, distinct)
    }
    if areNumbers || !areWhole { return nil }
    let (off, on) = (loss.targetOff, loss.targetOn)
    if distinct.allSatisfy({ $0 == off || $0 == on }) { return labels(values, [min(off, on), max(off, on)]) }
    guard loss.comparesClasses, distinct.count > 1 else { return nil }
    guard distinct.count == 2 else {
      throw DataError(
        "the target column has \(distinct.count) different whole numbers (\(listed(names(distinct)))), and \(loss.name)"
          + " takes targets that say whether a sample is of a class; expected an output for each of \(distinct.count)"
          + " classes, found a single one")
    }
    return labels(values, distinct)
  }

  private static func names(_ values: [Double]) -> [String] { values.map { String(Int($0)) } }

  private static func labels(_ values: [Double], _ distinct: [Double]) -> RawTargets {
    let places = Dictionary(uniqueKeysWithValues: zip(distinct, distinct.indices))
    return .labels(values.map { places[$0] ?? 0 }, classes: names(distinct))
  }

  // MARK: Several columns

  /// Row after row which targets are on; nil if one is neither off nor on, as 0 and 1 or as the loss has them.
  private static func isOn(_ matrix: Matrix<Double>, _ loss: Loss) -> [Bool]? {
    for (off, on) in [(0.0, 1.0), (loss.targetOff, loss.targetOn)] {
      let found: [Bool]? = matrix.withElements { values in
        values.allSatisfy { $0 == off || $0 == on } ? values.map { $0 == on } : nil
      }
      if let found { return found }
    }
    return nil
  }

  /// The one target that is on in each sample; nil if in one there are more, or none.
  private static func onlyOnes(_ isOn: [Bool], _ columns: Int) -> [Int]? {
    var labels: [Int] = []
    for start in stride(from: 0, to: isOn.count, by: columns) {
      let row = isOn[start..<start + columns]
      guard let first = row.firstIndex(of: true), row.lastIndex(of: true) == first else { return nil }
      labels.append(first - start)
    }
    return labels
  }

  private static func encoded(_ isOn: [Bool], _ columns: Int, _ loss: Loss) -> Matrix<Double> {
    let matrix = Matrix<Double>(rows: isOn.count / columns, columns: columns)
    matrix.withElements { values in
      for index in values.indices { values[index] = isOn[index] ? loss.targetOn : loss.targetOff }
    }
    return matrix
  }

  // MARK: Other sets

  private static func labels(_ samples: RawSamples, _ classes: [String], _ form: SampleForm, _ loss: Loss) throws
    -> [Int]
  {
    let index = ClassIndex(classes, labels: form.classLabels)
    func place(_ name: String) throws -> Int {
      guard let place = index.place(of: name) else {
        throw DataError(form.unknown(name, "the class "), file: samples.file)
      }
      return place
    }
    switch samples.targets {
    case .labels(let labels, let names):
      if names == classes { return labels }
      let occurring = Set(labels)
      let places = try names.enumerated().map { occurring.contains($0) ? try place($1) : 0 }
      return labels.map { places[$0] }
    case .values(let matrix) where matrix.columns == 1:
      return try matrix.withElements { Array($0) }.map { value in
        try place(Int(exactly: value).map(String.init) ?? "\(value)")
      }
    case .values(let matrix):
      guard matrix.columns == classes.count, let isOn = isOn(matrix, loss) else {
        throw DataError(
          "the targets are not one of off and on for each of the \(classes.count) classes \(listed(classes)), as those"
            + " of the training data are", file: samples.file)
      }
      guard let labels = onlyOnes(isOn, matrix.columns) else {
        let odd = (0..<matrix.rows).first { row in
          isOn[row * matrix.columns..<(row + 1) * matrix.columns].count { $0 } != 1
        }
        throw DataError(
          "sample \(odd ?? 0) is not of exactly one of the classes \(listed(classes)), as each sample of the training"
            + " data is; where samples may have several labels, the training data has to show it", file: samples.file)
      }
      return labels
    }
  }
}
