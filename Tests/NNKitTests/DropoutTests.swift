import Foundation
import NNKit
import Testing

@Suite struct DropoutTests {
  /// The known answers of the Random123 distribution, for philox4x32 with 10 rounds.
  @Test("Philox gives the known answers")
  func knownAnswers() {
    func numbers(_ key: UInt64, _ counter: [UInt32]) -> [UInt32] {
      let all = Philox(key: key).numbers(SIMD4(counter[0], counter[1], counter[2], counter[3]))
      return [all[0], all[1], all[2], all[3]]
    }
    #expect(numbers(0, [0, 0, 0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    let ones = UInt32.max
    #expect(numbers(.max, [ones, ones, ones, ones]) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      numbers(0x299f_31d0_a409_3822, [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344])
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  /// A window layer and a dense one, both with dropout.
  private func network<Scalar: NetworkScalar>(_ rate: Double = 0.5, _: Scalar.Type = Scalar.self) throws -> Network<
    Scalar
  > {
    let (tanh, sigmoid) = (try bundled().activation("tanh"), try bundled().activation("sigmoid"))
    let window = try SlidingWindow(channels: 1, height: 5, width: 5, kernel: 2)
    let layers: [Layer<Scalar>] = [
      try Layer(neurons: 3, window: window, activation: tanh), try Layer(neurons: 40, inputs: 48, activation: tanh),
      try Layer(neurons: 1, inputs: 40, activation: sigmoid),
    ]
    (layers[0].dropout, layers[1].dropout) = (rate / 2, rate)
    return try Network(layers: layers, seed: 4)
  }

  private func samples<Scalar: NetworkScalar>(_ count: Int) throws -> Samples<Scalar> {
    var random = RandomSource(seed: 5)
    let inputs: [[Scalar]] = random.table(count, 25)
    return try Samples(inputs: inputs, targets: inputs.map { [$0[0] * $0[1] > 0 ? 1 : 0] }, targetKind: .classes)
  }

  private func trainer<Scalar: NetworkScalar>(
    _ engine: Engine = .auto, threads: Int = 1, epochs: Int = 3
  ) throws -> Trainer<Scalar> {
    let network: Network<Scalar> = try network()
    (network.engine, network.threads) = (engine, threads)
    return try Trainer(
      network, loss: bundled().loss("binary_cross_entropy"),
      settings: TrainingSettings(epochs: epochs, batch: 6, optimizer: .adam(), seed: 2))
  }

  /// Which outputs of a layer were dropped in the last pass: of plain neurons with outputs that are not 0.
  private func dropped(_ layer: Layer<Double>) throws -> [[Bool]] {
    try #require(layer.storage.dropped).values.map { $0.map { $0 == 0 } }
  }

  @Test("masks are the same with every engine and any threads, others in each batch, layer, sample and position")
  func masks() throws {
    let batch = try samples(50) as Samples<Double>
    func masks(_ engine: Engine, _ threads: Int, batch number: Int, seed: UInt64 = 1) throws -> [[Bool]] {
      let network: Network<Double> = try network()
      (network.engine, network.threads) = (engine, threads)
      try network.forward(
        Inputs(samples: batch.inputs), isTraining: true, dropping: DropoutMoment(seed: seed, batch: number))
      return try dropped(network.layers[0]) + dropped(network.layers[1])
    }
    let first = try masks(.fused, 1, batch: 0)
    #expect(try masks(.neuron, 1, batch: 0) == first && masks(.auto, 3, batch: 0) == first)
    for other in [try masks(.fused, 1, batch: 1), try masks(.fused, 1, batch: 0, seed: 2)] {
      let different = zip(first.joined(), other.joined()).count { $0 != $1 }
      #expect(different > first.joined().count / 4)
    }
  }

  @Test("outputs are dropped by the numbers that Philox makes of their counters", arguments: [1, 6, 61, 300], [0, 5])
  func counters(_ count: Int, firstSample: Int) throws {
    let network: Network<Double> = try network(0.4)
    let batch = try samples(count) as Samples<Double>
    let moment = DropoutMoment(seed: 8, batch: 3, firstSample: firstSample)
    try network.forward(Inputs(samples: batch.inputs), isTraining: true, dropping: moment)
    var random = RandomSource(seed: 8, stream: RandomSource.dropoutStream)
    let philox = Philox(key: random.next())
    for (index, layer) in network.layers.dropLast().enumerated() {
      let threshold = UInt32(layer.dropout * 0x1p32)
      for (neuron, columns) in try dropped(layer).enumerated() {
        for (column, isDropped) in columns.enumerated() {
          let (position, sample) = (column / count, firstSample + column % count)
          let counter = SIMD4(UInt32(sample / 4), UInt32(neuron * layer.positions + position), UInt32(index), 3)
          #expect(isDropped == (philox.numbers(counter)[sample % 4] < threshold))
        }
      }
    }
  }

  @Test("as many are dropped as the rate says, independently, and the mean stays")
  func means() throws {
    let network: Network<Double> = try network(0.3)
    let batch = try samples(400) as Samples<Double>
    try network.forward(Inputs(samples: batch.inputs), isTraining: true, dropping: DropoutMoment(seed: 9, batch: 5))
    let mask = try dropped(network.layers[1])
    let count = Double(mask.count * 400)
    let share = Double(mask.joined().count { $0 }) / count
    // Four standard deviations.
    #expect(abs(share - 0.3) < 4 * (0.3 * 0.7 / count).squareRoot())
    func together(_ pairs: [(Bool, Bool)]) -> Double { Double(pairs.count { $0 && $1 }) / Double(pairs.count) }
    let (samples, neurons) = (
      mask.flatMap { zip($0, $0.dropFirst()).map { ($0, $1) } },
      zip(mask, mask.dropFirst()).flatMap { zip($0, $1).map { ($0, $1) } }
    )
    #expect(abs(together(samples) - 0.09) < 0.01 && abs(together(neurons) - 0.09) < 0.01)
    let kept = try #require(network.layers[1].storage.dropped)
    for (row, values) in kept.values.enumerated() {
      for (column, value) in values.enumerated() where value != 0 {
        #expect(isClose(value, network.layers[1].outputs[row, column] / 0.7, relative: 1e-14))
      }
    }
  }

  @Test("a network answers and is measured with all its neurons")
  func inference() throws {
    let (one, other) = (try network(0.5, Double.self), try network(0.4, Double.self))
    for layer in other.layers { layer.dropout = 0 }
    let batch = try samples(7) as Samples<Double>
    let loss = try bundled().loss("binary_cross_entropy")
    #expect(try one.measure(loss, on: batch) == other.measure(loss, on: batch))
    #expect(try one.outputs(for: batch.inputs.values) == other.outputs(for: batch.inputs.values))
    // By hand, each pass of a training drops others.
    let first = try one.forward(Inputs(samples: batch.inputs), isTraining: true).values
    #expect(try one.forward(Inputs(samples: batch.inputs), isTraining: true).values != first)
  }

  @Test("trained with any engine and any threads, the weights agree")
  func training() throws {
    let data = try samples(40) as Samples<Double>
    let trainers: [Trainer<Double>] = [
      try trainer(.neuron), try trainer(.fused), try trainer(.auto, threads: 3),
    ]
    for trainer in trainers { try trainer.train(on: data) }
    for trainer in trainers.dropFirst() {
      #expect(difference(parameters(of: trainer.network), parameters(of: trainers[0].network)) < 1e-9)
    }
  }

  @Test("taken up again from any checkpoint, the training ends in the same bytes")
  func resuming() throws {
    try expectSameBytesFromEachCheckpoint(samples(20)) { try trainer() }
  }

  @Test("gradients agree with central differences while a mask is held")
  func gradients() throws {
    let network: Network<Double> = try network()
    let check = try network.checkGradients(bundled().loss("binary_cross_entropy"), on: samples(2))
    #expect(check.worstRelativeError < 1e-6 && check.checked > 1000)
  }

  @Test("the last layer and impossible rates are refused")
  func refusals() throws {
    for (layer, rate) in [(2, 0.5), (1, 1.0), (1, -0.1), (0, .nan)] {
      let network: Network<Float> = try network()
      network.layers[layer].dropout = rate
      #expect(throws: NetworkError.self) {
        try Trainer(
          network, loss: bundled().loss("binary_cross_entropy"),
          settings: TrainingSettings(epochs: 1, optimizer: .sgd()))
      }
    }
  }
}
