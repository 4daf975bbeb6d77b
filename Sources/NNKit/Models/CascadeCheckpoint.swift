extension CascadeTrainer {
  /// What a checkpoint has of the cascade, beside the numbers.
  private struct Structure: Codable {
    /// Of each neuron: the number of its activation among the candidates'.
    var neurons: [Int]
    /// The best round's neurons, where early stopping watches.
    var best: Int?
  }

  private static var structureKey: String { "cascade" }
  private static var bestOutput: String { "best_output." }

  /// All that it takes to continue after the last whole round; the same numbers are those of the network as it is now.
  package func checkpoint() throws -> Safetensors {
    var file = Safetensors()
    for (name, matrix) in state.arrays { file.add(matrix, as: name) }
    var structure = Structure(neurons: state.neurons.map(\.candidate))
    if let best, progress.bestScore != nil {
      structure.best = best.neurons.count
      file.add(best.outputWeights, as: Self.bestOutput + "weights")
      file.add(best.outputBiases, as: Self.bestOutput + "biases")
    }
    try file.setMetadata(structure, for: Self.structureKey)
    try file.setMetadata(progress, for: progressKey)
    return file
  }

  /// Makes the next call of `train` continue from a checkpoint; the network is that of the checkpoint at once.
  ///
  /// - Throws: `FileError` if it has no checksum or does not fit the training; nothing has changed then.
  package func resume(from file: Safetensors, path: String, afterEpochs epochs: Int? = nil) throws {
    guard file.isSealed else { throw FileError(path, "its checksum is missing") }
    guard let progress = file.metadata(TrainingProgress.self, for: progressKey),
      let structure = file.metadata(Structure.self, for: Self.structureKey),
      progress.isPossible(epochs: settings.epochs), epochs ?? progress.epoch == progress.epoch,
      structure.neurons.count == max(0, progress.epoch - 1),
      structure.neurons.allSatisfy({ candidates.indices.contains($0) }),
      0...structure.neurons.count ~= structure.best ?? 0
    else { throw FileError(path, "does not fit the training: its position is not one of it") }
    let (outputs, inputs) = (network.outputCount, network.inputCount)
    let read = CascadeState<Scalar>(outputs: outputs, inputs: inputs, candidates: structure.neurons)
    for (name, matrix) in read.arrays { try file.copy(name, into: matrix, path: path) }
    var best: CascadeState<Scalar>?
    if let count = structure.best {
      let candidates = Array(structure.neurons.prefix(count))
      var found = CascadeState<Scalar>(outputs: outputs, inputs: inputs, candidates: candidates)
      found.neurons = Array(read.neurons.prefix(count))
      try file.copy(Self.bestOutput + "weights", into: found.outputWeights, path: path)
      try file.copy(Self.bestOutput + "biases", into: found.outputBiases, path: path)
      best = found
    }
    network = try grown(read)
    (state, self.best, self.progress, isResumed) = (read, best, progress, true)
  }
}

extension CascadeTrainer: NetworkTraining {
  /// A cascade grows in one process.
  package var exchange: RankExchange<Scalar>? { nil }
}
