import NNKit

// Whether a neuron that hears nothing but NaN, or has no other weights, gives NaN.

extension NeuronChecks {
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func nanStays<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Int {
    var random = RandomSource(seed: 24)
    var count = 0
    for fanIn in [1, 4] {
      for name in ["x", "w"] {
        let trial = try NeuronTrial<Scalar>(
          kind, .init(neurons: 2, columns: 3, fanIn: fanIn), &random, calling: calling)
        for (input, numbers) in trial.inputs where input == name { numbers.fill { .nan } }
        trial.b.fill { 0 }
        let z = try trial.results(of: .combine)
        if let odd = z.first(where: { !$0.isNaN }), try !isConstantSomewhere(odd, fanIn, &random) {
          throw Finding(
            trial.named(.combine), found: "\(odd)",
            expected: "NaN, or what it gives on a stretch where \(name) does not matter")
        }
        count += z.count
      }
    }
    return count
  }

  /// Whether a number is what a neuron gives while all its inputs change.
  private func isConstantSomewhere<Scalar: NetworkScalar>(
    _ value: Scalar, _ fanIn: Int, _ random: inout RandomSource
  ) throws -> Bool {
    for scale in [1.0, 1, 1, 1, 30, 30, 1e4, 1e4] {
      let trial = try NeuronTrial<Scalar>(
        kind, .init(neurons: 2, columns: 50, fanIn: fanIn), &random, scale: scale, calling: calling)
      trial.b.fill { 0 }
      let z = try trial.results(of: .combine)
      if z.count(where: { $0 == value }) > 1 { return true }
    }
    return false
  }
}
