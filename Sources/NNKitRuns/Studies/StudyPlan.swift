internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Several runs of one configuration that differ in some of its values: what a study is to do, decided before it begins.
package struct StudyPlan: Codable, Equatable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case crossValidation = "cross-validation"
    case sweep
    case learningCurve = "learning-curve"
  }

  /// One run.
  package struct Member: Codable, Equatable, Sendable {
    /// Its folder's name, in the order of the study.
    package let name: String
    /// What it has that the others do not, by the names that tables have.
    package let values: [Value]
    /// `key.path=value`, as for `--set`.
    package let overrides: [String]

    package init(name: String, values: [Value], overrides: [String]) {
      (self.name, self.values, self.overrides) = (name, values, overrides)
    }
  }

  package struct Value: Codable, Equatable, Sendable {
    package let name: String
    /// As a configuration has it.
    package let text: String

    package init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }
  }

  /// A stage of successive halving: how many epochs the runs have by then, and how many of them are continued to it.
  package struct Stage: Codable, Equatable, Sendable {
    package let epochs: Int
    package let runs: Int
  }

  package let kind: Kind
  package let members: [Member]
  /// The figure that tables are sorted by.
  package let metric: StudyMetric
  /// Of successive halving, in their order; empty: each run has all its epochs at once.
  package let stages: [Stage]
  /// What there is to say of the plan, a line each.
  package let notes: [String]

  package init(_ kind: Kind, _ members: [Member], metric: StudyMetric, stages: [Stage] = [], notes: [String] = []) {
    (self.kind, self.members, self.metric, self.stages, self.notes) = (kind, members, metric, stages, notes)
  }

  /// The same with more to say.
  package func noting(_ more: [String]) -> StudyPlan {
    StudyPlan(kind, members, metric: metric, stages: stages, notes: notes + more)
  }

  /// Names of equal length, so that files are listed in the order of the study.
  package static func names(_ count: Int) -> [String] {
    let digits = "\(max(1, count))".count
    return (1...max(1, count)).map { number in
      let text = "\(number)"
      return String(repeating: "0", count: digits - text.count) + text
    }
  }
}

/// A figure that runs are compared by.
package enum StudyMetric: String, Codable, CaseIterable, Sendable {
  case trainLoss = "train_loss"
  case trainAccuracy = "train_accuracy"
  case validationLoss = "validation_loss"
  case validationAccuracy = "validation_accuracy"
  case testLoss = "test_loss"
  case testAccuracy = "test_accuracy"

  package var greaterIsBetter: Bool { rawValue.hasSuffix("accuracy") }
  package var isOfValidation: Bool { rawValue.hasPrefix("validation") }
  package var isOfTest: Bool { rawValue.hasPrefix("test") }
}

/// The folder of a study: its plan, its configuration, a run folder for each member, and what came of them.
package struct StudyFolder: Sendable {
  /// Absolute.
  package let path: String
  package var configuration: String { "\(path)/config.yaml" }
  package var plan: String { "\(path)/study.json" }
  package var results: String { "\(path)/results.csv" }
  package var summary: String { "\(path)/summary.json" }
  package var report: String { "\(path)/report.html" }
  package func run(_ member: StudyPlan.Member) -> String { "\(path)/runs/\(member.name)" }
  /// Which runs went on after each stage of successive halving.
  package var stages: String { "\(path)/stages.json" }
  package func log(_ member: StudyPlan.Member) -> String { "\(path)/runs/\(member.name).log" }

  /// An existing study.
  ///
  /// - Throws: `FileError` if there is none.
  package init(existing path: String) throws {
    self.path = absolutePath(path)
    guard RunFolder.isFile(plan) else { throw FileError(path, "is not the folder of a study: \(plan) cannot be read") }
  }

  /// A new folder: `output`, or the first of `studies/NAME-KIND-1`, `-2`, … that does not exist.
  ///
  /// - Throws: `FileError` if it cannot be made or exists.
  package init(creating output: String?, _ plan: StudyPlan, _ configuration: Configuration) throws {
    path = try Self.newFolder(output, name: "\(configuration.name)-\(plan.kind.rawValue)")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try WholeFile.write(Array(configuration.resolved(in: path).utf8), to: self.configuration)
    try WholeFile.make(folder: "\(path)/runs")
    // Last, since a study that can be resumed has all of it.
    try WholeFile.write(Array(encoder.encode(plan)), to: self.plan)
  }

  /// A new folder at `output`, or the first of `studies/NAME-1`, `-2`, … that does not exist; its absolute path.
  package static func newFolder(_ output: String?, name: String) throws -> String {
    if let output {
      let path = absolutePath(output)
      try RunFolder.check(output: output)
      try WholeFile.make(folder: path)
      return path
    }
    try WholeFile.make(folder: absolutePath("studies"))
    var number = 1
    while RunFolder.isFolder(absolutePath("studies/\(name)-\(number)")) { number += 1 }
    let path = absolutePath("studies/\(name)-\(number)")
    try WholeFile.make(folder: path)
    return path
  }

  /// What the study is to do.
  ///
  /// - Throws: `FileError` if the file does not say it.
  package func readPlan() throws -> StudyPlan {
    do {
      return try JSONDecoder().decode(StudyPlan.self, from: Data(WholeFile.read(plan)))
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(plan, "does not hold the plan of a study; begin it again")
    }
  }
}

extension StudyFolder {
  /// The names of the runs that went on after each stage so far.
  package func readStages() -> [[String]] {
    guard RunFolder.isFile(stages), let bytes = try? WholeFile.read(stages) else { return [] }
    return (try? JSONDecoder().decode([[String]].self, from: Data(bytes))) ?? []
  }

  package func write(stages: [[String]]) throws {
    try WholeFile.write(Array(JSONEncoder().encode(stages)), to: self.stages)
  }

  /// Whether a run has ended, after how many epochs, and whether more would follow if there were more to be.
  package func ending(of member: StudyPlan.Member) throws -> (epochs: Int, canGoOn: Bool)? {
    let path = "\(run(member))/summary.json"
    guard RunFolder.isFile(path) else { return nil }
    let summary = try RunSummary(path: path)
    return (Int(summary.numbers["epochs"] ?? 0), summary.ending == "completed" && summary.failure == nil)
  }

  /// Writes what the study came to.
  package func write(_ results: StudyResults) throws {
    try WholeFile.write(Array(results.csv.utf8), to: self.results)
    try WholeFile.write(Array((results.summary.text(indent: 0) + "\n").utf8), to: summary)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try WholeFile.write(results.page(title: name).html, to: report)
  }
}

extension WholeFile {
  /// Makes a folder, with those above it; one that is there is left as it is.
  static func make(folder path: String) throws {
    try RunFolder.makeParents(of: "\(path)/.")
  }
}
