import ArgumentParser
import Glibc
import NNKit
import NNKitRuns

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What all studies have in common on the command line.
struct StudyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Continues a study that was interrupted.", valueName: "STUDY"))
  var resume: String?
  @Option(help: ArgumentHelp("The study's folder, new; default: studies/NAME-KIND-1, -2, …", valueName: "DIR"))
  var output: String?
  @Option(
    help: ArgumentHelp("How many runs are trained at once; default: as many as there are processors.", valueName: "N"))
  var jobs: Int?
  @Flag(help: "Prints only errors and, in one line, the study's folder and its result.")
  var quiet = false
  @OptionGroup var common: CommonOptions

  /// - Throws: `ValidationError` unless there is either a configuration or a study to continue.
  func check(_ config: String?) throws {
    guard (config == nil) != (resume == nil) else { throw ValidationError("give a configuration, or --resume STUDY") }
    if let jobs, jobs < 1 || jobs > 1024 { throw ValidationError("--jobs must be in 1...1024") }
    if resume != nil, output != nil || !common.set.isEmpty || common.threads != nil || common.backend != nil {
      throw ValidationError("a study is resumed as it was begun, without --output, --set, --threads and --backend")
    }
    if let output { try RunFolder.check(output: output) }
  }

  /// The configuration that the runs of a study have in common.
  func base(_ config: String) throws -> Configuration {
    var configuration = try common.configuration(config)
    // Runs side by side share the processors; and their results are not to depend on how many there are.
    configuration.threads = common.threads ?? configuration.threads ?? 1
    return configuration
  }

  /// Continues a study of a kind.
  func resume(_ path: String, _ kind: StudyPlan.Kind) throws {
    let folder = try StudyFolder(existing: path)
    let plan = try folder.readPlan()
    guard plan.kind == kind else {
      throw FileError(path, "is a study of another kind: \(plan.kind.rawValue), expected \(kind.rawValue)")
    }
    let configuration = try Configuration(contentsOf: folder.configuration)
    try StudyRun(folder, plan, configuration, self).execute()
  }

  func begin(_ plan: StudyPlan, _ configuration: Configuration) throws {
    let folder = try StudyFolder(creating: output, plan, configuration)
    try StudyRun(folder, plan, configuration, self).execute()
  }
}

/// Trains the runs of a study, each as a process, several at once.
///
/// What the study comes to does not depend on how many are trained at once, or on which ends first.
private final class StudyProcesses {
  /// How long a run has to save its state when the study is interrupted.
  private static let grace = 60.0
  private let jobs: Int
  private var running: [(member: StudyPlan.Member, process: ProcessGroup)] = []

  init(jobs: Int) { self.jobs = jobs }

  /// Runs a command for each member.
  ///
  /// - Parameters:
  ///   - members: In their order.
  ///   - start: Starts a member's process; nil if there is nothing left to do for it.
  ///   - ended: Called when a member's process has ended.
  /// - Returns: False if a signal has ended it all before its end.
  /// - Throws: What `start` and `ended` throw.
  func run(
    _ members: [StudyPlan.Member], start: (StudyPlan.Member) throws -> ProcessGroup?,
    ended: (StudyPlan.Member, Bool) throws -> Void
  ) throws -> Bool {
    var waiting = members[...]
    defer { endAll() }
    while !waiting.isEmpty || !running.isEmpty {
      if Interruption.signal != nil { return false }
      while running.count < jobs, let next = waiting.popFirst() {
        if let process = try start(next) { running.append((next, process)) } else { try ended(next, true) }
      }
      var hasEnded = false
      for (index, item) in running.enumerated().reversed() where item.process.hasEnded {
        running.remove(at: index)
        hasEnded = true
        try ended(item.member, item.process.succeeded)
      }
      if !hasEnded { ProcessGroup.awaitEnd(of: running.map(\.process)) }
    }
    return true
  }

  private func endAll() {
    for (_, process) in running { process.end(within: Self.grace, isUrgent: { Interruption.isUrgent }) }
    running = []
  }
}

/// A study from its plan to its page.
struct StudyRun {
  private let folder: StudyFolder
  private let plan: StudyPlan
  private let configuration: Configuration
  private let options: StudyOptions

  init(_ folder: StudyFolder, _ plan: StudyPlan, _ configuration: Configuration, _ options: StudyOptions) {
    (self.folder, self.plan, self.configuration, self.options) = (folder, plan, configuration, options)
  }

  private var jobs: Int {
    options.jobs ?? max(1, Processors.count / (configuration.threads ?? 1))
  }

  /// Trains what is left to train, and writes tables and page.
  ///
  /// - Throws: `ExitCode` if it was interrupted, or if a run failed.
  func execute() throws {
    StandardOutput.allowClosed()
    Interruption.awaitSignals(secondEnds: false)
    if !options.quiet {
      for note in plan.notes { print("note: \(note)") }
      print("\(plan.members.count) runs, \(min(jobs, plan.members.count)) at once, in \(folder.path)")
      StandardOutput.flush()
    }
    var rows: [String: StudyResults.Row] = [:]
    if plan.stages.isEmpty {
      try train(plan.members, epochs: nil, &rows)
    } else {
      try trainInStages(&rows)
    }
    let results = StudyResults(plan, rows)
    try folder.write(results)
    say(results)
    if results.rows.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
  }

