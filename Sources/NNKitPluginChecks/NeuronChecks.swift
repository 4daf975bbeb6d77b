import CNNKit
import NNKit

/// What is asked of kinds of neurons alone: their weight counts and their numbers.
struct NeuronChecks {
  let kind: NeuronKind
  let calling: (String) -> Void

  /// The places of a kind's calls in its `PluginCalls`.
  private static let (combine, accumulate, send) = (0, 1, 2)

  /// The calls in both precisions, as far as the plugin has them itself.
  private var calls: [PluginCalls] {
    Precision.allCases.map { .calls(of: kind, $0, calling: calling) }.filter(\.isOfPlugin)
  }

  /// Runs a check that all functions have in common.
  func contract(_ check: PluginCheck, rounds: Int = 20) throws -> Int {
    try Contract { [.calls(of: kind, $0, calling: calling)] }.run(check, rounds: rounds)
  }

  /// Layers that come up in numbers: several fan-ins and counts of columns.
  static func shape(_ random: inout RandomSource) -> CallShape {
    func one(_ choices: [Int]) -> Int { choices.randomElement(using: &random) ?? 1 }
    return CallShape(
      neurons: one([1, 2, 3]), columns: one([1, 2, 3, 7]), fanIn: one([1, 2, 3, 5, 8, 17, 40]),
      areSamples: one([0, 1]) == 1)
  }

  // MARK: Weight counts

  /// How many weights a neuron has.
  ///
  /// A few inputs that ask for millions of weights each are a mistake, and would fill the memory.
  func weightCount(_ fanIn: Int) throws -> Int {
    calling("weight_count(fan_in: \(fanIn))")
    let count = try kind.weightCount(fanIn: fanIn)
    let greatest = 1 << 20
    guard count <= greatest || fanIn > 64 else {
      throw Finding("weight_count(fan_in: \(fanIn))", found: "\(count)", expected: "at most \(greatest)")
    }
    return count
  }

  /// As many inputs as a layer may have, of those whose weights fit into a moderate memory.
  func largestFanIn() throws -> Int? {
    try [10_000, 2000, 500, 100].first { fanIn in
      calling("weight_count(fan_in: \(fanIn)) of \(kind)")
      return try kind.weightCount(fanIn: fanIn) <= 1 << 18
    }
  }

  /// `weight_count` is asked with parameters, and writes one number.
  func weightCountBounds() throws -> Int {
    guard let weightCount = kind.function.raw.weight_count else { return 0 }
    for placement in [Placement.beforeGuard, .behindGuard] {
      let p = try CheckedMemory(kind.parameters.withUnsafeBytes { Array($0) }, placement)
      let count = try CheckedMemory(count: MemoryLayout<Int>.size, placement)
      calling("weight_count(fan_in: 10), \(guardedParameters(kind.parameters.count))")
      let code = weightCount(
        kind.parameters.isEmpty ? nil : p.pointer(to: Double.self), 10, count.pointer(to: Int.self))
      try check(code, "weight_count", of: kind.function.information)
    }
    return 2
  }

  /// The weight counts are possible, and the same when asked again.
  func descriptor() throws -> Int {
    let fanIns = [1, 2, 3, 5, 8, 10, 17, 784, 10_000]
    let isWeightless = try weightCount(1) == 0
    for fanIn in fanIns {
      do {
        let count = try weightCount(fanIn)
        let again = try kind.weightCount(fanIn: fanIn)
        guard (count == 0) == isWeightless else {
          throw Finding(
            "weight_count(fan_in: \(fanIn))", found: "\(count)",
            expected: isWeightless ? "0, as for one input" : "1 or more, as for one input")
        }
        guard count == again else {
          throw Finding("weight_count(fan_in: \(fanIn))", found: "\(again)", expected: "\(count), as before")
        }
      } catch let error as NetworkError {
        throw Finding("weight_count(fan_in: \(fanIn))", error, expected: "0 or more")
      }
    }
    return fanIns.count
  }

