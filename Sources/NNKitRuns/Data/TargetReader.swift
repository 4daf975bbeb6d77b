internal import NNKit

/// Reads the cells of a table's one target column: class labels, or numbers.
struct TargetReader {
  let column: Int
  private let drops: Bool
  private let marks: [String]
  /// What the configuration or a model says that it holds; nil: the cells decide.
  private let areLabels: Bool?
  private let known: ClassIndex?
  private let form: SampleForm?
  private var index = LabelIndex()
  private var texts: [String] = []
  private var places: [Int] = []
  /// Of each row: the number of its text or place of its class, or its number.
  private var labels: [Int] = []
  private var values: [Double] = []
  /// The first cell with text, and the first with a fraction.
  private var (word, fraction): (CSVCell?, CSVCell?)
  private let order: [String]?

  init(_ column: Int, _ name: String?, of source: CSVSource, _ form: SampleForm?) {
    self.column = column
    self.form = form
    drops = source.missing.rule(for: name, number: column)?.value == .drop
    marks = source.missingMarks
    let kind = source.columns.rule(for: name, number: column)?.value
    if case .ordered(let order) = kind { self.order = order } else { order = nil }
    switch form?.targetKind {
    case .numbers: (areLabels, known) = (false, nil)
    case .classes where form?.classes != nil:
      (areLabels, known) = (true, ClassIndex(form?.classes ?? [], labels: form?.classLabels))
    default:
      areLabels = kind == .categorical || order != nil ? true : kind == .number ? false : nil
      known = order.map { ClassIndex($0) }
    }
  }

  mutating func read<Scalar: NetworkScalar>(
    _ cell: CSVCell, of table: CSVTable, _ bytes: UnsafeBufferPointer<UInt8>, finiteIn _: Scalar.Type,
    dropsRow: inout Bool
  ) throws {
    if cell.range.isEmpty || !marks.isEmpty && marks.contains(String(decoding: bytes[cell.range], as: UTF8.self)) {
      guard drops else {
        throw table.notANumber(cell, column, expected: known == nil ? "a target" : "a class label")
      }
      dropsRow = true
    } else if areLabels == true || word != nil {
      return labels.append(try label(cell, table, bytes))
    } else if let number = decimalNumber(in: table.text.bytes, cell.range, point: table.format.decimal) {
      guard Scalar(number).isFinite else {
        throw table.notANumber(
          cell, column,
          expected: number.isFinite ? "a number that is finite in \(Scalar.precisionName)" : "a finite number")
      }
      if number != number.rounded() { fraction = fraction ?? cell }
      return values.append(number)
    } else {
      if areLabels == false { throw table.notANumber(cell, column) }
      word = word ?? cell
      return labels.append(try label(cell, table, bytes))
    }
    // A place that is left out with the row.
    if areLabels == true || word != nil { labels.append(0) } else { values.append(0) }
  }

  private mutating func label(
    _ cell: CSVCell, _ table: CSVTable, _ bytes: UnsafeBufferPointer<UInt8>
  ) throws -> Int {
    let number = index.number(of: cell.range, in: bytes)
    if number == texts.count {
      if areLabels == nil, let number = decimalNumber(in: table.text.bytes, cell.range, point: table.format.decimal) {
        guard number.isFinite else { throw table.notANumber(cell, column) }
        if number != number.rounded() { fraction = fraction ?? cell }
      }
      let text = try table.text.label(of: cell)
      texts.append(text)
      places.append(try place(of: text, cell, table))
    }
    return places[number]
  }

  private func place(of text: String, _ cell: CSVCell, _ table: CSVTable) throws -> Int {
    guard let known else { return places.count }
    if let place = known.place(of: text) { return place }
    throw table.text.error(
      at: cell.range.lowerBound,
      form?.classes == nil
        ? "found \(shown(text)) in \(table.words(for: column))"
          + "\(suggestion(for: text, among: known.classes, otherwise: ";")) expected one of \(listed(known.classes))"
        : form?.unknown(text, "in \(table.words(for: column)) ") ?? "")
  }

  /// The targets of all rows.
  ///
  /// Text beside whole numbers are labels; text beside fractions is a mistyped number.
  mutating func finish(_ table: CSVTable) throws -> RawTargets {
    if let word, fraction != nil {
      throw table.notANumber(word, column, expected: "a number, as in the other rows")
    }
    if word != nil, !values.isEmpty { try readNumbersAsLabels(table) }
    guard areLabels == true || word != nil else { return .values(Matrix(column: values)) }
    if let known { return .labels(labels, classes: known.classes) }
    // The texts as they came have their classes in another order.
    let classes = inOrder(Set(texts))
    let sorted = ClassIndex(classes)
    let order = texts.map { sorted.place(of: $0) ?? 0 }
    return .labels(labels.map { $0 < order.count ? order[$0] : 0 }, classes: classes)
  }

  /// The numbers that came before the first text are labels too.
  private mutating func readNumbersAsLabels(_ table: CSVTable) throws {
    var rest = values.count
    let (column, marks) = (column, marks)
    var before: [Int] = []
    try table.text.bytes.withUnsafeBufferPointer { bytes in
      try table.forEachRow { _, cells in
        guard rest > 0 else { return }
        rest -= 1
        let cell = cells[column]
        let isMissing =
          cell.range.isEmpty || !marks.isEmpty && marks.contains(String(decoding: bytes[cell.range], as: UTF8.self))
        before.append(isMissing ? 0 : try label(cell, table, bytes))
      }
    }
    labels = before + labels
  }
}
