/// How a network is trained.
public struct TrainingSettings: Equatable, Sendable {
  public var epochs: Int
  /// How many samples a step takes; the last step of an epoch takes what is left.
  public var batch: Int
  /// Whether the samples come in a new order each epoch.
  public var shuffle: Bool
  public var optimizer: Optimizer
  public var regularization: Regularization
  public var schedule: Schedule
  public var earlyStopping: EarlyStopping?
  /// What the order of samples follows from.
  public var seed: UInt64

  public init(
    epochs: Int, batch: Int = 1, shuffle: Bool = true, optimizer: Optimizer,
    regularization: Regularization = Regularization(), schedule: Schedule = Schedule(),
    earlyStopping: EarlyStopping? = nil, seed: UInt64 = 0
  ) {
    self.epochs = epochs
    self.batch = batch
    self.shuffle = shuffle
    self.optimizer = optimizer
    self.regularization = regularization
    self.schedule = schedule
    self.earlyStopping = earlyStopping
    self.seed = seed
  }
}

/// What a callback that sees each epoch answers.
public enum Continuation: Sendable {
  case proceed, stop
}

/// Trains a network: batch by batch forward, loss, backward, step; epoch by epoch a report.
public final class Trainer<Scalar: NetworkScalar> {
  public let network: Network<Scalar>
  public let settings: TrainingSettings
  /// One line worth telling, if loss and last activation are not used in their canonical form.
  public var note: String? { stage.note }

  private let stage: LossStage<Scalar>
  private let optimizer: OptimizerState<Scalar>
  private var random: RandomSource
  private var order: [Int] = []
  private var batches = 0
  private let oneByOne: OneSamplePass<Scalar>?

  /// - Throws: `NetworkError` if a setting is impossible; `FunctionFailure` if a plugin reports one.
  public init(_ network: Network<Scalar>, loss: Loss, settings: TrainingSettings) throws {
    guard settings.batch > 0, settings.epochs >= 0 else {
      throw NetworkError("expected at least 1 sample a batch and 0 epochs")
    }
    self.network = network
    self.settings = settings
    stage = try LossStage(loss, behind: network.output)
    optimizer = OptimizerState(settings.optimizer, for: network)
    oneByOne = OneSamplePass(network, stage, settings)
    random = RandomSource(seed: settings.seed, stream: RandomSource.shuffleStream)
  }

