import NNKit
import RealModule

/// Holds derivatives against central differences of fourth order, D(h) = (8 (f₊₁ − f₋₁) − (f₊₂ − f₋₂)) / 12h.
///
/// Which step is right depends on the function: so there are many, each with an estimate of its error, the truncation as
/// what D changes from 2h to h (Richardson), the rounding from the noise of f as it is measured around the point (Moré and
/// Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33(3), 2011). The step with the least error judges.
package struct CentralDifference {
  package enum Verdict: Equatable {
    case agrees
    /// At a kink, or where numbers are not finite or too rough: nothing can be said.
    case unknown
    case disagrees(difference: Double)
  }

  /// Where the function has no derivative, or jumps.
  package var kinks: [Double] = []
  /// Whether there may be kinks that are not in `kinks`: there the derivative may be any slope between left and right.
  package var mayHaveOtherKinks = false
  /// Where the function is defined.
  package var range: ClosedRange<Double> = -.infinity ... .infinity
  /// How far apart values must be for their rounding to show, at least: f may add up numbers much larger than x.
  package var roundingShows = 0.0
  /// No step is greater, whatever x.
  package var greatestStep = Double.infinity

  package init(
    kinks: [Double] = [], mayHaveOtherKinks: Bool = false, range: ClosedRange<Double> = -.infinity ... .infinity,
    roundingShows: Double = 0
  ) {
    (self.kinks, self.mayHaveOtherKinks) = (kinks, mayHaveOtherKinks)
    (self.range, self.roundingShows) = (range, roundingShows)
  }

  /// Whether `derivative` is that of `f` at `x`.
  ///
  /// - Parameters:
  ///   - derivative: What is held against the differences.
  ///   - x: Where.
  ///   - noise: How large the numbers are that `f` adds up, if larger than its value.
  ///   - f: The function, for many points at once.
  /// - Returns: The verdict.
  package func verdict(
    _ derivative: Double, at x: Double, noise: Double = 0, _ f: ([Double]) throws -> [Double]
  ) rethrows -> Verdict {
    // Twice the step must stay away from kinks and from the range's ends.
    let ends = [x - range.lowerBound, range.upperBound - x] + kinks.map { abs($0 - x) }
    let reach = min(ends.min() ?? .infinity, .greatestFiniteMagnitude - abs(x))
    if reach <= 4 * x.ulp {
      return kinks.contains { abs($0 - x) <= 4 * x.ulp }
        ? try slopes(x, noise, f)?.verdict(derivative) ?? .unknown : .unknown
    }
    let greatest = Self.powerOfTwo(min(0.25 * max(1, abs(x)), 0.4 * reach, greatestStep))
    if try isClose(derivative, x, min(greatest, Self.powerOfTwo(1e-3 * max(1, abs(x)))), noise, f) { return .agrees }
    let ladder = try StepSizes(x, greatest: greatest, roundingShows: roundingShows, noise: noise, f)
    guard let best = ladder.best() else { return .unknown }
    let size = max(abs(best.difference), derivative.isFinite ? abs(derivative) : 0)
    let distance = abs(derivative - best.difference)
    // A derivative is rounded too: where it is close to 0 for a moment, or its terms cancel each other, it has lost digits.
    let flat = ladder.variation == 0 ? 8 * .ulpOfOne * max(1, ladder.largest) / max(1e-3, abs(x)) : 0
    let least = 1e-6 * size + 1e-5 * ladder.variation / max(1, abs(x)) + flat + ladder.slopeRounding + 1e-300
    if distance <= least { return .agrees }
    if distance <= 4 * best.error { return best.error <= 0.1 * size ? .agrees : .unknown }
    // An infinite derivative of a function that is finite all around has no excuse but an overflow.
    if !derivative.isFinite { return size < 1e300 ? .disagrees(difference: best.difference) : .unknown }
    // So far out a sine turns faster than numbers lie apart, and differences give its mean.
    if abs(x) > 1e12 || ladder.isUnresolved || best.error > 0.1 * size { return .unknown }
    if mayHaveOtherKinks, let sides = try slopes(x, noise, f), sides.areApart {
      return sides.verdict(derivative)
    }
    // A kink so close by that only the smallest steps stay on this side of it.
    if mayHaveOtherKinks && ladder.agreesCloser(derivative, than: best) { return .unknown }
    return .disagrees(difference: best.difference)
  }

  /// One difference, where the function is smooth: no need for more.
  private func isClose(
    _ derivative: Double, _ x: Double, _ h: Double, _ noise: Double, _ f: ([Double]) throws -> [Double]
  ) rethrows -> Bool {
    guard derivative.isFinite, x + h != x else { return false }
    let values = try f([x - 2 * h, x - h, x + h, x + 2 * h])
    guard values.allSatisfy(\.isFinite) else { return false }
    let difference = (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * h)
    let largest = values.reduce(noise) { max($0, abs($1)) }
    let size = max(abs(derivative), abs(difference))
    return abs(derivative - difference) <= 1e-7 * size + min(16 * .ulpOfOne * largest / h, 1e-6 * largest) + 1e-300
  }

  static func powerOfTwo(_ h: Double) -> Double { Double(sign: .plus, exponent: h.exponent, significand: 1) }

  // MARK: Kinks

  /// Any slope between the one on the left and the one on the right is a convention; a function that jumps has none.
  private struct Slopes {
    let left: Double
    let right: Double
    let error: Double

    var areApart: Bool { abs(left - right) > 4 * error }

    func verdict(_ derivative: Double) -> Verdict {
      let slack = 1e-2 * max(1e-4, abs(left), abs(right))
      let isBetween = derivative >= min(left, right) - slack && derivative <= max(left, right) + slack
      return isBetween ? .unknown : .disagrees(difference: (left + right) / 2)
    }
  }

  /// The slopes on both sides, if both settle as steps become smaller.
  private func slopes(
    _ x: Double, _ noise: Double, _ f: ([Double]) throws -> [Double]
  ) rethrows -> Slopes? {
    let others = kinks.map { abs($0 - x) }.filter { $0 > 4 * x.ulp }.min() ?? .infinity
    let ends = min(x - range.lowerBound, range.upperBound - x)
    guard ends > 0 else { return nil }
    let greatest = Self.powerOfTwo(min(1e-2 * max(1, abs(x)), 0.4 * others, ends, greatestStep))
    let steps = (0..<30).map { greatest * Double(sign: .plus, exponent: -$0, significand: 1) }
      .filter { x + $0 != x && $0 > 1e-290 }
    let values = try f([x] + steps.map { x + $0 } + steps.map { x - $0 })
    guard values.allSatisfy(\.isFinite) else { return nil }
    let (middle, largest) = (values[0], values.reduce(noise) { max($0, abs($1)) })
    func slope(_ ends: ArraySlice<Double>, _ sign: Double) -> (slope: Double, error: Double)? {
      let differences = zip(ends, steps).map { sign * ($0 - middle) / $1 }
      var best: (slope: Double, error: Double)?
      for index in differences.indices.dropFirst() {
        let error = abs(differences[index] - differences[index - 1]) + 4 * .ulpOfOne * largest / steps[index]
        if error < best?.error ?? .infinity {
          best = (2 * differences[index] - differences[index - 1], error)
        }
      }
      guard let best, best.error <= 1e-2 * max(1e-6, abs(best.slope)) else { return nil }
      return best
    }
    guard let right = slope(values[1...steps.count], 1), let left = slope(values[(steps.count + 1)...], -1) else {
      return nil
    }
    return Slopes(left: left.slope, right: right.slope, error: left.error + right.error)
  }
}

