/// What is asked of kinds of neurons alone: their numbers.
struct NeuronChecks {
  let kind: NeuronKind
  let calling: (String) -> Void

  /// Layers that come up in numbers: several fan-ins and counts of columns.
  private func shapes(_ random: inout RandomSource) -> NeuronTrial<Double>.Shape {
    func one(_ choices: [Int]) -> Int { choices.randomElement(using: &random) ?? 1 }
    return NeuronTrial<Double>.Shape(
      neurons: one([1, 2, 3]), columns: one([1, 2, 3, 7]), fanIn: one([1, 2, 3, 5, 8, 17]),
      areSamples: one([0, 1]) == 1)
  }

  /// The weight counts are possible, and the same when asked again.
  func descriptor() throws -> Int {
    calling("weight_count")
    let fanIns = [1, 2, 3, 10, 784]
    for fanIn in fanIns {
      do {
        let count = try kind.weightCount(fanIn: fanIn)
        let again = try kind.weightCount(fanIn: fanIn)
        guard count == again else {
          throw Finding("weight_count(fan_in: \(fanIn))", found: "\(again)", expected: "\(count), as before")
        }
      } catch let error as NetworkError {
        throw Finding("weight_count(fan_in: \(fanIn))", found: "\(error)", expected: "1 or more")
      }
    }
    return fanIns.count
  }

  /// Ordinary numbers give no NaN.
  func values(_ count: Int) throws -> Int { try values(count / 2, Double.self) + values(count / 2, Float.self) }

  private func values<Scalar: NetworkScalar>(_ count: Int, _: Scalar.Type) throws -> Int {
    var random = RandomSource(seed: 14)
    var compared = 0
    while compared < count {
      let shape = shapes(&random)
      let trial = try NeuronTrial<Scalar>(
        kind,
        .init(neurons: shape.neurons, columns: shape.columns, fanIn: shape.fanIn, areSamples: shape.areSamples),
        &random)
      // Where formulas divide: nothing heard, no weights, inputs that are the weights.
      special(trial, &random)
      for call in NeuronTrial<Scalar>.Call.allCases {
        calling(trial.named(call))
        let results = try trial.results(of: call)
        if results.contains(where: \.isNaN) {
          throw Finding(trial.named(call), found: "NaN", expected: "a number or ±∞")
        }
        compared += results.count
      }
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
    var compared = 0
    while compared < count {
      let trial = try NeuronTrial<Double>(kind, shapes(&random), &random)
      if random.uniform() < 0.3 { special(trial, &random) }
      try trial.call(.combine)
      calling(trial.named(.accumulate))
      _ = try trial.results(of: .accumulate)
      calling(trial.named(.send))
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
      try compare(trial.dw.values, trial.w, "dw", .accumulate, trial)
      try compare(trial.db.values, trial.b, "db", .accumulate, trial)
      try compare(messages, trial.x, "messages", .send, trial)
      compared += trial.w.count + trial.b.count + heard
    }
    return compared
  }

  private func compare(
    _ gradients: [Double], _ numbers: GuardedNumbers<Double>, _ name: String, _ call: NeuronTrial<Double>.Call,
    _ trial: NeuronTrial<Double>
  ) throws {
    let differences = CentralDifference(mayHaveOtherKinks: true)
    for index in gradients.indices {
      let value = numbers[index]
      let noise = zip(trial.delta.values, trial.z.values).reduce(0) { max($0, abs($1.0 * $1.1)) }
      let verdict = try differences.verdict(gradients[index], at: value, noise: noise) { moved in
        numbers[index] = moved
        defer { numbers[index] = value }
        try trial.call(.combine)
        return zip(trial.delta.values, trial.z.values).reduce(0) { $0 + $1.0 * $1.1 }
      }
      try trial.call(.combine)
      if case .disagrees(let difference) = verdict {
        throw Finding(
          trial.named(call), found: "\(name)[\(index)] = \(gradients[index])",
          expected: "\(difference), a central difference of combine")
      }
    }
  }

  /// Single precision against double, from the same arguments.
  func float(_ count: Int) throws -> Int {
    var random = RandomSource(seed: 16)
    var compared = 0
    while compared < count {
      let shape = shapes(&random)
      let single = try NeuronTrial<Float>(
        kind, .init(neurons: 4, columns: 20 * shape.columns, fanIn: shape.fanIn, areSamples: shape.areSamples), &random)
      let double = try NeuronTrial<Double>(
        kind, .init(neurons: 4, columns: 20 * shape.columns, fanIn: shape.fanIn, areSamples: shape.areSamples), &random)
      for (wide, narrow) in zip(double.inputs, single.inputs) {
        for index in 0..<wide.numbers.count { wide.numbers[index] = Double(narrow.numbers[index]) }
      }
      for call in NeuronTrial<Float>.Call.allCases {
        calling(single.named(call))
        let found = try single.results(of: call).map { Double($0) }
        guard let wide = NeuronTrial<Double>.Call(rawValue: call.rawValue) else { continue }
        let expected = try double.results(of: wide)
        // A sum of terms that cancel each other is as exact as its terms.
        let size = expected.reduce(1) { max($0, abs($1)) }
        for index in found.indices where !(abs(found[index] - expected[index]) <= 1e-5 * size) {
          throw Finding(
            single.named(call), found: "\(found[index])", expected: "\(expected[index]), as in double precision")
        }
        compared += found.count
      }
    }
    return compared
  }
}
