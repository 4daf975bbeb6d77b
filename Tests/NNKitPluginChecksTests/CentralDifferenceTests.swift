import Foundation
import NNKitPluginChecks
import Testing

/// Functions whose derivatives are known in closed form, right ones and wrong ones.
@Suite("central differences")
struct CentralDifferenceTests {
  struct Known: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let points: [Double]
    let f: @Sendable (Double) -> Double
    let slope: @Sendable (Double) -> Double
  }

  private static let moderate = (-40...40).map { 0.2 * Double($0) + 0.013 }

  static let smooth: [Known] = [
    Known(testDescription: "sin x", points: moderate, f: { sin($0) }, slope: { cos($0) }),
    Known(testDescription: "e^x", points: moderate, f: { exp($0) }, slope: { exp($0) }),
    Known(testDescription: "tanh x", points: moderate, f: { tanh($0) }, slope: { 1 / pow(cosh($0), 2) }),
    Known(testDescription: "x^3", points: moderate, f: { $0 * $0 * $0 }, slope: { 3 * $0 * $0 }),
    Known(testDescription: "ln(1 + e^x)", points: moderate, f: { log1p(exp($0)) }, slope: { 1 / (1 + exp(-$0)) }),
    Known(testDescription: "erf x", points: moderate, f: { erf($0) }, slope: { 2 / sqrt(.pi) * exp(-$0 * $0) }),
    Known(
      testDescription: "x / (1 + |x|)", points: moderate, f: { $0 / (1 + abs($0)) }, slope: { 1 / pow(1 + abs($0), 2) }),
    Known(testDescription: "e^(-1000 x^2)", points: moderate, f: { exp(-1000 * $0 * $0) }) {
      -2000 * $0 * exp(-1000 * $0 * $0)
    },
    Known(testDescription: "a constant", points: moderate, f: { _ in 3 }, slope: { _ in 0 }),
    Known(testDescription: "x^2 far out", points: [1e4, -1e6, 1e8, 1e12], f: { $0 * $0 }, slope: { 2 * $0 }),
    Known(
      testDescription: "sqrt x close to 0", points: [1e-12, 1e-6, 1e-3, 2], f: { sqrt($0) }, slope: { 0.5 / sqrt($0) }),
    Known(testDescription: "ln x close to 0", points: [1e-9, 1e-6, 1e-3, 2], f: { log($0) }, slope: { 1 / $0 }),
    Known(testDescription: "1 / x close to its pole", points: [1e-9, -1e-6, 1e-3, -2], f: { 1 / $0 }) {
      -1 / ($0 * $0)
    },
    Known(testDescription: "tan x close to its pole", points: [1.5, 1.57, 1.5707, -1.5707], f: { tan($0) }) {
      1 / pow(cos($0), 2)
    },
  ]

  private func verdict(_ known: Known, _ derivative: Double, at x: Double) -> CentralDifference.Verdict {
    CentralDifference().verdict(derivative, at: x) { $0.map(known.f) }
  }

  @Test("the right derivative of a smooth function agrees, close to poles and far out too", arguments: smooth)
  func right(_ known: Known) {
    for x in known.points {
      #expect(verdict(known, known.slope(x), at: x) == .agrees, "at \(x)")
      // Code rounds.
      #expect(verdict(known, known.slope(x) * (1 + 1e-10), at: x) == .agrees, "at \(x), rounded")
    }
  }

  @Test("a wrong derivative disagrees, by little or by much, and the difference is the right one", arguments: smooth)
  func wrong(_ known: Known) {
    // Where a function is as good as flat, or has lost its digits, a derivative is too: see `flat`.
    for x in known.points where abs(known.slope(x)) >= 1e-2 * max(1, abs(known.f(x))) {
      let right = known.slope(x)
      for wrong in [right * 1.001, right * 0.9, right * 11, -right, 0, .infinity, -.infinity, .nan] {
        guard case .disagrees(let difference) = verdict(known, wrong, at: x) else {
          Issue.record("\(wrong) for \(right) at \(x) is not found")
          continue
        }
        #expect(abs(difference - right) <= 1e-5 * abs(right), "at \(x)")
      }
    }
  }

  @Test("where a function is flat, a slope as steep as the function is elsewhere is wrong")
  func flat() {
    for x in [-3.0, 0, 0.5, 700] {
      #expect(CentralDifference().verdict(1e-3, at: x) { $0.map { _ in 3 } } == .disagrees(difference: 0))
    }
    for x in [-4.0, 4] {
      let verdict = CentralDifference().verdict(1, at: x) { $0.map { erf($0) } }
      guard case .disagrees(let difference) = verdict else { return #expect(Bool(false), "\(verdict)") }
      #expect(abs(difference) < 1e-6)
    }
    // cos x at its maximum.
    #expect(CentralDifference().verdict(0, at: 0) { $0.map { cos($0) } } == .agrees)
    guard case .disagrees = CentralDifference().verdict(0.01, at: 0, { $0.map { cos($0) } }) else {
      return #expect(Bool(false), "0.01 is no slope of cos x at 0")
    }
  }

  @Test("at a kink that is named any slope between left and right is a convention, others are wrong")
  func namedKinks() {
    let relu = { (x: [Double]) in x.map { max(0, $0) } }
    let differences = CentralDifference(kinks: [0, 3])
    for slope in [0.0, 0.5, 1] { #expect(differences.verdict(slope, at: 0, relu) == .unknown) }
    for slope in [-0.2, 1.2, 100] {
      #expect(differences.verdict(slope, at: 0, relu) == .disagrees(difference: 0.5), "\(slope)")
    }
    let bent = { (x: [Double]) in x.map { $0 < 3 ? 2 * $0 : 6 - ($0 - 3) } }
    for slope in [-1.0, 0, 2] { #expect(differences.verdict(slope, at: 3, bent) == .unknown) }
    #expect(differences.verdict(2.5, at: 3, bent) != .unknown)
    // A jump has no slope at all.
    #expect(differences.verdict(0, at: 0) { $0.map { $0 < 0 ? 0 : 1 } } == .unknown)
  }

  @Test("steps stay on one side of a named kink, however close it is")
  func besideKinks() {
    let relu = { (x: [Double]) in x.map { max(0, $0) } }
    for distance in [1e-9, 1e-6, 1e-3, 0.1] {
      for (x, right) in [(distance, 1.0), (-distance, 0.0)] {
        #expect(CentralDifference(kinks: [0]).verdict(right, at: x, relu) == .agrees, "\(x)")
        #expect(CentralDifference(kinks: [0]).verdict(1 - right, at: x, relu) == .disagrees(difference: right), "\(x)")
      }
    }
  }

  @Test("a kink that is not named is a disagreement, unless there may be others")
  func otherKinks() {
    let size = { (x: [Double]) in x.map { abs($0 - 0.25) } }
    #expect(CentralDifference().verdict(1, at: 0.25, size) == .disagrees(difference: 0))
    let tolerant = CentralDifference(mayHaveOtherKinks: true)
    for slope in [-1.0, 0, 0.3, 1] { #expect(tolerant.verdict(slope, at: 0.25, size) != .disagrees(difference: 0)) }
    guard case .disagrees = tolerant.verdict(2, at: 0.25, size) else {
      return #expect(Bool(false), "2 is no slope of |x|")
    }
    // Beside it there is but one slope.
    for distance in [1e-6, 1e-3, 0.01] {
      #expect(tolerant.verdict(1, at: 0.25 + distance, size) != .disagrees(difference: 1), "\(distance)")
      guard case .disagrees(1) = tolerant.verdict(3, at: 0.25 + distance, size) else {
        Issue.record("3 is not found at a distance of \(distance)")
        continue
      }
    }
  }

  @Test("where values are not finite nothing is said, and on a pole no derivative is held to be wrong")
  func poles() {
    for derivative in [-1.0, 1] {
      let verdict = CentralDifference().verdict(derivative, at: 0) { $0.map { 1 / ($0 * $0) } }
      #expect(verdict == .agrees || verdict == .unknown)
    }
    for derivative in [-1.0, 1, 1e300] {
      #expect(CentralDifference().verdict(derivative, at: 800) { $0.map { exp($0) } } == .unknown)
      #expect(CentralDifference().verdict(derivative, at: -2) { $0.map { log($0) } } == .unknown)
    }
  }

  @Test("a function is called inside of its range alone, and at its ends nothing is said")
  func range() {
    let differences = CentralDifference(mayHaveOtherKinks: true, range: 0...1)
    func entropy(_ points: [Double]) -> [Double] {
      for x in points { #expect(x >= 0 && x <= 1, "\(x) is outside of the range") }
      return points.map { -$0 * log($0) - (1 - $0) * log(1 - $0) }
    }
    for x in [1e-4, 0.3, 0.5, 0.999] {
      #expect(differences.verdict(log((1 - x) / x), at: x, entropy) == .agrees, "\(x)")
      #expect(differences.verdict(log((1 - x) / x) + 1, at: x, entropy) != .agrees, "\(x)")
    }
    for end in [0.0, 1] { #expect(differences.verdict(1, at: end, entropy) == .unknown) }
  }

  @Test("of a function that is too rough nothing is said, and rounding is no disagreement")
  func rough() {
    let fast = { (x: [Double]) in x.map { sin(1e16 * $0) } }
    #expect(CentralDifference().verdict(0, at: 0.7, fast) == .unknown)
    let noise = { (x: [Double]) in x.map { Double($0.bitPattern &* 0x9E37_79B9_7F4A_7C15 >> 11) } }
    #expect(CentralDifference().verdict(0, at: 0.7, noise) == .unknown)
    // Added to a number of 10⁸ a sine has lost half of its digits.
    let lost = { (x: [Double]) in x.map { 1e8 + sin($0) - 1e8 } }
    for x in Self.moderate {
      let verdict = CentralDifference().verdict(cos(x), at: x, noise: 1e8, lost)
      #expect(verdict == .agrees || verdict == .unknown, "at \(x): \(verdict)")
    }
    guard case .disagrees(let difference) = CentralDifference().verdict(2, at: 0.5, noise: 1e8, lost) else {
      return #expect(Bool(false), "2 is not the slope of a sine")
    }
    #expect(abs(difference - cos(0.5)) < 1e-3)
  }

  @Test("an error of the function is passed on")
  func errors() {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try CentralDifference().verdict(1, at: 1) { _ in throw Failure() } }
  }
}
