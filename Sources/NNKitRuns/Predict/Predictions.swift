package import NNKit

/// The answers of a model to one raw sample after another, each a line of JSON: `{"outputs": [...]}`, with `"class"` where
/// outputs stand for classes and `"labels"` where they stand for labels.
///
/// A prediction that is not finite gives the line `{"error": "..."}` in its place.
package final class Predictions<Scalar: NetworkScalar> {
  /// How many samples a pass takes.
  ///
  /// It is always as many, missing ones being 0, because a matrix product of another width may
  /// round otherwise: the answer to a sample does not depend on how its neighbours arrive.
  private static var width: Int { 64 }

  /// How many samples were answered, and how many of them have a prediction that is not finite.
  package private(set) var (count, failures) = (0, 0)
  private let model: Model<Scalar>
  private let write: (String) -> Void
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
  ///   - write: Takes each line, without its end.
  ///   - report: Takes an error for each prediction that is not finite.
  package init(_ model: Model<Scalar>, write: @escaping (String) -> Void, report: @escaping (DataError) -> Void) {
    (self.model, self.write, self.report) = (model, write, report)
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
    let answers = try model.answers(toScaled: inputs)
    for (index, error) in places.enumerated() {
      if let fault = fault(inputs.row(index), answers.row(index)) {
        failures += 1
        report(error(fault))
        write(JSONText.object([("error", .text(fault))]).text())
      } else {
        write(line(answers.row(index)))
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
}
