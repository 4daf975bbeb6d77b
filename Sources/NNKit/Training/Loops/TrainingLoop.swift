/// What a training loop works with.
struct TrainingTask<Scalar: NetworkScalar> {
  let network: Network<Scalar>
  let stage: LossStage<Scalar>
  let settings: TrainingSettings
  let transforms: [any GradientTransform]
  let optimizer: OptimizerState<Scalar>
  let samples: Samples<Scalar>
  /// Which of them each batch takes.
  let shares: BatchShares
  /// What connects the ranks that train together; nil where one process trains alone.
  let exchange: RankExchange<Scalar>?
}

/// One epoch's batches, as a training loop takes them.
struct EpochBatches {
  /// The numbers of the samples, in the order in which they come.
  let order: [Int]
  /// How many batches there are.
  let count: Int
  /// How many there were in the epochs before.
  let before: Int
  /// The number of the first sample of `order` among those of all ranks.
  let firstSample: Int
  /// Whether the caller looks at the figures after each step: then a loop does not take many batches at a time.
  let isWatched: Bool

  /// Which changes of images are drawn.
  func moment(seed: UInt64) -> AugmentationMoment {
    AugmentationMoment(seed: seed, epoch: before / max(1, count), firstSample: firstSample)
  }
}

/// A way to go through the batches of an epoch.
///
/// | loop | for | step |
/// |---|---|---|
/// | `OnlineLoop` | plain SGD, one sample at a time, plain neurons alone | in C, for many samples at a time |
/// | `BatchLoop` | everything | forward, loss, backward, transforms, optimizer |
protocol TrainingLoop<Scalar>: AnyObject {
  associatedtype Scalar: NetworkScalar

  /// Whether it can train the network with these settings and transforms.
  static func supports(_ task: TrainingTask<Scalar>) -> Bool

  init(_ task: TrainingTask<Scalar>)

  /// Trains on the next batches, as many as it takes at a time.
  ///
  /// - Parameters:
  ///   - first: The number of the first of them, from 0.
  ///   - epoch: The batches that there are.
  ///   - learningRate: That of a batch.
  ///   - tally: Where losses and hits add up.
  /// - Returns: How many batches were trained on, at least one.
  /// - Throws: `NonFiniteError`, `FunctionFailure`; their `batch` counts from `first`.
  func train(
    from first: Int, of epoch: EpochBatches, learningRate: (Int) throws -> Double, _ tally: inout Tally<Scalar>
  ) throws -> Int
}
