import NNKit
import Testing

/// A training run as a program sees it: batches, reports, how it ends.
@Suite struct TrainerTests {
  private func line(weight: Double = 0, bias: Double = 0) throws -> Network<Double> {
    try Network(keepingWeightsOf: [layer([[weight]], biases: [bias], bundled().activation("identity"))])
  }

  /// Targets −1 … so that every sample has an error of its own.
  private func samples(_ count: Int) throws -> Samples<Double> {
    try Samples(inputs: (0..<count).map { [Double($0) / 10] }, targets: (0..<count).map { [Double($0 * $0) / 50 - 1] })
  }

  @Test("the last partial batch is trained on, and its loss is the mean over its own samples")
  func partialBatch() throws {
    let (network, samples) = (try line(), try samples(10))
    try network.train(
      on: samples, loss: bundled().loss("half_squared_error"),
      settings: TrainingSettings(epochs: 3, batch: 4, shuffle: false, optimizer: .sgd(learningRate: 0.3)))
    var (w, b) = (0.0, 0.0)
    for _ in 0..<3 {
      for batch in [0..<4, 4..<8, 8..<10] {
        let errors = batch.map {
          (x: samples.inputs[$0, 0], error: w * samples.inputs[$0, 0] + b - samples.targets[$0, 0])
        }
        w -= 0.3 * errors.reduce(0) { $0 + $1.x * $1.error } / Double(batch.count)
        b -= 0.3 * errors.reduce(0) { $0 + $1.error } / Double(batch.count)
      }
    }
    #expect(isClose(network.output.weights[0, 0], w, relative: 1e-13))
    #expect(isClose(network.output.biases[0, 0], b, relative: 1e-13))
  }

  @Test("a batch larger than the data set is the whole data set", arguments: [10, 11, 1000, Int.max])
  func largeBatch(_ batch: Int) throws {
    let (network, expected) = (try line(), try line())
    for (network, batch) in [(network, batch), (expected, 10)] {
      try network.train(
        on: samples(10), loss: bundled().loss("squared_error"),
        settings: TrainingSettings(epochs: 2, batch: batch, shuffle: false, optimizer: .sgd(learningRate: 0.1)))
    }
    #expect(parameters(of: network) == parameters(of: expected))
  }

  @Test("reported figures are running means over the epoch's samples, each seen before its batch's step")
  func runningMeans() throws {
    let (network, samples) = (try line(weight: 0.5), try samples(5))
    var seen: [BatchProgress] = []
    let trainer = try Trainer(
      network, loss: bundled().loss("squared_error"),
      settings: TrainingSettings(epochs: 1, batch: 2, shuffle: false, optimizer: .sgd(learningRate: 0.1)))
    var losses: [Double] = []
    var (w, b) = (0.5, 0.0)
    for batch in [0..<2, 2..<4, 4..<5] {
      let errors = batch.map { w * samples.inputs[$0, 0] + b - samples.targets[$0, 0] }
      losses += errors.map { $0 * $0 }
      w -= 0.1 * zip(batch, errors).reduce(0) { $0 + 2 * $1.1 * samples.inputs[$1.0, 0] } / Double(batch.count)
      b -= 0.1 * errors.reduce(0) { $0 + 2 * $1 } / Double(batch.count)
    }
    let reports = try trainer.train(on: samples, onBatch: { seen.append($0) })
    #expect(isClose(reports[0].train.loss, losses.reduce(0, +) / 5, relative: 1e-13))
    #expect(reports[0].train.accuracy == nil && reports[0].samples == 5 && reports[0].learningRate == 0.1)
    #expect(seen.map(\.batch) == [0, 1, 2] && seen.allSatisfy { $0.batches == 3 && $0.epoch == 0 })
    for (progress, count) in zip(seen, [2, 4, 5]) {
      #expect(isClose(progress.metrics.loss, losses[..<count].reduce(0, +) / Double(count), relative: 1e-13))
    }
  }

