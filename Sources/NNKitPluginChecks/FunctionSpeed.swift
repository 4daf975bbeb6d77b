package import NNKit

/// How long one call of a function takes, by the size of the block.
package struct FunctionSpeed: Sendable {
  package let call: String
  package let precision: String
  /// For each block size.
  package let nanoseconds: [Double]

  /// Measures every call of a function in both precisions.
  ///
  /// - Parameters:
  ///   - function: Of a kind that is timed.
  ///   - counts: Sizes of blocks, in elements; each a multiple of 8, the neurons of a block. An element of a kind of neuron
  ///     is a weight in a column.
  /// - Returns: The best of several runs, in nanoseconds an element.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package static func measure(_ function: any PluginFunction, counts: [Int]) throws -> [FunctionSpeed] {
    try function.kind.examination?.speeds(of: function, counts) ?? []
  }

  static func measure(_ groups: [PluginCalls], _ counts: [Int]) throws -> [FunctionSpeed] {
    try groups.flatMap { calls in
      var random = RandomSource(seed: 13)
      // Arrays begin at the start of a page, as far from any odd address as a network's matrices are.
      let trials = try counts.map { try CallTrial(calls, calls.speedShape($0), &random, .behindGuard) }
      return try calls.calls.indices.map { call in
        let times = try trials.map { trial in
          try nanoseconds(trial.shape.neurons * trial.shape.columns * max(1, trial.weightCount)) {
            try trial.call(call, logs: false)
          }
        }
        return FunctionSpeed(
          call: calls.name(calls.calls[call]), precision: calls.precision.configurationName, nanoseconds: times)
      }
    }
  }

  /// The best of several runs of a call that does `count` elements, in nanoseconds an element.
  private static func nanoseconds(_ count: Int, _ call: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    var best = Double.infinity
    let repetitions = max(1, 200_000 / count)
    for _ in 0..<7 {
      let duration = try clock.measure { for _ in 0..<repetitions { try call() } }
      best = min(best, duration / .nanoseconds(1) / Double(repetitions * count))
    }
    return best
  }
}