  /// `weight_count` is watched as the other calls are.
  func weightCountLeavesNothing() throws -> Int {
    guard kind.hasWeightCount else { return 0 }
    let name = "weight_count(fan_in: 10)\(kind.givenParameters.isEmpty ? "" : " of \(kind)")"
    calling(name)
    let before = kind.parameters.map(\.bitPattern)
    let count = try SideEffects(of: name) { _ = try kind.weightCount(fanIn: 10) }.expectNone()
    guard kind.parameters.map(\.bitPattern) == before else {
      throw Finding(name, found: "p = \(kind.parameters)", expected: "p as before the call")
    }
    return count
  }

  // MARK: Numbers

  /// Ordinary numbers give no NaN.
  func values(_ count: Int) throws -> Int { try calls.reduce(0) { $0 + (try values(count / 2, $1)) } }

  private func values(_ count: Int, _ calls: PluginCalls) throws -> Int {
    var random = RandomSource(seed: 14)
    var (compared, finite) = (0, 0)
    while compared < count {
      let trial = try CallTrial(calls, Self.shape(&random), &random)
      // Where formulas divide: inputs of 0, weights of 0, inputs that are the weights.
      special(trial, &random)
      for call in calls.calls.indices {
        let results = try trial.results(call)
        if let odd = results.firstIndex(where: \.isNaN) {
          throw Finding(
            trial.named(call), found: "\(trial.resultName(call, odd)) = NaN", expected: "a number or ±∞")
        }
        if call == Self.combine { finite += results.count { $0.isFinite } }
        compared += results.count
      }
    }
    guard finite > 0 else {
      throw Finding("combine of \(kind)", found: "±∞ each time", expected: "finite numbers for ordinary inputs")
    }
    return compared
  }

  private func special(_ trial: CallTrial, _ random: inout RandomSource) {
    let (w, x) = (trial["w"], trial["x"])
    guard w.count > 0 else {
      // A kind without weights: equal inputs, and inputs of 0.
      if random.uniform() < 0.3 { x.fill { random.uniform() < 0.5 ? 0 : 2 } }
      return
    }
    switch random.uniform() {
    case ..<0.1: x.fill { 0 }
    case ..<0.2: w.fill { 0 }
    case ..<0.3: (w[0], x[0]) = (-1, 1)
    case ..<0.4:
      x.fill { 2 }
      w.fill { 2 }
    case ..<0.5:
      x.fill { 1 }
      w.fill { -1 }
    default: break
    }
  }

  /// What `accumulate` and `send` add are derivatives of Σ δ z, held against central differences.
  func slopes(_ count: Int) throws -> Int {
    var random = RandomSource(seed: 15)
    var tally = VerdictTally()
    let calls = PluginCalls.calls(of: kind, .double, calling: calling)
    while tally.count < count {
      var shape = Self.shape(&random)
      // A neuron by itself first: a finding of it has all its numbers.
      if tally.count < count / 50 { (shape.neurons, shape.columns, shape.fanIn) = (1, 1, 1 + tally.count % 3) }
      let isSpecial = random.uniform() < 0.3
      // Where many things meet there may be kinks, each with a slope of its author's choice; of a sum of several nothing
      // could be said.
      if isSpecial { (shape.neurons, shape.columns) = (1, 1) }
      let scales: [Double] = random.uniform() < 0.25 ? [1e-3, 30, 1e3, 1e4] : [1]
      let scale = scales.randomElement(using: &random) ?? 1
      let trial = try CallTrial(calls, shape, &random, scale: scale)
      if isSpecial { special(trial, &random) }
      try trial.call(Self.combine)
      _ = try trial.results(Self.accumulate)
      _ = try trial.results(Self.send)
      // x lies by columns or by inputs; messages always by inputs.
      let messages = (0..<trial["x"].count).map { index in
        let (input, column) =
          trial.shape.areSamples
          ? (index % trial.shape.fanIn, index / trial.shape.fanIn)
          : (index / trial.shape.columns, index % trial.shape.columns)
        return trial["messages"][input * trial.shape.columns + column]
      }
      try compare(trial["dw"].values, "w", Slope("dw", Self.accumulate), trial, &tally)
      // The bias of a kind without weights is 0 and stays 0.
      if trial.weightCount > 0 { try compare(trial["db"].values, "b", Slope("db", Self.accumulate), trial, &tally) }
      try compare(messages, "x", Slope("messages", Self.send), trial, &tally)
    }
    if count >= 10_000, let fanIn = try largestFanIn() { try slopes(calls, fanIn: fanIn, &random, &tally) }
    try tally.expectMostKnown(allowance: 2, called: "combine of \(kind)", smooth: "a smooth function")
    return tally.count
  }

