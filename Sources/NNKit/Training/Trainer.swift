/// Whether a training continues: what the callback after each epoch returns.
public enum EpochDecision: Sendable {
  case proceed, stop
}

/// Trains a network: forward pass, loss, backward pass and step for each batch, and a report for each epoch.
public final class Trainer<Scalar: NetworkScalar> {
  /// The network that is trained.
  public let network: Network<Scalar>
  /// How it is trained.
  public let settings: TrainingSettings
  /// Why loss and last activation are not used as a canonical pair, although their names match; nil otherwise.
  public var note: String? { stage.note }

  /// With early stopping: the best epoch so far, counted from 1; the network gets its weights at the end.
  public var bestEpoch: Int? { watch?.best == nil ? nil : watch.map { progress.epoch - $0.since } }

  /// The learning rate of the steps that follow; nil for that of optimizer and schedule.
  ///
  /// Set it before a training or in a callback of `train`, for a schedule of your own.
  public var learningRate: Double?
  /// The former name of `learningRate`.
  @available(*, deprecated, renamed: "learningRate")
  public var rate: Double? {
    get { learningRate }
    set { learningRate = newValue }
  }
  /// The transforms that change the gradients before each step of the optimizer, one after the other.
  ///
  /// Those of the settings, unless others are set before a training.
  public var transforms: [any GradientTransform]
  /// Whether the training is over: all epochs are done, or early stopping or a rule of `settings.stop` has ended it.
  package var isOver: Bool { progress.epoch >= settings.epochs || isStoppedEarly || stopReason != nil }
  /// The rule of `settings.stop` that has ended the training.
  package var stopReason: TrainingStop.Reason? { settings.stop == nil ? nil : progress.stop }
  /// Whether the patience of early stopping has run out.
  package var isStoppedEarly: Bool { watch?.isOver ?? false }
  /// The seconds that earlier processes spent on this training; `settings.stop` may limit the time in all.
  package var secondsBefore = 0.0
  private var began = ContinuousClock.now
  private var seconds: Double { secondsBefore + (ContinuousClock.now - began) / .seconds(1) }

  /// Called at each point where a checkpoint is possible: after each batch but the last, and after each epoch.
  ///
  /// See `checkpoint()`. If it throws an error, the training ends, and the network stays as it is at that moment.
  package var onProgress: ((TrainingProgress) throws -> Void)?

  /// Whether each rank's training samples are its own, and not those of all: batches are then made of all ranks' samples.
  ///
  /// Set it before a training. Samples for validation and test are the same on all ranks.
  public var hasOwnSamples = false

  /// Whether neither callbacks nor transforms change weights, during trainings and between them: ranks of one machine may then
  /// have one copy of them.
  ///
  /// Beside steps, only the trainer itself changes weights then: all ranks to the same ones, after an exchange from which on
  /// none of them reads the weights.
  package var onlyStepsChangeWeights = false

  /// What connects the ranks that train together; nil where this process trains alone.
  package let exchange: RankExchange<Scalar>?
  private let pace: LearningRatePace
  private let stage: LossStage<Scalar>
  let optimizer: OptimizerState<Scalar>
  package internal(set) var progress: TrainingProgress
  var epochStart = ContinuousClock.now
  /// The weights after the last epoch in which all numbers were finite.
  let lastGood: ParameterSnapshot<Scalar>
  var watch: BestEpoch<Scalar>?
  var isResumed = false

  /// Makes a trainer with the settings' transforms and a new optimizer state.
  ///
  /// - Parameters:
  ///   - network: The network that is trained.
  ///   - loss: What compares its outputs with the targets.
  ///   - settings: How it is trained.
  ///   - ranks: The processes that train it together, each with the same network, settings and samples; nil for this one
  ///     alone. All of them call `train`, and get the same reports; a callback that throws an error ends the training in all.
  /// - Throws: `NetworkError` if a setting is impossible; `FunctionFailure` if a plugin reports a failure.
  public init(
    _ network: Network<Scalar>, loss: Loss, settings: TrainingSettings, ranks: Ranks? = nil
  ) throws {
    try settings.checkSettings()
    try network.checkDropout()
    self.network = network
    self.settings = settings
    transforms = settings.transforms
    stage = try LossStage(loss, behind: network.output)
    optimizer = OptimizerState(settings.optimizer, for: network, seed: settings.seed)
    progress = TrainingProgress(random: RandomSource(seed: settings.seed, stream: RandomSource.shuffleStream))
    lastGood = ParameterSnapshot(of: network)
    watch = settings.earlyStopping.map { BestEpoch(stopping: $0, network: network) }
    pace = LearningRatePace(settings, ranks: ranks?.count ?? 1)
    exchange = ranks.flatMap { $0.count > 1 ? RankExchange($0, network) : nil }
  }

