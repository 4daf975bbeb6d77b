import NNKit

/// Whether a layer gives what its parts give by themselves: its elements, neurons or columns.
struct BlockParts {
  private let calls: PluginCalls

  init(_ calls: PluginCalls) { self.calls = calls }

  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func check() throws -> Int {
    var random = RandomSource(seed: 3)
    var count = 0
    for call in calls.calls.indices {
      for var shape in try calls.shapes + calls.largeShapes() {
        shape.gap = 0
        let trial = try CallTrial(calls, shape, &random)
        for parts in calls.partitions(shape) { count += try compare(trial, call, parts) }
      }
      for (large, small) in calls.tiledShapes { count += try tiled(call, large, small, &random) }
    }
    return count
  }

  private func compare(_ trial: CallTrial, _ call: Int, _ parts: [LayerPart]) throws -> Int {
    let together = try trial.results(call)
    // The parts' results side by side, or added up where they are sums over the layer.
    var sums = [Double](repeating: 0, count: together.count)
    var part = [LayerPart?](repeating: nil, count: together.count)
    for one in parts where !one.neurons.isEmpty && !one.columns.isEmpty {
      let alone = try trial.part(one)
      for (place, value) in zip(trial.places(of: one, call), try alone.results(call)) {
        sums[place] += value
        part[place] = one
      }
    }
    let closeness = Closeness(of: trial, call, together)
    for index in together.indices {
      guard let part = part[index] else { continue }
      guard closeness.holds(together[index], sums[index], at: index) else {
        throw Finding(
          trial.namedResult(call, index), found: "\(trial.resultName(call, index)) = \(together[index])",
          expected: "\(sums[index]), as in parts of \(part.neurons.count) × \(part.columns.count)")
      }
    }
    return together.count
  }

  /// A block as large as layers may be, made of a small one over and over, against the small one.
  private func tiled(_ call: Int, _ large: CallShape, _ small: CallShape, _ random: inout RandomSource) throws -> Int {
    let pattern = try CallTrial(calls, small, &random)
    let alone = try pattern.results(call)
    let trial = try CallTrial(calls, large)
    for (array, part) in zip(trial.reads(call), pattern.reads(call)) { array.tile(part) }
    try trial.call(call)
    let closeness = Closeness(of: pattern, call, alone)
    let outputs = zip(trial.outputs(call), pattern.outputs(call))
    var count = 0
    for (array, part) in outputs {
      let step = max(1, array.count / 40_000)
      for index in stride(from: array.count - 1, through: 0, by: -step) {
        let own = index / array.columns % part.rows * part.columns + index % array.columns % part.columns
        let found = array[index]
        if found == alone[own] || closeness.holds(found, alone[own], at: own) { continue }
        throw Finding(
          pattern.namedResult(call, own) + ", at \(index) of a block of \(large.neurons) × \(large.columns)",
          found: "\(found)", expected: "\(alone[own]), as in one of \(small.neurons) × \(small.columns)")
      }
      count += array.count / step
    }
    return count
  }
}
