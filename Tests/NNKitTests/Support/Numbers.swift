import NNKit

/// |a − b| ≤ relative · max(|a|, |b|) + absolute; equal infinities are close, NaN is close to nothing.
func isClose(_ a: Double, _ b: Double, relative: Double = 0, absolute: Double = 0) -> Bool {
  a == b || abs(a - b) <= relative * max(abs(a), abs(b)) + absolute
}

/// The greatest difference between two tables of numbers, measured by their greatest number (by 1 at least).
///
/// Infinite if their shapes differ or a number is NaN in one alone.
func difference<Scalar: NetworkScalar>(_ left: [[Scalar]], _ right: [[Scalar]]) -> Double {
  guard left.map(\.count) == right.map(\.count) else { return .infinity }
  var (greatest, size) = (0.0, 1.0)
  for (a, b) in zip(left.joined(), right.joined()) where !(a == b || a.isNaN && b.isNaN) {
    let distance = abs(Double(a) - Double(b))
    if distance.isNaN { return .infinity }
    greatest = max(greatest, distance)
    size = max(size, abs(Double(a)), abs(Double(b)))
  }
  return greatest / size
}

extension RandomSource {
  /// `rows` × `columns` numbers, uniformly from a range.
  mutating func table<Scalar: NetworkScalar>(
    _ rows: Int, _ columns: Int, in range: ClosedRange<Double> = -1...1, as type: Scalar.Type = Scalar.self
  ) -> [[Scalar]] {
    (0..<rows).map { _ in
      (0..<columns).map { _ in Scalar(range.lowerBound + (range.upperBound - range.lowerBound) * uniform()) }
    }
  }
}

/// A number that JSON cannot hold is a text in the fixtures: "inf", "-inf".
struct Number: Decodable {
  let value: Double

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
    } else {
      value = try container.decode(String.self) == "inf" ? .infinity : -.infinity
    }
  }
}

/// (f(x + h) − f(x − h)) / 2h, extrapolated from h and h / 2 to an error of fourth order (Richardson).
func slope(of function: (Double) throws -> Double, at x: Double, step h: Double = 1e-3) rethrows -> Double {
  let coarse = try (function(x + h) - function(x - h)) / (2 * h)
  let fine = try (function(x + h / 2) - function(x - h / 2)) / h
  return (4 * fine - coarse) / 3
}
