package import NNKit

/// A training that pages watch and change.
///
/// It has a thread of its own, which trains at full speed and looks into its mailbox after each batch. Everything in it is
/// that thread's alone; what pages get are texts.
package final class ViewSession<Scalar: NetworkScalar> {
  enum Mode: String {
    case running, paused, batch, epoch
  }

  /// The training is to start again, or the session is over.
  private enum Interruption: Error {
    case restart, close
  }

  /// What the weights are at the start: the configuration's, or those that were there when settings changed.
  enum Start {
    case configured
    case weights([UInt8])
  }

  package let mailbox: Mailbox
  private let deliver: (ViewUpdate) -> Void
  private let survey: () throws -> Plugins
  private let threads: Int
  private let folder: String

  private var plugins: Plugins
  var settings: ViewSettings
  var experiment: Experiment<Scalar>
  private var image: ViewImage<Scalar>
  private var start = Start.configured
  private var progress = ViewProgress()
  private var mode = Mode.paused
  private var isFinished = false
  private var notice: ViewNotice?
  /// What was last found wrong in the plugin folders.
  private var pluginFault: String?
  /// Commands that came together and are not obeyed yet.
  private var waiting: [ViewCommand] = []
  /// How many epochs there are to be; more than the configuration's once a finished training continues.
  private var end: Int
  /// Epochs a second at most; 0 for full speed.
  private var pace = 0.0
  private var nextEpoch = ContinuousClock.now
  /// How long the epoch that is being trained has waited for pages, in seconds.
  private var waited = 0.0
  /// Grows with each change that pages are to see; the setup's are rarer.
  private var version = 0
  private var publishedVersion = -1
  private var setupVersion = 1

  /// - Parameters:
  ///   - experiment: What to train first.
  ///   - survey: Finds the plugins there are when their folders have changed.
  ///   - threads: How many a pass may use.
  ///   - folder: Where configurations are saved.
  ///   - mailbox: Where commands arrive.
  ///   - deliver: Gets each state, on the training thread.
  package init(
    _ experiment: Experiment<Scalar>, survey: @escaping () throws -> Plugins, threads: Int, folder: String,
    mailbox: Mailbox,
    deliver: @escaping (ViewUpdate) -> Void
  ) {
    self.experiment = experiment
    self.survey = survey
    self.threads = threads
    self.folder = folder
    self.mailbox = mailbox
    self.deliver = deliver
    plugins = experiment.plugins
    settings = ViewSettings(experiment)
    image = ViewImage(experiment)
    end = experiment.configuration.training.epochs
  }

  /// Trains as pages command, until the mailbox is closed.
  package func run() {
    while true {
      do {
        try train()
      } catch Interruption.close {
        return
      } catch Interruption.restart {
        continue
      } catch {
        notice = ViewNotice(text: "\(error)", isError: true)
        mode = .paused
        goOnFromHere()
      }
    }
  }

  // MARK: Training

  /// The training's end is the session's to say, unless its schedule or early stopping depend on it.
  private var isEndless: Bool {
    let training = settings.configuration.training
    return !training.schedule.dependsOnEpochs && training.earlyStopping == nil
  }

  private func train() throws {
    var training = settings.configuration.training.settings(seed: settings.configuration.seed)
    if isEndless { training.epochs = .max }
    isFinished = false
    version += 1
    let trainer = try Trainer(experiment.network, loss: experiment.loss, settings: training)
    let data = experiment.data
    try attend()
    waited = 0
    try trainer.train(
      on: data.train, validation: data.validation, test: data.test,
      onEpoch: { report in
        try endEpoch(report)
        return .proceed
      }, onBatch: { batch in try self.endBatch(batch) })
    (isFinished, mode) = (true, .paused)
    try attend()
  }

  private func endBatch(_ batch: BatchProgress) throws {
    progress.add(batch)
    if mode == .running && mailbox.isEmpty { return }
    if mode == .batch { mode = .paused }
    version += 1
    try attend()
  }

  private func endEpoch(_ report: EpochReport) throws {
    progress.add(report, waited: waited)
    // What follows does not belong to the next epoch.
    defer { waited = 0 }
    let isLast = isEndless && progress.epochsSinceStart >= end
    if isLast { isFinished = true }
    if mode == .epoch || isLast { mode = .paused }
    version += 1
    if mode == .paused { try attend() }
    if pace > 0 && mode == .running { try keepPace() }
  }

  /// Waits until the next epoch is due, and does meanwhile what pages ask for.
  private func keepPace() throws {
    nextEpoch = max(nextEpoch + .seconds(1 / pace), ContinuousClock.now)
    while mode == .running, pace > 0, ContinuousClock.now < nextEpoch {
      mailbox.wait(seconds: (nextEpoch - ContinuousClock.now) / .seconds(1))
      try attend()
    }
  }

  /// Does what the mailbox asks for; while the training is paused, waits for more.
  private func attend() throws {
    while true {
      let mail = mailbox.take()
      if mail.isClosed { throw Interruption.close }
      waiting += mail.commands
      while !waiting.isEmpty { try obey(waiting.removeFirst()) }
      if mail.wantsState && (mail.isUrgent || version != publishedVersion) { try publish(mail.selections) }
      if mode != .paused { return }
      let pause = ContinuousClock.now
      mailbox.wait()
      waited += (ContinuousClock.now - pause) / .seconds(1)
    }
  }

  // MARK: Commands

  private func obey(_ command: ViewCommand) throws {
    version += 1
    if case .plugins = command {} else { notice = nil }
    switch command {
    case .act(.pause): mode = .paused
    case .act(.run): try proceed(.running)
    case .act(.batch): try proceed(.batch)
    case .act(.epoch): try proceed(.epoch)
    case .act(.reset): try reset()
    case .act(.save): save()
    case .set(let changes): try change(changes)
    case .weight(let weight): try set(weight)
    case .plugins: readPlugins()
    }
  }

  private func proceed(_ mode: Mode) throws {
    self.mode = mode
    nextEpoch = .now
    guard isFinished else { return }
    if isEndless {
      end = progress.epochsSinceStart + max(1, settings.configuration.training.epochs)
      isFinished = false
    } else {
      goOnFromHere()
      throw Interruption.restart
    }
  }

  /// From now on the training begins with the weights there are.
  private func goOnFromHere() {
    if let bytes = try? experiment.model.encoded() { start = .weights(bytes) }
    progress.startAgain()
    end = settings.configuration.training.epochs
  }

  private func reset() throws {
    mode = .paused
    try begin(settings, asked: nil)
  }

  /// Begins again with other settings; if they cannot be, everything stays as it is.
  ///
  /// - Parameters:
  ///   - settings: What to train from now on.
  ///   - asked: The setting whose change asks for it.
  /// - Throws: `Interruption.restart`.
  private func begin(_ settings: ViewSettings, asked: String?) throws {
    do {
      experiment = try Experiment(
        settings.experimental, plugins: plugins, formats: experiment.formats, threads: threads)
    } catch {
      notice = ViewNotice(error, field: asked)
      return
    }
    self.settings = settings
    image = ViewImage(experiment)
    (start, progress) = (.configured, ViewProgress())
    end = settings.configuration.training.epochs
    setupVersion += 1
    throw Interruption.restart
  }

  private func change(_ changes: ViewChanges) throws {
    var changed = settings
    let consequence: ViewSettings.Consequence
    do {
      consequence = try changed.apply(changes)
    } catch {
      notice = ViewNotice(error, field: nil)
      return
    }
    if let pace = changes.pace {
      guard pace == 0 || (0.01...1e6).contains(pace) else {
        let error = ViewSettings.error("pace", pace, "0 (full speed) or 0.01 to 1000000 epochs a second")
        notice = ViewNotice(error, field: nil)
        return
      }
      (self.pace, nextEpoch) = (pace, .now)
    }
    setupVersion += 1
    switch consequence {
    case .none:
      // A rate that falls until the last epoch, and early stopping, depend on which that is.
      let isOther = !isEndless && changed.configuration.training.epochs != settings.configuration.training.epochs
      settings = changed
      end = changed.configuration.training.epochs
      if isOther { try goOn() }
    case .goOn:
      settings = changed
      try goOn()
    case .reset:
      sayOutput(changed, settings)
      try begin(changed, asked: changes.field(before: settings))
    }
  }

  /// A data set may bring another output layer and loss.
  private func sayOutput(_ changed: ViewSettings, _ before: ViewSettings) {
    guard changed.dataName != before.dataName, let layer = changed.configuration.network.layers.last,
      layer != before.configuration.network.layers.last
    else { return }
    let count = "\(layer.neurons) neuron\(layer.neurons == 1 ? "" : "s")"
    let names = layer.activations.map(\.name).joined(separator: ", ")
    notice = ViewNotice(
      text: "The targets of \(changed.dataName) need another output layer: \(count), \(names), with the loss"
        + " \(changed.configuration.loss.name).")
  }

  /// A weight or a bias that a page sets by hand; the training begins again with it.
  private func set(_ weight: ViewWeight) throws {
    let field = weight.index.map { "weight-\($0)" } ?? "bias"
    let layers = experiment.network.layers
    guard layers.indices.contains(weight.layer), layers[weight.layer].neurons.indices.contains(weight.neuron),
      weight.index.map({ 0..<layers[weight.layer].neurons[weight.neuron].weightCount ~= $0 }) ?? true
    else {
      notice = ViewNotice(text: "there is no such weight", isError: true, field: field)
      return
    }
    let neuron = layers[weight.layer].neurons[weight.neuron]
    guard neuron.hasBias else {
      notice = ViewNotice(text: "the neuron has no weights and no bias", isError: true, field: field)
      return
    }
    if let index = weight.index, !layers[weight.layer].isConnected(weight.neuron, index) {
      notice = ViewNotice(
        text: "there is no connection with input \(index); its weight stays 0", isError: true, field: field)
      return
    }
    guard abs(weight.value) <= 1e6 else {
      notice = ViewNotice(ViewSettings.error(field, weight.value, "-1000000 to 1000000"), field: nil)
      return
    }
    let (value, before) = (Scalar(weight.value), try image.loss())
    if let index = weight.index { neuron.weights[index] = value } else { neuron.bias = value }
    let what = weight.index.map { "weight \($0)" } ?? "bias"
    let name = "Layer \(weight.layer), neuron \(weight.neuron): its \(what) is now \(value)"
    let after = try image.loss()
    let effect = before.flatMap { before in
      after.map { "; the loss on the samples: \(shortNumber(before)) → \(shortNumber($0))" }
    }
    notice = ViewNotice(text: "\(name)\(effect ?? "").")
    goOnFromHere()
    throw Interruption.restart
  }

  /// Begins another training with the weights there are.
  private func goOn() throws {
    if progress.hasBegun { goOnFromHere() }
    throw Interruption.restart
  }

  private func readPlugins() {
    do {
      let found = try survey()
      let fault = found.faults.first.map { "\($0)" }
      if let fault {
        notice = ViewNotice(text: fault, isError: true)
      } else if notice?.text == pluginFault {
        notice = nil
      }
      pluginFault = fault
      // What is sound can be used, whatever else lies there.
      plugins = found
      setupVersion += 1
    } catch {
      notice = ViewNotice(text: "\(error)", isError: true)
    }
  }

  private func save() {
    do {
      // Another number of threads may round differently.
      var configuration = settings.experimental
      configuration.threads = threads
      let saved = try SavedView(configuration, start, progress, isEndless: isEndless).write(to: folder)
      notice = ViewNotice(text: saved)
    } catch {
      notice = ViewNotice(text: "\(error)", isError: true)
    }
  }

  // MARK: States

  private func publish(_ selections: [[Int]]) throws {
    let begun = ContinuousClock.now
    publishedVersion = version
    let state = ViewState(
      experiment: experiment, image: image, mode: mode.rawValue, isFinished: isFinished, progress: progress,
      notice: notice, version: version, setupVersion: setupVersion, selections: selections)
    let setup = ViewSetup(experiment: experiment, image: image, settings: settings, plugins: plugins, pace: pace)
    let text = try state.json().text()
    deliver(
      ViewUpdate(
        state: text, version: version, setup: { try setup.json(setupVersion: self.setupVersion).text() },
        setupVersion: setupVersion, seconds: (ContinuousClock.now - begun) / .seconds(1)))
  }
}
