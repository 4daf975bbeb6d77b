internal import RealModule

/// Trains by cascade-correlation: the network begins as its output layer alone, and grows neuron by neuron.
///
/// Fahlman and Lebiere, "The Cascade-Correlation Learning Architecture", 1990, with the rules and defaults of FANN's
/// `fann_cascadetrain_on_data`. In each round all steps take all samples at once:
///
/// 1. From the second round on, a pool of candidates is trained, neurons whose inputs are those of the network and
///    the outputs of all neurons before. Candidate c has weights v to the outputs, which are trained with it, and makes
///    Σ (a v_k − e_k)² small over samples and outputs. There e = y − a is what the outputs lack; of a canonical pair it is
///    −∂L/∂z, which for sigmoid and softmax is the same. The candidate that does best is added; its own weights stay as
///    they are, and its weights to the outputs begin as `weightMultiplier` · v.
/// 2. The output layer is trained, until the loss stagnates.
///
/// A round is an epoch of the training: its report is that of the network with one neuron more than the one before. The
/// optimizer of the settings takes the steps of both parts; transforms and regularization are for the outputs.
public final class CascadeTrainer<Scalar: NetworkScalar> {
  /// The network as it is now: a new one after each round, since a network's layers are constant.
  public internal(set) var network: Network<Scalar>
  /// How it is trained: `epochs` is one more than the greatest number of neurons; `batch` and `shuffle` do not count.
  public let settings: TrainingSettings
  /// How the network grows.
  public let cascade: CascadeSettings
  /// The activations of the candidates.
  public let candidates: [Activation]
  /// Why loss and last activation are not used as a canonical pair, although their names match; nil otherwise.
  public let note: String?
  /// The seconds that earlier processes spent on this training; `settings.stop` may limit the time in all.
  package var secondsBefore = 0.0
  /// Called after each round, and after each step within one: the checkpoint is then that of the round before.
  package var onProgress: ((TrainingProgress) throws -> Void)?
  package internal(set) var progress: TrainingProgress

  private let loss: Loss
  private let outputActivations: [Activation]
  var state: CascadeState<Scalar>
  /// With early stopping: the state of the best round.
  var best: CascadeState<Scalar>?
  /// The steps so far of the round that is trained, and the last loss of the outputs.
  private var (steps, lastLoss) = (0, 0.0)
  private var began = ContinuousClock.now
  var isResumed = false
  private var seconds: Double { secondsBefore + (ContinuousClock.now - began) / .seconds(1) }

  /// Makes a trainer for a network that is an output layer alone.
  ///
  /// - Parameters:
  ///   - network: One layer of plain neurons, each with all inputs. It is left as it is; `network` is what grows.
  ///   - loss: What is made small.
  ///   - candidates: The activations that candidates respond by, a steepness being part of one.
  ///   - cascade: How the network grows.
  ///   - settings: The optimizer and the rules for the end.
  /// - Throws: `NetworkError` if a setting is impossible, if the network is not one such layer, or without candidates;
  ///   `FunctionFailure` if a plugin reports a failure.
  public init(
    _ network: Network<Scalar>, loss: Loss, candidates: [Activation], cascade: CascadeSettings = CascadeSettings(),
    settings: TrainingSettings
  ) throws {
    var settings = settings
    settings.epochs = cascade.neurons + 1
    try settings.checkSettings()
    try cascade.check("cascade.")
    try cascade.output.check("cascade.output.")
    try cascade.candidate.check("cascade.candidate.")
    try Self.check(network, settings, candidates)
    self.settings = settings
    self.cascade = cascade
    self.candidates = candidates
    self.loss = loss
    note = try LossStage(loss, behind: network.output).note
    outputActivations = network.output.neurons.map(\.activation)
    state = CascadeState(network.output)
    progress = TrainingProgress(random: RandomSource(seed: settings.seed, stream: RandomSource.shuffleStream))
    self.network = network
  }

  private static func check(
    _ network: Network<Scalar>, _ settings: TrainingSettings, _ candidates: [Activation]
  ) throws {
    guard network.layers.count == 1 else {
      throw NetworkError(
        "a cascade begins with the output layer alone and adds the others itself; the network has"
          + " \(network.layers.count) layers")
    }
    let layer = network.output
    guard layer.wiring.isDense, layer.storage.connections == nil, layer.neurons.allSatisfy(\.isPlain),
      layer.frozen.isEmpty, layer.sources.resolved(of: 0) == [.inputs]
    else {
      throw NetworkError(
        "a cascade's output layer has plain neurons with a weight for each input, none of them frozen")
    }
    guard settings.schedule.isConstant else {
      throw NetworkError("a cascade starts the optimizer again in each round, so it takes no `schedule`", .setting)
    }
    guard !candidates.isEmpty else { throw NetworkError("a cascade needs at least one candidate", .setting) }
    if let whole = candidates.first(where: \.isWholeLayer) {
      throw NetworkError(
        "\(whole) takes a whole layer together, and a cascade's candidates are single neurons", .setting)
    }
  }

