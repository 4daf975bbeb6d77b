internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the runs of a study gave.
package struct StudyResults {
  /// What one run gave.
  package struct Row {
    package let member: StudyPlan.Member
    /// Its figures, by the names of `columns`.
    package let figures: [String: Double]
    package let epochs: Int
    /// Why the run failed; nil if it did not.
    package let failure: String?
    package let curves: Curves

    /// Reads what a run that has ended gave.
    ///
    /// A run whose files cannot be read counts as failed, and the study continues.
    ///
    /// - Parameters:
    ///   - member: The run's.
    ///   - folder: The study's.
    ///   - fault: Why its process did not succeed; used if the run has no summary.
    package init?(_ member: StudyPlan.Member, in folder: StudyFolder, fault: String?) {
      let run = folder.run(member)
      self.member = member
      do {
        guard RunFolder.isFile("\(run)/summary.json") else {
          guard let fault else { return nil }
          (figures, epochs, failure, curves) = ([:], 0, fault, Curves([]))
          return
        }
        let summary = try RunSummary(path: "\(run)/summary.json")
        let curves = try Curves(contentsOf: "\(run)/metrics.jsonl")
        (figures, epochs, failure) = (summary.figures, Int(summary.numbers["epochs"] ?? 0), summary.failure)
        self.curves = curves
      } catch {
        (figures, epochs, failure, curves) = ([:], 0, "\(error)", Curves([]))
      }
    }

    /// The figure that the study compares; nil if the run has none that is a number.
    package func figure(_ metric: StudyMetric) -> Double? {
      figures[metric.rawValue].flatMap { $0.isFinite ? $0 : nil }
    }
  }

  package let plan: StudyPlan
  /// In the order of the plan.
  package let rows: [Row]
  /// The names of the figures that the runs have, in the order in which tables show them.
  package let figures: [String]

  /// The results of the runs that have ended.
  ///
  /// - Parameters:
  ///   - plan: The study's plan.
  ///   - rows: By the names of the plan's members.
  package init(_ plan: StudyPlan, _ rows: [String: Row]) {
    self.plan = plan
    self.rows = plan.members.compactMap { rows[$0.name] }
    let found = Set(self.rows.flatMap { $0.figures.keys })
    figures = RunSummary.order.filter(found.contains)
  }

  /// The rows with the best first; those without the figure last.
  package var sorted: [Row] {
    let metric = plan.metric
    func score(_ row: Row) -> Double {
      row.failure != nil ? .infinity : row.figure(metric).map { metric.greaterIsBetter ? -$0 : $0 } ?? .infinity
    }
    return rows.enumerated().sorted { (score($0.element), $0.offset) < (score($1.element), $1.offset) }.map(\.element)
  }

  /// The mean of a figure and its deviation (of the sample: n − 1), over the rows that have it.
  package func spread(_ figure: String, of rows: [Row]? = nil) -> (mean: Double, deviation: Double?)? {
    let values = (rows ?? self.rows).compactMap { $0.figures[figure] }
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil)
  }

  // MARK: Files

  /// A line for each run: what it has of its own, its epochs, its figures.
  package var csv: String {
    let names = plan.members.first?.values.map(\.name) ?? []
    func cell(_ text: String) -> String {
      text.contains(where: { ",\"\n\r".contains($0) }) ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
    var lines = [["run"] + names + ["epochs"] + figures + ["failure"]]
    for row in rows {
      lines.append(
        [row.member.name] + row.member.values.map(\.text) + ["\(row.epochs)"]
          + figures.map { row.figures[$0].map { "\($0)" } ?? "" } + [row.failure ?? ""])
    }
    return lines.map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
  }

  /// What the study came to.
  package var summary: JSONText {
    var pairs: [(String, JSONText)] = [
      ("study", .text(plan.kind.rawValue)), ("runs", .integer(plan.members.count)),
      ("failed", .integer(rows.count { $0.failure != nil })), ("metric", .text(plan.metric.rawValue)),
    ]
    switch plan.kind {
    case .crossValidation:
      pairs.append(
        (
          "figures",
          .object(
            figures.compactMap { name in
              spread(name).map {
                (name, .object([("mean", .number($0.mean)), ("deviation", .optional($0.deviation))]))
              }
            })
        ))
    case .sweep:
      guard let best = sorted.first, best.figure(plan.metric) != nil else { break }
      pairs += [
        ("best_run", .text(best.member.name)),
        ("best", .object(best.member.values.map { ($0.name, .text($0.text)) })),
        ("best_\(plan.metric.rawValue)", .optional(best.figure(plan.metric))),
      ]
    case .learningCurve: break
    }
    return .object(pairs)
  }
}

/// The numbers of a run's summary.
struct RunSummary: Decodable {
  private(set) var numbers: [String: Double] = [:]
  private(set) var failure: String?
  private(set) var ending: String?

  /// The figures that tables of studies have.
  static let order: [String] = {
    let sets = ["train", "validation", "test"]
    let own = ["loss", "accuracy", "macro_f1", "roc_auc", "mae", "rmse", "r2", "bit_fail"]
    return ["loss", "accuracy"].map { "train_\($0)" } + sets.dropFirst().flatMap { set in own.map { "\(set)_\($0)" } }
  }()

  /// Each figure of the model that the run ended with; where it was not measured, of the best or the last epoch.
  var figures: [String: Double] {
    var figures: [String: Double] = [:]
    for name in Self.order { figures[name] = numbers["final_\(name)"] ?? numbers["best.\(name)"] ?? numbers[name] }
    return figures
  }

  init(path: String) throws {
    do {
      self = try JSONDecoder().decode(RunSummary.self, from: Data(WholeFile.read(path)))
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(path, "is not the summary of a run")
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    for key in values.allKeys {
      if let number = try? values.decode(Double.self, forKey: key) { numbers[key.stringValue] = number }
    }
    if let best = try? values.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: "best")) {
      for key in best.allKeys {
        if let number = try? best.decode(Double.self, forKey: key) { numbers["best.\(key.stringValue)"] = number }
      }
    }
    ending = try? values.decode(String.self, forKey: Key(stringValue: "ending"))
    failure = try? values.decode(String.self, forKey: Key(stringValue: "failure"))
  }
}
