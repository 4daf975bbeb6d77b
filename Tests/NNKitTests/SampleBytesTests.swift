import NNKit
import Testing

/// Samples that are kept as bytes are trained on and measured as the same numbers are.
@Suite struct SampleBytesTests {
  @Test(
    "weights and figures are the same bytes as with numbers", arguments: [1, 7, 32], [false, true])
  func training(batch: Int, shuffle: Bool) throws {
    try compare(batch, shuffle, threads: 1, as: Float.self)
    try compare(batch, shuffle, threads: 2, as: Double.self)
  }

  private func compare<Scalar: NetworkScalar>(_ batch: Int, _ shuffle: Bool, threads: Int, as _: Scalar.Type) throws {
    let (count, width) = (700, 30)
    let bytes = (0..<count * width).map { UInt8(truncatingIfNeeded: $0 &* 73 ^ $0 >> 3) }
    let scaling = Scaling(
      offset: (0..<width).map { Double($0) + 0.25 }, factor: (0..<width).map { 0.01 / Double($0 + 1) })
    // (x − offset) · factor in double precision, then rounded.
    let numbers = (0..<count).map { row in
      (0..<width).map { Scalar((Double(bytes[row * width + $0]) - scaling.offset[$0]) * scaling.factor[$0]) }
    }
    let targets = try Matrix<Scalar>((0..<count).map { [Scalar($0 % 2), Scalar(($0 + 1) % 2)] })
    let both = [
      try Samples(
        SampleInputs(ByteRows(bytes, columns: width), scaledBy: scaling), targets: targets, targetKind: .classes),
      try Samples(inputs: Matrix(numbers), targets: targets, targetKind: .classes),
    ]
    #expect(both[0].inputs.values == numbers && both[0].input(of: 3) == numbers[3])
    #expect(both[0].byteCount < both[1].byteCount)
    let loss = try bundled().loss("cross_entropy")
    let (tanh, softmax) = (try bundled().activation("tanh"), try bundled().activation("softmax"))
    let settings = TrainingSettings(
      epochs: 2, batch: batch, shuffle: shuffle, optimizer: .sgd(learningRate: 0.1), seed: 4)
    let trained = try both.map { samples in
      let network: Network<Scalar> = try network([width, 9, 2], [tanh, softmax], seed: 3)
      network.threads = threads
      let reports = try network.train(on: samples, validation: samples, loss: loss, settings: settings)
      let answers = try samples.batches(of: 300).map { try network.forward($0.inputs).values }
      return (parameters(of: network), reports.map { [$0.train, $0.validation] }, answers)
    }
    #expect(trained[0].0 == trained[1].0)
    #expect(trained[0].1 == trained[1].1)
    #expect(trained[0].2 == trained[1].2)
  }

  @Test("a scaling that leads beyond the precision's numbers is an error that names sample and input")
  func infinite() throws {
    let inputs = SampleInputs<Float>(
      ByteRows([0, 0, 0, 9], columns: 2), scaledBy: Scaling(offset: [0], factor: [1e300]))
    let samples = try Samples(inputs, targets: Matrix([[0], [1]]), targetKind: .numbers)
    let tanh = try bundled().activation("tanh")
    let network: Network<Float> = try network([2, 1], [tanh])
    let loss = try bundled().loss("half_squared_error")
    let settings = TrainingSettings(epochs: 1, optimizer: .sgd(learningRate: 0.1))
    #expect {
      try network.train(on: samples, loss: loss, settings: settings)
    } throws: {
      "\($0)".contains("training sample 1, input 1 is inf, not finite")
    }
  }
}
