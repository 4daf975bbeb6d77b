/// Trains batch by batch: forward pass, loss, backward pass, gradient transforms, and the optimizer's step.
///
/// Where several ranks train together, each takes its part of every batch. The sum over the ranks is the first of the transforms,
/// or a part of the step where ranks share memory: gradients are sums over samples, so it does not matter how many each has.
final class BatchLoop<Scalar: NetworkScalar>: TrainingLoop {
  private let task: TrainingTask<Scalar>
  private let batch: Batch<Scalar>

  static func supports(_ task: TrainingTask<Scalar>) -> Bool { true }

  init(_ task: TrainingTask<Scalar>) {
    self.task = task
    batch = Batch(capacity: task.shares.most, of: task.samples)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func train(
    from first: Int, of epoch: EpochBatches, learningRate: (Int) throws -> Double, _ tally: inout Tally<Scalar>
  ) throws -> Int {
    let (range, before) = task.shares.share(ofBatch: first)
    if task.settings.shuffle || task.samples.augmentation != nil {
      batch.fill(
        from: task.samples, epoch.order[range], task.network.threadPool, at: epoch.moment(seed: task.settings.seed))
      batch.expect(epoch.order[task.shares.share(ofBatch: first + 1).own], of: task.samples)
    } else {
      batch.take(range, of: task.samples, task.network.threadPool)
    }
    let moment = DropoutMoment(seed: task.settings.seed, batch: epoch.before + first, firstSample: before)
    try step(learningRate: learningRate(first), moment, before: before, &tally)
    return 1
  }

  private func step(
    learningRate: Double, _ moment: DropoutMoment, before: Int, _ tally: inout Tally<Scalar>
  ) throws {
    let (network, optimizer) = (task.network, task.optimizer)
    let sum = task.exchange.map { RankSum(exchange: $0, tally: RankSum.TallyBox()) }
    let transforms = sum.map { [$0 as any GradientTransform] + task.transforms } ?? task.transforms
    var settings = optimizer.settings(
      samples: batch.count, learningRate: learningRate, regularization: task.settings.regularization)
    if let sum {
      var own = tally.emptied
      let shared = sum.exchange.shared
      optimizer.chooseDestinations(network, transforms: transforms, settings)
      shared?.chooseDestinations()
      sum.exchange.send { layerDone in
        if batch.count == 0 { return }
        _ = try findLoss(moment, &own)
        try findGradients(layerDone: layerDone)
        shared?.publish(before: before)
      }
      sum.tally.sums = own.sums
    } else {
      settings.loss = try findLoss(moment, &tally) / Double(max(1, batch.count))
      optimizer.chooseDestinations(network, transforms: transforms, settings)
      try findGradients(layerDone: nil)
    }
    if let sum, let shared = sum.exchange.shared {
      let sums = try sum.exchange.finishStep(sum.tally.sums)
      tally.add(sums)
      // Where ranks have files of their own, and very few samples to a batch, there may be none.
      if sums.samples == 0 { return }
      (settings.samples, settings.loss) = (sums.samples, sums.loss / Double(max(1, sums.samples)))
      return try shared.step(task.transforms, leavesSums: sum.exchange.leavesSums, settings)
    }
    for transform in transforms { try transform.apply(to: network.parameters, samples: &settings.samples) }
    if let sum {
      tally.add(sum.tally.sums)
      if settings.samples == 0 { return }
      settings.loss = sum.tally.sums.loss / Double(settings.samples)
    }
    optimizer.step(network, settings)
  }

  /// The forward pass over the batch; returns the sum of its samples' losses.
  private func findLoss(_ moment: DropoutMoment, _ tally: inout Tally<Scalar>) throws -> Double {
    let (network, stage) = (task.network, task.stage)
    let outputs = try network.forward(
      batch.inputs, isTraining: true, dropping: network.hasDropout ? moment : nil)
    let loss = try stage.evaluate(batch.targets, weights: batch.weights)
    guard loss.isFinite else { throw NonFiniteError(in: network, losses: stage.values) }
    tally.add(loss: loss, outputs: outputs, targets: batch.targets)
    return loss
  }

  /// The backward pass.
  private func findGradients(layerDone: ((Int) -> Void)?) throws {
    let origin = try task.stage.startBackward(batch.targets, weights: batch.weights)
    try task.network.backwardToDestinations(from: origin, layerDone: layerDone)
  }
}
