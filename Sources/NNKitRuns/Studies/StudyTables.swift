internal import NNKit

extension StudyResults {
  /// The table of the study, its first row the names of the columns; and how many rows at its end are means.
  package var table: (rows: [[String]], means: Int) {
    switch plan.kind {
    case .crossValidation: crossValidation
    case .sweep: (sweep, 0)
    case .learningCurve: (learningCurve, 0)
    }
  }

  private func short(_ row: Row, _ figure: String) -> String { row.figures[figure].map { Self.short($0) } ?? "" }

  /// As many digits as tables have room for.
  package static func short(_ value: Double) -> String { numberText(value, digits: 5) }

  private var crossValidation: (rows: [[String]], means: Int) {
    var rows = [["fold", "epochs"] + figures]
    rows += self.rows.map { row in
      [row.member.values[0].text, "\(row.epochs)"] + figures.map { short(row, $0) } + (row.failure.map { [$0] } ?? [])
    }
    let spreads = figures.map { spread($0) }
    rows.append(["mean", ""] + spreads.map { $0.map { Self.short($0.mean) } ?? "" })
    rows.append(["deviation", ""] + spreads.map { $0?.deviation.map { Self.short($0) } ?? "" })
    return (rows, 2)
  }

  private var sweep: [[String]] {
    let names = plan.members.first?.values.map(\.name) ?? []
    let metric = plan.metric.rawValue
    let others = figures.filter { $0 != metric }
    return [["run"] + names + ["epochs", metric] + others]
      + sorted.map { row in
        [row.member.name] + row.member.values.map { shown($0.text) } + ["\(row.epochs)"]
          + ([metric] + others).map { short(row, $0) } + (row.failure.map { [$0] } ?? [])
      }
  }

  private func shown(_ text: String) -> String { Double(text).map { Self.short($0) } ?? text }

  private var learningCurve: [[String]] {
    [["samples", "runs"] + figures.flatMap { [$0, "±"] }]
      + sizes.map { size, rows in
        [size, "\(rows.count)"]
          + figures.flatMap { name -> [String] in
            let spread = spread(name, of: rows)
            return [spread.map { Self.short($0.mean) } ?? "", spread?.deviation.map { Self.short($0) } ?? ""]
          }
      }
  }

  /// The runs of each number of samples, ascending.
  private var sizes: [(size: String, rows: [Row])] {
    var sizes: [(size: String, rows: [Row])] = []
    for row in rows where row.failure == nil {
      let size = row.member.values[0].text
      if sizes.last?.size == size { sizes[sizes.count - 1].rows.append(row) } else { sizes.append((size, [row])) }
    }
    return sizes
  }

  // MARK: The page

  /// The study as a page.
  package func page(title: String) -> StudyPage {
    var page = StudyPage(title: title)
    for note in plan.notes { page.add(paragraph: note) }
    let table = table
    page.add(heading: plan.kind == .sweep ? "Runs, the best first" : "Figures")
    page.add(table: table.rows, last: table.means)
    let best = sorted.first { $0.failure == nil }
    if plan.kind == .sweep {
      let names = (plan.members.first?.values.map(\.name) ?? []) + [plan.metric.rawValue]
      let lines = rows.compactMap { row -> ParallelCoordinates.Line? in
        guard row.failure == nil, let figure = row.figure(plan.metric) else { return nil }
        return ParallelCoordinates.Line(
          name(of: row), row.member.values.map(\.text) + ["\(figure)"], isBest: row.member.name == best?.member.name)
      }
      page.add(heading: "Values and \(plan.metric.rawValue)")
      page.add(
        ParallelCoordinates(names, lines),
        caption: "A line for each run; the best stands out. The pointer over a line shows which it is.")
    }
    if plan.kind == .learningCurve { addLearningCurve(to: &page) }
    addCurves(to: &page, best)
    return page
  }

  private func name(of row: Row) -> String {
    "run \(row.member.name): " + row.member.values.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
  }

  private func addLearningCurve(to page: inout StudyPage) {
    let metric = plan.metric.rawValue
    let train = "train" + metric.drop { $0 != "_" }
    let series = [metric, train].enumerated().map { index, name in
      StudyChart.Series(
        name,
        sizes.compactMap { size, rows in
          guard let samples = Double(size), let mean = spread(name, of: rows)?.mean else { return nil }
          return (x: samples, y: mean)
        }, isBest: index == 0, isOther: index == 1)
    }
    page.add(heading: "\(metric) by the number of training samples")
    page.add(
      StudyChart(x: "training samples", y: metric, series),
      caption: "Thick: \(metric); thin: \(train). Means over the runs of each number.")
  }

  private func addCurves(to page: inout StudyPage, _ best: Row?) {
    let found = plan.metric.rawValue
    let metric = rows.contains { $0.curves.values[found] != nil } ? found : "train_loss"
    let series = rows.compactMap { row -> StudyChart.Series? in
      guard let values = row.curves.values[metric], values.count == row.curves.epochs.count else { return nil }
      return StudyChart.Series(
        name(of: row), zip(row.curves.epochs, values).map { (x: Double($0), y: $1) },
        isBest: plan.kind == .sweep && row.member.name == best?.member.name)
    }
    guard !series.isEmpty else { return }
    page.add(heading: "\(metric) over the epochs")
    page.add(
      StudyChart(x: "epoch", y: metric, series, isLogY: metric.hasSuffix("loss")),
      caption: "A curve for each run\(plan.kind == .sweep ? "; the best stands out" : "").")
  }
}
