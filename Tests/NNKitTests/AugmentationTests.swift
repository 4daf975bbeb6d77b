import Foundation
import NNKit
import Testing

@Suite struct AugmentationTests {
  /// Images whose pixels all differ from 0 and from each other.
  private func images(_ count: Int, _ pixels: Int) -> [[Double]] {
    (0..<count).map { sample in (0..<pixels).map { Double(sample * pixels + $0 + 1) } }
  }

  private func samples<Scalar: NetworkScalar>(_ inputs: [[Double]], as _: Scalar.Type) throws -> Samples<Scalar> {
    try Samples(
      inputs: inputs.map { $0.map { Scalar($0) } }, targets: inputs.indices.map { [Scalar($0 % 2)] },
      targetKind: .classes)
  }

  /// What a training reads of the samples with the given numbers.
  private func drawn<Scalar: NetworkScalar>(
    _ samples: Samples<Scalar>, _ order: [Int], seed: UInt64 = 7, epoch: Int = 0, _ threadPool: ThreadPool? = nil
  ) -> [[Scalar]] {
    let batch = Batch(capacity: order.count, of: samples)
    batch.fill(from: samples, order[...], threadPool, at: AugmentationMoment(seed: seed, epoch: epoch))
    return (0..<order.count).map { column in (0..<samples.inputCount).map { batch.inputs[$0, column] } }
  }

  /// An image of so many columns shifted pixel by pixel.
  private func shifted(_ image: [Double], _ width: Int, down: Int, right: Int) -> [Double] {
    let height = image.count / width
    return (0..<image.count).map { place in
      let (row, column) = (place / width - down, place % width - right)
      return 0..<height ~= row && 0..<width ~= column ? image[row * width + column] : 0
    }
  }

  @Test("an image is shifted by each whole number of pixels up to the greatest, each as often as the others")
  func shifts() throws {
    let inputs = images(900, 12)
    let data = try samples(inputs, as: Double.self).augmented(by: Augmentation(shift: 1), height: 3, width: 4)
    var counts: [[Int]: Int] = [:]
    for (image, found) in zip(inputs, drawn(data, Array(0..<900))) {
      let steps = [-1, 0, 1].flatMap { down in [-1, 0, 1].map { [down, $0] } }
      let step = try #require(steps.first { shifted(image, 4, down: $0[0], right: $0[1]) == found })
      counts[step, default: 0] += 1
    }
    // 100 of each are expected, with a deviation of about 9.4.
    #expect(counts.count == 9 && counts.values.allSatisfy { 60...140 ~= $0 }, "\(counts)")
  }

