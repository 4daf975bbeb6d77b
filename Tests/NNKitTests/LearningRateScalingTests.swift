import NNKit
import Testing

@Suite("The learning rate follows the number of ranks")
struct LearningRateScalingTests {
  private func rates(_ settings: TrainingSettings, ranks: Int, epochs: Int) -> [Double] {
    let pace = LearningRatePace(settings, ranks: ranks)
    return (0..<2 * epochs).map { pace.learningRate(batch: $0, batchesPerEpoch: 2, state: Schedule.State()) }
  }

  @Test("linear: it rises evenly from r to ranks · r in 5 epochs, and then follows the schedule from there")
  func linear() {
    var settings = TrainingSettings(epochs: 9, optimizer: .sgd(learningRate: 0.5))
    #expect(rates(settings, ranks: 4, epochs: 9).allSatisfy { $0 == 0.5 })
    settings.learningRateScaling = .linear
    #expect(rates(settings, ranks: 1, epochs: 9).allSatisfy { $0 == 0.5 })
    let scaled = rates(settings, ranks: 4, epochs: 9)
    for batch in 0..<10 { #expect(abs(scaled[batch] - (0.5 + 1.5 * Double(batch + 1) / 10)) < 1e-12) }
    #expect(scaled[10...].allSatisfy { $0 == 2 })
    settings.schedule = Schedule(.step(every: 1, factor: 0.5), warmup: 2)
    let stepped = rates(settings, ranks: 4, epochs: 4)
    #expect(stepped[3] == 2 && stepped[4] == 2 && stepped[6] == 1)
  }
}
