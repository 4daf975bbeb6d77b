import NNKit
import NNKitRuns
import Testing

/// Scaling, splitting and encoding what sources give.
@Suite struct PreparationTests {
  private func matrix(_ rows: [[Double]]) -> Matrix<Double> {
    let matrix = Matrix<Double>(rows: rows.count, columns: rows[0].count)
    for (index, row) in rows.enumerated() { matrix.row(index).assign(row) }
    return matrix
  }

  private func samples(_ rows: [[Double]]) -> RawSamples {
    RawSamples(
      inputs: RawInputs(matrix(rows)), targets: .labels(rows.indices.map { $0 % 2 }, classes: ["a", "b"]))
  }

  private func targets(_ rows: [[Double]], names: [String]? = nil) -> RawSamples {
    RawSamples(
      inputs: RawInputs(matrix(rows)), targets: .values(matrix(rows)), targetNames: names)
  }

  @Test("unit scaling maps each feature to 0...1, a constant one to 0")
  func unit() {
    let raw = matrix([[2, 5, -1], [4, 5, 3], [3, 5, 1]])
    let scaling = fitScaling(.unit, on: raw)
    scaling.apply(to: raw)
    #expect(raw.values == [[0, 0, 0], [1, 0, 1], [0.5, 0, 0.5]])
    scaling.undo(on: raw)
    #expect(raw.values == [[2, 5, -1], [4, 5, 3], [3, 5, 1]])
  }

  @Test("unit scaling of bytes maps 0...255, whatever values occur")
  func bytes() {
    let raw = RawInputs(ByteRows([51, 102], columns: 2))
    #expect(raw.fit(.unit, knownRange: 0...255) == Scaling(offset: [0], factor: [1 / 255.0]))
  }

