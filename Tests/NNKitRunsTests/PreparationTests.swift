import NNKit
import NNKitRuns
import Testing

/// Scaling, splitting and encoding what sources give.
@Suite struct PreparationTests {
  private func samples(_ rows: [[Double]]) -> RawSamples<Double> {
    RawSamples(inputs: Matrix(rows), targets: .labels(rows.indices.map { $0 % 2 }, classes: ["a", "b"]))
  }

  @Test("unit scaling maps each feature to 0...1, a constant one to 0")
  func unit() {
    let raw = samples([[2, 5, -1], [4, 5, 3], [3, 5, 1]])
    let scaling = fitScaling(.unit, on: raw)
    scaling.apply(to: raw.inputs)
    #expect(raw.inputs.values == [[0, 0, 0], [1, 0, 1], [0.5, 0, 0.5]])
    scaling.undo(on: raw.inputs)
    #expect(raw.inputs.values == [[2, 5, -1], [4, 5, 3], [3, 5, 1]])
  }

  @Test("unit scaling of bytes maps 0...255, whatever values occur")
  func bytes() {
    let raw = RawSamples<Double>(inputs: Matrix([[51, 102]]), targets: .values(Matrix([[1]])), knownRange: 0...255)
    #expect(fitScaling(.unit, on: raw) == Scaling(offset: [0], factor: [1 / 255.0]))
  }

  @Test("standard scaling gives mean 0 and deviation 1 of the population")
  func standard() {
    let raw = samples([[1, 0.1], [2, 0.1], [3, 0.1], [6, 0.1]])
    fitScaling(.standard, on: raw).apply(to: raw.inputs)
    let deviation = 3.5.squareRoot()
    for (row, x) in zip(raw.inputs.values, [1.0, 2, 3, 6]) {
      #expect(abs(row[0] - (x - 3) / deviation) < 1e-15 && abs(row[1]) < 1e-15)
    }
  }

  @Test("held-out samples are a random share; none is lost or doubled, and the order stays")
  func holdingOut() throws {
    let raw = samples((0..<50).map { [Double($0)] })
    var random = RandomSource(seed: 3)
    let parts = try holdOut(0.2, of: raw, random: &random)
    let (train, validation) = (parts.train.inputs.values.joined(), parts.validation.inputs.values.joined())
    #expect(train.count == 40 && validation.count == 10)
    #expect(Set(train).union(validation).count == 50)
    #expect(Array(train) == train.sorted() && Array(validation) == validation.sorted())
    #expect(Array(validation) != (0..<10).map { Double($0) } && Array(validation) != (40..<50).map { Double($0) })
    guard case .labels(let labels, _) = parts.validation.targets else { throw DataError("expected labels") }
    #expect(labels == validation.map { Int($0) % 2 })
    #expect(throws: DataError.self) { try holdOut(0.001, of: raw, random: &random) }
  }

  @Test("class labels become the loss's off and on values, one output a class or one for two")
  func encoding() throws {
    let plugins = try Plugins()
    let (cross, hinge) = (try plugins.loss("cross_entropy"), try plugins.loss("hinge"))
    let three = RawTargets<Double>.labels([2, 0, 1], classes: ["x", "y", "z"])
    let encoded = try encodeTargets(three, outputs: 3, loss: cross, range: cross.targetRange)
    #expect(encoded.matrix.values == [[0, 0, 1], [1, 0, 0], [0, 1, 0]] && encoded.classes == ["x", "y", "z"])
    let two = RawTargets<Double>.labels([1, 0], classes: ["no", "yes"])
    #expect(try encodeTargets(two, outputs: 1, loss: hinge, range: hinge.targetRange).matrix.values == [[1], [-1]])
    #expect(
      try encodeTargets(two, outputs: 2, loss: hinge, range: hinge.targetRange).matrix.values == [[-1, 1], [1, -1]])
    #expect(throws: DataError.self) { try encodeTargets(three, outputs: 1, loss: cross, range: cross.targetRange) }
    let numbers = RawTargets<Double>.values(Matrix([[2], [0]]))
    #expect(
      try encodeTargets(numbers, outputs: 3, loss: cross, range: cross.targetRange).matrix.values
        == [[0, 0, 1], [1, 0, 0]])
    let error = #expect(throws: DataError.self) {
      try encodeTargets(.values(Matrix<Double>([[0.5], [1.5]])), outputs: 1, loss: cross, range: cross.targetRange)
    }
    #expect(error?.message.contains("target 0 of sample 1 is 1.5") == true)
  }

  @Test("targets that are each off or on are classes where exactly one of several is on, else labels")
  func kinds() throws {
    let loss = try Plugins().loss("cross_entropy")
    #expect(encodedKind(of: Matrix<Double>([[0, 1], [1, 0]]), loss: loss) == .classes)
    #expect(encodedKind(of: Matrix<Double>([[0], [1]]), loss: loss) == .classes)
    #expect(encodedKind(of: Matrix<Double>([[1, 1], [1, 0]]), loss: loss) == .labels)
    #expect(encodedKind(of: Matrix<Double>([[0, 0], [1, 0]]), loss: loss) == .labels)
    #expect(encodedKind(of: Matrix<Double>([[0.01], [0.99]]), loss: loss) == .numbers)
  }
}
