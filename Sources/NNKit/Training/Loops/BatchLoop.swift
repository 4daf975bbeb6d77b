/// Trains batch by batch: forward pass, loss, backward pass, gradient transforms, and the optimizer's step.
///
/// Where several ranks train together, each takes its part of every batch, and the sum over the ranks is the first of the
/// transforms: gradients are sums over samples, so it does not matter how many each rank has.
final class BatchLoop<Scalar: NetworkScalar>: TrainingLoop {
  private let task: TrainingTask<Scalar>
  private let batch: Batch<Scalar>
  /// The number of samples in a batch; the last batch of an epoch may have fewer.
  private let size: Int

  static func supports(_ task: TrainingTask<Scalar>) -> Bool { true }

  init(_ task: TrainingTask<Scalar>) {
    self.task = task
    size = min(task.settings.batch, task.samples.count)
    let ranks = task.exchange?.ranks.count ?? 1
    batch = Batch(capacity: (size + ranks - 1) / ranks, of: task.samples)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func train(
    from first: Int, of epoch: EpochBatches, learningRate: (Int) throws -> Double, _ tally: inout Tally<Scalar>
  ) throws -> Int {
    let whole = first * size..<min((first + 1) * size, task.samples.count)
    let range = share(of: whole)
    if task.settings.shuffle || task.samples.augmentation != nil {
      batch.fill(
        from: task.samples, epoch.order[range], task.network.threadPool, at: epoch.moment(seed: task.settings.seed))
      let next = whole.upperBound..<min(whole.upperBound + size, task.samples.count)
      batch.expect(epoch.order[share(of: next)], of: task.samples)
    } else {
      batch.take(range, of: task.samples, task.network.threadPool)
    }
    let moment = DropoutMoment(
      seed: task.settings.seed, batch: epoch.before + first, firstSample: range.lowerBound - whole.lowerBound)
    try step(learningRate: learningRate(first), moment, &tally)
    return 1
  }

  /// Those of a batch's samples that this process takes.
  private func share(of batch: Range<Int>) -> Range<Int> { task.exchange?.ranks.share(of: batch) ?? batch }

  private func step(learningRate: Double, _ moment: DropoutMoment, _ tally: inout Tally<Scalar>) throws {
    let (network, optimizer, regularization) = (task.network, task.optimizer, task.settings.regularization)
    let sum = task.exchange.map { RankSum(exchange: $0, tally: RankSum.TallyBox()) }
    let transforms = sum.map { [$0 as any GradientTransform] + task.transforms } ?? task.transforms
    var (samples, loss) = (batch.count, 0.0)
    optimizer.chooseDestinations(
      network, transforms: transforms, samples: samples, learningRate: learningRate, regularization: regularization)
    if let sum {
      var own = tally.emptied
      sum.exchange.send { layerDone in
        if batch.count > 0 { _ = try findGradients(moment, &own, layerDone: layerDone) }
      }
      sum.tally.sums = own.sums
    } else {
      loss = try findGradients(moment, &tally, layerDone: nil)
    }
    for transform in transforms { try transform.apply(to: network.parameters, samples: &samples) }
    if let sum {
      tally.add(sum.tally.sums)
      loss = sum.tally.sums.loss
    }
    optimizer.step(
      network, samples: samples, learningRate: learningRate, regularization: regularization,
      loss: loss / Double(max(1, samples)))
  }

  /// Forward pass, loss and backward pass over the batch; returns the sum of its samples' losses.
  private func findGradients(
    _ moment: DropoutMoment, _ tally: inout Tally<Scalar>, layerDone: ((Int) -> Void)?
  ) throws -> Double {
    let (network, stage) = (task.network, task.stage)
    let outputs = try network.forward(
      batch.inputs, isTraining: true, dropping: network.hasDropout ? moment : nil)
    let loss = try stage.evaluate(batch.targets, weights: batch.weights)
    guard loss.isFinite else { throw NonFiniteError(in: network, losses: stage.values) }
    tally.add(loss: loss, outputs: outputs, targets: batch.targets)
    let origin = try stage.startBackward(batch.targets, weights: batch.weights)
    try network.backwardToDestinations(from: origin, layerDone: layerDone)
    return loss
  }
}