  @Test("the callback sees each epoch and may stop the training; what it throws gets out")
  func callback() throws {
    struct Enough: Error {}
    let settings = TrainingSettings(epochs: 50, optimizer: .sgd(learningRate: 0.01))
    var seen: [Int] = []
    let reports = try line().train(on: samples(4), loss: bundled().loss("squared_error"), settings: settings) {
      report in
      seen.append(report.epoch)
      return report.epoch == 6 ? .stop : .proceed
    }
    #expect(seen == Array(0...6) && reports.count == 7)
    #expect(throws: Enough.self) {
      try line().train(on: samples(4), loss: bundled().loss("squared_error"), settings: settings) { _ in throw Enough()
      }
    }
  }

  @Test("validation and test are measured after the epoch")
  func validation() throws {
    let network = try line()
    let (validation, test, loss) = (try samples(3), try samples(7), try bundled().loss("squared_error"))
    let trainer = try Trainer(
      network, loss: loss, settings: TrainingSettings(epochs: 4, optimizer: .sgd(learningRate: 0.05)))
    var count = 0
    try trainer.train(
      on: samples(10), validation: validation, test: test,
      onEpoch: { report in
        let expected = (try network.measure(loss, on: validation), try network.measure(loss, on: test))
        #expect(report.validation == expected.0 && report.test == expected.1)
        count += 1
        return .proceed
      })
    #expect(count == 4)
  }

  @Test("measuring takes any number of samples, and changes nothing")
  func measuring() throws {
    let network = try line(weight: 1)
    for count in [1, 255, 256, 257, 700] {
      let samples = try samples(count)
      let errors = (0..<count).map { samples.inputs[$0, 0] - samples.targets[$0, 0] }
      let expected = errors.reduce(0) { $0 + $1 * $1 } / Double(count)
      #expect(
        try isClose(network.measure(bundled().loss("squared_error"), on: samples).loss, expected, relative: 1e-12))
    }
    #expect(parameters(of: network) == [[1], [0]])
  }

  @Test("the order of samples follows from the seed, and is a new one each epoch")
  func shuffling() throws {
    func train(seed: UInt64, shuffle: Bool = true) throws -> [[Double]] {
      let network = try line()
      try network.train(
        on: samples(10), loss: bundled().loss("squared_error"),
        settings: TrainingSettings(epochs: 3, shuffle: shuffle, optimizer: .sgd(learningRate: 0.1), seed: seed))
      return parameters(of: network)
    }
    #expect(try train(seed: 1) == train(seed: 1))
    #expect(try train(seed: 1) != train(seed: 2))
    #expect(try train(seed: 1, shuffle: false) == train(seed: 2, shuffle: false))
    // Each epoch visits each sample once: with a step a sample the running loss adds up the same errors.
    let network = try line()
    network.output.frozen = [.weights, .biases]
    var orders: [[Double]] = []
    for _ in 0..<1 {
      let trainer = try Trainer(
        network, loss: bundled().loss("squared_error"), settings: TrainingSettings(epochs: 3, optimizer: .sgd()))
      var sums: [Double] = []
      let reports = try trainer.train(on: samples(10), onBatch: { sums.append($0.metrics.loss) })
      orders = [Array(sums[..<10]), Array(sums[10..<20]), Array(sums[20...])]
      for report in reports { #expect(isClose(report.train.loss, reports[0].train.loss, relative: 1e-14)) }
    }
    #expect(Set(orders).count == 3)
  }

  @Test("impossible settings and samples are errors")
  func impossible() throws {
    let (network, loss) = (try line(), try bundled().loss("squared_error"))
    for settings in [
      TrainingSettings(epochs: 1, batch: 0, optimizer: .sgd()), TrainingSettings(epochs: -1, optimizer: .sgd()),
    ] {
      #expect(throws: NetworkError.self) { try Trainer(network, loss: loss, settings: settings) }
    }
    let settings = TrainingSettings(epochs: 1, optimizer: .sgd())
    #expect(throws: NetworkError.self) {
      try network.train(on: Samples(inputs: [[1, 2]], targets: [[1]]), loss: loss, settings: settings)
    }
    #expect(throws: NetworkError.self) {
      try network.train(
        on: samples(2), validation: Samples(inputs: [[1]], targets: [[1, 2]]), loss: loss, settings: settings)
    }
    #expect(
      try network.train(on: samples(2), loss: loss, settings: TrainingSettings(epochs: 0, optimizer: .sgd())).isEmpty)
  }
}