  /// Trains for all epochs, or until early stopping or the callback ends it.
  ///
  /// - Parameters:
  ///   - samples: What to learn from.
  ///   - validation: What to measure on after each epoch, for early stopping too.
  ///   - test: What else to measure on after each epoch.
  ///   - onEpoch: Sees each epoch's report and may stop the training.
  ///   - onBatch: Sees the running figures after each batch; where a batch is one sample, after some hundreds of them.
  ///     What it throws ends the training, the network as it then is.
  /// - Returns: The reports of all epochs. With early stopping the network has its best weights.
  /// - Throws: `NonFiniteError`; the network then has the weights of the last epoch that ended well.
  @discardableResult
  public func train(
    on samples: Samples<Scalar>, validation: Samples<Scalar>? = nil, test: Samples<Scalar>? = nil,
    onEpoch: (EpochReport) throws -> Continuation = { _ in .proceed }, onBatch: ((BatchProgress) throws -> Void)? = nil
  ) throws -> [EpochReport] {
    for set in [samples, validation, test] { try set?.check(fits: network) }
    try settings.earlyStopping?.check(hasValidation: validation != nil, areClasses: samples.areClasses)
    let batch = Batch(capacity: min(settings.batch, samples.count), of: samples)
    let lastGood = ParameterSnapshot(of: network)
    var watch = settings.earlyStopping.map { BestEpoch(stopping: $0, network: network) }
    var reports: [EpochReport] = []
    order = Array(0..<samples.count)
    for epoch in 0..<settings.epochs {
      do {
        var report = try trainEpoch(epoch, samples, batch, onBatch)
        report.validation = try validation.map { try measure(on: $0) }
        report.test = try test.map { try measure(on: $0) }
        try checkParameters(epoch)
        reports.append(report)
        lastGood.take(from: network)
        let isOver = watch?.isOver(after: report, network) ?? false
        if try onEpoch(report) == .stop || isOver { break }
      } catch let error as NonFiniteError {
        lastGood.restore(to: network)
        throw error
      }
    }
    watch?.restore(to: network)
    return reports
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func trainEpoch(
    _ epoch: Int, _ samples: Samples<Scalar>, _ batch: Batch<Scalar>, _ onBatch: ((BatchProgress) throws -> Void)?
  ) throws -> EpochReport {
    let clock = ContinuousClock()
    let start = clock.now
    if settings.shuffle { order.shuffle(using: &random) }
    let size = min(settings.batch, samples.count)
    let batchesPerEpoch = (samples.count + size - 1) / size
    var tally = Tally<Scalar>(loss: stage.loss, countsHits: samples.areClasses)
    func rate(_ batch: Int) -> Double {
      settings.schedule.rate(
        base: settings.optimizer.rate, batch: batches + batch, batchesPerEpoch: batchesPerEpoch, epochs: settings.epochs)
    }
    var number = 0
    while number < batchesPerEpoch {
      do {
        if let oneByOne {
          let count = min(OneSamplePass<Scalar>.chunk, batchesPerEpoch - number)
          for index in 0..<count { oneByOne.rates[0, index] = rate(number + index) }
          try steps(oneByOne, samples, from: number, count, &tally)
          number += count
        } else {
          let first = number * size
          batch.fill(from: samples, order[first..<min(first + size, samples.count)])
          try step(batch, rate: rate(number), &tally)
          number += 1
        }
      } catch var failure as FunctionFailure {
        failure.batch = number + (failure.batch ?? 0)
        throw failure
      } catch var error as NonFiniteError {
        (error.epoch, error.batch) = (epoch, number + (error.batch ?? 0))
        throw error
      }
      try onBatch?(BatchProgress(epoch: epoch, batch: number - 1, batches: batchesPerEpoch, metrics: tally.metrics))
    }
    let lastRate = rate(batchesPerEpoch - 1)
    batches += batchesPerEpoch
    return EpochReport(
      epoch: epoch, train: tally.metrics, rate: lastRate, duration: clock.now - start, samples: samples.count)
  }

  private func step(_ batch: Batch<Scalar>, rate: Double, _ tally: inout Tally<Scalar>) throws {
    let outputs = try network.forward(batch.inputs)
    let loss = try stage.evaluate(batch.targets)
    guard loss.isFinite else { throw NonFiniteError(in: network, losses: stage.values) }
    tally.add(loss: loss, outputs: outputs, targets: batch.targets)
    try stage.startBackward(batch.targets)
    optimizer.aim(network, samples: batch.count, rate: rate, regularization: settings.regularization)
    try network.backward()
    optimizer.step(network, samples: batch.count, rate: rate, regularization: settings.regularization)
  }

  /// The next `count` batches, of one sample each.
  private func steps(
    _ pass: OneSamplePass<Scalar>, _ samples: Samples<Scalar>, from first: Int, _ count: Int,
    _ tally: inout Tally<Scalar>
  ) throws {
    let done = try order.withUnsafeBufferPointer { order in
      guard let order = order.baseAddress else { return 0 }
      return try pass.train(on: samples, order + first, count)
    }
    guard done == count else {
      var error = NonFiniteError(in: network, losses: [pass.losses[0, done]])
      error.batch = done
      throw error
    }
    for index in 0..<count {
      tally.add(
        loss: pass.losses[0, index], answer: pass.answers.row(index), target: samples.targets.row(order[first + index]))
    }
  }

  private func measure(on samples: Samples<Scalar>) throws -> Metrics { try network.measure(stage, on: samples) }

  /// The last step of an epoch may have left a parameter that is not finite, unseen by any loss.
  private func checkParameters(_ epoch: Int) throws {
    for (index, layer) in network.layers.enumerated() {
      for (name, matrix) in [("weight", layer.weights), ("bias", layer.biases)] {
        let place = Scalar._firstNonFinite(matrix.base, matrix.count)
        if place < matrix.count {
          throw NonFiniteError(
            what: name, layer: index, neuron: place / matrix.columns, value: Double(matrix.base[place]), epoch: epoch)
        }
      }
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
    onEpoch: (EpochReport) throws -> Continuation = { _ in .proceed }
  ) throws -> [EpochReport] {
    try Trainer(self, loss: loss, settings: settings).train(on: samples, validation: validation, onEpoch: onEpoch)
  }

  /// Loss and accuracy on some samples, without regularization.
  public func measure(_ loss: Loss, on samples: Samples<Scalar>) throws -> Metrics {
    try measure(LossStage(loss, behind: output), on: samples)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func measure(
    _ stage: LossStage<Scalar>, on samples: Samples<Scalar>, seen: ((Matrix<Scalar>, Matrix<Scalar>) -> Void)? = nil
  ) throws -> Metrics {
    try samples.check(fits: self)
    let batch = Batch(capacity: min(256, samples.count), of: samples)
    var tally = Tally<Scalar>(loss: stage.loss, countsHits: samples.areClasses)
    for first in stride(from: 0, to: samples.count, by: 256) {
      batch.fill(from: samples, first..<min(first + 256, samples.count))
      let outputs = try forward(batch.inputs)
      tally.add(loss: try stage.evaluate(batch.targets), outputs: outputs, targets: batch.targets)
      seen?(outputs, batch.targets)
    }
    return tally.metrics
  }
}
