import NNKit
import RealModule

/// Where functions are tried out: the numbers that matter, the same each time.
enum CheckPoints {
  /// Weighted inputs: evenly over −12…12, by powers of ten to ±10⁸, close to each kink and on it, and at the extremes.
  static func z(_ count: Int, kinks: [Double]) -> [Double] {
    var random = RandomSource(seed: 1)
    var points: [Double] = [0, 1e15, -1e15, 1e100, -1e100, 1e300, -1e300]
    points += [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -.leastNonzeroMagnitude]
    for kink in kinks {
      points.append(kink)
      for exponent in -9...0 {
        let distance = Double.pow(10, Double(exponent))
        points += [kink - distance, kink + distance]
      }
    }
    while points.count < count / 3 {
      let size = Double.pow(10, 18 * random.uniform() - 10)
      points.append(random.uniform() < 0.5 ? size : -size)
    }
    while points.count < count { points.append(24 * random.uniform() - 12) }
    return points
  }

  /// Numbers of a range, its ends and their neighbourhood among them.
  static func number(in range: ClosedRange<Double>, _ random: inout RandomSource) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    let size = Double.pow(10, 6 * random.uniform() - 5)
    switch (low.isFinite, high.isFinite) {
    case (true, true):
      let near = (high - low) * Double.pow(10, -8 * random.uniform())
      switch random.uniform() {
      case ..<0.1: return min(high, low + near)
      case ..<0.2: return max(low, high - near)
      default: return low + (high - low) * random.uniform()
      }
    case (true, false): return low + size
    case (false, true): return high - size
    case (false, false): return random.uniform() < 0.1 ? (random.uniform() - 0.5) * size * 100 : 2 * random.normal()
    }
  }

  /// Outputs and targets of a loss, `outputs` × `columns`: half of the columns are of one class, on or off, the others
  /// anything.
  static func outputsAndTargets(
    _ loss: Loss, outputs: Int, columns: Int, _ random: inout RandomSource
  ) -> (a: [Double], y: [Double]) {
    var a = [Double](repeating: 0, count: outputs * columns)
    var y = a
    for column in 0..<columns {
      let isClass = random.uniform() < 0.5
      let on = Int(random.uniform() * Double(outputs))
      for row in 0..<outputs {
        a[row * columns + column] = number(in: loss.outputRange, &random)
        y[row * columns + column] =
          isClass ? (row == on ? loss.targetOn : loss.targetOff) : number(in: loss.targetRange, &random)
      }
    }
    return (a, y)
  }

  /// Some of a loss's samples made special: outputs that are the targets, or close to them, outputs at an end of their
  /// range, and numbers far from 0.
  static func special(
    _ number: Int, _ sample: (a: [Double], y: [Double]), of loss: Loss, _ random: inout RandomSource
  ) -> (a: [Double], y: [Double]) {
    let (outputs, targets) = (loss.outputRange, loss.targetRange)
    func clamped(_ x: Double, _ range: ClosedRange<Double>) -> Double {
      min(max(x, range.lowerBound), range.upperBound)
    }
    switch number % 16 {
    case 0: return (sample.y.map { clamped($0, outputs) }, sample.y)
    case 1, 2:
      let a = sample.y.map { y in
        let distance = max(1e-3, abs(y)) * Double.pow(10, -9 * random.uniform())
        return clamped(y + (random.uniform() < 0.5 ? -distance : distance), outputs)
      }
      return (a, sample.y)
    case 3:
      let ends = [outputs.lowerBound, outputs.upperBound].filter(\.isFinite)
      return (sample.a.map { a in random.uniform() < 0.5 ? ends.randomElement(using: &random) ?? a : a }, sample.y)
    case 4, 5:
      let size = Double.pow(10, 2 + 6 * random.uniform())
      return (sample.a.map { clamped($0 * size, outputs) }, sample.y.map { clamped($0 * size, targets) })
    default: return sample
    }
  }
}
