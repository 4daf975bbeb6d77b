import NNKit
import Testing

/// Rules that end a training before its last epoch.
@Suite struct TrainingStopTests {
  private func train(_ stop: TrainingStop?, epochs: Int = 500, batch: Int = 4) throws -> [EpochReport] {
    let network: Network<Double> = try NNKitTests.network(
      [2, 4, 1], [bundled().activation("tanh"), bundled().activation("sigmoid")])
    let samples = try Samples<Double>(
      inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]], targetKind: .classes)
    let optimizer: any Optimizer = batch == 1 ? .adam(learningRate: 0.05) : .irpropm()
    return try network.train(
      on: samples, loss: bundled().loss("squared_error"),
      settings: TrainingSettings(epochs: epochs, batch: batch, optimizer: optimizer, stop: stop))
  }

  @Test("a loss: the training ends with the first epoch that comes to it")
  func loss() throws {
    let all = try train(nil)
    let reports = try train(TrainingStop(loss: 0.05))
    let first = try #require(all.firstIndex { $0.train.loss <= 0.05 })
    #expect(reports.count == first + 1 && reports.count < all.count)
    #expect(all[..<reports.count].map(\.train.loss) == reports.map(\.train.loss))
  }

  @Test("bit fail: outputs off by the limit or more are counted, one sample a step or all", arguments: [1, 4])
  func bitFail(_ batch: Int) throws {
    let reports = try train(TrainingStop(bitFail: 0), batch: batch)
    #expect(reports.first?.train.bitFail ?? 0 > 0 && reports.last?.train.bitFail == 0)
    #expect(reports.dropLast().allSatisfy { $0.train.bitFail != 0 })
    let strict = try train(TrainingStop(bitFail: 0, bitFailLimit: 0.05), batch: batch)
    #expect(strict.count > reports.count)
    #expect(try train(TrainingStop(loss: 1e-9), epochs: 2, batch: batch).first?.train.bitFail == nil)
  }

  @Test("minutes: the training ends when they are over, within an epoch too")
  func minutes() throws {
    #expect(try train(TrainingStop(minutes: 1e-9), batch: 1).isEmpty)
    #expect(try train(TrainingStop(minutes: 1e-9), batch: 4).count == 1)
    #expect(try train(TrainingStop(minutes: 60), epochs: 3).count == 3)
  }

  @Test("without a rule, and with impossible ones, it is refused")
  func refused() {
    for stop in [
      TrainingStop(), TrainingStop(loss: -1), TrainingStop(minutes: 0), TrainingStop(bitFail: -1),
      TrainingStop(loss: 1, bitFailLimit: 0),
    ] {
      #expect(throws: NetworkError.self) { try train(stop) }
    }
  }
}
