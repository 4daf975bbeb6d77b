import ArgumentParser
import NNKit
import NNKitPluginChecks
import NNKitRuns

/// `nnkit run`: trains what a configuration describes.
struct RunCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Trains the network of a configuration, and writes a run folder.",
    discussion: """
      Examples:
        nnkit run Examples/iris.yaml --set training.epochs=20
            trains, and writes runs/iris-1
        nnkit run --resume runs/iris-1 --epochs 100
            continues a run, to 100 epochs in all
        mpirun -n 4 nnkit run Examples/iris.yaml --communicator mpi
            trains with four processes
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String?
  @Option(
    help: ArgumentHelp(
      "Continues an interrupted run, with the same result as without the interruption; with --epochs, a finished run too.",
      valueName: "RUN"))
  var resume: String?
  @Option(help: ArgumentHelp("The number of epochs in all, those already done included.", valueName: "N"))
  var epochs: Int?
  @Option(help: ArgumentHelp("The run's folder, new; default: runs/NAME-1, -2, …", valueName: "DIR"))
  var output: String?
  @Flag(help: "Prints only errors and, in one line, the run's folder and its result.")
  var quiet = false
  @Option(
    help: ArgumentHelp(
      "How the processes of one training exchange gradients: mpi, or none. Start them with mpirun.", valueName: "NAME")
  )
  var communicator: String?
  /// The process without which it ends: that of `plugins watch`.
  @Option(help: .hidden)
  var startedBy: Int32?
  @OptionGroup var common: CommonOptions

  mutating func validate() throws {
    guard (config == nil) != (resume == nil) else {
      throw ValidationError("give a configuration, or --resume RUN")
    }
    if let epochs, epochs < 0 { throw ValidationError("--epochs must be at least 0") }
    guard resume != nil else {
      if let epochs { common.set.append("training.epochs=\(epochs)") }
      return
    }
    if output != nil || common.threads != nil || common.backend != nil {
      throw ValidationError("a run is resumed as it was begun, without --output, --threads and --backend")
    }
    let isAllowed = try common.set.allSatisfy { RunExtension.allows(try Override($0)) }
    if !common.set.isEmpty && (epochs == nil || !isAllowed) {
      throw ValidationError(
        "a run is resumed as it was begun; with --epochs N, --set may give the epochs to come another"
          + " training.schedule, training.early_stopping or training.stop")
    }
  }

  func run() throws {
    // The run's folder has all that matters.
    StandardOutput.allowClosed()
    if let startedBy { ParentWatch.start(startedBy) }
    if let communicator, communicator != Communicator.noneName {
      return try RankedRun(self, common.plugins.plugins().communicator(communicator)).run { try readConfiguration() }
    }
    let configuration = try readConfiguration()
    guard let wanted = configuration.communicator else { return try execute(configuration) }
    let plugin = try wanted.place.placing { try common.plugins.plugins().communicator(wanted.name) }
    try RankedRun(self, plugin).run { configuration }
  }

  private func readConfiguration() throws -> Configuration {
    var configuration: Configuration
    if let resume {
      let folder = try RunFolder(existing: resume).whole(for: "resuming")
      configuration = try extending(folder)?.configuration ?? Configuration(of: folder)
    } else {
      if let output { try RunFolder.check(output: output) }
      configuration = try common.configuration(config ?? "")
      if let sweep = configuration.sweep {
        throw ConfigurationError(
          sweep.place.description,
          "`sweep` is for `nnkit sweep`, which trains many runs; for a single one, take it out: --set sweep=null")
      }
    }
    if let communicator, communicator != configuration.communicator?.name {
      configuration.communicator =
        communicator == Communicator.noneName
        ? nil : CommunicatorConfiguration(name: communicator, place: configuration.network.place)
    }
    return configuration
  }

  /// The folder of the run that is to be continued, if there is one.
  var existingFolder: RunFolder? { get throws { try resume.map { try RunFolder(existing: $0) } } }

  private func extending(_ folder: RunFolder) throws -> RunExtension? {
    try epochs.map { try RunExtension(of: folder, epochs: $0, overrides: common.set.map { try Override($0) }) }
  }

  /// Says how a run ended that is resumed although it has; refuses one whose configuration says otherwise now.
  private func tellFinished<Scalar: NetworkScalar>(
    _ folder: RunFolder, _ failure: String?, _ configuration: Configuration, _: Scalar.Type
  ) throws {
    if let change = try folder.change(to: configuration) {
      throw FileError(
        folder.configuration,
        "the run has ended, and its model does not follow what this says now (\(change)); bring that back,"
          + " begin a new run with it, or extend the run with --epochs N")
    }
    // Its disk may have been full at the last moment.
    if configuration.report && !folder.hasReport {
      try RunReport(of: folder, try common.trained(folder, configuration, Scalar.self)).write()
      if !quiet { print("\(folder.report) was missing, and is written") }
    }
    print("\(folder.path) is finished: its model is \(folder.model)")
    if let failure { print("it ended early: \(failure)") }
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let folder = try existingFolder
    if let folder, try isFinished(folder, configuration, Scalar.self) { return }
    let experiment = try experiment(configuration, Scalar.self)
    Interruption.awaitSignals()
    let run = try makeRun(experiment, in: folder)
    do {
      try train(run)
    } catch let error as InterruptedRun {
      tellInterrupted(common.plugins.resumeCommand(for: run.folder), run.folder)
      throw ExitCode(128 + error.signal)
    }
  }

  /// Whether there is nothing left to train; it then says how the run ended.
  func isFinished<Scalar: NetworkScalar>(
    _ folder: RunFolder, _ configuration: Configuration, _: Scalar.Type
  ) throws -> Bool {
    let isExtended = epochs != nil
    switch try folder.state() {
    case .finished(let failure?) where isExtended:
      throw FileError(folder.path, "the run cannot be extended: \(failure)")
    case .finished(let failure) where !isExtended:
      try tellFinished(folder, failure, configuration, Scalar.self)
      return true
    case .damaged(let reason):
      Program.report("note: \(reason); it is made again")
      return false
    case .finished, .unfinished: return false
    }
  }

  func makeRun<Scalar: NetworkScalar>(
    _ experiment: Experiment<Scalar>, in folder: RunFolder?, _ ranks: Ranks? = nil
  ) throws -> NNKitRuns.Run<Scalar> {
    let run =
      if let folder {
        try NNKitRuns.Run(experiment, resuming: folder, extended: extending(folder), ranks: ranks)
      } else {
        try NNKitRuns.Run(experiment, output: output, ranks: ranks)
      }
    for note in run.notes where resume != nil && quiet { Program.report("note: \(note)") }
    return run
  }

  /// Says how an interrupted run can be continued.
  func tellInterrupted(_ resumeCommand: String, _ folder: RunFolder) {
    // Behind `plugins watch` the next run begins from the start.
    if startedBy != nil { return }
    Program.report(
      "the run was interrupted, its state is saved; to continue: \(resumeCommand)\n"
        + "to end it here, with a model: \(shellText(["nnkit", "finish", folder.path] + common.plugins.arguments))")
  }

  func experiment<Scalar: NetworkScalar>(
    _ configuration: Configuration, _: Scalar.Type, threads: Int? = nil, _ ranks: Ranks? = nil
  ) throws -> Experiment<Scalar> {
    do {
      return try common.experiment(configuration, Scalar.self, threads: threads, ranks: ranks)
    } catch {
      // The plugins that it began with may lie in folders that are not searched now.
      let lines = try resume.map { try RunFolder(existing: $0).pluginsElsewhere(than: common.plugins.searchPath) }
      for line in lines ?? [] { Program.report("note: \(line)") }
      throw error
    }
  }

  func train<Scalar: NetworkScalar>(_ run: NNKitRuns.Run<Scalar>) throws {
    if quiet {
      for warning in run.warnings { Program.report("warning: \(warning)") }
      let outcome = try run.train(interruption: { Interruption.signal }, onBatch: { _ in }, onEpoch: { _ in })
      print(OutcomeText(outcome, run.folder).line)
      return
    }
    print(NetworkTable(run.experiment).lines.joined(separator: "\n"))
    for note in run.notes { print("note: \(note)") }
    for warning in run.warnings { Program.report("warning: \(warning)") }
    if let ranks = run.ranks {
      let threads = run.experiment.network.threads
      let isScaled = run.experiment.configuration.training.learningRateScaling == .linear
      print(
        "ranks: \(ranks.count), by \(ranks.library), \(threads) thread\(threads == 1 ? "" : "s") each"
          + (isScaled ? "; learning rate × \(ranks.count) after a warm-up" : ""))
    }
    print("run folder: \(run.folder.path)")
    if resume != nil { print("resumed after \(run.start.epoch) epochs and \(run.start.batch) batches") }
    print("")
    let training = run.experiment.configuration.training
    let said = run.warnings.count
    let progress = ProgressDisplay(
      TrainingPace(
        epochs: training.epochs, samples: run.experiment.data.trainCount, batch: training.batch, start: run.start))
    let outcome = try progress.showing {
      try run.train(
        interruption: { Interruption.signal }, onBatch: { progress.show($0) }, onEpoch: { progress.show($0) })
    }
    let text = OutcomeText(outcome, run.folder)
    print(text.lines.dropLast().joined(separator: "\n"))
    for warning in run.warnings.dropFirst(said) { Program.report("warning: \(warning)") }
    print(text.lines.suffix(1).joined())
  }
}

/// What a run that has ended says.
struct OutcomeText {
  let lines: [String]
  /// The same in one line: the run's folder and its result.
  let line: String

  init<Scalar: NetworkScalar>(_ outcome: NNKitRuns.Run<Scalar>.Outcome, _ folder: RunFolder) {
    let ending = outcome.ending
    let sentences = ending.sentences.isEmpty ? [] : [""] + ending.sentences
    lines =
      sentences + ResultText(outcome.measured).lines + outcome.notes.map { "note: \($0)" }
      + ["model: \(folder.model)   (\(duration(outcome.seconds)) in all)"]
    let metrics = outcome.measured.metrics
    let accuracy = metrics.accuracy.map { ", accuracy \(fixed($0, 4))" } ?? ""
    let kind = ending.kind == .completed ? "" : ", \(ending.kind.rawValue.replacing("_", with: " "))"
    line =
      "\(folder.path): \(outcome.measured.name) loss \(significant(metrics.loss))\(accuracy)"
      + " (\(ending.epochs) epoch\(ending.epochs == 1 ? "" : "s")\(kind), \(duration(outcome.seconds)))"
  }
}
