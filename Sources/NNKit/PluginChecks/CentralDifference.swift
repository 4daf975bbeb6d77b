internal import RealModule

/// Holds derivatives against central differences of fourth order, (8 (f₊₁ − f₋₁) − (f₊₂ − f₋₂)) / 12h, with steps of
/// several sizes: one of them must agree.
struct CentralDifference {
  enum Verdict: Equatable {
    case agrees
    /// At a kink, or where numbers are not finite: nothing can be said.
    case unknown
    case disagrees(difference: Double)
  }

  /// Where the function has no derivative, or jumps.
  var kinks: [Double] = []
  /// Whether there may be kinks that nobody named: there the derivative may be any slope between left and right.
  var mayHaveOtherKinks = false
  /// Where the function is defined.
  var range: ClosedRange<Double> = -.infinity ... .infinity

  /// Whether `derivative` is that of `f` at `x`.
  ///
  /// - Parameters:
  ///   - derivative: What is held against the differences.
  ///   - x: Where.
  ///   - noise: How large the numbers are that `f` adds up, if larger than its value.
  ///   - f: The function.
  /// - Returns: The verdict.
  func verdict(_ derivative: Double, at x: Double, noise: Double = 0, _ f: (Double) throws -> Double) rethrows
    -> Verdict
  {
    let middle = try f(x)
    guard middle.isFinite, derivative.isFinite else { return .unknown }
    var differences: [Double] = []
    var slopes: [(left: Double, right: Double)] = []
    for h in Self.steps(at: x) {
      guard range.contains(x - 2 * h), range.contains(x + 2 * h), x + h != x, (abs(x) + 2 * h).isFinite else {
        continue
      }
      let (plus, minus) = (try f(x + h), try f(x - h))
      let (plus2, minus2) = (try f(x + 2 * h), try f(x - 2 * h))
      let values = [middle, plus, minus, plus2, minus2]
      guard values.allSatisfy(\.isFinite) else { continue }
      slopes.append(((middle - minus) / h, (plus - middle) / h))
      if kinks.contains(where: { abs($0 - x) <= 2 * h }) { continue }
      let largest = values.reduce(noise) { max($0, abs($1)) }
      let difference = (8 * (plus - minus) - (plus2 - minus2)) / (12 * h)
      let error = abs(derivative - difference)
      let rounding = min(32 * .ulpOfOne * largest / h, 1e-6 * largest)
      if error <= 1e-6 * max(abs(derivative), abs(difference)) + rounding + 1e-300 { return .agrees }
      differences.append(difference)
    }
    if differences.isEmpty || mayHaveOtherKinks, let kink = kink(slopes) {
      let slack = 1e-2 * max(1e-6, abs(kink.lowerBound), abs(kink.upperBound))
      let isBetween = derivative >= kink.lowerBound - slack && derivative <= kink.upperBound + slack
      return isBetween ? .unknown : .disagrees(difference: (kink.lowerBound + kink.upperBound) / 2)
    }
    return Self.approach(derivative, differences) ? .agrees : Self.limit(of: differences)
  }

  /// Whether smaller steps come ever closer: so it is where the curvature jumps or is very great.
  private static func approach(_ derivative: Double, _ differences: [Double]) -> Bool {
    let errors = differences.suffix(3).map { abs(derivative - $0) }
    guard errors.count == 3, errors[2] <= 1e-4 * abs(derivative) else { return false }
    return errors[1] <= 0.3 * errors[0] && errors[2] <= 0.3 * errors[1]
  }

  /// Differences that do not come together say nothing: a sine far out turns faster than any step.
  private static func limit(of differences: [Double]) -> Verdict {
    let triples = zip(differences, zip(differences.dropFirst(), differences.dropFirst(2)))
    let settled = triples.first { first, others in
      let size = max(abs(first), abs(others.0), abs(others.1))
      return abs(first - others.0) <= 1e-3 * size && abs(others.0 - others.1) <= 1e-3 * size
    }
    return settled.map { .disagrees(difference: $0.1.1) } ?? .unknown
  }

  /// Powers of two, so that x ± h is exact wherever it can be; the greatest first.
  private static func steps(at x: Double) -> [Double] {
    let sizes = (2...10).map { Double.pow(10, -Double($0)) }.map { $0 * max(1, abs(x)) }
    let small = abs(x) < 1 ? [1e-2 * abs(x), 1e-3 * abs(x)] : []
    return (sizes + small).filter { $0 > 1e-290 && $0.isFinite }.map {
      Double(sign: .plus, exponent: $0.exponent, significand: 1)
    }
  }

  /// The slopes left and right of a kink, if they have settled and stay apart; a function that jumps has none.
  private func kink(_ slopes: [(left: Double, right: Double)]) -> ClosedRange<Double>? {
    guard slopes.count >= 4 else { return nil }
    let (far, near) = (slopes[slopes.count / 2], slopes[slopes.count / 2 + 1])
    let size = max(abs(near.left), abs(near.right))
    guard abs(far.left - near.left) <= 1e-2 * size, abs(far.right - near.right) <= 1e-2 * size else { return nil }
    if mayHaveOtherKinks && abs(near.left - near.right) <= 1e-2 * size { return nil }
    return min(near.left, near.right)...max(near.left, near.right)
  }
}
