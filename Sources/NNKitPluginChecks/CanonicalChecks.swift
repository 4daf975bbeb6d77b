import NNKit
import RealModule

// L(f(z), y) and ∂L/∂z from one formula.

extension LossChecks {
  /// Holds a canonical pair against the activation and the loss one after the other, and against itself where these lose
  /// their digits.
  func canonical(_ count: Int, _ plugins: () throws -> Plugins) throws -> Int {
    guard let name = loss.canonicalActivation else { return 0 }
    let activation = try plugins().activation(name)
    var random = RandomSource(seed: 12)
    var tally = VerdictTally()
    for number in 0..<count / 5 {
      let outputs = number % 7 == 6 ? 17 : 5
      let size = [2, 2, 10, 40, 300][number % 5]
      let z = (0..<outputs).map { _ in Double(size) * random.normal() }
      let y = targets(number, outputs, isDistribution: activation.isWholeLayer, &random)
      let pair = try CanonicalTrial(self, activation, z, y)
      try pair.expectAgreement()
      let differences = CentralDifference(mayHaveOtherKinks: true)
      // What is added up in a value is as large as z.
      let largest = z.reduce(0) { max($0, abs($1)) }
      for index in z.indices where pair.canonicalValue.isFinite {
        calling("canonical_value\(setting("")) with z[\(index)] moved from z: \(z), y: \(y)")
        let verdict = try differences.verdict(pair.canonicalDelta[index], at: z[index], noise: largest) { moved in
          try moved.map { number in
            var z = z
            z[index] = number
            return try canonicalValue(z, y, announces: false)
          }
        }
        try tally.take(verdict) { difference in
          Finding(
            setting("canonical_delta(z: \(z), a: \(pair.a), y: \(y))"),
            found: "δ[\(index)] = \(pair.canonicalDelta[index])",
            expected: "\(difference), a central difference of canonical_value")
        }
      }
    }
    try tally.expectMostKnown(called: setting("canonical_value"), smooth: "a smooth function")
    return 2 * tally.count
  }

  /// Targets of a class; and where others are allowed, targets between the two, that may add up to 1 or to anything.
  private func targets(
    _ number: Int, _ outputs: Int, isDistribution: Bool, _ random: inout RandomSource
  ) -> [Double] {
    let on = Int(random.uniform() * Double(outputs))
    let isClass = number / 5 % 3 == 0
    if isClass || !loss.targetRange.contains((loss.targetOff + loss.targetOn) / 2) {
      return (0..<outputs).map { $0 == on ? loss.targetOn : loss.targetOff }
    }
    let shares = (0..<outputs).map { _ in random.uniform() }
    let sum = isDistribution && number / 5 % 3 == 1 ? shares.reduce(0, +) : 1
    return shares.map { loss.targetOff + (loss.targetOn - loss.targetOff) * $0 / sum }
  }

  fileprivate func canonicalValue(_ z: [Double], _ y: [Double], announces: Bool = true) throws -> Double {
    if announces { calling(setting("canonical_value(z: \(z), y: \(y))")) }
    var value = 0.0
    try loss.canonicalValues(Block(neurons: z.count, columns: 1), z, y, &value)
    return value
  }

  func canonicalDelta(_ z: [Double], _ a: [Double], _ y: [Double]) throws -> [Double] {
    calling(setting("canonical_delta(z: \(z), a: \(a), y: \(y))"))
    var delta = [Double](repeating: 0, count: z.count + slackCount)
    try loss.canonicalDelta(Block(neurons: z.count, columns: 1), z, a, y, &delta)
    return Array(delta.prefix(z.count))
  }
}

/// One sample both ways.
private struct CanonicalTrial {
  private let activation: String
  private let setting: (String) -> String
  private let z, y, delta: [Double]
  private let value: Double
  /// How wrong the plain value may be, since outputs are rounded: a sigmoid of 30 has few digits left below 1.
  private let rounding: Double
  let a: [Double]
  let canonicalValue: Double
  let canonicalDelta: [Double]

  init(_ checks: LossChecks, _ activation: Activation, _ z: [Double], _ y: [Double]) throws {
    let plain = ActivationChecks(activation, calling: checks.calling)
    self.activation = activation.name
    setting = checks.setting
    (self.z, self.y) = (z, y)
    let block = Block(neurons: z.count, columns: 1)
    var a = [Double](repeating: 0, count: z.count)
    var delta = a
    checks.calling("evaluate of \(activation.name), z = \(z)")
    try plain.activation.evaluate(block, z, &a)
    value = try checks.value(a, y)
    let received = try checks.gradient(a, y)
    checks.calling("backward of \(activation.name), z = \(z), a = \(a), received = \(received)")
    try plain.activation.backward(block, z, a, received, &delta)
    self.delta = delta
    rounding = zip(received, a).reduce(0) { $0 + abs($1.0) * max(abs($1.1), 1e-3) } * 8 * .ulpOfOne
    self.a = a
    canonicalValue = try checks.canonicalValue(z, y)
    canonicalDelta = try checks.canonicalDelta(z, a, y)
  }

  func expectAgreement() throws {
    if canonicalValue.isNaN || value.isFinite && !canonicalValue.isFinite {
      throw Finding(
        setting("canonical_value(z: \(z), y: \(y))"), found: "\(canonicalValue)", expected: "a finite number")
    }
    if let odd = canonicalDelta.firstIndex(where: \.isNaN) {
      throw Finding(
        setting("canonical_delta(z: \(z), a: \(a), y: \(y))"), found: "δ[\(odd)] = NaN", expected: "a number")
    }
    // Where outputs are as good as at their ends, the plain way is the worse one, if it has a value at all.
    guard value.isFinite, rounding <= 1e-4 * max(1, abs(value)) else { return }
    guard abs(value - canonicalValue) <= 1e-8 * max(1, abs(value)) + rounding else {
      throw Finding(
        setting("canonical_value(z: \(z), y: \(y))"), found: "\(canonicalValue)",
        expected: "\(value), the value behind \(activation)")
    }
    for index in z.indices
    where !(abs(delta[index] - canonicalDelta[index]) <= 1e-8 * max(1, abs(delta[index])) + rounding) {
      throw Finding(
        setting("canonical_delta(z: \(z), a: \(a), y: \(y))"), found: "δ[\(index)] = \(canonicalDelta[index])",
        expected: "\(delta[index]), from gradient and the backward of \(activation)")
    }
  }
}
