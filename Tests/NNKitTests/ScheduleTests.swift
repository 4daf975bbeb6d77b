import Foundation
import NNKit
import Testing

/// The learning rate of each batch against the formulas.
@Suite struct ScheduleTests {
  private let perEpoch = 4
  private let epochs = 20

  private func rates(_ schedule: Schedule, base: Double = 0.5) -> [Double] {
    (0..<epochs * perEpoch).map {
      schedule.learningRate(base: base, batch: $0, batchesPerEpoch: perEpoch, epochs: epochs)
    }
  }

  private func expect(_ schedule: Schedule, _ formula: (_ epoch: Double) -> Double) {
    for (batch, rate) in rates(schedule).enumerated() {
      let expected = formula(Double(batch) / Double(perEpoch))
      #expect(isClose(rate, expected, relative: 1e-13), "\(schedule), batch \(batch)")
    }
  }

  @Test("constant: the learning rate itself")
  func constant() { expect(Schedule()) { _ in 0.5 } }

  @Test("step: a factor every so many epochs, not before")
  func step() {
    expect(Schedule(.step(every: 3, factor: 0.1))) { 0.5 * pow(0.1, ($0 / 3).rounded(.down)) }
    let rates = rates(Schedule(.step(every: 10, factor: 0.1)))
    #expect(rates[..<40].allSatisfy { $0 == 0.5 } && rates[40...].allSatisfy { isClose($0, 0.05, relative: 1e-15) })
  }

  @Test("exponential: a factor each epoch, evenly from batch to batch")
  func exponential() {
    expect(Schedule(.exponential(factor: 0.95))) { 0.5 * pow(0.95, $0) }
  }

  @Test("cosine: from the learning rate down to the minimum over all epochs")
  func cosine() {
    expect(Schedule(.cosine(minimum: 0.1))) { 0.1 + 0.4 * (1 + cos(.pi * $0 / 20)) / 2 }
    let rates = rates(Schedule(.cosine(minimum: 0.1)))
    #expect(rates.first == 0.5 && zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
    #expect((rates.last ?? 0) > 0.1 && (rates.last ?? 1) < 0.101)
  }

  @Test(
    "warm-up: the learning rate rises evenly, batch by batch, and the schedule begins after it",
    arguments: [
      .constant, .step(every: 2, factor: 0.5), .exponential(factor: 0.9), .cosine(minimum: 0.01),
    ] as [any Schedule.Shape])
  func warmup(_ shape: any Schedule.Shape) {
    let warm = rates(Schedule(shape, warmup: 3))
    for batch in 0..<12 { #expect(isClose(warm[batch], 0.5 * Double(batch + 1) / 12, relative: 1e-14)) }
    #expect(warm[12] == 0.5)
    if shape is Schedule.Cosine {
      // What is left of the epochs is the cosine's length, so it ends at its minimum all the same.
      #expect(warm[79] > 0.01 && warm[79] < 0.012)
    } else {
      #expect(difference([Array(warm[12...])], [Array(rates(Schedule(shape))[..<68])]) < 1e-15)
    }
  }

  @Test("a warm-up of part of an epoch, or longer than the training, is never more than the learning rate")
  func oddWarmups() {
    for warmup in [0.1, 0.5, 1.3, 100] {
      let rates = rates(Schedule(.constant, warmup: warmup))
      #expect(rates.allSatisfy { $0 > 0 && $0 <= 0.5 } && zip(rates, rates.dropFirst()).allSatisfy { $0 <= $1 })
    }
  }

  @Test("training applies it batch by batch")
  func training() throws {
    // The gradient of z = w · x + b against y by half the squared error is constant for b if y is far away.
    let network = try Network<Double>(keepingWeightsOf: [layer([[0.0]], bundled().activation("identity"))])
    network.output.frozen = .weights
    let samples = try Samples<Double>(inputs: [[0], [0], [0]], targets: [[0], [0], [0]])
    var biases: [Double] = []
    network.output.neurons[0].bias = 1
    let schedule = Schedule(.exponential(factor: 0.25))
    let trainer = try Trainer(
      network, loss: bundled().loss("half_squared_error"),
      settings: TrainingSettings(
        epochs: 2, batch: 2, shuffle: false, optimizer: .sgd(learningRate: 0.1), schedule: schedule))
    let reports = try trainer.train(on: samples, onBatch: { _ in biases.append(network.output.biases[0, 0]) })
    var bias = 1.0
    for (batch, seen) in biases.enumerated() {
      bias -= 0.1 * pow(0.25, Double(batch) / 2) * bias
      #expect(isClose(seen, bias, relative: 1e-14), "batch \(batch)")
    }
    #expect(reports.count == 2 && isClose(reports[1].learningRate, 0.1 * pow(0.25, 1.5), relative: 1e-14))
  }
}
