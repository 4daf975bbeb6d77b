package import NNKit

/// How predictions are written.
package enum PredictionFormat: String, CaseIterable, Sendable {
  /// A line of JSON each: `{"outputs": [...]}`, with `"class"` where outputs stand for classes and `"labels"` where they
  /// stand for labels.
  case jsonl
  /// A table with a column for each output, and one for the class or the labels.
  case csv
  /// An array of NumPy's, samples × outputs.
  case npy
}

/// The answers of a model to one raw sample after another, each a line, or a row of an array.
///
/// A prediction that is not finite gives the line `{"error": "..."}` in its place; in a table cells without text, in an
/// array NaN.
package final class Predictions<Scalar: NetworkScalar> {
  /// How many samples a pass takes.
  ///
  /// It is always as many, missing ones being 0, because a matrix product of another width may
  /// round otherwise: the answer to a sample does not depend on how its neighbours arrive.
  private static var width: Int { 64 }

  /// How many samples were answered, and how many of them have a prediction that is not finite.
  package private(set) var (count, failures) = (0, 0)
  private let model: Model<Scalar>
  /// Several networks that answer together; nil for the model alone.
  private let ensemble: Ensemble<Scalar>?
  private let format: PredictionFormat
  private let write: (String) -> Void
  /// The numbers for an array.
  private var array: [Scalar] = []
  private let report: (DataError) -> Void
  private let waiting: Matrix<Double>
  private var places: [(String) -> DataError] = []
  private let meaning: Meaning

  /// What outputs stand for, with its names as JSON.
  private enum Meaning {
    case numbers
    case classes([String], HitRule)
    case labels([String], HitRule)
  }

  /// - Parameters:
  ///   - model: What answers.
  ///   - ensemble: What answers in its place: networks of which it is the first.
  ///   - format: How answers are written.
  ///   - write: Takes each line, without its end; of an array nothing.
  ///   - report: Takes an error for each prediction that is not finite.
  package init(
    _ model: Model<Scalar>, ensemble: Ensemble<Scalar>? = nil, format: PredictionFormat = .jsonl,
    write: @escaping (String) -> Void, report: @escaping (DataError) -> Void
  ) {
    (self.model, self.ensemble, self.format, self.write, self.report) = (model, ensemble, format, write, report)
    waiting = Matrix(rows: Self.width, columns: model.network.inputCount)
    let outputs = model.network.outputCount
    meaning =
      switch (model.targetKind, model.loss, model.classes) {
      case (.labels, let loss?, _):
        .labels(
          Self.json((model.targetNames?.count == outputs ? model.targetNames : nil) ?? (0..<outputs).map(String.init)),
          HitRule(loss))
      case (.classes, let loss?, let classes?), (nil, let loss?, let classes?):
        .classes(Self.json(classes), HitRule(loss))
      default: .numbers
      }
  }

  private static func json(_ names: [String]) -> [String] { names.map { JSONText.text($0).text() } }

  /// Takes a raw sample; it is answered when there are enough, or by `answer()`.
  ///
  /// - Parameters:
  ///   - sample: As many numbers as the network has inputs.
  ///   - error: Makes an error that points to the sample.
  /// - Throws: `FunctionFailure` if a plugin reports one.
  package func add(_ sample: [Double], _ error: @escaping (String) -> DataError) throws {
    waiting.row(places.count).assign(sample)
    places.append(error)
    if places.count == Self.width { try answer() }
  }

  /// Answers the samples that have been taken.
  ///
  /// - Throws: `FunctionFailure` if a plugin reports one.
  package func answer() throws {
    if places.isEmpty { return }
    for row in places.count..<Self.width { waiting.row(row).fill(0) }
    let inputs = model.scaled(waiting)
    let answers =
      try ensemble.map { ensemble in
        ensemble.together(try ensemble.models.map { try $0.answers(toScaled: $0.scaled(waiting)) })
      } ?? model.answers(toScaled: inputs)
    for (index, error) in places.enumerated() {
      if let fault = fault(inputs.row(index), answers.row(index)) {
        failures += 1
        report(error(fault))
        writeFault(fault)
      } else {
        writeAnswer(answers.row(index))
      }
    }
    count += places.count
    places.removeAll(keepingCapacity: true)
  }

  private func fault(_ inputs: Row<Scalar>, _ outputs: Row<Scalar>) -> String? {
    if let odd = firstNonFinite(inputs) {
      let name = model.inputNames.map { "`\($0[odd])`" } ?? "number \(odd)"
      return "input \(name) is not finite in \(Scalar.precisionName) after scaling: \(inputs[odd])"
    }
    return firstNonFinite(outputs).map { "the prediction is not finite: output \($0) is \(outputs[$0])" }
  }

  private func firstNonFinite(_ row: Row<Scalar>) -> Int? {
    row.withContiguousStorageIfAvailable { values -> Int? in
      guard let first = values.baseAddress else { return nil }
      let place = Scalar._kernels.firstNonFinite(first, values.count)
      return place < values.count ? place : nil
    } ?? nil
  }

  private func writeAnswer(_ outputs: Row<Scalar>) {
    switch format {
    case .jsonl: write(line(outputs))
    case .csv:
      writeHeader()
      write(cells(outputs))
    case .npy: array += outputs
    }
  }

  private func writeFault(_ fault: String) {
    switch format {
    case .jsonl: write(JSONText.object([("error", .text(fault))]).text())
    case .csv:
      writeHeader()
      write(String(repeating: ",", count: columnNames.count - 1))
    case .npy: array += Array(repeating: .nan, count: model.network.outputCount)
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func line(_ outputs: Row<Scalar>) -> String {
    var line = "{\"outputs\": ["
    for index in outputs.indices {
      if index > 0 { line += ", " }
      line += outputs[index].description
    }
    line += "]"
    switch meaning {
    case .numbers: break
    case .classes(let names, let rule):
      let index = rule.classIndex(outputs)
      if names.indices.contains(index) { line += ", \"class\": \(names[index])" }
    case .labels(let names, let rule):
      let labels = names.indices.filter { rule.isOn(outputs[$0]) }.map { names[$0] }
      line += ", \"labels\": [\(labels.joined(separator: ", "))]"
    }
    return line + "}"
  }

  // MARK: Tables and arrays

  /// A name for each output, and for the class or the labels.
  private lazy var columnNames: [String] = {
    let outputs = model.network.outputCount
    func names(_ given: [String]?) -> [String] {
      given.flatMap { $0.count == outputs ? $0 : nil } ?? (0..<outputs).map { "output_\($0)" }
    }
    switch meaning {
    case .numbers: return names(model.targetNames)
    case .classes: return names(model.classes) + ["class"]
    case .labels: return names(model.targetNames) + ["labels"]
    }
  }()

  private var hasHeader = false

  private func writeHeader() {
    if hasHeader { return }
    hasHeader = true
    write(columnNames.map(Self.cell).joined(separator: ","))
  }

  private func cells(_ outputs: Row<Scalar>) -> String {
    var cells = outputs.map(\.description)
    switch meaning {
    case .numbers: break
    case .classes(_, let rule):
      let (index, names) = (rule.classIndex(outputs), model.classes ?? [])
      cells.append(names.indices.contains(index) ? Self.cell(names[index]) : "")
    case .labels(_, let rule):
      let names = columnNames.dropLast()
      cells.append(Self.cell(names.indices.filter { rule.isOn(outputs[$0]) }.map { names[$0] }.joined(separator: ";")))
    }
    return cells.joined(separator: ",")
  }

  private static func cell(_ text: String) -> String {
    let isPlain = !text.contains { "\",\r\n;".contains($0) || $0.isNewline } && text == text.trimmed
    return isPlain
      ? text : "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
  }

  /// The file of NumPy's with all that was answered.
  package var arrayFile: [UInt8] {
    let (outputs, type) = (model.network.outputCount, MemoryLayout<Scalar>.size == 4 ? "<f4" : "<f8")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(array.count / outputs), \(outputs)), }"
    // The numbers begin at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = header.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
      + array.withUnsafeBytes { Array($0) }
  }
}

extension String {
  /// Without spaces around it.
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
