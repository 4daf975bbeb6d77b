import CNNKitSystem
import NNKit

/// What `nnkit/plugin.h` asks of every call of every function, whatever it computes.
struct Contract {
  /// The calls that the plugin has itself, double precision first; each group beside the host's in double precision.
  private let groups: [(calls: PluginCalls, double: PluginCalls)]

  /// - Parameter groups: Makes the groups of calls of the function in a precision.
  init(_ groups: (Precision) -> [PluginCalls]) {
    let doubles = groups(.double)
    self.groups = [doubles, groups(.single)].flatMap { zip($0, doubles).map { ($0, $1) } }
      .filter { $0.0.isOfPlugin }
  }

  /// Runs one of the checks.
  ///
  /// - Parameters:
  ///   - check: One of those of `PluginCheck.contract`.
  ///   - rounds: How many layers in single precision are held against double.
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func run(_ check: PluginCheck, rounds: Int = 20) throws -> Int {
    try groups.reduce(0) { count, group in
      let calls = group.calls
      switch check {
      case .environment: return count + (try each(calls, check) { try environment(calls, $0, $1, &$2) })
      case .written, .addition: return count + (try each(calls, check) { try written(calls, $0, $1, &$2) })
      case .inputs: return count + (try each(calls, check) { try inputsStay(calls, $0, $1, &$2) })
      case .bounds: return count + (try each(calls, check) { try bounds(calls, $0, $1, &$2) })
      case .nonFinite: return count + (try each(calls, check) { try nonFinite(calls, $0, $1, &$2) })
      case .float:
        return count + (calls.precision == .single ? try agreement(calls, group.double, rounds: rounds) : 0)
      case .blocks: return count + (try BlockParts(calls).check())
      case .repetition: return count + (try KeptState(calls).check())
      case .threads: return count + (try ConcurrentCalls(calls).check())
      default: return count
      }
    }
  }

  /// Every call with every shape.
  private func each(
    _ calls: PluginCalls, _ check: PluginCheck, _ body: (_ call: Int, CallShape, inout RandomSource) throws -> Int
  ) throws -> Int {
    var random = RandomSource(seed: 17)
    var count = 0
    for call in calls.calls.indices {
      for shape in calls.shapes(for: check) { count += try body(call, shape, &random) }
    }
    return count
  }

  // MARK: The checks

  /// A call leaves nothing behind but its results.
  private func environment(
    _ calls: PluginCalls, _ call: Int, _ shape: CallShape, _ random: inout RandomSource
  ) throws -> Int {
    // Before the numbers are prepared, for which calls may be made.
    let control = nnk_float_control()
    let trial = try CallTrial(calls, shape, &random, for: call)
    let before = calls.parameters.map(\.bitPattern)
    calls.calling(trial.named(call))
    trial.clear(call)
    let traces = SideEffects(of: trial.named(call), control: control) { try trial.call(call, logs: false) }
    let count = try traces.expectNone()
    guard trial.isDescriptionUntouched else {
      throw Finding(
        trial.named(call), found: "another description of the layer", expected: "the description as before the call")
    }
    guard calls.parameters.map(\.bitPattern) == before else {
      throw Finding(trial.named(call), found: "p = \(calls.parameters)", expected: "p as before the call")
    }
    return count
  }

  /// Results are the same, whatever was there before; those that are added are added to it.
  private func written(
    _ calls: PluginCalls, _ call: Int, _ shape: CallShape, _ random: inout RandomSource
  ) throws -> Int {
    let trial = try CallTrial(calls, shape, &random, for: call)
    guard calls.calls[call].adds else { return try expectWritten(trial, call) }
    let added = try trial.results(call)
    for array in trial.outputs(call) { for index in 0..<array.count { array[index] = 3 + Double(index % 5) } }
    let start = trial.values(call)
    try trial.call(call)
    let found = trial.values(call)
    let closeness = Closeness(of: trial, call, added)
    // What is NaN anyway is another check's.
    for index in found.indices where !added[index].isNaN {
      let expected = start[index] + added[index]
      guard closeness.holds(found[index], expected, at: index) else {
        throw Finding(
          trial.namedResult(call, index), found: "\(trial.resultName(call, index)) = \(found[index])",
          expected: "\(expected), added to where \(start[index]) was before")
      }
    }
    return found.count
  }

