import NNKit

/// What is asked of loss functions alone.
struct LossChecks {
  let loss: Loss
  let calling: (String) -> Void

  init(_ loss: Loss, calling: @escaping (String) -> Void) {
    self.loss = loss
    self.calling = calling
  }

  func setting(_ text: String) -> String { loss.givenParameters.isEmpty ? text : "\(text) of \(loss)" }

  /// Outputs and targets of single samples, `count` elements in all.
  private func samples(_ count: Int) -> [(a: [Double], y: [Double])] {
    var random = RandomSource(seed: 11)
    var samples: [(a: [Double], y: [Double])] = []
    var elements = 0
    while elements < count {
      let outputs = [5, 5, 5, 2, 5, 1, 5, 17, 5, 5, 10][samples.count % 11]
      samples.append(
        CheckPoints.special(
          samples.count, CheckPoints.outputsAndTargets(loss, outputs: outputs, columns: 1, &random), of: loss, &random))
      elements += outputs
    }
    return samples
  }

  func value(_ a: [Double], _ y: [Double], announces: Bool = true) throws -> Double {
    if announces { calling(setting("value(a: \(listed(a)), y: \(listed(y)))")) }
    var value = 0.0
    try loss.values(Block(neurons: a.count, columns: 1), a, y, &value)
    return value
  }

  func gradient(_ a: [Double], _ y: [Double]) throws -> [Double] {
    calling(setting("gradient(a: \(listed(a)), y: \(listed(y)))"))
    var gradient = [Double](repeating: 0, count: a.count + slackCount)
    try loss.gradient(Block(neurons: a.count, columns: 1), a, y, &gradient)
    return Array(gradient.prefix(a.count))
  }

  func values(_ count: Int) throws -> Int {
    let samples = samples(count)
    var finite = 0
    for (a, y) in samples {
      let (value, gradient) = (try value(a, y), try gradient(a, y))
      if value.isNaN { throw Finding(setting("value(a: \(a), y: \(y))"), found: "NaN", expected: "a number or ±∞") }
      if value.isFinite, gradient.contains(where: \.isNaN) {
        throw Finding(setting("gradient(a: \(a), y: \(y))"), found: "\(gradient)", expected: "numbers or ±∞")
      }
      if value.isFinite { finite += 1 }
    }
    guard 5 * finite >= samples.count else {
      throw Finding(
        setting("value"), found: "finite numbers for \(finite) of \(samples.count) samples",
        expected: "finite numbers for 1 sample of 5 or more")
    }
    return count
  }

  func sign(_ count: Int) throws -> Int {
    guard loss.isNonNegative else { return 0 }
    let samples = samples(count)
    for (a, y) in samples {
      let value = try value(a, y)
      let rounding = 1e-13 * Self.terms(a, y)
      guard value >= -rounding || value.isNaN else {
        throw Finding(
          setting("value(a: \(a), y: \(y))"), found: "\(value)", expected: "at least 0, by the flag NNKIT_NON_NEGATIVE")
      }
    }
    return samples.count
  }

  /// How large the terms are of which a value is made: close to the targets they cancel each other.
  private static func terms(_ a: [Double], _ y: [Double]) -> Double {
    zip(a, y).reduce(1) { max($0, abs($1.0), abs($1.1)) }
  }

  func gradient(_ count: Int) throws -> Int {
    let differences = CentralDifference(mayHaveOtherKinks: true, range: loss.outputRange)
    var tally = VerdictTally()
    for (a, y) in samples(count) where try value(a, y).isFinite {
      try compare(a, y, Array(a.indices), differences, &tally)
    }
    if count >= 10_000 { try largeGradient(differences, &tally) }
    // Of outputs that are the targets, or at an end of their range, nothing can be said.
    try tally.expectMostKnown(allowance: 2, called: setting("value"), smooth: "a smooth function")
    return tally.count
  }

  /// As many outputs as a layer may have: the first, the last and some between.
  private func largeGradient(_ differences: CentralDifference, _ tally: inout VerdictTally) throws {
    var random = RandomSource(seed: 25)
    let outputs = 2000
    for _ in 0..<3 {
      let (a, y) = CheckPoints.outputsAndTargets(loss, outputs: outputs, columns: 1, &random)
      guard try value(a, y).isFinite else { continue }
      try compare(a, y, [0, 1, outputs / 3, outputs / 2, outputs - 2, outputs - 1], differences, &tally)
    }
  }

  private func compare(
    _ a: [Double], _ y: [Double], _ indices: [Int], _ differences: CentralDifference, _ tally: inout VerdictTally
  ) throws {
    let gradient = try gradient(a, y)
    let terms = Self.terms(a, y)
    for index in indices {
      calling(setting("value with a[\(index)] moved from a: \(listed(a)), y: \(listed(y))"))
      let verdict = try differences.verdict(gradient[index], at: a[index], noise: terms) { moved in
        try moved.map { number in
          var a = a
          a[index] = number
          return try value(a, y, announces: false)
        }
      }
      try tally.take(verdict) { difference in
        Finding(
          setting("gradient(a: \(listed(a)), y: \(listed(y)))"), found: "received[\(index)] = \(gradient[index])",
          expected: "\(difference), a central difference of value")
      }
    }
  }

  // MARK: NaN

  /// Whether outputs that are NaN give a loss that is NaN: the host watches the loss alone.
  ///
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func nanStays() throws -> Int {
    var random = RandomSource(seed: 24)
    let groups = Precision.allCases.flatMap { PluginCalls.calls(of: loss, $0, calling: calling) }
    var count = 0
    for calls in groups where calls.isOfPlugin {
      for neurons in [1, 4] {
        let trial = try valueTrial(calls, neurons, &random)
        trial.reads(0)[0].fill { .nan }
        let values = try trial.results(0)
        count += values.count
        guard let odd = values.first(where: { !$0.isNaN }), try !isConstantSomewhere(odd, calls, neurons, &random)
        else {
          continue
        }
        throw Finding(
          trial.named(0), found: "\(odd)", expected: "NaN, or what it gives on a stretch where outputs do not matter")
      }
    }
    return count
  }

  /// Values of a class, with any outputs; a target that is off may make a loss of 0, whatever the outputs are.
  private func valueTrial(_ calls: PluginCalls, _ neurons: Int, _ random: inout RandomSource) throws -> CallTrial {
    let trial = try CallTrial(calls, CallShape(neurons: neurons, columns: 20), &random)
    let y = trial["y"]
    for index in 0..<y.count { y[index] = index / y.columns == 0 ? loss.targetOn : loss.targetOff }
    return trial
  }

  /// Whether a number is the loss of many outputs, of the same targets.
  private func isConstantSomewhere(
    _ value: Double, _ calls: PluginCalls, _ neurons: Int, _ random: inout RandomSource
  ) throws -> Bool {
    for scale in [1.0, 1, 1, 10, 10, 1000, 1000] {
      let trial = try valueTrial(calls, neurons, &random)
      let outputs = trial.reads(0)[0]
      outputs.fill(with: outputs.values.map { calls.limited($0 * scale, outputs.name) })
      if try trial.results(0).count(where: { $0 == value }) > 1 { return true }
    }
    return false
  }
}
