import NNKit

// Whether outputs that are NaN give a loss that is NaN: the host watches it, and nothing else.

extension LossChecks {
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func nanStays() throws -> Int {
    try nanStays(CheckedCall<Double>.calls(of: loss, calling: calling))
      + nanStays(CheckedCall<Float>.calls(of: loss, calling: calling))
  }

  private func nanStays<Scalar: NetworkScalar>(_ calls: [CheckedCall<Scalar>]) throws -> Int {
    var random = RandomSource(seed: 24)
    var count = 0
    for call in calls where call.givesOnePerColumn && call.isOfPlugin {
      for neurons in [1, 4] {
        let columns = 20
        var arguments = try call.arguments(neurons, columns, &random)
        // Targets that say nothing make a loss of 0, whatever the outputs are.
        arguments[1] = arguments[1].indices.map { Scalar($0 / columns == 0 ? loss.targetOn : loss.targetOff) }
        let targets = arguments[1]
        arguments[0] = arguments[0].map { _ in .nan }
        let values = try call.results(neurons, columns, arguments)
        if let odd = values.first(where: { !$0.isNaN }) {
          guard try !isConstantSomewhere(odd, call, neurons, targets, &random) else { continue }
          throw Finding(
            call.described(Block(neurons: neurons, columns: columns), arguments), found: "\(odd)",
            expected: "NaN, or what it gives on a stretch where outputs do not matter")
        }
        count += values.count
      }
    }
    return count
  }

  /// Whether a number is the loss of many outputs, of the same targets.
  private func isConstantSomewhere<Scalar: NetworkScalar>(
    _ value: Double, _ call: CheckedCall<Scalar>, _ neurons: Int, _ targets: [Scalar], _ random: inout RandomSource
  ) throws -> Bool {
    let columns = 20
    for scale in [1.0, 1, 1, 10, 10, 1000, 1000] {
      var arguments = try call.arguments(neurons, columns, &random)
      arguments[0] = arguments[0].map { call.limited($0 * Scalar(scale), call.inputs[0]) }
      arguments[1] = targets
      if try call.results(neurons, columns, arguments).count(where: { $0 == value }) > 1 { return true }
    }
    return false
  }
}