  /// - Returns: How many numbers were compared.
  private func expectWritten(_ trial: CallTrial, _ call: Int) throws -> Int {
    func results(over before: Double) throws -> [Double] {
      for array in trial.outputs(call) { array.fill { before } }
      try trial.call(call)
      return trial.values(call)
    }
    let (overZero, overOne, overNaN) = (try results(over: 0), try results(over: 1), try results(over: .nan))
    let odd = overZero.indices.first { !(isSame(overOne[$0], overZero[$0]) && isSame(overNaN[$0], overZero[$0])) }
    // A function that keeps a state is another check's.
    guard let odd, isSame(try results(over: 0)[odd], overZero[odd]) else { return 2 * overZero.count }
    let isUnwritten = overZero[odd] == 0 && overOne[odd] == 1 && overNaN[odd].isNaN
    throw Finding(
      trial.namedResult(call, odd),
      found: "\(trial.resultName(call, odd)) = \(overZero[odd]) where 0 was before, \(overOne[odd]) where 1 was,"
        + " \(overNaN[odd]) where NaN was",
      expected: isUnwritten
        ? "that every result is written; this one is left as it was"
        : "the same each time: results are written, not added to what was there")
  }

  private func inputsStay(
    _ calls: PluginCalls, _ call: Int, _ shape: CallShape, _ random: inout RandomSource
  ) throws -> Int {
    // Far from the guard pages, which are another check's.
    let trial = try CallTrial(copying: CallTrial(calls, shape, &random, for: call), .withMargin)
    let reads = trial.reads(call)
    // What an earlier call has left there is not what this one finds.
    if calls.addsResults { for array in reads where array.count > 0 { array[0] += 1 } }
    let before = reads.map(\.bytes)
    try trial.call(call)
    for (array, before) in zip(reads, before) {
      guard let change = array.change(since: before) else { continue }
      let place = array.isGap(change.place) ? ", between two rows" : ""
      throw Finding(
        trial.named(call), found: "\(array.name)[\(change.place)] = \(change.value)\(place)",
        expected: "\(array.name)[\(change.place)] = \(change.old), as before the call")
    }
    // One that writes what was there, or puts it back, is not found that way.
    for array in reads { try array.allowWriting(false) }
    calls.calling("\(trial.named(call)), with inputs that cannot be written")
    try trial.call(call, logs: false)
    for array in reads { try array.allowWriting(true) }
    return reads.reduce(0) { $0 + $1.count }
  }

  /// Arrays between pages that may not be touched, at their starts and their ends, with gaps between rows; parameters too.
  private func bounds(
    _ calls: PluginCalls, _ call: Int, _ shape: CallShape, _ random: inout RandomSource
  ) throws -> Int {
    var count = 0
    for placement in [Placement.beforeGuard, .behindGuard] {
      let dense = try CallTrial(calls, CallShape(dense: shape), &random, for: call)
      let trial = try CallTrial(copying: dense, gap: shape.gap, placement)
      for array in trial.outputs(call) { array.markGaps(with: 0xA5) }
      trial.clear(call)
      calls.calling("\(trial.named(call)), between pages that may not be touched")
      try trial.call(call, logs: false)
      for array in trial.outputs(call) {
        guard let place = array.changedGap(from: 0xA5) else { continue }
        throw Finding(
          trial.named(call), found: "a write to element \(place) of \(array.name), between two rows",
          expected: "nothing written outside of the rows")
      }
      // A result that depends on what lies between rows is NaN, like that.
      let (found, expected) = (trial.values(call), try dense.results(call))
      let closeness = Closeness(of: dense, call, expected)
      for index in found.indices where !closeness.holds(found[index], expected[index], at: index) {
        throw Finding(
          "\(trial.named(call)), only NaN lying between the rows",
          found: "\(trial.resultName(call, index)) = \(found[index])",
          expected: "\(expected[index]), as where rows touch")
      }
      trial.parameters = try CheckedMemory(calls.parameters.withUnsafeBytes { Array($0) }, placement)
      calls.calling("\(trial.named(call)), \(guardedParameters(calls.parameters.count))")
      try trial.call(call, logs: false)
      count += 2 * found.count
    }
    return count
  }