/// Differences at one point with steps that double, the smallest first, and what is known of their errors.
private struct StepSizes {
  private let differences: [(difference: Double, error: Double)]
  /// The function looks like noise where it is tried most closely: numbers lie too far apart for it there.
  let isUnresolved: Bool
  /// How far apart the values are, and the size of the largest.
  let variation: Double
  let largest: Double
  /// What the rounding within the function may do to its derivative, if that is about as steep as the function is around.
  let slopeRounding: Double

  init(
    _ x: Double, greatest: Double, roundingShows: Double, noise: Double, _ f: ([Double]) throws -> [Double]
  ) rethrows {
    let steps = (0..<60).map { greatest * Double(sign: .plus, exponent: -$0, significand: 1) }
      .filter { $0 >= 4 * x.ulp }
    // As close as can be, where a rough function shows; and farther apart, where rounding within the function does.
    let number = max(x.ulp, 0x1p-64 * greatest)
    // No powers of two, for at these every rounding may happen to be the same.
    let far = 1.37 * max(0x1p20 * number, roundingShows * max(1, abs(x)))
    let spacings = [2 * number, 0x1p11 * number, far / 16, far]
    let close = spacings.flatMap { spacing in
      4 * spacing <= greatest ? (-4...4).map { x + Double($0) * spacing } : []
    }
    // Twice the greatest step first, for it belongs to a difference with the greatest.
    let distances = [2 * greatest] + steps
    let values = try f(close + distances.flatMap { [x - $0, x + $0] })
    let sides = values.dropFirst(close.count).filter(\.isFinite)
    let largest = sides.reduce(noise) { max($0, abs($1)) }
    let variation = (sides.max() ?? 0) - (sides.min() ?? 0)
    let runs = stride(from: 0, to: close.count, by: 9).map { values[$0..<$0 + 9] }
    // Where all of these are the same, what values are rounded to shows as the least that two others differ by.
    let rounded = 64 * .ulpOfOne * max(1, abs(x), largest)
    let changes = zip(sides.dropFirst(), sides).map { abs($0 - $1) }.filter { $0 > 0 && $0 < rounded }
    let isFlat = runs.allSatisfy { run in run.allSatisfy { $0 == run.first } }
    let measured = isFlat ? changes.min() ?? 0 : runs.map { Self.noise($0) }.max() ?? 0
    func side(_ place: Int) -> (minus: Double, plus: Double) {
      (values[close.count + 2 * place], values[close.count + 2 * place + 1])
    }
    var differences: [(difference: Double, error: Double)] = []
    var steepest = 0.0
    var last: Double?
    for (place, h) in steps.enumerated() {
      let (near, far) = (side(place + 1), side(place))
      let four = [near.minus, near.plus, far.minus, far.plus]
      guard four.allSatisfy(\.isFinite) else {
        last = nil
        continue
      }
      let difference = (8 * (near.plus - near.minus) - (far.plus - far.minus)) / (12 * h)
      if abs(far.plus - near.plus) > 100 * measured { steepest = max(steepest, abs(far.plus - near.plus) / h) }
      let size = four.reduce(noise) { max($0, abs($1)) }
      let rounding = max(measured, 2 * .ulpOfOne * size, .ulpOfOne * abs(x * difference), .leastNonzeroMagnitude)
      if let last, difference.isFinite { differences.append((difference, abs(difference - last) + 2 * rounding / h)) }
      last = difference.isFinite ? difference : nil
    }
    self.differences = differences.reversed()
    (self.variation, self.largest) = (variation, largest)
    slopeRounding = variation > 0 ? 8 * steepest * measured / variation : 0
    // What values change by from one number to the next.
    let least = self.differences.prefix(3).reduce(0) { max($0, .ulpOfOne * abs(x * $1.difference)) }
    isUnresolved = max(measured, least) > 1e-5 * variation && max(measured, least) > 64 * .ulpOfOne * largest
  }

  /// The least error among steps, as they grow, whose differences still agree with each other: where steps pass over what
  /// a function does, differences may agree again, on what it does in the large.
  func best() -> (difference: Double, error: Double)? {
    guard var best = differences.first else { return nil }
    for one in differences {
      if abs(one.difference - best.difference) > 3 * (one.error + best.error) { break }
      if one.error < best.error { best = one }
    }
    return best
  }

  /// Whether two steps in a row, each as exact as its own error says, agree with a derivative and not with the best.
  func agreesCloser(_ derivative: Double, than best: (difference: Double, error: Double)) -> Bool {
    let close = differences.map {
      abs($0.difference - derivative) <= $0.error && abs($0.difference - best.difference) > $0.error + best.error
    }
    return zip(close, close.dropFirst()).contains { $0 && $1 }
  }

  /// The deviation of errors in neighbouring values, from their third differences.
  private static func noise(_ values: ArraySlice<Double>) -> Double {
    guard values.count >= 5, values.allSatisfy(\.isFinite) else { return 0 }
    var differences = Array(values)
    for _ in 0..<3 { differences = zip(differences.dropFirst(), differences).map { $0 - $1 } }
    let mean = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
    return 2 * (mean / 20).squareRoot()
  }
}