  /// Trains for all epochs, or until early stopping, `settings.stop`, the callback or a cancellation ends it.
  ///
  /// Another call trains for the same number of epochs again. It starts from the current weights and keeps the
  /// optimizer's state (momentum, Adam's means). The random order of the samples continues, but the schedule starts
  /// again.
  ///
  /// If its task is cancelled, it finishes the current batch and throws `CancellationError`; weights and optimizer stay
  /// as that batch left them.
  ///
  /// - Parameters:
  ///   - samples: The training samples.
  ///   - validation: The samples on which each epoch is measured at its end, also for early stopping.
  ///   - test: Further samples on which each epoch is measured.
  ///   - onEpoch: Gets the report of each epoch, and may stop the training.
  ///   - onBatch: Gets the figures of the epoch so far, after each batch; with batches of one sample, after several. If
  ///     it throws an error, the training ends, and the network stays as it is.
  /// - Returns: The reports of all epochs. With early stopping the network has its best weights.
  /// - Throws: `NonFiniteError` if a number is not finite; the network then has the weights of the epoch before.
  ///   `NetworkError` if samples do not fit network or loss, or are not finite; `CancellationError`; `FunctionFailure`
  ///   if a plugin reports a failure.
  @discardableResult
  public func train(
    on samples: Samples<Scalar>, validation: Samples<Scalar>? = nil, test: Samples<Scalar>? = nil,
    onEpoch: (EpochReport) throws -> EpochDecision = { _ in .proceed }, onBatch: ((BatchProgress) throws -> Void)? = nil
  ) throws -> [EpochReport] {
    let work = try start(samples, validation, test)
    var reports: [EpochReport] = []
    while !isOver {
      guard let report = try trainEpoch(work, onBatch) else { break }
      reports.append(report)
      var answer = EpochDecision.proceed
      try callBack {
        answer = try onEpoch(report)
        try onProgress?(progress)
      }
      if try isStopAsked(answer) { break }
    }
    _ = try exchange?.agree()
    conclude()
    return reports
  }

  /// Trains as `train` does; after each epoch, other tasks of its actor can run.
  ///
  /// It runs where it is called, so that network and trainer stay with the caller's actor or task. If the task is
  /// cancelled, it finishes the current batch and throws `CancellationError`; weights and optimizer stay as that batch
  /// left them.
  ///
  /// - Parameters:
  ///   - samples: The training samples.
  ///   - validation: The samples on which each epoch is measured at its end, also for early stopping.
  ///   - test: Further samples on which each epoch is measured.
  ///   - onEpoch: Gets the report of each epoch, and may stop the training.
  /// - Returns: The reports of all epochs. With early stopping the network has its best weights.
  /// - Throws: As `train`.
  @discardableResult
  nonisolated(nonsending) public func trainAsync(
    on samples: Samples<Scalar>, validation: Samples<Scalar>? = nil, test: Samples<Scalar>? = nil,
    onEpoch: nonisolated(nonsending) (EpochReport) async throws -> EpochDecision = { _ in .proceed }
  ) async throws -> [EpochReport] {
    let work = try start(samples, validation, test)
    var reports: [EpochReport] = []
    while !isOver {
      guard let report = try trainEpoch(work, nil) else { break }
      reports.append(report)
      var answer = EpochDecision.proceed
      do { answer = try await onEpoch(report) } catch { try callBack { throw error } }
      try callBack { try onProgress?(progress) }
      if try isStopAsked(answer) { break }
      await Task.yield()
      if exchange == nil { try Task.checkCancellation() }
    }
    _ = try exchange?.agree()
    conclude()
    return reports
  }