  /// Grows and trains the network, until it has all neurons or a rule, the callback or a cancellation ends it.
  ///
  /// - Parameters:
  ///   - samples: The training samples.
  ///   - validation: The samples on which each round is measured at its end, also for early stopping.
  ///   - test: Further samples on which each round is measured.
  ///   - onEpoch: Gets the report of each round, and may stop the training.
  ///   - onBatch: Gets the loss after each step of a round; while candidates are trained, the loss before them.
  /// - Returns: The reports of all rounds. With early stopping the network is that of the best round.
  /// - Throws: `NonFiniteError` if a number is not finite; the network is then that of the round before. `NetworkError` if
  ///   samples do not fit network or loss; `CancellationError`; `FunctionFailure` if a plugin reports a failure.
  @discardableResult
  public func train(
    on samples: Samples<Scalar>, validation: Samples<Scalar>? = nil, test: Samples<Scalar>? = nil,
    onEpoch: (EpochReport) throws -> EpochDecision = { _ in .proceed }, onBatch: ((BatchProgress) throws -> Void)? = nil
  ) throws -> [EpochReport] {
    try start(samples, validation, test)
    steps = 0
    var reports: [EpochReport] = []
    var features = try state.neurons.reduce(samples.inputs) { try appending($1, to: $0) }
    while !isOver {
      let pause = { try self.pause(onBatch) }
      guard let report = try trainRound(samples, &features, validation, test, pause) else { break }
      reports.append(report)
      let answer = try onEpoch(report)
      try onProgress?(progress)
      if answer == .stop { break }
      try Task.checkCancellation()
    }
    conclude()
    return reports
  }

  private func start(
    _ samples: Samples<Scalar>, _ validation: Samples<Scalar>?, _ test: Samples<Scalar>?
  ) throws {
    for (name, set) in [("training", samples), ("validation", validation), ("test", test)] {
      try set?.check(fits: network, loss, of: name)
    }
    try settings.checkWatched(validation: validation.map { $0.areClasses }, areClasses: samples.areClasses)
    began = ContinuousClock.now
    if isResumed {
      guard progress.samples == samples.count else {
        throw NetworkError(
          "the training was left with \(progress.samples) samples, now there are \(samples.count); bring its data back")
      }
    } else {
      progress.startEpoch(0)
      progress.samples = samples.count
    }
    isResumed = false
  }

  /// Thrown when the time of `settings.stop` ends within a round.
  private struct TimeIsOver: Error {}

  /// - Returns: nil if the time that `settings.stop` gives ended within the round.
  private func trainRound(
    _ samples: Samples<Scalar>, _ features: inout Matrix<Scalar>, _ validation: Samples<Scalar>?,
    _ test: Samples<Scalar>?, _ pause: () throws -> Void
  ) throws -> EpochReport? {
    let (start, round) = (ContinuousClock.now, progress.epoch)
    do {
      var next = state
      var given = features
      if round > 0 {
        let found = try bestCandidate(given, samples, next, round, pause)
        next.install(found.neuron, outputWeights: found.outputWeights)
        given = try appending(found.neuron, to: given)
      }
      try trainOutputs(given, samples, &next, round, pause)
      let grown = try grown(next)
      let duration = ContinuousClock.now - start
      let stage = try LossStage(loss, behind: grown.output)
      func measure(_ set: Samples<Scalar>) throws -> Metrics {
        try grown.measure(stage, on: set, bitFailLimit: settings.stop?.countedLimit)
      }
      let report = EpochReport(
        epoch: round, train: try measure(samples), validation: try validation.map(measure), test: try test.map(measure),
        learningRate: settings.optimizer.learningRate, duration: duration, samples: samples.count)
      try watch(report, next)
      (state, features, network) = (next, given, grown)
      progress.startEpoch(round + 1)
      progress.batches += 1
      steps = 0
      progress.stop = settings.stop?.reason(after: report, seconds: seconds)
      return report
    } catch is TimeIsOver {
      progress.stop = .minutes
      return nil
    } catch var error as NonFiniteError {
      error.epoch = round
      throw error
    }
  }

