import Foundation
import NNKit
import Testing

/// The schedule `plateau` against PyTorch's `ReduceLROnPlateau` (`Fixtures/plateau.json`), and in a training.
@Suite struct PlateauTests {
  struct Reference: Decodable {
    struct Case: Decodable {
      let metric: EarlyStopping.Metric
      let factor, minimum, threshold: Double?
      let patience, cooldown: Int?
      let figures, learning_rates: [Double]
    }
    let cases: [Case]
  }

  private func report(_ epoch: Int, _ metric: EarlyStopping.Metric, _ figure: Double) -> EpochReport {
    let isLoss = metric == .trainLoss || metric == .validationLoss
    let (watched, other) = (
      Metrics(loss: isLoss ? figure : 0, accuracy: isLoss ? 0 : figure), Metrics(loss: 1, accuracy: 0.5)
    )
    let isOfTrain = metric == .trainLoss || metric == .trainAccuracy
    return EpochReport(
      epoch: epoch, train: isOfTrain ? watched : other, validation: isOfTrain ? other : watched, learningRate: 0,
      duration: .zero, samples: 1)
  }

  @Test("reduces the learning rate after the same epochs as PyTorch, and by as much")
  func reductions() throws {
    let reference = try fixture("plateau.json", as: Reference.self)
    #expect(reference.cases.count == 7)
    for item in reference.cases {
      let standard = Schedule.Plateau()
      let plateau = Schedule.Plateau(
        metric: item.metric, factor: item.factor ?? standard.factor, patience: item.patience ?? standard.patience,
        cooldown: item.cooldown ?? standard.cooldown, minimum: item.minimum ?? standard.minimum,
        threshold: item.threshold ?? standard.threshold)
      var state = Schedule.State()
      var found: [Double] = []
      for (epoch, figure) in item.figures.enumerated() {
        found.append(
          Schedule(plateau).learningRate(base: 0.1, batch: epoch, batchesPerEpoch: 1, epochs: 60, state: state))
        plateau.endEpoch(report(epoch, item.metric, figure), base: 0.1, &state)
      }
      #expect(zip(found, item.learning_rates).allSatisfy { isClose($0, $1, relative: 1e-14) }, "\(plateau)")
    }
  }

  @Test("a figure that is not a number is not a better one")
  func notANumber() {
    let plateau = Schedule.Plateau(metric: .trainLoss, factor: 0.5, patience: 1)
    var state = Schedule.State()
    for epoch in 0..<4 { plateau.endEpoch(report(epoch, .trainLoss, .nan), base: 0.1, &state) }
    #expect(state.best == nil && state.learningRate == 0.025)
  }

  private func trainer(_ schedule: Schedule, epochs: Int = 12) throws -> Trainer<Double> {
    let network: Network<Double> = try network(
      [2, 4, 1], [bundled().activation("tanh"), bundled().activation("sigmoid")])
    return try Trainer(
      network, loss: bundled().loss("binary_cross_entropy"),
      settings: TrainingSettings(
        epochs: epochs, batch: 2, optimizer: .sgd(learningRate: 2, momentum: 0.9), schedule: schedule, seed: 3))
  }

  private func samples() throws -> Samples<Double> {
    try Samples(
      inputs: (0..<9).map { [sin(Double($0)), cos(2.5 * Double($0))] },
      targets: (0..<9).map { [Double($0 * 5 % 3 / 2)] },
      targetKind: .classes)
  }

  @Test("in a training it follows the losses, after the warm-up, and begins again with another training")
  func training() throws {
    let trainer = try trainer(
      Schedule(.plateau(metric: .trainLoss, factor: 0.5, patience: 0, cooldown: 1, minimum: 0.3), warmup: 1.5))
    for _ in 0..<2 {
      let reports = try trainer.train(on: samples())
      var (rate, best, bad, rest) = (2.0, Double.infinity, 0, 0)
      for report in reports.dropFirst() {
        #expect(isClose(report.learningRate, rate, relative: 1e-14), "epoch \(report.epoch)")
        bad = report.train.loss < best * (1 - 1e-4) ? 0 : bad + 1
        if bad == 0 { best = report.train.loss }
        if rest > 0 { (rest, bad) = (rest - 1, 0) }
        if bad > 0 { (rate, rest, bad) = (max(0.3, rate / 2), 1, 0) }
      }
      #expect(rate < 2, "the losses never rose: \(reports.map(\.train.loss))")
    }
  }

  @Test("a training goes on bit by bit from each of its checkpoints")
  func resumed() throws {
    let folder = try TemporaryFolder()
    let schedule = Schedule(.plateau(metric: .trainLoss, factor: 0.5, patience: 1))
    let (whole, samples) = (try trainer(schedule), try samples())
    var checkpoints: [String] = []
    whole.onProgress = { [unowned whole] _ in
      let path = folder.file("\(checkpoints.count)").path
      try WholeFile.write(whole.checkpoint().encoded(), to: path)
      checkpoints.append(path)
    }
    let reports = try whole.train(on: samples)
    #expect(Set(reports.map(\.learningRate)).count > 2)
    for path in checkpoints {
      let rest = try trainer(schedule)
      try rest.resume(from: Safetensors(contentsOf: path), path: path)
      let remaining = try rest.train(on: samples)
      #expect(parameters(of: rest.network) == parameters(of: whole.network), "\(path)")
      #expect(remaining.map(\.learningRate) == reports.suffix(remaining.count).map(\.learningRate), "\(path)")
    }
  }

  @Test("a figure that will not be there is an error before the training")
  func noFigure() throws {
    for (metric, words) in [
      (
        EarlyStopping.Metric.validationLoss,
        "the schedule watches validation_loss, but there is no validation data; give some, or watch train_loss"
      ),
      (
        .validationAccuracy,
        "the schedule watches validation_accuracy, but there is no validation data; give some, or watch train_accuracy"
      ),
    ] {
      let trainer = try trainer(Schedule(.plateau(metric: metric)))
      #expect {
        try trainer.train(on: samples())
      } throws: {
        "\($0)".contains(words)
      }
    }
  }
}
