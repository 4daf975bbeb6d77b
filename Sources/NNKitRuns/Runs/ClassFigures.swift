internal import NNKit

/// How often samples of each class were taken for each.
package struct ConfusionMatrix {
  package let classes: [String]
  /// A row for each true class, a column for each predicted class.
  package private(set) var counts: [[Int]]

  package init(classes: [String]?, outputs: Int) {
    let count = max(2, outputs)
    let names = classes ?? []
    self.classes = (0..<count).map { names.indices.contains($0) ? names[$0] : "\($0)" }
    counts = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
  }

  package mutating func add(found: Int, target: Int) { counts[target][found] += 1 }
}

/// How well each class is found.
package struct ClassFigures {
  /// Of one class: TP its samples that were found, FP others taken for it, FN its samples taken for others.
  package struct OfClass {
    package let name: String
    /// TP + FN.
    package let samples: Int
    /// TP / (TP + FP); nil if nothing was taken for the class.
    package let precision: Double?
    /// TP / (TP + FN); nil if it has no samples.
    package let recall: Double?
    /// 2 TP / (2 TP + FP + FN); nil if it has no samples and nothing was taken for it.
    package let f1: Double?
  }

  package let confusion: ConfusionMatrix
  package let classes: [OfClass]
  /// Means over the classes that have samples or that something was taken for; where a class has no figure, 0 is its part,
  /// as scikit-learn has it.
  package let macro: (precision: Double, recall: Double, f1: Double)
  /// Where there are more than five classes: the share of samples whose class is among those with the k greatest outputs.
  package let top: [(k: Int, accuracy: Double)]
  /// Of two classes: the probability that a sample of the second has a greater output for it than one of the first has,
  /// ties counted half (Hanley and McNeil, 1982); nil if one class has no samples.
  package let rocAUC: Double?

  init(_ confusion: ConfusionMatrix, top: [(k: Int, accuracy: Double)], rocAUC: Double?) {
    (self.confusion, self.top, self.rocAUC) = (confusion, top, rocAUC)
    let counts = confusion.counts
    func share(_ part: Int, _ whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }
    classes = counts.indices.map { index in
      let (hits, samples) = (counts[index][index], counts[index].reduce(0, +))
      let found = counts.reduce(0) { $0 + $1[index] }
      return OfClass(
        name: confusion.classes[index], samples: samples, precision: share(hits, found), recall: share(hits, samples),
        f1: share(2 * hits, found + samples))
    }
    let present = classes.filter { $0.f1 != nil }
    func mean(_ figure: (OfClass) -> Double?) -> Double {
      present.reduce(0) { $0 + (figure($1) ?? 0) } / Double(max(1, present.count))
    }
    macro = (mean(\.precision), mean(\.recall), mean(\.f1))
  }

  var pairs: [(String, JSONText)] {
    var pairs: [(String, JSONText)] = [
      ("macro_precision", .number(macro.precision)), ("macro_recall", .number(macro.recall)),
      ("macro_f1", .number(macro.f1)),
    ]
    pairs += top.map { ("top_\($0.k)_accuracy", .number($0.accuracy)) }
    if let rocAUC { pairs.append(("roc_auc", .number(rocAUC))) }
    let list = classes.map { one in
      JSONText.object([
        ("class", .text(one.name)), ("samples", .integer(one.samples)), ("precision", .optional(one.precision)),
        ("recall", .optional(one.recall)), ("f1", .optional(one.f1)),
      ])
    }
    return pairs + [("classes", .list(list))]
  }
}

/// Classes found and missed, batch by batch.
struct ClassTally {
  private let rule: HitRule
  private var confusion: ConfusionMatrix
  /// How many samples have a class whose output is among the k greatest.
  private var topHits: [(k: Int, count: Int)]
  private var samples = 0
  /// Of two classes: how much an answer speaks for the second, and whether that is right.
  private var scores: [(score: Double, isSecond: Bool)] = []

  init(classes: [String]?, outputs: Int, _ rule: HitRule) {
    self.rule = rule
    confusion = ConfusionMatrix(classes: classes, outputs: outputs)
    topHits = outputs > 5 ? [(3, 0), (5, 0)] : []
  }

  mutating func add<Scalar: NetworkScalar>(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>) {
    samples += outputs.columns
    for column in 0..<outputs.columns {
      let target = rule.classIndex(targets, column: column)
      confusion.add(found: rule.classIndex(outputs, column: column), target: target)
      if !topHits.isEmpty {
        let rank = rank(of: target, in: outputs, column)
        for index in topHits.indices where rank < topHits[index].k { topHits[index].count += 1 }
      }
      switch outputs.rows {
      case 1: scores.append(((rule.onIsGreater ? 1 : -1) * Double(outputs[0, column]), target == 1))
      case 2: scores.append((Double(outputs[1, column]) - Double(outputs[0, column]), target == 1))
      default: break
      }
    }
  }

  /// How many outputs come before that of `target`; of equal ones the first comes first, as for the answer itself.
  private func rank<Scalar: NetworkScalar>(of target: Int, in outputs: Matrix<Scalar>, _ column: Int) -> Int {
    let own = outputs[target, column]
    return (0..<outputs.rows).count { index in
      let other = outputs[index, column]
      return other > own || other == own && index < target || own.isNaN && index != target
    }
  }

  var figures: ClassFigures {
    ClassFigures(
      confusion, top: topHits.map { ($0.k, Double($0.count) / Double(max(1, samples))) }, rocAUC: rocAUC(scores))
  }
}

/// The area under the ROC curve by ranks: (R − n₁(n₁ + 1)/2) / (n₀ n₁), where R is the sum of the ranks of the second class's
/// scores among all, equal ones sharing their mean rank.
func rocAUC(_ scores: [(score: Double, isSecond: Bool)]) -> Double? {
  let second = scores.count { $0.isSecond }
  guard second > 0, second < scores.count, !scores.contains(where: { $0.score.isNaN }) else { return nil }
  let sorted = scores.sorted { $0.score < $1.score }
  var (sum, start) = (0.0, 0)
  while start < sorted.count {
    var end = start
    while end < sorted.count, sorted[end].score == sorted[start].score { end += 1 }
    sum += Double(start + 1 + end) / 2 * Double(sorted[start..<end].count { $0.isSecond })
    start = end
  }
  let (n0, n1) = (Double(scores.count - second), Double(second))
  return (sum - n1 * (n1 + 1) / 2) / (n0 * n1)
}