  /// Keeps the state of the best round, if early stopping watches.
  private func watch(_ report: EpochReport, _ state: CascadeState<Scalar>) throws {
    guard let stopping = settings.earlyStopping else { return }
    guard let score = stopping.score(report), !score.isNaN else {
      let name = stopping.metric.rawValue.replacing("_", with: " ")
      throw NonFiniteError(what: name, layer: nil, neuron: nil, value: .nan, epoch: report.epoch)
    }
    if score > progress.bestScore ?? -.infinity {
      (best, progress.bestScore, progress.epochsSinceBest) = (state, score, 0)
    } else {
      progress.epochsSinceBest += 1
    }
  }

  /// Between two steps: another process may ask for the end, and the time may be over.
  private func pause(_ onBatch: ((BatchProgress) throws -> Void)?) throws {
    steps += 1
    let most = cascade.output.epochs + (progress.epoch > 0 ? cascade.candidate.epochs : 0)
    try onBatch?(
      BatchProgress(
        epoch: progress.epoch, batch: min(steps, most) - 1, batches: most,
        metrics: Metrics(loss: lastLoss, accuracy: nil)))
    if settings.stop?.isOver(seconds: seconds) == true { throw TimeIsOver() }
    try Task.checkCancellation()
    guard let onProgress else { return }
    var within = progress
    within.batch = 1
    try onProgress(within)
  }

  // MARK: The output layer

  /// The output layer as a network of its own, whose inputs are the network's and the outputs of all neurons.
  private func outputNetwork(_ state: CascadeState<Scalar>) throws -> Network<Scalar> {
    let layer = try Layer<Scalar>(
      outputActivations.map { Neuron<Scalar>(inputs: state.outputWeights.columns, activation: $0) })
    layer.storage.weights.assign(state.outputWeights)
    layer.storage.biases.assign(state.outputBiases)
    return computing(try Network<Scalar>(keepingWeightsOf: [layer]))
  }

  private func batch(_ features: Matrix<Scalar>, _ samples: Samples<Scalar>) throws -> Batch<Scalar> {
    try Samples(
      inputs: features, targets: samples.targets, targetKind: samples.targetKind, weights: samples.weights
    ).batches(of: samples.count)[0]
  }

  /// Steps until the loss stagnates; the weights of the least loss stay.
  private func trainOutputs(
    _ features: Matrix<Scalar>, _ samples: Samples<Scalar>, _ state: inout CascadeState<Scalar>, _ round: Int,
    _ pause: () throws -> Void
  ) throws {
    let network = try outputNetwork(state)
    let stage = try LossStage(loss, behind: network.output)
    let optimizer = OptimizerState(settings.optimizer, for: network, seed: settings.seed &+ UInt64(round))
    let batch = try batch(features, samples)
    let best = ParameterSnapshot(of: network)
    var stagnation = Stagnation(cascade.output)
    var (first, least) = (0.0, Double.infinity)
    for epoch in 0..<cascade.output.epochs {
      try network.forward(batch.inputs, isTraining: true)
      let loss = try stage.evaluate(batch.targets, weights: batch.weights) / Double(batch.count)
      guard loss.isFinite else { throw NonFiniteError(in: network, losses: stage.values) }
      if epoch == 0 { first = loss }
      lastLoss = loss
      if loss < least {
        least = loss
        best.take(from: network)
      }
      if epoch > 0, stagnation.isOver(first - loss, epoch: epoch) { break }
      try network.backward(from: stage.startBackward(batch.targets, weights: batch.weights))
      var count = batch.count
      for transform in settings.transforms { try transform.apply(to: network.parameters, samples: &count) }
      optimizer.step(
        network, samples: count, learningRate: settings.optimizer.learningRate,
        regularization: settings.regularization, loss: loss)
      try pause()
    }
    best.restore(to: network)
    // Others may still have the matrices of the round before.
    state.outputWeights = network.output.storage.weights.copy()
    state.outputBiases = network.output.storage.biases.copy()
  }

  // MARK: Candidates

  /// e of each output and sample, times the sample's weight.
  ///
  /// Where loss and activation are no canonical pair, ∂L/∂z is almost 0 for outputs that are wrong and saturated, and no
  /// candidate would be drawn to them; so y − a takes its place, as in FANN.
  private func residual(
    _ features: Matrix<Scalar>, _ samples: Samples<Scalar>, _ state: CascadeState<Scalar>
  ) throws -> Matrix<Scalar> {
    let network = try outputNetwork(state)
    let stage = try LossStage(loss, behind: network.output)
    let batch = try batch(features, samples)
    try network.forward(batch.inputs, isTraining: true)
    try network.backward(from: stage.startBackward(batch.targets, weights: batch.weights))
    let gradients = network.output.storage.localGradients
    let residual = Matrix<Scalar>(rows: gradients.rows, columns: gradients.columns)
    for row in 0..<residual.rows {
      for column in 0..<residual.columns {
        let place = row * residual.columns + column
        if stage.isCanonical {
          residual.base[place] = -gradients.base[place]
        } else {
          let difference = batch.targets.base[place] - network.output.storage.outputs.base[place]
          residual.base[place] = difference * Scalar(batch.weights.isEmpty ? 1 : batch.weights[column])
        }
      }
    }
    return residual
  }