  /// Runs a callback; where several ranks train together, they all end by its error, after their next exchange.
  private func callBack(_ body: () throws -> Void) throws {
    if let exchange { try exchange.callBack(body) } else { try body() }
  }

  /// Whether a callback has asked for the end, on any rank.
  private func isStopAsked(_ answer: EpochDecision) throws -> Bool {
    guard let exchange else { return answer == .stop }
    return try exchange.agree(asking: answer == .stop ? .stop : nil) == .stop
  }

  /// The seconds that `settings.stop` compares with its limit: those of rank 0, so that all ranks stop together.
  private var commonSeconds: Double { exchange?.seconds ?? seconds }

  /// The samples of a training, and the loop that trains on them.
  private typealias Work = (
    train: Samples<Scalar>, validation: Samples<Scalar>?, test: Samples<Scalar>?, shares: BatchShares,
    loop: any TrainingLoop<Scalar>
  )

  /// The training loops, the fastest first.
  private static var loops: [any TrainingLoop<Scalar>.Type] { [OnlineLoop<Scalar>.self, BatchLoop<Scalar>.self] }

  private func start(
    _ samples: Samples<Scalar>, _ validation: Samples<Scalar>?, _ test: Samples<Scalar>?
  ) throws -> Work {
    guard let exchange else {
      let shares = BatchShares(batch: settings.batch, samples: samples.count, nil, counts: nil)
      return try prepare(samples, validation, test, shares)
    }
    let counts = hasOwnSamples ? try exchange.ranks.gather([Double(samples.count)]).map { Int($0[0]) } : nil
    let shares = BatchShares(batch: settings.batch, samples: samples.count, exchange.ranks, counts: counts)
    let work = try exchange.ranks.together { try prepare(samples, validation, test, shares) }
    exchange.ranks.expect(threads: network.compute.threads)
    try exchange.share(with: optimizer, batch: shares.mostOfAll, sharesWeights: onlyStepsChangeWeights)
    return work
  }

  private func prepare(
    _ samples: Samples<Scalar>, _ validation: Samples<Scalar>?, _ test: Samples<Scalar>?, _ shares: BatchShares
  ) throws -> Work {
    for (name, set) in [("training", samples), ("validation", validation), ("test", test)] {
      try set?.check(fits: network, stage.loss, of: name)
    }
    try settings.checkWatched(validation: validation.map { $0.areClasses }, areClasses: samples.areClasses)
    try start(on: shares)
    let task = TrainingTask(
      network: network, stage: stage, settings: settings, transforms: transforms, optimizer: optimizer,
      samples: samples, shares: shares, exchange: exchange)
    let loop = Self.loops.first { $0.supports(task) } ?? BatchLoop.self
    return (samples, validation, test, shares, loop.init(task))
  }

  /// Thrown when the time of `settings.stop` ends within an epoch.
  private struct TimeIsOver: Error {}

  /// Trains and measures one epoch; if a number is not finite, restores the weights of the epoch before.
  ///
  /// - Returns: nil if the time that `settings.stop` gives ended within the epoch.
  private func trainEpoch(_ work: Work, _ onBatch: ((BatchProgress) throws -> Void)?) throws -> EpochReport? {
    do {
      var report = try trainEpoch(work.train, work.shares, by: work.loop, onBatch)
      report.validation = try work.validation.map { try measure(on: $0) }
      report.test = try work.test.map { try measure(on: $0) }
      try checkParameters(report.epoch)
      try exchange?.compareWeights(epoch: report.epoch)
      lastGood.take(from: network)
      try watch?.take(note: report, network)
      pace.schedule.endEpoch(report, base: pace.base, &progress.schedule)
      progress.startEpoch(report.epoch + 1)
      progress.stop = settings.stop?.reason(after: report, seconds: commonSeconds)
      return report
    } catch is TimeIsOver {
      return nil
    } catch let error as NonFiniteError {
      lastGood.restore(to: network)
      throw error
    }
  }

  /// Ends a training: with early stopping, gives the network the weights of the best epoch.
  package func conclude() { watch?.restore(to: network) }

