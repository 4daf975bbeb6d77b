/// Trains batch by batch: forward pass, loss, backward pass, gradient transforms, and the optimizer's step.
final class BatchLoop<Scalar: NetworkScalar>: TrainingLoop {
  private let task: TrainingTask<Scalar>
  private let batch: Batch<Scalar>
  /// The number of samples in a batch; the last batch of an epoch may have fewer.
  private let size: Int

  static func supports(_ task: TrainingTask<Scalar>) -> Bool { true }

  init(_ task: TrainingTask<Scalar>) {
    self.task = task
    size = min(task.settings.batch, task.samples.count)
    batch = Batch(capacity: size, of: task.samples)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func train(
    from first: Int, of epoch: EpochBatches, learningRate: (Int) throws -> Double, _ tally: inout Tally<Scalar>
  ) throws -> Int {
    let range = first * size..<min((first + 1) * size, task.samples.count)
    if task.settings.shuffle || task.samples.augmentation != nil {
      batch.fill(
        from: task.samples, epoch.order[range], task.network.workers, at: epoch.moment(seed: task.settings.seed))
      let next = range.upperBound..<min(range.upperBound + size, task.samples.count)
      batch.expect(epoch.order[next], of: task.samples)
    } else {
      batch.take(range, of: task.samples, task.network.workers)
    }
    let moment = DropoutMoment(seed: task.settings.seed, batch: epoch.before + first)
    try step(learningRate: learningRate(first), moment, &tally)
    return 1
  }

  private func step(learningRate: Double, _ moment: DropoutMoment, _ tally: inout Tally<Scalar>) throws {
    let (network, stage, optimizer) = (task.network, task.stage, task.optimizer)
    let outputs = try network.forward(
      batch.inputs, isTraining: true, dropping: network.hasDropout ? moment : nil)
    let loss = try stage.evaluate(batch.targets, weights: batch.weights)
    guard loss.isFinite else { throw NonFiniteError(in: network, losses: stage.values) }
    tally.add(loss: loss, outputs: outputs, targets: batch.targets)
    let origin = try stage.startBackward(batch.targets, weights: batch.weights)
    var samples = batch.count
    optimizer.chooseDestinations(
      network, transforms: task.transforms, samples: samples, learningRate: learningRate,
      regularization: task.settings.regularization)
    try network.backwardToDestinations(from: origin)
    for transform in task.transforms { try transform.apply(to: network.parameters, samples: &samples) }
    optimizer.step(
      network, samples: samples, learningRate: learningRate, regularization: task.settings.regularization,
      loss: loss / Double(batch.count))
  }
}