  /// NaN and ±∞ are survived, and results written all the same.
  private func nonFinite(
    _ calls: PluginCalls, _ call: Int, _ shape: CallShape, _ random: inout RandomSource
  ) throws -> Int {
    let trial = try CallTrial(calls, shape, &random, for: call)
    let reads = trial.reads(call)
    func expectSurvival() throws -> Int {
      calls.calls[call].adds ? try trial.results(call).count : try expectWritten(trial, call)
    }
    var count = 0
    for value in [Double.nan, .infinity, -.infinity, calls.precision.greatest] {
      let before = reads.map(\.values)
      for (array, numbers) in zip(reads, before) {
        for index in stride(from: 0, to: array.count, by: 2) { array[index] = value }
        count += try expectSurvival()
        array.fill { value }
        count += try expectSurvival()
        array.fill(with: numbers)
      }
      for array in reads { array.fill { value } }
      count += try expectSurvival()
      for (array, numbers) in zip(reads, before) { array.fill(with: numbers) }
    }
    return count
  }

  /// Single precision against double, from the same arguments.
  private func agreement(_ single: PluginCalls, _ double: PluginCalls, rounds: Int) throws -> Int {
    var random = RandomSource(seed: 2)
    var count = 0
    for call in single.calls.indices {
      for _ in 0..<rounds {
        let narrow = try CallTrial(single, single.floatShape(&random), &random)
        let wide = try CallTrial(double, narrow.shape)
        wide.take(narrow, columns: nil)
        let (found, expected) = (try narrow.results(call), try wide.results(call))
        let limits = try limits(wide, call, expected, &random)
        for index in found.indices {
          if abs(expected[index]) > 1e38 || found[index] == expected[index] { continue }
          if abs(found[index] - expected[index]) <= limits[index] || found[index].isNaN && expected[index].isNaN {
            continue
          }
          throw Finding(
            narrow.namedResult(call, index), found: "\(narrow.resultName(call, index)) = \(found[index])",
            expected: "\(expected[index]), as in double precision")
        }
        count += found.count
      }
    }
    return count
  }

  /// How far results in single precision may be from those in double.
  ///
  /// Arguments may be off by a few roundings within the function: sin(30 z) cannot know its angle any better. And a sum of
  /// terms that cancel each other is as exact as its terms.
  private func limits(
    _ trial: CallTrial, _ call: Int, _ results: [Double], _ random: inout RandomSource
  ) throws -> [Double] {
    if trial.calls.calls[call].results.contains(where: { $0 == "dw" || $0 == "messages" || $0 == "z" }) {
      let size = results.reduce(1) { max($0, abs($1)) }
      return results.map { _ in 1e-5 * size }
    }
    let reads = trial.reads(call)
    let before = reads.map(\.values)
    let size = before.joined().reduce(1) { max($0, min(10, abs($1))) }
    var limits = results.map { 4e-6 * size + 4e-5 * abs($0) }
    for sign in [1.0, -1] {
      for (array, numbers) in zip(reads, before) {
        array.fill(with: numbers.map { $0 * (1 + sign * (0.5 + random.uniform()) * 0x1p-22) })
      }
      for (index, moved) in try trial.results(call).enumerated() where moved.isFinite {
        let limit = 4e-6 * size + 4e-5 * abs(results[index])
        limits[index] = max(limits[index], limit + 2 * abs(moved - results[index]))
      }
    }
    return limits
  }
}

/// Whether two numbers are the same, to the bit.
func isSame(_ one: Double, _ other: Double) -> Bool {
  one.bitPattern == other.bitPattern || one.isNaN && other.isNaN
}

/// Whether results are the same but for the order of sums.
struct Closeness {
  private let tolerance: Double
  private let size: (Int) -> Double

  /// - Parameters:
  ///   - trial: The arrays that a call was given.
  ///   - call: Which.
  ///   - results: What it gave.
  init(of trial: CallTrial, _ call: Int, _ results: [Double]) {
    tolerance = trial.calls.precision.tolerance
    size = trial.calls.sizes(trial, trial.calls.calls[call], results)
  }

  func holds(_ found: Double, _ expected: Double, at index: Int) -> Bool {
    if found == expected || found.isNaN && expected.isNaN { return true }
    return abs(found - expected) <= tolerance * max(1, abs(expected), size(index))
  }
}

/// What is said of a call whose parameters are guarded.
func guardedParameters(_ count: Int) -> String {
  switch count {
  case 0: "with no parameters: p = NULL"
  case 1: "with p[0] alone between pages that may not be touched"
  default: "with p[0] to p[\(count - 1)] between pages that may not be touched"
  }
}
