internal import NNKit

/// How near answers are to targets that are numbers, in the targets' own units: before any scaling.
package struct NumberFigures {
  package struct OfTarget {
    package let name: String
    /// Mean of |a − y|.
    package let mae: Double
    /// √ mean of (a − y)².
    package let rmse: Double
    /// 1 − Σ (a − y)² / Σ (y − ȳ)²; nil if all targets are equal.
    package let r2: Double?
  }

  package let targets: [OfTarget]
  /// The loss of the answers in the targets' own units; nil where these were not scaled, so that it is the loss itself.
  package let loss: Double?
  /// Over all targets.
  package let mae: Double
  package let rmse: Double
  /// The mean of the targets' R²; nil if one has none.
  package let r2: Double?

  var pairs: [(String, JSONText)] {
    var pairs: [(String, JSONText)] = loss.map { [("loss_in_target_units", .number($0))] } ?? []
    pairs += [("mae", .number(mae)), ("rmse", .number(rmse)), ("r2", .optional(r2))]
    if targets.count > 1 {
      let list = targets.map { one in
        JSONText.object([
          ("target", .text(one.name)), ("mae", .number(one.mae)), ("rmse", .number(one.rmse)),
          ("r2", .optional(one.r2)),
        ])
      }
      pairs.append(("targets", .list(list)))
    }
    return pairs
  }
}

/// Distances between answers and targets, batch by batch.
final class NumberTally<Scalar: NetworkScalar> {
  /// Of one target: Σ |a − y|, Σ (a − y)², and of y the mean so far and Σ (y − ȳ)² (Welford, 1962).
  private struct Sums {
    var (absolute, squared, mean, spread) = (0.0, 0.0, 0.0, 0.0)
  }

  private let names: [String]
  private let loss: Loss
  private let scaling: Scaling?
  private var sums: [Sums]
  private var samples = 0
  private var lossSum = 0.0

  init(names: [String], loss: Loss, scaling: Scaling?) {
    (self.names, self.loss, self.scaling) = (names, loss, scaling)
    sums = [Sums](repeating: Sums(), count: names.count)
  }

  func add(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>, weights: ArraySlice<Double>?) throws {
    let (a, y) = (inOwnUnits(outputs), inOwnUnits(targets))
    for column in 0..<a.columns {
      samples += 1
      for row in 0..<a.rows {
        let (target, error) = (y[row, column], a[row, column] - y[row, column])
        sums[row].absolute += abs(error)
        sums[row].squared += error * error
        let distance = target - sums[row].mean
        sums[row].mean += distance / Double(samples)
        sums[row].spread += distance * (target - sums[row].mean)
      }
    }
    guard scaling != nil else { return }
    let losses = try loss.values(a, y)
    lossSum += weights.map { zip(losses, $0).reduce(0) { $0 + $1.0 * $1.1 } } ?? losses.reduce(0, +)
  }

  /// (x − offset) · factor undone in double precision.
  private func inOwnUnits(_ matrix: Matrix<Scalar>) -> Matrix<Double> {
    let copy = Matrix<Double>(rows: matrix.rows, columns: matrix.columns)
    for row in 0..<matrix.rows {
      func number(_ numbers: [Double]) -> Double { numbers.count == 1 ? numbers[0] : numbers[row] }
      let (factor, offset) = scaling.map { (number($0.factor), number($0.offset)) } ?? (1, 0)
      for column in 0..<matrix.columns { copy[row, column] = Double(matrix[row, column]) / factor + offset }
    }
    return copy
  }

  var figures: NumberFigures {
    let count = Double(max(1, samples))
    let targets = zip(names, sums).map { name, sums in
      NumberFigures.OfTarget(
        name: name, mae: sums.absolute / count, rmse: (sums.squared / count).squareRoot(),
        r2: sums.spread > 0 ? 1 - sums.squared / sums.spread : nil)
    }
    let parts = Double(max(1, targets.count))
    let r2 = targets.compactMap(\.r2)
    return NumberFigures(
      targets: targets, loss: scaling == nil ? nil : lossSum / count, mae: targets.reduce(0) { $0 + $1.mae } / parts,
      rmse: (targets.reduce(0) { $0 + $1.rmse * $1.rmse } / parts).squareRoot(),
      r2: r2.count == targets.count ? r2.reduce(0, +) / parts : nil)
  }
}
