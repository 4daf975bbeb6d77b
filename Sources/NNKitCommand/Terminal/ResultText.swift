import NNKit
import NNKitRuns

/// What a measurement says: loss, accuracy, and the figures that are usual for targets of their kind.
struct ResultText {
  let lines: [String]
  /// Of more classes, labels or targets only the means are shown.
  private static let limit = 20

  init(_ measurement: Measurement) {
    var line = "\n\(measurement.name) loss \(significant(measurement.metrics.loss))"
    if let accuracy = measurement.metrics.accuracy { line += ", accuracy \(fixed(accuracy, 4))" }
    switch measurement.figures {
    case .classes(let figures): lines = [line] + Self.lines(figures)
    case .labels(let figures): lines = [line] + Self.lines(figures)
    case .numbers(let figures): lines = [line] + Self.lines(figures)
    }
  }

  private static func lines(_ figures: ClassFigures) -> [String] {
    let macro = figures.macro
    var line =
      "macro precision \(fixed(macro.precision, 4)), recall \(fixed(macro.recall, 4)), F1 \(fixed(macro.f1, 4))"
    for (k, accuracy) in figures.top { line += ", top-\(k) \(fixed(accuracy, 4))" }
    if let area = figures.rocAUC { line += ", ROC-AUC \(fixed(area, 4))" }
    if figures.classes.count > limit { return [line] }
    return [line, "\nconfusion matrix (a row for each true class, a column for each predicted class)"]
      + ConfusionTable(figures).lines + [""]
  }

  private static func lines(_ figures: LabelFigures) -> [String] {
    let labels =
      figures.labels.count > limit
      ? "" : ": " + figures.labels.map { "\(escaped($0.name)) \(fixed($0.accuracy, 4))" }.joined(separator: ", ")
    let mean = figures.labels.reduce(0) { $0 + $1.accuracy } / Double(max(1, figures.labels.count))
    return ["exact match \(fixed(figures.exactMatch, 4)), accuracy of labels \(fixed(mean, 4))\(labels)"]
  }

  private static func lines(_ figures: NumberFigures) -> [String] {
    func words(_ mae: Double, _ rmse: Double, _ r2: Double?) -> String {
      "MAE \(significant(mae)), RMSE \(significant(rmse))" + (r2.map { ", R² \(fixed($0, 4))" } ?? "")
    }
    var line = words(figures.mae, figures.rmse, figures.r2)
    if let loss = figures.loss { line = "in the target's own units: loss \(significant(loss)), \(line)" }
    if !(2...limit).contains(figures.targets.count) { return [line] }
    return [line] + figures.targets.map { "  \(escaped($0.name)): \(words($0.mae, $0.rmse, $0.r2))" }
  }
}