  /// Starts at the first epoch, or at the point of a checkpoint.
  private func start(on shares: BatchShares) throws {
    began = ContinuousClock.now
    exchange?.ownSeconds = { [unowned self] in seconds }
    if isResumed {
      guard progress.samples == shares.total else {
        throw NetworkError(
          "the training was left with \(progress.samples) samples, now there are \(shares.total); bring its data back")
      }
      guard progress.batch == 0 || progress.batch < shares.batches else {
        throw NetworkError("the training was left after batch \(progress.batch) of an epoch, which now has fewer")
      }
      isResumed = false
      return
    }
    progress.startEpoch(0)
    progress.samples = shares.total
    (progress.schedule, progress.stop) = (nil, nil)
    lastGood.take(from: network)
    watch = settings.earlyStopping.map { BestEpoch(stopping: $0, network: network) }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func trainEpoch(
    _ samples: Samples<Scalar>, _ shares: BatchShares, by loop: any TrainingLoop<Scalar>,
    _ onBatch: ((BatchProgress) throws -> Void)?
  ) throws -> EpochReport {
    let epoch = progress.epoch
    epochStart = ContinuousClock.now - .seconds(progress.seconds)
    var order = Array(0..<samples.count)
    // `progress.random` stays as it was at the start of the epoch, so that a resumed training can draw the same order.
    var random = progress.random
    if settings.shuffle, hasOwnSamples {
      // `progress.random` continues alike on all ranks, however many samples each has.
      var own = RandomSource(seed: random.next(), stream: RandomSource.shuffleStream)
      order.shuffle(using: &own)
    } else if settings.shuffle {
      order.shuffle(using: &random)
    }
    let batchesPerEpoch = shares.batches
    var tally = Tally<Scalar>(
      loss: stage.loss, countsHits: samples.areClasses,
      bitFailLimit: settings.stop?.countedLimit, sums: progress.sums)
    // The number of batches in the epochs before.
    let before = progress.batches - progress.batch
    func learningRate(_ batch: Int) throws -> Double {
      if let learningRate = self.learningRate {
        guard learningRate >= 0, learningRate.isFinite else {
          throw NetworkError("`learningRate` is \(learningRate), expected a finite number of at least 0")
        }
        return learningRate
      }
      return pace.learningRate(
        batch: epoch * batchesPerEpoch + batch, batchesPerEpoch: batchesPerEpoch,
        state: progress.schedule ?? Schedule.State())
    }
    let batches = EpochBatches(
      order: order, count: batchesPerEpoch, before: before, firstSample: shares.before, isWatched: onBatch != nil)
    var number = progress.batch
    while number < batchesPerEpoch {
      do {
        number += try loop.train(from: number, of: batches, learningRate: learningRate, &tally)
      } catch var failure as FunctionFailure {
        failure.batch = number + (failure.batch ?? 0)
        throw failure
      } catch var error as NonFiniteError {
        (error.epoch, error.batch) = (epoch, number + (error.batch ?? 0))
        throw error
      }
      progress.batches = before + number
      progress.batch = number
      try callBack {
        try onBatch?(BatchProgress(epoch: epoch, batch: number - 1, batches: batchesPerEpoch, metrics: tally.metrics))
      }
      if progress.batch < batchesPerEpoch {
        progress.sums = tally.sums
        if settings.stop?.isOver(seconds: commonSeconds) == true { progress.stop = .minutes }
        try callBack { try onProgress?(progress) }
        if progress.stop != nil { throw TimeIsOver() }
      }
      if let exchange {
        if exchange.agreed == .cancel { throw CancellationError() }
      } else {
        try Task.checkCancellation()
      }
    }
    progress.random = random
    return EpochReport(
      epoch: epoch, train: tally.metrics, learningRate: try learningRate(batchesPerEpoch - 1),
      duration: ContinuousClock.now - epochStart,
      samples: shares.total)
  }

  /// The seconds that the current epoch has taken so far.
  var epochSeconds: Double { progress.batch == 0 ? 0 : (ContinuousClock.now - epochStart) / .seconds(1) }

  private func measure(on samples: Samples<Scalar>) throws -> Metrics {
    let limit = settings.stop?.countedLimit
    guard let exchange else { return try network.measure(stage, on: samples, bitFailLimit: limit) }
    var tally = Tally<Scalar>(loss: stage.loss, countsHits: samples.areClasses, bitFailLimit: limit)
    tally.add(
      try exchange.sum {
        try network.tally(
          stage, on: samples, exchange.ranks.share(of: 0..<samples.count), bitFailLimit: limit, seen: nil
        ).sums
      })
    return tally.metrics
  }

  /// Checks that all parameters are finite: no loss has been computed since the last step of the epoch.
  private func checkParameters(_ epoch: Int) throws {
    func check() throws {
      guard let (parameter, neuron, value) = network.firstNonFinite() else { return }
      throw NonFiniteError(what: parameter.kind.noun, layer: parameter.layer, neuron: neuron, value: Double(value))
    }
    do {
      // All ranks learn of it, and only then does any give weights back that others may still be looking at.
      if let exchange {
        _ = try exchange.sum {
          try check()
          return TallySums()
        }
      } else {
        try check()
      }
    } catch var error as NonFiniteError {
      error.epoch = epoch
      throw error
    }
  }
}

extension Network {
  /// Trains the network; see `Trainer`.
  ///
  ///     try network.train(on: samples, loss: loss, settings: TrainingSettings(epochs: 100, optimizer: .adam())) {
  ///       epoch in epoch.train.loss < 0.01 ? .stop : .proceed
  ///     }
  @discardableResult
  public func train(
    on samples: Samples<Scalar>, validation: Samples<Scalar>? = nil, loss: Loss, settings: TrainingSettings,
    onEpoch: (EpochReport) throws -> EpochDecision = { _ in .proceed }
  ) throws -> [EpochReport] {
    try Trainer(self, loss: loss, settings: settings).train(on: samples, validation: validation, onEpoch: onEpoch)
  }