  private func trainInStages(_ rows: inout [String: StudyResults.Row]) throws {
    var chosen = folder.readStages()
    var members = plan.members
    for (index, stage) in plan.stages.enumerated() {
      if index > 0 {
        if chosen.count < index {
          // Those to be continued are chosen once, by what they came to at the end of their stage.
          let results = StudyResults(plan, rows)
          let names = Set(members.map(\.name))
          let best = results.sorted.filter { names.contains($0.member.name) && $0.failure == nil }
          chosen.append(best.prefix(stage.runs).map(\.member.name))
          try folder.write(stages: chosen)
        }
        members = plan.members.filter { chosen[index - 1].contains($0.name) }
      }
      if !options.quiet {
        print("stage \(index + 1) of \(plan.stages.count): \(members.count) runs to \(stage.epochs) epochs")
        StandardOutput.flush()
      }
      try train(members, epochs: stage.epochs, &rows)
    }
  }

  /// Brings runs to their end, or to a stage's, and reads what each gave.
  private func train(_ members: [StudyPlan.Member], epochs: Int?, _ rows: inout [String: StudyResults.Row]) throws {
    var done = 0
    var found = rows
    let isWhole = try StudyProcesses(jobs: jobs).run(members) { member in
      try arguments(member, epochs: epochs).map {
        try ProcessGroup("/proc/self/exe", $0, log: folder.log(member))
      }
    } ended: { member, succeeded in
      done += 1
      if Interruption.signal != nil { return }
      let fault = succeeded ? nil : fault(of: member)
      let row = StudyResults.Row(member, in: folder, fault: fault)
      found[member.name] = row
      guard !options.quiet else { return }
      let values = member.values.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
      print("\(done)/\(members.count): \(values)\((fault ?? row?.failure).map { ": \($0)" } ?? "")")
      StandardOutput.flush()
    }
    rows = found
    guard isWhole else {
      let command = ["nnkit", plan.kind.command, "--resume", folder.path] + options.common.plugins.arguments
      Program.report("the study was interrupted; to continue: \(shellText(command))")
      throw ExitCode(128 + (Interruption.signal ?? SIGINT))
    }
  }

  /// The arguments of the process that brings a run on; nil if it has come to its end.
  private func arguments(_ member: StudyPlan.Member, epochs: Int?) throws -> [String]? {
    let run = folder.run(member)
    let more = ["--quiet", "--started-by", "\(getpid())"] + options.common.plugins.arguments
    if let ending = try folder.ending(of: member) {
      guard let epochs, ending.epochs < epochs, ending.canGoOn else { return nil }
      return ["run", "--resume", run, "--epochs", "\(epochs)"] + more
    }
    if RunFolder.isFolder(run) { return ["run", "--resume", run] + more }
    let overrides = member.overrides + (epochs.map { [configuration.training.override(epochs: $0)] } ?? [])
    return ["run", folder.configuration, "--output", run] + overrides.flatMap { ["--set", $0] } + more
  }

  /// Why a run's process did not succeed, by the end of what it said.
  private func fault(of member: StudyPlan.Member) -> String {
    let text = (try? WholeFile.read(folder.log(member))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let lines = text.split(separator: "\n").map(String.init)
    let error = lines.last { $0.hasPrefix("error: ") }.map { String($0.dropFirst("error: ".count)) }
    return error ?? lines.last ?? "its process ended without a word; see \(folder.log(member))"
  }

  private func say(_ results: StudyResults) {
    let failed = results.rows.count { $0.failure != nil }
    if options.quiet {
      print("\(folder.path) \(headline(results))")
    } else {
      let table = results.table.rows
      let count = table.first?.count ?? 0
      print(aligned(table, rightAligned: Set(0..<count)).joined(separator: "\n"))
      print("\(headline(results)); \(folder.report) shows it all")
    }
    for row in results.rows {
      if let failure = row.failure { Program.report("run \(row.member.name) failed: \(failure)") }
    }
    if failed > 0 { Program.report("error: \(failed) of \(plan.members.count) runs failed") }
  }

  private func headline(_ results: StudyResults) -> String {
    let metric = plan.metric.rawValue
    switch plan.kind {
    case .crossValidation:
      guard let spread = results.spread(metric) else { return "\(metric): none" }
      return "\(metric) \(StudyResults.short(spread.mean))"
        + (spread.deviation.map { " ± \(StudyResults.short($0))" } ?? "")
    case .sweep:
      guard let best = results.sorted.first, let figure = best.figure(plan.metric) else { return "\(metric): none" }
      let values = best.member.values.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
      return "the best \(metric) is \(StudyResults.short(figure)), of run \(best.member.name): \(values)"
    case .learningCurve:
      guard let last = results.rows.last(where: { $0.failure == nil }), let figure = last.figure(plan.metric) else {
        return "\(metric): none"
      }
      return "\(metric) \(StudyResults.short(figure)) with \(last.member.values[0].text) samples"
    }
  }
}

extension StudyPlan.Kind {
  /// The command that runs such studies.
  fileprivate var command: String {
    switch self {
    case .crossValidation: "cross-validate"
    case .sweep: "sweep"
    case .learningCurve: "learning-curve"
    }
  }
}
