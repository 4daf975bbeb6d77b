import Foundation
import NNKit
import Testing

/// A training taken up again from each of its checkpoints.
@Suite struct ResumeTests {
  private static let all: [any Optimizer] = [
    .sgd(learningRate: 0.1), .sgd(learningRate: 0.05, momentum: 0.9),
    .sgd(learningRate: 0.05, momentum: 0.9, nesterov: true), .rmsprop(),
    .adagrad(), .adam(), .adamw(weightDecay: 0.1), .rprop(), .nadam(), .lion(learningRate: 0.01),
    .quickprop(learningRate: 0.05), .irpropm(learningRate: 0.01),
  ]

  private func samples<Scalar: NetworkScalar>(_ count: Int = 23) throws -> Samples<Scalar> {
    var random = RandomSource(seed: 5)
    let inputs = (0..<count).map { _ in (0..<3).map { _ in Scalar(random.normal()) } }
    return try Samples(inputs: inputs, targets: inputs.map { [$0[0] * $0[1] > 0 ? 1 : 0] }, targetKind: .classes)
  }

  private func trainer<Scalar: NetworkScalar>(
    _ optimizer: any Optimizer, stopping: EarlyStopping? = nil, clip: GradientClipping? = nil, epochs: Int = 4,
    batch: Int = 5
  ) throws -> Trainer<Scalar> {
    let network: Network<Scalar> = try network(
      [3, 9, 1], [bundled().activation("tanh"), bundled().activation("sigmoid")])
    // Some take no schedule.
    var schedule = Schedule(.exponential(factor: 0.9), warmup: 0.5)
    if !type(of: optimizer).followsSchedule { schedule = Schedule() }
    return try Trainer(
      network, loss: bundled().loss("binary_cross_entropy"),
      settings: TrainingSettings(
        epochs: epochs, batch: batch, optimizer: optimizer, regularization: Regularization(l2: 0.01),
        schedule: schedule, earlyStopping: stopping, clip: clip, seed: 2))
  }

  private func resumes<Scalar: NetworkScalar>(
    _ type: Scalar.Type, _ optimizer: any Optimizer, stopping: EarlyStopping? = nil, clip: GradientClipping? = nil,
    epochs: Int = 4, batch: Int = 5, count: Int = 23
  ) throws {
    let folder = try TemporaryFolder()
    let samples: Samples<Scalar> = try samples(count)
    let whole: Trainer<Scalar> = try trainer(
      optimizer, stopping: stopping, clip: clip, epochs: epochs, batch: batch)
    var checkpoints: [String] = []
    whole.onProgress = { [unowned whole] _ in
      let path = folder.file("\(checkpoints.count)").path
      try WholeFile.write(whole.checkpoint().encoded(), to: path)
      checkpoints.append(path)
    }
    let reports = try whole.train(on: samples)
    #expect(checkpoints.count > 2 * reports.count && reports.count > 1)
    for path in checkpoints {
      let rest: Trainer<Scalar> = try trainer(
        optimizer, stopping: stopping, clip: clip, epochs: epochs, batch: batch)
      try rest.resume(from: Safetensors(contentsOf: path), path: path)
      let remaining = try rest.train(on: samples)
      #expect(parameters(of: rest.network) == parameters(of: whole.network), "\(path)")
      #expect(remaining.map(\.train) == reports.suffix(remaining.count).map(\.train), "\(path)")
      #expect(rest.progress.epoch == whole.progress.epoch)
    }
  }

  @Test("goes on bit by bit from every batch and epoch, whatever the optimizer", arguments: all)
  func optimizers(_ optimizer: any Optimizer) throws {
    try resumes(Float.self, optimizer)
    try resumes(Double.self, optimizer)
  }

  @Test("so it does where samples are learned one by one")
  func oneByOne() throws {
    try resumes(Float.self, .sgd(learningRate: 0.01), epochs: 3, batch: 1, count: 700)
    try resumes(Double.self, .sgd(learningRate: 0.01), epochs: 3, batch: 1, count: 700)
  }

