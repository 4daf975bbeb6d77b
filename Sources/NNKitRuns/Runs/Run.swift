package import NNKit

/// A run: an experiment trained, measured and written into its folder.
package final class Run<Scalar: NetworkScalar> {
  package private(set) var experiment: Experiment<Scalar>
  package let folder: RunFolder
  /// Lines to print before the training.
  package private(set) var notes: [String] = []
  /// What may not be meant in the configuration and the data, said before the training; and behind it, of its loss.
  package private(set) var warnings: [String] = []
  /// Where the training begins: the epoch, from 0, and how many of its batches are done.
  package var start: (epoch: Int, batch: Int) { (trainer.progress.epoch, trainer.progress.batch) }

  /// The processes that train it together, if there are several.
  package let ranks: Ranks?

  private let trainer: any NetworkTraining<Scalar>
  private let plugins: [PluginRecord]
  /// Of a resumed run: records of plugins that have changed since it began.
  private var earlierPlugins: [PluginRecord] = []
  private let configuration: Configuration
  /// Made when a checkpoint is written or read: it takes a second for some thousand million bytes.
  private var identity: RunIdentity?
  /// While the run is being extended: what it was before.
  private var formerIdentity: RunIdentity?
  private let lock: RunLock
  private var history = RunHistory()
  /// Of the epochs that this process trained.
  private var reports: [EpochReport] = []
  private var checkpoints: Checkpoints
  private var extended: RunExtension?
  private let statistics: StatisticsCollector<Scalar>?
  /// The run's file for TensorBoard, if the configuration asks for one.
  private var board: TensorBoardLog?
  private var begin = ContinuousClock.now
  /// Spent by the processes that trained before this one.
  private var secondsBefore = 0.0
  private var endNotes: [String] = []
  private var seconds: Double { secondsBefore + (ContinuousClock.now - begin) / .seconds(1) }

  /// Makes the run's folder, with the resolved configuration in it.
  package convenience init(_ experiment: Experiment<Scalar>, output: String?, ranks: Ranks? = nil) throws {
    let warnings = try experiment.warnings()
    var configuration = experiment.configuration
    configuration.threads = experiment.network.threads
    configuration.backend = FunctionConfiguration(
      name: experiment.backend.name, place: configuration.backend?.place ?? configuration.network.place)
    let folder = try RunFolder(
      creating: output, name: configuration.name,
      configuration: configuration.resolved(in: output ?? "runs/\(configuration.name)"))
    try self.init(experiment, configuration, in: folder, ranks)
    self.warnings = warnings
  }

  /// Continues a run that was interrupted, or a finished one that is to have more epochs: from its newest sound checkpoint,
  /// or from the beginning.
  ///
  /// - Parameters:
  ///   - experiment: What the run's configuration describes, or the extension's.
  ///   - folder: The run's.
  ///   - extended: What is to be different from now on.
  ///   - ranks: The processes that train it together; this one is rank 0, and the others have a `RunFollower`.
  /// - Throws: `ChangedRun` if its configuration or its samples are not those of the checkpoint; `ExtensionError`.
  package convenience init(
    _ experiment: Experiment<Scalar>, resuming folder: RunFolder, extended: RunExtension? = nil, ranks: Ranks? = nil
  ) throws {
    try self.init(experiment, experiment.configuration, in: folder, ranks)
    folder.forgetRequest()
    self.extended = extended
    if let extended { formerIdentity = try RunIdentity(extended.former, samplesOf: identify()) }
    // A run that was begun may end, whatever is said of it now.
    warnings = (try? experiment.warnings()) ?? []
    notes += [experiment.trained.backendChange].compactMap(\.self)
    notes += try checkpoints.restoreNewest { path in try restore(path) }
    if let extended { try extend(extended) }
    folder.removeUnfinished()
    notes += try folder.keepMetrics(ofFirst: history.epochs)
  }

  private init(
    _ experiment: Experiment<Scalar>, _ configuration: Configuration, in folder: RunFolder, _ ranks: Ranks?
  ) throws {
    self.experiment = experiment
    self.configuration = configuration
    self.folder = folder
    self.ranks = ranks.flatMap { $0.count > 1 ? $0 : nil }
    trainer = try experiment.training(ranks: ranks)
    plugins = PluginRecord.records(of: experiment.trained)
    lock = try RunLock(folder)
    checkpoints = try Checkpoints(in: folder)
    // A network that grows has no layers that could be followed from epoch to epoch.
    statistics =
      (configuration.report || configuration.tensorBoard) && configuration.training.cascade == nil
      ? StatisticsCollector(experiment.network, epochs: configuration.training.epochs) : nil
    notes += experiment.data.notes + [trainer.note].compactMap(\.self)
  }

  /// How the run ended.
  package struct Outcome {
    /// Which samples the final model was measured on, the result, and the confusion of classes.
    package let measured: Measurement
    package let ending: RunEnding
    /// Lines to print after the training.
    package let notes: [String]
    /// Spent by this process.
    package let seconds: Double
  }

  /// Trains, and writes model and summary; after a non-finite number too, with the last good model.
  ///
  /// - Parameters:
  ///   - interruption: The number of a signal that has come to end the run, asked for after each batch.
  ///   - onBatch: Sees the running figures after each batch.
  ///   - onEpoch: Sees each epoch's report.
  /// - Returns: What the final model gave.
  /// - Throws: `InterruptedRun`; `NonFiniteError`; the errors of files and plugins.
  package func train(
    interruption: @escaping () -> Int32? = { nil }, onBatch: @escaping (BatchProgress) -> Void,
    onEpoch: (EpochReport) throws -> Void
  ) throws -> Outcome {
    begin = ContinuousClock.now
    saveProgress(interruption)
    defer { trainer.onProgress = nil }
    if configuration.tensorBoard {
      board = try TensorBoardLog(in: folder, after: history.epochs, experiment.network)
    }
    do {
      try trainer.train(
        on: experiment.data.train, validation: experiment.data.validation, test: experiment.data.test,
        onEpoch: { report in
          self.experiment.network = trainer.network
          history.add(report, isBest: trainer.bestEpoch == report.epoch + 1)
          self.reports.append(report)
          self.statistics?.endEpoch(report.epoch)
          try folder.append(report)
          try board?.add(
            report, seen: self.statistics?.seen, experiment.network, shape: experiment.data.description.imageShape)
          try onEpoch(report)
          return .proceed
        },
        onBatch: { progress in
          self.statistics?.look(progress)
          onBatch(progress)
        })
    } catch let error as NonFiniteError {
      try finish(nil, seconds, ending(.nonFinite), failure: "\(error)")
      throw error
    } catch is FinishRequested {
      return try end()
    }
    if trainer.stopReason != nil, history.epochs < experiment.configuration.training.epochs {
      return try conclude(.stopRule)
    }
    return try conclude(history.epochs < experiment.configuration.training.epochs ? .earlyStopping : .completed)
  }

  /// Ends the run where it stands, and writes model and summary.
  ///
  /// - Returns: What the model gave: the newest weights, or with early stopping those of the best epoch.
  /// - Throws: `FileError` if nothing has been trained; the errors of files and plugins.
  package func end() throws -> Outcome {
    guard trainer.progress.batches > 0 else {
      throw FileError(
        folder.path,
        "the run has left no state to make a model of; `nnkit run --resume` begins it, or remove the folder")
    }
    let isOver = trainer.progress.epoch >= experiment.configuration.training.epochs
    trainer.conclude()
    if trainer.stopReason != nil, !isOver { return try conclude(.stopRule) }
    return try conclude(trainer.isStoppedEarly ? .earlyStopping : isOver ? .completed : .stopped)
  }

  private func conclude(_ kind: RunEnding.Kind) throws -> Outcome {
    experiment.network = trainer.network
    let measured = try Measurement(of: experiment.trained)
    let (seconds, ending) = (seconds, ending(kind))
    try finish(measured, seconds, ending, failure: nil)
    return Outcome(measured: measured, ending: ending, notes: endNotes, seconds: seconds - secondsBefore)
  }

  private func ending(_ kind: RunEnding.Kind) -> RunEnding {
    let training = experiment.configuration.training
    let best = trainer.bestEpoch
    var ending = RunEnding(
      kind: kind, epochs: history.epochs, configuredEpochs: training.epochs, batches: trainer.progress.batch,
      stopping: training.earlyStopping, bestEpoch: best, best: history.best?.epoch == best ? history.best : nil)
    if let rules = training.stop, let reason = trainer.stopReason { ending.stop = (rules, reason) }
    return ending
  }

  // MARK: Checkpoints

  /// What a checkpoint has of the run, beside the state of the training.
  private struct State: Codable {
    var history: RunHistory
    var identity: RunIdentity
    /// Of a run that was just extended: what it was before, as its config.yaml may still say.
    var formerIdentity: RunIdentity?
    var plugins: [PluginRecord]
    var earlierPlugins: [PluginRecord]
    /// Spent so far, on measuring too; and what was seen of the layers.
    var seconds: Double?
    var statistics: StatisticsCollector<Scalar>.Gathered?
    /// How many ranks trained together; nil in checkpoints of earlier versions.
    var ranks: Int?

    /// A file may claim anything.
    var isPossible: Bool { history.isPossible && 0...1e12 ~= seconds ?? 0 }
  }

  /// Another process asks for the run's end.
  private struct FinishRequested: Error {}

  /// Has the training write its state whenever that is due, when it is interrupted, and at its end: a run that has ended
  /// can be extended.
  private func saveProgress(_ interruption: @escaping () -> Int32?) {
    let rule = experiment.configuration.training.checkpoint
    let clock = ContinuousClock()
    var (last, lookedForRequest) = (clock.now, clock.now)
    func takeRequest() -> Bool {
      guard clock.now - lookedForRequest > .milliseconds(100) else { return false }
      lookedForRequest = clock.now
      return folder.takeRequest()
    }
    // Several ranks stop in the same batch, and so at what they have agreed on.
    trainer.exchange?.request = {
      if let signal = interruption() { return RankRequest(signal: signal) }
      return takeRequest() ? .finish : nil
    }
    trainer.onProgress = { [unowned self] progress in
      let exchange = trainer.exchange
      let signal = exchange == nil ? interruption() : exchange?.agreed?.signal
      let isRequested = exchange == nil ? takeRequest() : exchange?.agreed == .finish
      let ended = progress.batch == 0 ? progress.epoch : nil
      let isDue = rule.isDue(endOfEpoch: ended, seconds: (clock.now - last) / .seconds(1))
      if isDue || signal != nil || isRequested {
        try save(batches: progress.batches)
        last = clock.now
      } else if trainer.isOver {
        saveEnd(batches: progress.batches)
      }
      if let signal { throw InterruptedRun(signal: signal) }
      if isRequested { throw FinishRequested() }
    }
  }

  /// Writes the state of a training that is over; where that fails, the model is worth more.
  private func saveEnd(batches: Int) {
    do {
      try save(batches: batches)
    } catch {
      endNotes.append("the state at the end is not saved, so more epochs would begin from an earlier one (\(error))")
    }
  }

  /// All that another rank needs to continue from the same state; empty where nothing has been trained yet.
  package var state: [UInt8] {
    get throws { trainer.progress.batches == 0 ? [] : try trainer.checkpoint().encoded() }
  }

  private func save(batches: Int) throws {
    var file = try trainer.checkpoint()
    try experiment.model.describe(in: &file)
    let gathered = statistics?.gathered
    let state = State(
      history: history, identity: try identify(), formerIdentity: formerIdentity, plugins: plugins,
      earlierPlugins: earlierPlugins, seconds: seconds, statistics: gathered?.isFinite == true ? gathered : nil,
      ranks: ranks?.count ?? 1)
    try file.setMetadata(state, for: Checkpoints.runKey)
    do {
      try folder.synchronizeMetrics()
      try checkpoints.write(file.encoded(), batches: batches)
    } catch let error as FileError {
      throw FileError(error.path, "\(error.reason); the run can be resumed from the state before this one")
    }
  }

  private func restore(_ path: String) throws {
    let file = try Safetensors(contentsOf: path)
    guard let state = file.metadata(State.self, for: Checkpoints.runKey) else {
      throw FileError(path, "is not a checkpoint of a run")
    }
    let identity = try formerIdentity ?? identify()
    if identity != state.formerIdentity { try identity.check(asIn: state.identity, path) }
    try extended?.check(endedEpochs: state.history.epochs, isStoppedEarly: false, stop: nil, folder)
    guard state.isPossible else { throw FileError(path, "does not fit the run: its history cannot be one") }
    try trainer.resume(from: file, path: path, afterEpochs: state.history.epochs)
    experiment.network = trainer.network
    history = state.history
    secondsBefore = state.seconds ?? 0
    trainer.secondsBefore = secondsBefore
    if let gathered = state.statistics { statistics?.resume(from: gathered) }
    notes += PluginRecord.changes(from: state.plugins, to: plugins)
    let (then, now) = (state.ranks ?? 1, ranks?.count ?? 1)
    if then != now, configuration.training.learningRateScaling == .linear {
      notes.append(
        "learning_rate_scaling: from here on the learning rate is multiplied by \(now), the number of ranks; it was by"
          + " \(then)")
    }
    if then != now, configuration.data.shardingPlace != nil, trainer.progress.batch > 0 {
      notes.append(
        "sharding: the files were shared out among \(then) ranks, and are now among \(now); so in this epoch some samples come"
          + " twice and others not at all")
    }
    let changed = state.plugins.filter { PluginRecord.hasChanged($0, to: plugins) }
    earlierPlugins = state.earlierPlugins + changed.filter { !state.earlierPlugins.contains($0) }
  }

  /// Has the run folder say what the run is to be from now on.
  ///
  /// Whenever that ends halfway, the newest checkpoint fits what config.yaml says at that moment.
  private func extend(_ extended: RunExtension) throws {
    if extended.configuration.training.stop != extended.former.training.stop { trainer.forgetStop() }
    try extended.check(
      endedEpochs: history.epochs, isStoppedEarly: trainer.isStoppedEarly, stop: trainer.stopReason, folder)
    if checkpoints.isEmpty {
      notes.append("the run has left no state, so it is trained from its first epoch")
    } else {
      try save(batches: trainer.progress.batches)
    }
    try folder.write(configuration.resolved(in: folder.path), to: folder.configuration)
    try folder.reopen()
    notes += extended.notes
    formerIdentity = nil
  }

  private func identify() throws -> RunIdentity {
    if let identity { return identity }
    let identity = try RunIdentity(configuration, experiment.data)
    self.identity = identity
    return identity
  }

  // MARK: The end

  /// Writes all that a run leaves.
  ///
  /// The summary says that the run has ended, so it comes after everything that only the training can give; the report
  /// after it can be made again.
  private func finish(_ measured: Measurement?, _ seconds: Double, _ ending: RunEnding, failure: String?) throws {
    checkpoints.tidy()
    try WholeFile.write(experiment.model.encoded(), to: folder.model)
    let curves = try curves()
    if let finding = LossFinding(curves) { warnings.append(finding.words) }
    let statistics = runStatistics(seconds)
    try statistics?.write(to: folder)
    try folder.write(
      summary(measured, seconds, ending, failure: failure).text(indent: 0) + "\n", to: folder.summary)
    guard let statistics, configuration.report else { return }
    try RunReport(folder, experiment.trained, measured: measured, curves: curves, statistics: statistics).write()
  }

  /// How the layers did and where the time went, unless the configuration wants no report.
  private func runStatistics(_ seconds: Double) -> RunStatistics? {
    guard let gathered = statistics?.gathered else {
      guard configuration.report || configuration.tensorBoard else { return nil }
      return RunStatistics(phases: [
        .init(name: "reading data", seconds: experiment.readingSeconds),
        .init(name: "training", seconds: history.seconds),
        .init(name: "measuring and metrics", seconds: max(0, seconds - history.seconds)),
      ])
    }
    let phases = [
      ("reading data", experiment.readingSeconds), ("training", history.seconds - gathered.secondsWithin),
      ("measuring and metrics", seconds - history.seconds - gathered.secondsAfter),
      ("statistics", gathered.seconds),
    ]
    var statistics = RunStatistics(
      phases: phases.map { .init(name: $0, seconds: max(0, $1)) }, layers: gathered.layers)
    statistics.plane = PlaneSamples(experiment.data.train, loss: experiment.loss)
    return statistics
  }

  private func curves() throws -> Curves {
    // A run that was resumed has the epochs before in its metrics alone.
    history.epochs == reports.count ? Curves(reports) : try Curves(contentsOf: folder.metrics)
  }

  private func summary(
    _ measured: Measurement?, _ seconds: Double, _ ending: RunEnding, failure: String?
  ) -> JSONText {
    var pairs: [(String, JSONText)] = [
      ("name", .text(experiment.configuration.name)), ("folder", .text(folder.path)),
    ]
    pairs += ending.pairs
    if let failure { pairs.append(("failure", .text(failure))) }
    if !warnings.isEmpty { pairs.append(("warnings", .list(warnings.map(JSONText.text)))) }
    pairs += [("epochs", .integer(history.epochs)), ("parameters", .integer(experiment.network.parameterCount))]
    pairs += ending.bestPairs
    pairs += history.train?.pairs("train") ?? []
    pairs += history.validation?.pairs("validation") ?? []
    if let measured { pairs += measured.pairs(measured.name == "test" ? "test" : "final_\(measured.name)") }
    pairs += [
      ("seconds", .number(seconds)), ("training_seconds", .number(history.seconds)),
      (
        "samples_per_second", .number(history.seconds > 0 ? Double(history.samples) / history.seconds : 0)
      ),
      ("engine", .text(experiment.network.engine.rawValue)), ("backend", .text(experiment.backend.name)),
      ("threads", .integer(experiment.network.threads)), ("ranks", .integer(trainer.exchange?.ranks.count ?? 1)),
      ("plugins", .list(plugins.map(\.json))),
    ]
    if !earlierPlugins.isEmpty { pairs.append(("earlier_plugins", .list(earlierPlugins.map(\.json)))) }
    return .object(pairs)
  }
}

/// A run that was ended by a signal, its state saved.
package struct InterruptedRun: Error {
  package let signal: Int32
}