  /// Trains the network in a task; see `Trainer.trainAsync`.
  @discardableResult
  nonisolated(nonsending) public func trainAsync(
    on samples: Samples<Scalar>, validation: Samples<Scalar>? = nil, loss: Loss, settings: TrainingSettings,
    onEpoch: nonisolated(nonsending) (EpochReport) async throws -> EpochDecision = { _ in .proceed }
  ) async throws -> [EpochReport] {
    try await Trainer(self, loss: loss, settings: settings)
      .trainAsync(on: samples, validation: validation, onEpoch: onEpoch)
  }

  /// Loss and accuracy on some samples, without regularization.
  ///
  /// - Throws: `NetworkError` if the samples do not fit network or loss, or are not finite; `FunctionFailure` if a
  ///   plugin reports a failure.
  public func measure(_ loss: Loss, on samples: Samples<Scalar>) throws -> Metrics {
    try samples.check(fits: self, loss)
    return try measure(LossStage(loss, behind: output), on: samples)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func measure(
    _ stage: LossStage<Scalar>, on samples: Samples<Scalar>, bitFailLimit: Double? = nil,
    seen: ((Matrix<Scalar>, Matrix<Scalar>) throws -> Void)? = nil
  ) throws -> Metrics {
    try samples.check(fits: self)
    return try tally(stage, on: samples, 0..<samples.count, bitFailLimit: bitFailLimit, seen: seen).metrics
  }

  /// Losses and hits of some samples.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func tally(
    _ stage: LossStage<Scalar>, on samples: Samples<Scalar>, _ some: Range<Int>, bitFailLimit: Double?,
    seen: ((Matrix<Scalar>, Matrix<Scalar>) throws -> Void)?
  ) throws -> Tally<Scalar> {
    let batch = Batch(capacity: min(256, some.count), of: samples)
    var tally = Tally<Scalar>(loss: stage.loss, countsHits: samples.areClasses, bitFailLimit: bitFailLimit)
    for first in stride(from: some.lowerBound, to: some.upperBound, by: 256) {
      batch.take(first..<min(first + 256, some.upperBound), of: samples, threadPool)
      let outputs = try forward(batch.inputs)
      tally.add(
        loss: try stage.evaluate(batch.targets, weights: batch.weights), outputs: outputs, targets: batch.targets)
      try seen?(outputs, batch.targets)
    }
    return tally
  }
}
