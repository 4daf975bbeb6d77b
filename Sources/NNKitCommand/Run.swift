import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit run`: trains what a configuration describes.
struct Run: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    abstract: "Trains what a configuration describes, and leaves a run folder.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String?
  @Option(help: ArgumentHelp("Goes on with a run that was left, as if it never had been.", valueName: "RUN"))
  var resume: String?
  @Option(help: ArgumentHelp("The run's folder, new; default: runs/NAME-1, -2, …", valueName: "DIR"))
  var output: String?
  @Flag(help: "Says nothing but errors.")
  var quiet = false
  /// The process without which it is not to go on: that of `plugins watch`.
  @Option(help: .hidden)
  var startedBy: Int32?
  @OptionGroup var common: CommonOptions

  mutating func validate() throws {
    guard (config == nil) != (resume == nil) else {
      throw ValidationError("give a configuration, or --resume RUN")
    }
    if resume != nil, output != nil || !common.set.isEmpty || common.threads != nil || common.backend != nil {
      throw ValidationError("a run is resumed as it was begun, without --output, --set, --threads and --backend")
    }
  }

  func run() throws {
    // The run's folder has all that matters.
    StandardOutput.allowClosed()
    if let startedBy { ParentWatch.start(startedBy) }
    if let resume {
      let folder = try RunFolder(existing: resume)
      if case .finished(let failure) = try folder.state(), folder.hasReport { return tellFinished(folder, failure) }
      return try execute(try common.configuration(folder.configuration))
    }
    if let output { try RunFolder.check(output: output) }
    try execute(try common.configuration(config ?? ""))
  }

  private func tellFinished(_ folder: RunFolder, _ failure: String?) {
    if quiet { return }
    print("\(folder.path) is finished: its model is \(folder.model)")
    if let failure { print("it ended early: \(failure)") }
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    if let folder = try resume.map({ try RunFolder(existing: $0) }) {
      switch try folder.state() {
      case .finished(let failure):
        // Its disk may have been full at the last moment.
        if configuration.report && !folder.hasReport {
          try RunReport(of: folder, try common.trained(folder, configuration, Scalar.self)).write()
          if !quiet { print("\(folder.report) was missing, and is written") }
        }
        return tellFinished(folder, failure)
      case .damaged(let reason): Program.report("note: \(reason); it is made anew")
      case .unfinished: break
      }
    }
    let experiment = try experiment(configuration, Scalar.self)
    Interruption.awaitSignals()
    let run =
      if let resume { try NNKitRuns.Run(experiment, resuming: RunFolder(existing: resume)) } else {
        try NNKitRuns.Run(experiment, output: output)
      }
    for note in run.notes where resume != nil && quiet { Program.report("note: \(note)") }
    do {
      try train(run)
    } catch let error as InterruptedRun {
      // Behind `plugins watch` the next run begins anew.
      if startedBy == nil {
        Program.report("the run was interrupted, its state is saved; to go on: \(common.goingOn(with: run.folder))")
      }
      throw ExitCode(128 + error.signal)
    }
  }

  private func experiment<Scalar: NetworkScalar>(
    _ configuration: Configuration, _: Scalar.Type
  ) throws -> Experiment<Scalar> {
    do {
      return try common.experiment(configuration, Scalar.self)
    } catch {
      // The plugins that it was begun with may have lain where nobody looks now.
      let lines = try resume.map { try RunFolder(existing: $0).pluginsElsewhere(than: common.plugins.searchPath) }
      for line in lines ?? [] { Program.report("note: \(line)") }
      throw error
    }
  }

  private func train<Scalar: NetworkScalar>(_ run: NNKitRuns.Run<Scalar>) throws {
    if quiet {
      _ = try run.train(interruption: { Interruption.signal }, onBatch: { _ in }, onEpoch: { _ in })
      return
    }
    print(NetworkTable(run.experiment).lines.joined(separator: "\n"))
    for note in run.notes { print("note: \(note)") }
    for warning in run.warnings { Program.report("warning: \(warning)") }
    print("run folder: \(run.folder.path)")
    if resume != nil { print("resumed after \(run.start.epoch) epochs and \(run.start.batch) batches") }
    print("")
    let said = run.warnings.count
    let progress = ProgressDisplay(
      epochs: run.experiment.configuration.training.epochs, samples: run.experiment.data.train.count)
    let outcome = try progress.showing {
      try run.train(
        interruption: { Interruption.signal }, onBatch: { progress.show($0) }, onEpoch: { progress.show($0) })
    }
    print(ResultText(outcome.measured).lines.joined(separator: "\n"))
    for warning in run.warnings.dropFirst(said) { Program.report("warning: \(warning)") }
    print("model: \(run.folder.model)   (\(duration(outcome.seconds)) in all)")
  }
}
