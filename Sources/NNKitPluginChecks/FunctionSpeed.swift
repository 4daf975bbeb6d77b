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
  ///   - function: Anything but a backend.
  ///   - counts: Sizes of blocks, in elements; each a multiple of 8, the neurons of a block. An element of a kind of neuron
  ///     is a weight in a column.
  /// - Returns: The best of several runs, in nanoseconds an element.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package static func measure(_ function: PluginFunction, counts: [Int]) throws -> [FunctionSpeed] {
    switch function {
    case .activation(let function):
      let activation = try Activation(function)
      return try measure(CheckedCall<Float>.calls(of: activation), counts)
        + measure(CheckedCall<Double>.calls(of: activation), counts)
    case .loss(let function):
      let loss = try Loss(function)
      return try measure(CheckedCall<Float>.calls(of: loss), counts)
        + measure(CheckedCall<Double>.calls(of: loss), counts)
    case .neuron(let function):
      let kind = try NeuronKind(function)
      return try measure(kind, counts, Float.self) + measure(kind, counts, Double.self)
    case .backend: return []
    }
  }

  private static func measure<Scalar: NetworkScalar>(
    _ kind: NeuronKind, _ counts: [Int], _: Scalar.Type
  ) throws -> [FunctionSpeed] {
    var random = RandomSource(seed: 13)
    // 8 neurons, with as many weights in all of a column as there are columns.
    let trials = try counts.map { count in
      let side = max(1, Int((Double(count) / 8).squareRoot()))
      let fanIn = max(1, side * side / (try kind.weightCount(fanIn: side)))
      return try NeuronTrial<Scalar>(kind, .init(neurons: 8, columns: side, fanIn: fanIn), &random) { _ in }
    }
    return try NeuronTrial<Scalar>.Call.allCases.map { call in
      let times = try trials.map { trial in
        try nanoseconds(trial.rows.neurons * trial.rows.weightCount * trial.rows.columns) {
          try trial.call(call, isTold: false)
        }
      }
      let name = Scalar.self == Float.self ? "\(call.rawValue)_float" : call.rawValue
      return FunctionSpeed(call: name, precision: Scalar.precisionName, nanoseconds: times)
    }
  }

  private static func measure<Scalar: NetworkScalar>(
    _ calls: [CheckedCall<Scalar>], _ counts: [Int]
  ) throws -> [FunctionSpeed] {
    try calls.map { call in
      let nanoseconds = try counts.map { try Self.nanoseconds(call, neurons: 8, columns: $0 / 8) }
      return FunctionSpeed(call: call.name, precision: Scalar.precisionName, nanoseconds: nanoseconds)
    }
  }

  private static func nanoseconds<Scalar: NetworkScalar>(
    _ call: CheckedCall<Scalar>, neurons: Int, columns: Int
  ) throws -> Double {
    var random = RandomSource(seed: 13)
    let block = Block(neurons: neurons, columns: columns)
    // At the start of a page, as far from any odd address as a network's matrices are.
    let inputs = try call.arguments(neurons, columns, &random).map { values in
      try GuardedMemory(values.withUnsafeBytes { Array($0) }, atEnd: false)
    }
    // The value of a loss is a double a column, which fits where an element has 4 bytes and there are 8 rows.
    let output = try GuardedMemory(count: block.count * MemoryLayout<Scalar>.size, atEnd: false)
    return try withExtendedLifetime((inputs, output)) {
      let pointers = inputs.map { UnsafePointer($0.pointer(to: Scalar.self)) }
      return try nanoseconds(block.count) { try call.invoke(block, pointers, output.base) }
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