  @Test("bytes are scaled as the same numbers in double precision are")
  func scaledBytes() {
    let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 5) }
    let rows = ByteRows(bytes, columns: 5)
    let table = (0..<600).map { row in (0..<5).map { Double(bytes[5 * row + $0]) } }
    let numbers = RawInputs(matrix(table))
    for method in [ScaleMethod.none, .unit, .standard] {
      let scaling = RawInputs(rows).fit(method, knownRange: nil)
      #expect(scaling == numbers.fit(method, knownRange: nil))
      let order = [599, 0, 7, 7, 300]
      let (some, others) = (RawInputs(rows).subset(order), numbers.subset(order))
      #expect(
        some.scaled(by: scaling, as: Float.self).copy(of: 0..<5).values
          == others.scaled(by: scaling, as: Float.self).copy(of: 0..<5).values)
      #expect(
        some.scaled(by: scaling, as: Double.self).copy(of: 1..<3).values
          == others.scaled(by: scaling, as: Double.self).copy(of: 1..<3).values)
    }
  }

  @Test("standard scaling gives mean 0 and deviation 1 of the population")
  func standard() {
    let raw = matrix([[1, 0.1], [2, 0.1], [3, 0.1], [6, 0.1]])
    fitScaling(.standard, on: raw).apply(to: raw)
    let deviation = 3.5.squareRoot()
    for (row, x) in zip(raw.values, [1.0, 2, 3, 6]) {
      #expect(abs(row[0] - (x - 3) / deviation) < 1e-15 && abs(row[1]) < 1e-15)
    }
  }

  @Test("times in seconds since 1970 keep their differences in single precision once they are scaled")
  func offsets() {
    let raw = RawInputs(matrix((0..<4).map { [1.7e9 + Double($0)] }))
    let scaled = raw.scaled(by: raw.fit(.standard, knownRange: nil), as: Float.self)
    let deviation = 1.25.squareRoot()
    for (row, x) in zip(scaled.copy(of: 0..<4).values, [-1.5, -0.5, 0.5, 1.5]) {
      #expect(abs(Double(row[0]) - x / deviation) < 1e-7)
    }
  }

  @Test("held-out samples are a random share; none is lost or doubled, and the order stays")
  func holdingOut() throws {
    let raw = targets((0..<50).map { [Double($0)] })
    var random = RandomSource(seed: 3)
    let (train, validation) = try holdOut(0.2, of: raw, random: &random)
    #expect(train.count == 40 && validation.count == 10)
    #expect(Set(train).union(validation).count == 50)
    #expect(train == train.sorted() && validation == validation.sorted())
    #expect(validation != Array(0..<10) && validation != Array(40..<50))
    #expect(raw.subset(validation).inputs.values == validation.map { [Double($0)] })
    #expect(throws: DataError.self) { try holdOut(0.001, of: raw, random: &random) }
  }

  @Test(
    "each class gives its share to the held-out samples, a rare one at least one; a single sample stays in training")
  func stratified() throws {
    let labels = [Int](repeating: 0, count: 200) + [Int](repeating: 1, count: 3) + [2]
    let raw = RawSamples(
      inputs: RawInputs(matrix(labels.map { [Double($0)] })),
      targets: .labels(labels, classes: ["a", "b", "c"]))
    for seed in 0..<20 {
      var random = RandomSource(seed: UInt64(seed))
      let (train, validation) = try holdOut(0.1, of: raw, random: &random)
      #expect(validation.count { labels[$0] == 0 } == 20 && validation.count { labels[$0] == 1 } == 1)
      #expect(train.contains(203) && train.count == 183)
    }
  }

  @Test("class labels become the loss's off and on values, one output a class or one for two")
  func encoding() throws {
    let plugins = try Plugins()
    let (cross, hinge) = (try plugins.loss("cross_entropy"), try plugins.loss("hinge"))
    let three = RawTargets.labels([2, 0, 1], classes: ["x", "y", "z"])
    #expect(try encodeTargets(three, outputs: 3, loss: cross).values == [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    let two = RawTargets.labels([1, 0], classes: ["no", "yes"])
    #expect(try encodeTargets(two, outputs: 1, loss: hinge).values == [[1], [-1]])
    #expect(try encodeTargets(two, outputs: 2, loss: hinge).values == [[-1, 1], [1, -1]])
    #expect(throws: DataError.self) { try encodeTargets(three, outputs: 1, loss: cross) }
    let error = #expect(throws: DataError.self) {
      try checkTargets(matrix([[0.5], [1.5]]), cross.targetRange, cross)
    }
    #expect(error?.message.contains("target 0 of sample 1 is 1.5") == true)
  }

  // MARK: What targets are

  private func decide(
    _ rows: [[Double]], _ loss: String, outputs: Int, names: [String]? = nil
  ) throws -> (TargetKind, [String]?) {
    let decision = try TargetDecision(targets(rows, names: names), outputs: outputs, loss: Plugins().loss(loss))
    return (decision.kind, decision.classes)
  }

  @Test("columns of zeros and ones are classes named by the columns where exactly one is on, else labels")
  func columns() throws {
    let names = ["red", "green"]
    #expect(try decide([[0, 1], [1, 0]], "cross_entropy", outputs: 2, names: names) == (.classes, names))
    #expect(try decide([[1, 1], [1, 0]], "binary_cross_entropy", outputs: 2, names: names) == (.labels, nil))
    #expect(try decide([[0, 0], [1, 0]], "mean_squared_error", outputs: 2) == (.labels, nil))
    #expect(try decide([[0.01, 0.99], [0, 1]], "mean_squared_error", outputs: 2) == (.numbers, nil))
  }

  @Test("the whole numbers of one column are classes for several outputs, and for a loss of classes")
  func wholeNumbers() throws {
    #expect(try decide([[3], [1], [2]], "cross_entropy", outputs: 3) == (.classes, ["1", "2", "3"]))
    #expect(try decide([[5], [10]], "mean_squared_error", outputs: 2) == (.classes, ["5", "10"]))
    #expect(try decide([[5], [10]], "binary_cross_entropy", outputs: 1) == (.classes, ["5", "10"]))
    #expect(try decide([[0], [1]], "hinge", outputs: 1) == (.classes, ["0", "1"]))
    #expect(try decide([[5], [10]], "mean_squared_error", outputs: 1) == (.numbers, nil))
    #expect(try decide([[0], [1]], "mean_squared_error", outputs: 1) == (.classes, ["0", "1"]))
    #expect(try decide([[0.25], [1]], "binary_cross_entropy", outputs: 1) == (.numbers, nil))
    #expect(throws: DataError.self) { try decide([[1], [2], [3]], "binary_cross_entropy", outputs: 1) }
    #expect(throws: DataError.self) { try decide([[1.5], [2]], "cross_entropy", outputs: 2) }
  }

  @Test("other sets are what the training data are: their targets are brought into that form, or refused")
  func otherSets() throws {
    let loss = try Plugins().loss("binary_cross_entropy")
    let classes = SampleForm(inputCount: 2, targetKind: .classes, classes: ["5", "10"])
    let brought = try TargetDecision(targets([[10], [5]]), like: classes, outputs: 1, loss: loss)
    guard case .labels(let labels, _) = brought.targets else { throw DataError("expected labels") }
    #expect(labels == [1, 0])
    #expect(throws: DataError.self) { try TargetDecision(targets([[7]]), like: classes, outputs: 1, loss: loss) }
    let colours = SampleForm(inputCount: 2, targetKind: .classes, classes: ["red", "green"])
    #expect(throws: DataError.self) { try TargetDecision(targets([[1, 1]]), like: colours, outputs: 2, loss: loss) }
    let labelled = SampleForm(inputCount: 2, targetKind: .labels)
    #expect(try TargetDecision(targets([[1, 0]]), like: labelled, outputs: 2, loss: loss).kind == .labels)
    #expect(throws: DataError.self) { try TargetDecision(targets([[0.5, 0]]), like: labelled, outputs: 2, loss: loss) }
    let numbers = SampleForm(inputCount: 1, targetKind: .numbers)
    #expect(try TargetDecision(targets([[0], [1]]), like: numbers, outputs: 1, loss: loss).kind == .numbers)
    #expect(throws: DataError.self) { try TargetDecision(samples([[1]]), like: numbers, outputs: 1, loss: loss) }
  }
}
