import NNKit

/// What a network of two inputs answers all over the plane of its samples.
struct DecisionRegions<Scalar: NetworkScalar> {
  static var size: Int { 40 }
  /// The plane's ends in the network's own, scaled inputs: x from left to right, y from bottom to top.
  let x: ClosedRange<Double>
  let y: ClosedRange<Double>

  init(x: ClosedRange<Double>, y: ClosedRange<Double>) { (self.x, self.y) = (x, y) }

  /// The plane round all samples; nil if they have not two inputs.
  init?(around samples: Samples<Scalar>) {
    guard samples.inputCount == 2 else { return nil }
    let inputs = samples.inputs
    func range(_ column: Int) -> ClosedRange<Double> {
      var (low, high) = (Double.infinity, -Double.infinity)
      for row in 0..<samples.count {
        let value = Double(inputs[row, column])
        (low, high) = (min(low, value), max(high, value))
      }
      let margin = high > low ? 0.1 * (high - low) : 1
      return low - margin...high + margin
    }
    (x, y) = (range(0), range(1))
  }

  /// The middles of a `size` × `size` grid's cells, a row each, the topmost row of cells first.
  func points(_ size: Int = Self.size) -> Matrix<Scalar> {
    let points = Matrix<Scalar>(rows: size * size, columns: 2)
    let middles = (0..<size).map { (Double($0) + 0.5) / Double(size) }
    let across = middles.map { Scalar(x.lowerBound + (x.upperBound - x.lowerBound) * $0) }
    let down = middles.map { Scalar(y.upperBound - (y.upperBound - y.lowerBound) * $0) }
    points.withElements { values in
      for index in 0..<size * size {
        values[2 * index] = across[index % size]
        values[2 * index + 1] = down[index / size]
      }
    }
    return points
  }
}

/// Where some samples of two inputs lie in the plane, in the network's own, scaled inputs, and of which class they are.
///
/// A run keeps those of its training data, so that its report needs no more than its folder.
struct PlaneSamples: Codable, Equatable {
  let x: ClosedRange<Double>
  let y: ClosedRange<Double>
  /// Of each both coordinates and the index of its class.
  let points: [[Double]]

  /// Nil if the samples have not two inputs, or no classes.
  init?<Scalar: NetworkScalar>(_ samples: Samples<Scalar>, loss: Loss) {
    guard samples.areClasses, let plane = DecisionRegions(around: samples) else { return nil }
    let reader = ClassReader<Scalar>(loss)
    (x, y) = (plane.x, plane.y)
    points = samples.rows(atMost: 400).map { row in
      let target = Matrix(column: samples.targets.row(row))
      return samples.input(of: row).map { Double($0) } + [Double(reader.read(target, column: 0).index)]
    }
  }

  var json: JSONText {
    .object([
      ("x", .numbers([x.lowerBound, x.upperBound])), ("y", .numbers([y.lowerBound, y.upperBound])),
      ("points", .list(points.map { .numbers($0) })),
    ])
  }
}

extension Samples {
  /// Some of many samples, drawn at random so that no order of theirs shows; always the same ones.
  func rows(atMost limit: Int) -> [Int] {
    if count <= limit { return Array(0..<count) }
    var random = RandomSource(seed: 0)
    return (0..<limit).map { _ in Int.random(in: 0..<count, using: &random) }
  }
}

/// Which class a network's outputs stand for, and how clearly: 0 at the border between two, 1 far from it.
struct ClassReader<Scalar: NetworkScalar> {
  private let rule: HitRule
  private let distance: Double
  private let sum: Double

  init(_ loss: Loss) {
    rule = HitRule(loss)
    sum = loss.targetOn + loss.targetOff
    distance = abs(loss.targetOn - loss.targetOff)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func read(_ outputs: Matrix<Scalar>, column: Int) -> (index: Int, certainty: Double) {
    let index = rule.classIndex(outputs, column: column)
    let best = Double(outputs[outputs.rows == 1 ? 0 : index, column])
    if outputs.rows == 1 { return (index, min(1, abs(2 * best - sum) / distance)) }
    var second = -Double.infinity
    for row in 0..<outputs.rows where row != index { second = max(second, Double(outputs[row, column])) }
    return (index, max(0, min(1, (best - second) / distance)))
  }
}