  @Test("so it does with clipped gradients, also one sample at a time", arguments: [1, 5])
  func clipped(_ batch: Int) throws {
    try resumes(Float.self, .sgd(learningRate: 0.1), clip: .norm(0.1), epochs: 3, batch: batch)
    try resumes(Float.self, .adam(), clip: .value(0.05), epochs: 3, batch: batch)
    try resumes(Double.self, .sgd(learningRate: 0.05, momentum: 0.9), clip: .value(0.05), epochs: 3, batch: batch)
  }

  @Test("early stopping knows its best epoch, its weights and its patience again", arguments: [1, 2, 50])
  func earlyStopping(_ patience: Int) throws {
    let stopping = EarlyStopping(metric: .trainAccuracy, patience: patience)
    try resumes(Double.self, .sgd(learningRate: 0.9), stopping: stopping, epochs: 12)
  }

  @Test("after a number that is not finite there are the last good weights of before the checkpoint")
  func lastGood() throws {
    // Each epoch the learning rate grows a millionfold: the third is the end.
    func trainer() throws -> Trainer<Double> {
      let network: Network<Double> = try network([3, 1], [bundled().activation("identity")])
      return try Trainer(
        network, loss: bundled().loss("half_squared_error"),
        settings: TrainingSettings(
          epochs: 9, batch: 5, optimizer: .sgd(learningRate: 1e-3), schedule: Schedule(.exponential(factor: 1e80)),
          seed: 1))
    }
    let samples: Samples<Double> = try samples()
    let folder = try TemporaryFolder()
    let whole = try trainer()
    var paths: [String] = []
    whole.onProgress = { [unowned whole] progress in
      let path = folder.file("\(paths.count)").path
      try WholeFile.write(whole.checkpoint().encoded(), to: path)
      paths.append(path)
    }
    #expect(throws: NonFiniteError.self) { try whole.train(on: samples) }
    try #require(paths.count > 2)
    for path in paths {
      let rest = try trainer()
      try rest.resume(from: Safetensors(contentsOf: path), path: path)
      #expect(throws: NonFiniteError.self) { try rest.train(on: samples) }
      #expect(parameters(of: rest.network) == parameters(of: whole.network))
    }
  }

  @Test("a checkpoint of another training is refused, and leaves everything as it was")
  func anotherTraining() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("checkpoint").path
    let source: Trainer<Double> = try trainer(.adam())
    let samples: Samples<Double> = try samples()
    source.onProgress = { [unowned source] in
      if $0.batches == 7 { try WholeFile.write(source.checkpoint().encoded(), to: path) }
    }
    try source.train(on: samples)
    let file = try Safetensors(contentsOf: path)
    let others: [Trainer<Double>] = try [
      trainer(.sgd()), trainer(.adam(), stopping: EarlyStopping(metric: .trainLoss, patience: 1), epochs: 1),
      Trainer(
        network([3, 8, 1], [bundled().activation("tanh"), bundled().activation("sigmoid")]),
        loss: bundled().loss("binary_cross_entropy"), settings: TrainingSettings(epochs: 4, optimizer: .adam())),
    ]
    for other in others {
      let before = parameters(of: other.network)
      #expect(throws: FileError.self) { try other.resume(from: file, path: path) }
      #expect(parameters(of: other.network) == before && other.progress.batches == 0)
    }
    // One that fits is refused by the training if the samples are others.
    let fitting: Trainer<Double> = try trainer(.adam())
    try fitting.resume(from: file, path: path)
    let error = #expect(throws: NetworkError.self) { try fitting.train(on: self.samples(24)) }
    #expect(error?.description.contains("23 samples, now there are 24") == true)
    // A model is no checkpoint.
    try Model(source.network).write(to: folder.file("model"))
    #expect(throws: FileError.self) {
      try fitting.resume(from: Safetensors(contentsOf: folder.file("model").path), path: path)
    }
  }
}