  private func bestCandidate(
    _ features: Matrix<Scalar>, _ samples: Samples<Scalar>, _ state: CascadeState<Scalar>, _ round: Int,
    _ pause: () throws -> Void
  ) throws -> CandidatePool<Scalar>.Best {
    let residual = try residual(features, samples, state)
    var random = RandomSource(seed: settings.seed, stream: RandomSource.cascadeStream &+ UInt64(round) << 8)
    let pool = try CandidatePool<Scalar>(
      candidates, groups: cascade.groups, inputs: features.columns, outputs: residual.rows,
      scale: scale(neurons: state.neurons.count), random: &random)
    _ = computing(pool.network)
    return try pool.train(
      Inputs(samples: features), residual, settings.optimizer, cascade.candidate, seed: settings.seed &+ UInt64(round),
      weightMultiplier: cascade.weightMultiplier, pause: pause)
  }

  /// How great a candidate's first weights are: FANN's 2 (0.7 h)^(1 / inputs) with h neurons, from 0.5 to 8.
  private func scale(neurons: Int) -> Double {
    let inputs = Double(network.inputCount)
    return min(8, max(0.5, 2 * Double.pow(0.7 * Double(neurons), 1 / inputs)))
  }

  /// The features with one more: the outputs of a neuron.
  private func appending(
    _ neuron: CascadeState<Scalar>.Neuron, to features: Matrix<Scalar>
  ) throws -> Matrix<Scalar> {
    let layer = try layer(neuron, sources: .previous)
    let outputs = try computing(Network<Scalar>(keepingWeightsOf: [layer])).forward(Inputs(samples: features))
    let width = features.columns
    let wider = Matrix<Scalar>(rows: features.rows, columns: width + 1)
    for row in 0..<features.rows {
      (wider.base + row * (width + 1)).update(from: features.base + row * width, count: width)
      wider.base[row * (width + 1) + width] = outputs.base[row]
    }
    return wider
  }

  // MARK: The network

  /// The network with all its neurons: each is a layer, whose sources are the inputs and all layers before.
  func grown(_ state: CascadeState<Scalar>) throws -> Network<Scalar> {
    var layers = try state.neurons.map { try layer($0, sources: .all) }
    let output = try Layer<Scalar>(
      outputActivations.map { Neuron<Scalar>(inputs: state.outputWeights.columns, activation: $0) },
      sources: layers.isEmpty ? .previous : .all)
    output.storage.weights.assign(state.outputWeights)
    output.storage.biases.assign(state.outputBiases)
    layers.append(output)
    let network = computing(try Network<Scalar>(keepingWeightsOf: layers))
    network.seed = self.network.seed
    return network
  }

  private func layer(_ neuron: CascadeState<Scalar>.Neuron, sources: Sources) throws -> Layer<Scalar> {
    let isFirst = neuron.weights.columns == network.inputCount
    let layer = try Layer<Scalar>(
      [Neuron<Scalar>(inputs: neuron.weights.columns, activation: candidates[neuron.candidate])],
      sources: isFirst ? .previous : sources)
    layer.storage.weights.assign(neuron.weights)
    layer.storage.biases.assign(neuron.bias)
    return layer
  }

  private func computing(_ other: Network<Scalar>) -> Network<Scalar> {
    other.compute = network.compute
    return other
  }
}

// MARK: What a run asks for

extension CascadeTrainer {
  /// With early stopping: the best round so far, counted from 1; the network is that of this round at the end.
  public var bestEpoch: Int? {
    settings.earlyStopping == nil || progress.bestScore == nil ? nil : progress.epoch - progress.epochsSinceBest
  }

  package var isOver: Bool { progress.epoch >= settings.epochs || isStoppedEarly || stopReason != nil }
  package var stopReason: TrainingStop.Reason? { settings.stop == nil ? nil : progress.stop }
  package var isStoppedEarly: Bool {
    settings.earlyStopping.map { progress.epochsSinceBest >= $0.patience } ?? false
  }

  /// Ends a training: with early stopping, the network becomes that of the best round.
  package func conclude() {
    guard settings.earlyStopping != nil, progress.epochsSinceBest > 0, let best,
      let grown = try? grown(best)
    else { return }
    network = grown
  }

  /// Continues a training that a rule ended, by other rules.
  package func forgetStop() { progress.stop = nil }
}
