/// What is asked of loss functions alone.
struct LossChecks {
  let loss: Loss
  private let calling: (String) -> Void
  private let outputs = 5

  init(_ loss: Loss, calling: @escaping (String) -> Void) {
    self.loss = loss
    self.calling = calling
  }

  private func setting(_ text: String) -> String { loss.givenParameters.isEmpty ? text : "\(text) of \(loss)" }

  /// Outputs and targets of single samples, `count` elements in all.
  private func samples(_ count: Int) -> [(a: [Double], y: [Double])] {
    var random = RandomSource(seed: 11)
    return (0..<max(1, count / outputs)).map { _ in
      CheckPoints.outputsAndTargets(loss, outputs: outputs, columns: 1, &random)
    }
  }

  private func value(_ a: [Double], _ y: [Double]) throws -> Double {
    var value = 0.0
    try loss.values(Block(neurons: a.count, columns: 1), a, y, &value)
    return value
  }

  private func gradient(_ a: [Double], _ y: [Double]) throws -> [Double] {
    var gradient = a
    try loss.gradient(Block(neurons: a.count, columns: 1), a, y, &gradient)
    return gradient
  }

  func values(_ count: Int) throws -> Int {
    calling(setting("value and gradient"))
    for (a, y) in samples(count) {
      let (value, gradient) = (try value(a, y), try gradient(a, y))
      if value.isNaN { throw Finding(setting("value(a: \(a), y: \(y))"), found: "NaN", expected: "a number or ±∞") }
      if value.isFinite, gradient.contains(where: \.isNaN) {
        throw Finding(setting("gradient(a: \(a), y: \(y))"), found: "\(gradient)", expected: "numbers or ±∞")
      }
    }
    return count
  }

  func sign(_ count: Int) throws -> Int {
    guard loss.isNonNegative else { return 0 }
    calling(setting("value"))
    for (a, y) in samples(count) {
      let value = try value(a, y)
      guard value >= -1e-12 else {
        throw Finding(
          setting("value(a: \(a), y: \(y))"), found: "\(value)", expected: "at least 0, by the flag NNKIT_NON_NEGATIVE")
      }
    }
    return count / outputs
  }

  func gradient(_ count: Int) throws -> Int {
    calling(setting("value and gradient"))
    let differences = CentralDifference(mayHaveOtherKinks: true, range: loss.outputRange)
    for (a, y) in samples(count) {
      let gradient = try gradient(a, y)
      for index in a.indices {
        let verdict = try differences.verdict(gradient[index], at: a[index]) { moved in
          var a = a
          a[index] = moved
          return try value(a, y)
        }
        if case .disagrees(let difference) = verdict {
          throw Finding(
            setting("gradient(a: \(a), y: \(y))"), found: "received[\(index)] = \(gradient[index])",
            expected: "\(difference), a central difference of value")
        }
      }
    }
    return count
  }

  // MARK: Canonical pairs

  /// L(f(z), y) and ∂L/∂z from one formula, against the activation and the loss one after the other.
  func canonical(_ count: Int, _ plugins: () throws -> Plugins) throws -> Int {
    guard let name = loss.canonicalActivation else { return 0 }
    calling("canonical_value and canonical_delta")
    let activation = try plugins().activation(name)
    var random = RandomSource(seed: 12)
    for _ in 0..<count / outputs {
      let z = (0..<outputs).map { _ in 2 * random.normal() }
      let on = Int(random.uniform() * Double(outputs))
      let y = (0..<outputs).map { $0 == on ? loss.targetOn : loss.targetOff }
      let block = Block(neurons: outputs, columns: 1)
      var (a, received, delta, canonicalDelta) = (z, z, z, z)
      var canonicalValue = 0.0
      try activation.evaluate(block, z, &a)
      try loss.gradient(block, a, y, &received)
      try activation.backward(block, z, a, received, &delta)
      let plainValue = try value(a, y)
      try loss.canonicalValues(block, z, y, &canonicalValue)
      try loss.canonicalDelta(block, z, a, y, &canonicalDelta)
      guard abs(plainValue - canonicalValue) <= 1e-8 * max(1, abs(plainValue)) else {
        throw Finding(
          "canonical_value(z: \(z), y: \(y))", found: "\(canonicalValue)",
          expected: "\(plainValue), the value behind \(name)")
      }
      for index in z.indices where !(abs(delta[index] - canonicalDelta[index]) <= 1e-8 * max(1, abs(delta[index]))) {
        throw Finding(
          "canonical_delta(z: \(z), a: \(a), y: \(y))", found: "δ[\(index)] = \(canonicalDelta[index])",
          expected: "\(delta[index]), from gradient and the backward of \(name)")
      }
    }
    return count
  }
}
