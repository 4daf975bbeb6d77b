import NNKit

/// Whether a call depends on calls before it: results follow from the numbers in arrays alone.
struct KeptState {
  private let calls: PluginCalls

  init(_ calls: PluginCalls) { self.calls = calls }

  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func check() throws -> Int {
    var random = RandomSource(seed: 4)
    return try repetition(&random) + inPlace(&random)
  }

  private func repetition(_ random: inout RandomSource) throws -> Int {
    var count = 0
    for call in calls.calls.indices {
      for shape in calls.shapes(for: .repetition) {
        let trial = try CallTrial(calls, shape, &random)
        let first = try trial.results(call)
        for _ in 0..<10 {
          // Other calls come in between, those too that arguments come from.
          _ = try CallTrial(calls, CallShape(neurons: 3, columns: 50, fanIn: shape.fanIn), &random).results(call)
          try calls.expectSame(try trial.results(call), first, trial, call, "the second time")
        }
        count += 10 * first.count
      }
    }
    return count
  }

  /// In a network arrays stay where they are, and their numbers change between calls: all of them, or some.
  private func inPlace(_ random: inout RandomSource) throws -> Int {
    var count = 0
    for shape in [CallShape(neurons: 5, columns: 16, fanIn: 5), CallShape(neurons: 3, columns: 4, fanIn: 5)] {
      for changed in [nil, [shape.columns / 2, shape.columns - 1]] {
        for first in calls.calls.indices {
          for second in calls.calls.indices {
            let trial = try CallTrial(calls, shape, &random)
            // With some other numbers, and in other arrays.
            let other = try trial.part()
            other.take(try CallTrial(calls, shape, &random), columns: changed)
            let expected = try other.results(second)
            try trial.call(first)
            trial.take(other, columns: nil)
            let found = try trial.results(second)
            let closeness = Closeness(of: other, second, expected)
            for index in expected.indices where !closeness.holds(found[index], expected[index], at: index) {
              throw Finding(
                "\(other.namedResult(second, index)), in arrays that \(calls.name(calls.calls[first])) had with other"
                  + " numbers",
                found: "\(other.resultName(second, index)) = \(found[index])",
                expected: "\(expected[index]), as in other arrays: where an array lies says nothing of its numbers")
            }
            count += expected.count
          }
        }
      }
    }
    return count
  }
}

/// Whether calls give the same bytes while other threads make them, too.
struct ConcurrentCalls {
  private let calls: PluginCalls

  init(_ calls: PluginCalls) { self.calls = calls }

  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func check() throws -> Int {
    var random = RandomSource(seed: 5)
    var count = 0
    for shape in calls.threadShapes {
      for call in calls.calls.indices {
        let trials = try (0..<4).map { _ in try CallTrial(calls, shape, &random) }
        let alone = try trials.map { trial in
          (values: try trial.results(call), bytes: trial.outputs(call).map(\.bytes))
        }
        calls.calling("\(trials[0].named(call)), and others from other threads at once")
        // Each thread has its own part of all of these.
        nonisolated(unsafe) let (group, parts) = (calls, trials)
        let turns = try ThreadStress.run(4, for: .milliseconds(13)) { part in
          let trial = parts[part]
          trial.clear(call)
          try trial.call(call, logs: false)
          if zip(trial.outputs(call), alone[part].bytes).allSatisfy({ $0.holds($1) }) { return }
          try group.expectSame(trial.values(call), alone[part].values, trial, call, "while other threads called it too")
        }
        count += turns * alone[0].values.count
      }
    }
    return count
  }
}

extension PluginCalls {
  /// - Throws: `Finding` where numbers differ in a bit.
  func expectSame(
    _ found: [Double], _ expected: [Double], _ trial: CallTrial, _ call: Int, _ circumstance: String
  ) throws {
    guard let odd = found.indices.first(where: { !isSame(found[$0], expected[$0]) }) else { return }
    throw Finding(
      "\(trial.namedResult(call, odd)) \(circumstance)", found: "\(trial.resultName(call, odd)) = \(found[odd])",
      expected: "\(expected[odd]), as before")
  }
}
