internal import NNKit

/// How well labels are found, of which a sample may have several.
package struct LabelFigures {
  /// The share of samples for which the answer about a label is right.
  package let labels: [(name: String, accuracy: Double)]
  /// The share of samples for which the answers about all labels are right.
  package let exactMatch: Double

  var pairs: [(String, JSONText)] {
    [
      ("exact_match", .number(exactMatch)),
      (
        "labels",
        .list(labels.map { .object([("label", .text($0.name)), ("accuracy", .number($0.accuracy))]) })
      ),
    ]
  }
}

/// Labels found and missed, batch by batch.
struct LabelTally {
  private let names: [String]
  private let rule: HitRule
  private var hits: [Int]
  private var (exact, samples) = (0, 0)

  init(names: [String], _ rule: HitRule) {
    (self.names, self.rule) = (names, rule)
    hits = [Int](repeating: 0, count: names.count)
  }

  mutating func add<Scalar: NetworkScalar>(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>) {
    samples += outputs.columns
    for column in 0..<outputs.columns {
      var isExact = true
      for row in 0..<outputs.rows {
        if rule.isOn(outputs[row, column]) == rule.isOn(targets[row, column]) {
          hits[row] += 1
        } else {
          isExact = false
        }
      }
      if isExact { exact += 1 }
    }
  }

  var figures: LabelFigures {
    let count = Double(max(1, samples))
    return LabelFigures(labels: zip(names, hits).map { ($0, Double($1) / count) }, exactMatch: Double(exact) / count)
  }
}