  @Test(
    "half of the images are mirrored, channel by channel, to the pixel", arguments: ["horizontal", "vertical", "both"])
  func flips(_ name: String) throws {
    let flip = try #require(Augmentation.Flip(rawValue: name))
    let inputs = images(400, 12)
    let data = try samples(inputs, as: Float.self)
      .augmented(by: Augmentation(flip: flip), channels: 2, height: 2, width: 3)
    var counts = [0, 0, 0, 0]
    for (image, found) in zip(inputs, drawn(data, Array(0..<400))) {
      let versions = [[0, 1, 2, 3, 4, 5], [2, 1, 0, 5, 4, 3], [3, 4, 5, 0, 1, 2], [5, 4, 3, 2, 1, 0]].map { order in
        order.map { Float(image[$0]) } + order.map { Float(image[6 + $0]) }
      }
      counts[try #require(versions.firstIndex(of: found))] += 1
    }
    let kinds = ["horizontal": [0, 1], "vertical": [0, 2], "both": [0, 1, 2, 3]][name] ?? []
    for (index, count) in counts.enumerated() {
      let expected = kinds.contains(index) ? 400 / kinds.count : 0
      #expect(abs(count - expected) < (expected == 0 ? 1 : 50), "\(counts)")
    }
  }

  @Test("a turned pixel is the mean of its neighbours, by how near they are", arguments: [90.0, -180, 10, -33.3, 271])
  func rotation(_ degrees: Double) throws {
    let (height, width) = (5, 7)
    let image = (0..<35).map { Double(($0 * 37) % 35) - 9 }
    var turned = [Double](repeating: .nan, count: 35)
    let change = ImageChange(mirrorsColumns: true, degrees: degrees, down: 1, right: -2)
    image.withUnsafeBufferPointer { from in
      turned.withUnsafeMutableBufferPointer { to in
        change.apply(from: from, to: to, ImageSize(height: height, width: width))
      }
    }
    let mirrored = (0..<35).map { image[$0 / width * width + width - 1 - $0 % width] }
    let angle = degrees * .pi / 180
    for row in 0..<height {
      for column in 0..<width {
        // The place before the turn: the vector from the centre, turned back, in a plane whose second axis points up.
        let (x, y) = (Double(column + 2) - 3, -(Double(row - 1) - 2))
        let (sourceX, sourceY) = (x * cos(-angle) - y * sin(-angle), x * sin(-angle) + y * cos(-angle))
        let (r, c) = (2 - sourceY, 3 + sourceX)
        // Every pixel counts by how much its unit tent covers that place.
        let expected = (0..<35).reduce(0.0) { sum, place in
          sum + mirrored[place] * max(0, 1 - abs(r - Double(place / width)))
            * max(0, 1 - abs(c - Double(place % width)))
        }
        #expect(abs(turned[row * width + column] - expected) < 1e-9, "row \(row), column \(column)")
      }
    }
  }

  @Test("a quarter turn to the left puts the right column on top")
  func quarterTurn() {
    var turned = [Double](repeating: .nan, count: 9)
    let image: [Double] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    image.withUnsafeBufferPointer { from in
      turned.withUnsafeMutableBufferPointer { ImageChange(degrees: 90).apply(from: from, to: $0, 3) }
    }
    for (found, expected) in zip(turned, [3, 6, 9, 2, 5, 8, 1, 4, 7] as [Double]) {
      #expect(abs(found - expected) < 1e-12)
    }
  }

  private static let everything = Augmentation(shift: 2, flip: .both, rotate: 20)

  @Test("what is drawn for a sample follows from seed, epoch and its number alone")
  func counters() throws {
    let data = try samples(images(60, 25), as: Float.self).augmented(by: Self.everything, height: 5, width: 5)
    let all = drawn(data, Array(0..<60))
    let threadPool = ThreadPool(3)
    #expect(drawn(data, Array(0..<60), threadPool) == all)
    for sample in [0, 17, 59] { #expect(drawn(data, [3, sample])[1] == all[sample]) }
    for other in [drawn(data, Array(0..<60), epoch: 1), drawn(data, Array(0..<60), seed: 8)] {
      #expect(zip(all, other).count { $0 == $1 } < 3)
    }
  }

  @Test("bytes and unscaled numbers are changed first and scaled then")
  func scaling() throws {
    let bytes = (0..<20 * 25).map { UInt8(truncatingIfNeeded: $0 &* 91) }
    let scaling = Scaling(offset: (0..<25).map { Double($0) }, factor: (0..<25).map { 1 / Double($0 + 3) })
    let numbers = try Matrix<Double>(
      converting: Matrix<Double>(
        (0..<20).map { row in
          (0..<25).map { Double(bytes[row * 25 + $0]) }
        }))
    let targets = Matrix<Float>(rows: 20, columns: 1)
    func augmented(_ inputs: SampleInputs<Float>) throws -> Samples<Float> {
      try Samples(inputs, targets: targets, targetKind: .numbers)
        .augmented(by: Augmentation(shift: 1, flip: .horizontal), height: 5, width: 5)
    }
    let ofBytes = try augmented(SampleInputs(ByteRows(bytes, columns: 25), scaledBy: scaling))
    let ofNumbers = try augmented(SampleInputs(numbers, scaledBy: scaling))
    #expect(
      ofBytes.inputs.values == ofNumbers.inputs.values
        && ofBytes.inputs.values == scaling.scaled(numbers, as: Float.self).values)
    let raw = try augmented(SampleInputs(numbers, scaledBy: .none))
    for ((one, other), unscaled) in zip(
      zip(drawn(ofBytes, Array(0..<20)), drawn(ofNumbers, Array(0..<20))), drawn(raw, Array(0..<20)))
    {
      #expect(one == other)
      #expect(one == unscaled.indices.map { Float((Double(unscaled[$0]) - Double($0)) * (1 / Double($0 + 3))) })
    }
  }

  @Test("expanded samples are the images, and behind them all of them shifted down, up, right and left")
  func expansion() throws {
    let inputs = images(3, 12)
    let data = try Samples(
      inputs: inputs, targets: [[0], [1], [0]], targetKind: .classes, weights: [1, 2, 3]
    ).augmented(by: Augmentation(shift: 1, expand: true), height: 3, width: 4)
    let steps = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    let expected = steps.flatMap { step in inputs.map { shifted($0, 4, down: step.0, right: step.1) } }
    #expect(
      data.inputs.values == expected && data.targets.values.map { $0[0] } == (0..<5).flatMap { _ in [0.0, 1, 0] })
    #expect(data.weights == (0..<5).flatMap { _ in [1.0, 2, 3] })
    // Nothing is left to be drawn.
    #expect(data.augmentation == nil && drawn(data, Array(0..<15)) == expected)
    let signal = try samples(images(2, 4), as: Float.self)
      .augmented(by: Augmentation(shift: 1, flip: .horizontal, expand: true), height: 1, width: 4)
    #expect(
      signal.inputs.values == [
        [1, 2, 3, 4], [5, 6, 7, 8], [0, 1, 2, 3], [0, 5, 6, 7], [2, 3, 4, 0], [6, 7, 8, 0],
      ])
    #expect(drawn(signal, [3, 3]).allSatisfy { $0 == [0, 5, 6, 7] || $0 == [7, 6, 5, 0] })
  }

  // MARK: Training

  private func trainer<Scalar: NetworkScalar>(
    _ engine: Engine = .auto, threads: Int = 1, batch: Int = 6, optimizer: any Optimizer = Adam()
  ) throws -> Trainer<Scalar> {
    let (tanh, sigmoid) = (try bundled().activation("tanh"), try bundled().activation("sigmoid"))
    let network: Network<Scalar> = try network([25, 9, 1], [tanh, sigmoid], seed: 3)
    (network.engine, network.threads) = (engine, threads)
    return try Trainer(
      network, loss: bundled().loss("binary_cross_entropy"),
      settings: TrainingSettings(epochs: 3, batch: batch, optimizer: optimizer, seed: 2))
  }

  private func trainingData<Scalar: NetworkScalar>(_: Scalar.Type = Scalar.self) throws -> Samples<Scalar> {
    var random = RandomSource(seed: 5)
    let inputs: [[Double]] = random.table(20, 25)
    return try samples(inputs, as: Scalar.self).augmented(by: Self.everything, height: 5, width: 5)
  }

  @Test("every engine and training loop trains on the same images")
  func engines() throws {
    let data = try trainingData(Double.self)
    for (batch, optimizer) in [(6, Adam() as any Optimizer), (1, SGD(learningRate: 0.1))] {
      let trainers: [Trainer<Double>] = [
        try trainer(.neuron, batch: batch, optimizer: optimizer),
        try trainer(.fused, batch: batch, optimizer: optimizer),
        try trainer(.auto, threads: 3, batch: batch, optimizer: optimizer),
      ]
      for trainer in trainers { try trainer.train(on: data) }
      for trainer in trainers.dropFirst() {
        #expect(difference(parameters(of: trainer.network), parameters(of: trainers[0].network)) < 1e-9)
      }
    }
  }

  @Test("continued from any checkpoint, the training ends in the same bytes")
  func resuming() throws {
    try expectSameBytesFromEachCheckpoint(trainingData(Float.self)) { try trainer() }
  }

  @Test("what measures a network reads the images unchanged")
  func measuring() throws {
    let data = try trainingData(Double.self)
    let plain = try Samples(inputs: data.inputs, targets: data.targets, targetKind: .classes)
    let trainer: Trainer<Double> = try trainer()
    let loss = try bundled().loss("binary_cross_entropy")
    #expect(try trainer.network.measure(loss, on: data) == trainer.network.measure(loss, on: plain))
    let reports = try trainer.train(on: data, validation: data)
    #expect(try reports[2].validation == trainer.network.measure(loss, on: plain))
  }

  @Test("what cannot be is refused in words")
  func refusals() throws {
    let data = try samples(images(4, 12), as: Float.self)
    func expectRefusal(_ augmentation: Augmentation, _ height: Int, _ width: Int, _ words: String) {
      let error = #expect(throws: NetworkError.self) {
        try data.augmented(by: augmentation, height: height, width: width)
      }
      #expect(error.map { "\($0)" }?.contains(words) == true, "\(String(describing: error))")
    }
    expectRefusal(Augmentation(shift: 1), 3, 5, "1 × 3 × 5, 15 numbers, but samples have 12 inputs")
    expectRefusal(Augmentation(shift: 3), 3, 4, "nothing would be left")
    expectRefusal(Augmentation(shift: -1), 3, 4, "shift")
    expectRefusal(Augmentation(rotate: .infinity), 3, 4, "rotate")
    expectRefusal(Augmentation(rotate: 5), 1, 12, "needs images of more than one row")
    expectRefusal(Augmentation(expand: true), 3, 4, "`shift` has to be at least 1")
  }
}
