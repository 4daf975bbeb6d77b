import NNKit

/// What is asked of kinds of neurons alone: their numbers.
struct NeuronChecks {
  let kind: NeuronKind
  let calling: (String) -> Void

  /// Layers that come up in numbers: several fan-ins and counts of columns.
  private func shape<Scalar>(_ random: inout RandomSource) -> NeuronTrial<Scalar>.Shape {
    func one(_ choices: [Int]) -> Int { choices.randomElement(using: &random) ?? 1 }
    return NeuronTrial<Scalar>.Shape(
      neurons: one([1, 2, 3]), columns: one([1, 2, 3, 7]), fanIn: one([1, 2, 3, 5, 8, 17, 40]),
      areSamples: one([0, 1]) == 1)
  }

  /// The weight counts are possible, and the same when asked again.
  func descriptor() throws -> Int {
    let fanIns = [1, 2, 3, 5, 8, 10, 17, 784, 10_000]
    for fanIn in fanIns {
      do {
        let count = try NeuronTrial<Double>.weightCount(of: kind, fanIn, calling)
        let again = try kind.weightCount(fanIn: fanIn)
        guard count == again else {
          throw Finding("weight_count(fan_in: \(fanIn))", found: "\(again)", expected: "\(count), as before")
        }
      } catch let error as NetworkError {
        throw Finding("weight_count(fan_in: \(fanIn))", error, expected: "1 or more")
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
    let count = try CallTraces(of: name) { _ = try kind.weightCount(fanIn: 10) }.expectNone()
    guard kind.parameters.map(\.bitPattern) == before else {
      throw Finding(name, found: "p = \(kind.parameters)", expected: "p as before the call")
    }
    return count
  }

  /// Ordinary numbers give no NaN.
  func values(_ count: Int) throws -> Int {
    try values(count / 2, Double.self) + (kind.function.hasFloat ? values(count / 2, Float.self) : 0)
  }

  private func values<Scalar: NetworkScalar>(_ count: Int, _: Scalar.Type) throws -> Int {
    var random = RandomSource(seed: 14)
    var (compared, finite) = (0, 0)
    while compared < count {
      let trial = try NeuronTrial<Scalar>(kind, shape(&random), &random, calling: calling)
      // Where formulas divide: nothing heard, no weights, inputs that are the weights.
      special(trial, &random)
      for call in NeuronTrial<Scalar>.Call.allCases {
        let results = try trial.results(of: call)
        if let odd = results.firstIndex(where: \.isNaN) {
          throw Finding(
            trial.named(call), found: "\(trial.named(odd, of: call)) = NaN", expected: "a number or ±∞")
        }
        if call == .combine { finite += results.count { $0.isFinite } }
        compared += results.count
      }
    }
    guard finite > 0 else {
      throw Finding("combine of \(kind)", found: "±∞ each time", expected: "finite numbers for ordinary inputs")
    }
    return compared
  }

  private func special<Scalar: NetworkScalar>(_ trial: NeuronTrial<Scalar>, _ random: inout RandomSource) {
    switch random.uniform() {
    case ..<0.1: trial.x.fill { 0 }
    case ..<0.2: trial.w.fill { 0 }
    case ..<0.3: (trial.w[0], trial.x[0]) = (-1, 1)
    case ..<0.4:
      trial.x.fill { 2 }
      trial.w.fill { 2 }
    case ..<0.5:
      trial.x.fill { 1 }
      trial.w.fill { -1 }
    default: break
    }
  }

  /// What `accumulate` and `send` add are derivatives of Σ δ z, held against central differences.
  func slopes(_ count: Int) throws -> Int {
    var random = RandomSource(seed: 15)
    var tally = VerdictTally()
    while tally.count < count {
      var shape: NeuronTrial<Double>.Shape = shape(&random)
      // A neuron by itself first: what is found of it is told in a line.
      if tally.count < count / 50 { (shape.neurons, shape.columns, shape.fanIn) = (1, 1, 1 + tally.count % 3) }
      let isSpecial = random.uniform() < 0.3
      // Where many things meet there may be kinks, each with a slope of its author's choice; of a sum of several nothing
      // could be said.
      if isSpecial { (shape.neurons, shape.columns) = (1, 1) }
      let scales: [Double] = random.uniform() < 0.25 ? [1e-3, 30, 1e3, 1e4] : [1]
      let scale = scales.randomElement(using: &random) ?? 1
      let trial = try NeuronTrial<Double>(kind, shape, &random, scale: scale, calling: calling)
      if isSpecial { special(trial, &random) }
      try trial.call(.combine)
      _ = try trial.results(of: .accumulate)
      _ = try trial.results(of: .send)
      let heard = trial.x.count
      // x lies by columns or by inputs; messages always by inputs.
      let messages = (0..<heard).map { index in
        let (input, column) =
          trial.shape.areSamples
          ? (index % trial.shape.fanIn, index / trial.shape.fanIn)
          : (index / trial.shape.columns, index % trial.shape.columns)
        return trial.messages[input * trial.shape.columns + column]
      }
      try compare(trial.dw.values, trial.w, "dw", .accumulate, trial, &tally)
      try compare(trial.db.values, trial.b, "db", .accumulate, trial, &tally)
      try compare(messages, trial.x, "messages", .send, trial, &tally)
    }
    if count >= 10_000, let fanIn = try largestFanIn() { try slopes(fanIn: fanIn, &random, &tally) }
    try tally.expectMostKnown(allowance: 2, called: "combine of \(kind)", smooth: "a smooth function")
    return tally.count
  }

  /// One neuron with as many inputs as a layer may have: the first of its numbers, the last and some between.
  private func slopes(fanIn: Int, _ random: inout RandomSource, _ tally: inout VerdictTally) throws {
    let shape = NeuronTrial<Double>.Shape(neurons: 1, columns: 1, fanIn: fanIn)
    // Small enough that sums and products of so many stay moderate.
    let trial = try NeuronTrial<Double>(kind, shape, &random, scale: 1 / Double(fanIn).squareRoot(), calling: calling)
    _ = try trial.results(of: .accumulate)
    _ = try trial.results(of: .send)
    func some(_ count: Int) -> [Int] { [0, 1, count / 3, count / 2, count - 2, count - 1] }
    try compare(trial.dw.values, trial.w, "dw", .accumulate, trial, &tally, some(trial.dw.count))
    try compare(trial.messages.values, trial.x, "messages", .send, trial, &tally, some(fanIn))
  }

  private func compare(
    _ gradients: [Double], _ numbers: GuardedNumbers<Double>, _ name: String, _ call: NeuronTrial<Double>.Call,
    _ trial: NeuronTrial<Double>, _ tally: inout VerdictTally, _ indices: [Int]? = nil
  ) throws {
    let differences = CentralDifference(mayHaveOtherKinks: true, roundingShows: 0x1p-34)
    let delta = trial.delta.values
    let noise = zip(delta, trial.z.values).reduce(0) { max($0, abs($1.0 * $1.1)) }
    for index in indices ?? Array(gradients.indices) {
      let value = numbers[index]
      calling("\(trial.named(.combine)), with what \(name)[\(index)] belongs to moved from \(value)")
      let verdict = try differences.verdict(gradients[index], at: value, noise: noise) { moved in
        defer { numbers[index] = value }
        return try moved.map { number in
          numbers[index] = number
          try trial.call(.combine, isTold: false)
          return delta.indices.reduce(0) { $0 + delta[$1] * trial.z[$1] }
        }
      }
      try tally.take(verdict) { difference in
        try trial.call(.combine)
        return Finding(
          trial.named(call), found: "\(name)[\(index)] = \(gradients[index])",
          expected: "\(difference), a central difference of combine")
      }
    }
    try trial.call(.combine)
  }

  /// Single precision against double, from the same arguments.
  func float(_ count: Int) throws -> Int {
    guard kind.function.hasFloat else { return 0 }
    var random = RandomSource(seed: 16)
    var compared = 0
    while compared < count {
      let shape: NeuronTrial<Double>.Shape = shape(&random)
      let single = try NeuronTrial<Float>(
        kind, .init(neurons: 4, columns: 20 * shape.columns, fanIn: shape.fanIn, areSamples: shape.areSamples), &random,
        calling: calling)
      let double = try NeuronTrial<Double>(
        kind, .init(neurons: 4, columns: 20 * shape.columns, fanIn: shape.fanIn, areSamples: shape.areSamples), &random,
        calling: calling)
      for (wide, narrow) in zip(double.inputs, single.inputs) {
        for index in 0..<wide.numbers.count { wide.numbers[index] = Double(narrow.numbers[index]) }
      }
      for call in NeuronTrial<Float>.Call.allCases {
        let found = try single.results(of: call).map { Double($0) }
        guard let wide = NeuronTrial<Double>.Call(rawValue: call.rawValue) else { continue }
        let expected = try double.results(of: wide)
        // A sum of terms that cancel each other is as exact as its terms.
        let size = expected.reduce(1) { max($0, abs($1)) }
        for index in found.indices where !(abs(found[index] - expected[index]) <= 1e-5 * size) {
          throw Finding(
            single.named(call), found: "\(single.named(index, of: call)) = \(found[index])",
            expected: "\(expected[index]), as in double precision")
        }
        compared += found.count
      }
    }
    return compared
  }
}
