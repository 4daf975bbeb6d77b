/// What a checkpoint calls the training's progress among its metadata.
let progressKey = "training"
/// What the names of the best epoch's tensors begin with.
let bestPrefix = "best."

extension Trainer: NetworkTraining {
  /// All that it takes to continue from here to the same bytes as a training without interruption.
  ///
  /// Tensors: `layers.N.weights` and `.biases`, the same of `last_good` and `best` epochs where they differ, and those of
  /// `optimizer.K`, what the optimizer keeps for each parameter. Metadata: the progress as JSON under `training`.
  package func checkpoint() throws -> Safetensors {
    exchange?.shared?.collect()
    var progress = progress
    progress.seconds = epochSeconds
    progress.optimizerSteps = optimizer.steps
    (progress.bestScore, progress.epochsSinceBest) = (watch?.best, watch?.since ?? 0)
    var file = Safetensors()
    for (name, matrix) in arrays(of: progress) { file.add(matrix, as: name) }
    try file.setMetadata(progress, for: progressKey)
    return file
  }

  /// Makes the next call of `train` continue from a checkpoint.
  ///
  /// - Parameters:
  ///   - file: The checkpoint.
  ///   - path: What errors call it.
  ///   - epochs: How many epochs are known to have ended then, if that is known.
  /// - Throws: `FileError` if it has no checksum or does not fit the training; nothing has changed then.
  package func resume(from file: Safetensors, path: String, afterEpochs epochs: Int? = nil) throws {
    guard file.isSealed else { throw FileError(path, "its checksum is missing") }
    guard let progress = file.metadata(TrainingProgress.self, for: progressKey),
      progress.isPossible(epochs: settings.epochs), epochs ?? progress.epoch == progress.epoch
    else { throw FileError(path, "does not fit the training: its position is not one of it") }
    let arrays = arrays(of: progress)
    // A training that continues without early stopping does not need its best weights.
    let count = watch == nil ? file.tensors.keys.count { !$0.hasPrefix(bestPrefix) } : file.tensors.count
    guard arrays.count == count else {
      throw FileError(path, "does not fit the training: it has \(count) tensors, expected \(arrays.count)")
    }
    for (name, matrix) in arrays { try file.tensor(name, for: matrix, path: path) }
    for (name, matrix) in arrays { try file.copy(name, into: matrix, path: path, mustBeFinite: false) }
    if progress.batch == 0 { lastGood.take(from: network) }
    watch?.best = progress.bestScore
    watch?.since = progress.epochsSinceBest
    optimizer.steps = progress.optimizerSteps
    self.progress = progress
    epochStart = ContinuousClock.now - .seconds(progress.seconds)
    isResumed = true
  }

  /// Continues a training that a rule ended, by other rules.
  package func forgetStop() { progress.stop = nil }

  private func arrays(of progress: TrainingProgress) -> [(name: String, matrix: Matrix<Scalar>)] {
    func named(_ prefix: String, _ matrices: [Matrix<Scalar>]) -> [(name: String, matrix: Matrix<Scalar>)] {
      zip(network.parameters, matrices).map { (prefix + $0.name, $1) }
    }
    var result = named("", network.parameters.map(\.value))
    // Between two epochs the last good weights are those that the network has.
    if progress.batch > 0 { result += named("last_good.", lastGood.copies) }
    if let watch, progress.bestScore != nil { result += named(bestPrefix, watch.parameters.copies) }
    for index in 0..<settings.optimizer.memory.count {
      result += named("optimizer.\(index).", optimizer.states.map { $0[index] })
    }
    return result
  }
}