  /// One neuron with as many inputs as a layer may have: the first of its numbers, the last and some between.
  private func slopes(_ calls: PluginCalls, fanIn: Int, _ random: inout RandomSource, _ tally: inout VerdictTally)
    throws
  {
    let shape = CallShape(neurons: 1, columns: 1, fanIn: fanIn)
    // Small enough that sums and products of so many stay moderate.
    let trial = try CallTrial(calls, shape, &random, scale: 1 / Double(fanIn).squareRoot())
    _ = try trial.results(Self.accumulate)
    _ = try trial.results(Self.send)
    func some(_ count: Int) -> [Int] {
      [0, 1, count / 3, count / 2, count - 2, count - 1].filter { 0..<count ~= $0 }
    }
    try compare(trial["dw"].values, "w", Slope("dw", Self.accumulate), trial, &tally, some(trial["dw"].count))
    try compare(trial["messages"].values, "x", Slope("messages", Self.send), trial, &tally, some(fanIn))
  }

  /// An array of derivatives, and the call that adds them up.
  private struct Slope {
    let name: String
    let call: Int
    init(_ name: String, _ call: Int) { (self.name, self.call) = (name, call) }
  }

  private func compare(
    _ gradients: [Double], _ moved: String, _ slope: Slope, _ trial: CallTrial, _ tally: inout VerdictTally,
    _ indices: [Int]? = nil
  ) throws {
    let differences = CentralDifference(mayHaveOtherKinks: true, roundingShows: 0x1p-34)
    let (numbers, delta, z) = (trial[moved], trial["delta"].values, trial["z"])
    let noise = zip(delta, z.values).reduce(0) { max($0, abs($1.0 * $1.1)) }
    for index in indices ?? Array(gradients.indices) {
      let value = numbers[index]
      calling("\(trial.named(Self.combine)), with what \(slope.name)[\(index)] belongs to moved from \(value)")
      let verdict = try differences.verdict(gradients[index], at: value, noise: noise) { moved in
        defer { numbers[index] = value }
        return try moved.map { number in
          numbers[index] = number
          try trial.call(Self.combine, logs: false)
          return delta.indices.reduce(0) { $0 + delta[$1] * z[$1] }
        }
      }
      try tally.take(verdict) { difference in
        try trial.call(Self.combine)
        return Finding(
          trial.named(slope.call), found: "\(slope.name)[\(index)] = \(gradients[index])",
          expected: "\(difference), a central difference of combine")
      }
    }
    try trial.call(Self.combine)
  }

  // MARK: NaN

  /// Whether a neuron whose inputs or weights are all NaN gives NaN.
  ///
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func nanStays() throws -> Int { try calls.reduce(0) { $0 + (try nanStays($1)) } }

  private func nanStays(_ calls: PluginCalls) throws -> Int {
    var random = RandomSource(seed: 24)
    var count = 0
    for fanIn in [1, 4] {
      for name in ["x", "w"] {
        let trial = try CallTrial(calls, CallShape(neurons: 2, columns: 3, fanIn: fanIn), &random)
        if trial[name].count == 0 { continue }
        trial[name].fill { .nan }
        trial["b"].fill { 0 }
        let z = try trial.results(Self.combine)
        if let odd = z.first(where: { !$0.isNaN }), try !isConstantSomewhere(odd, calls, fanIn, &random) {
          throw Finding(
            trial.named(Self.combine), found: "\(odd)",
            expected: "NaN, or what it gives on a stretch where \(name) does not matter")
        }
        count += z.count
      }
    }
    return count
  }

  /// Whether a number is what a neuron gives while all its inputs change.
  private func isConstantSomewhere(
    _ value: Double, _ calls: PluginCalls, _ fanIn: Int, _ random: inout RandomSource
  ) throws -> Bool {
    for scale in [1.0, 1, 1, 1, 30, 30, 1e4, 1e4] {
      let trial = try CallTrial(calls, CallShape(neurons: 2, columns: 50, fanIn: fanIn), &random, scale: scale)
      trial["b"].fill { 0 }
      if try trial.results(Self.combine).count(where: { $0 == value }) > 1 { return true }
    }
    return false
  }
}
