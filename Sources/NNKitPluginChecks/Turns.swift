import NNKit

/// Calls of one function with several settings, which a network makes by turns: a function that keeps what one call had gives
/// another call something else.
struct Turns {
  /// A call and what it gives, always from the same arguments.
  struct Call {
    let name: String
    let numbers: () throws -> [Double]
  }

  /// The calls of each setting; they are prepared, then made at once, before the next setting is prepared.
  private let settings: [() throws -> [Call]]
  /// Whether the settings differ in the function's parameters alone, on which results are to depend.
  private let expectsParametersToMatter: Bool

  init(_ settings: [() throws -> [Call]], expectParametersMatter: Bool) {
    self.settings = settings
    expectsParametersToMatter = expectParametersMatter && settings.count > 1
  }

  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; what the calls throw.
  func run() throws -> Int {
    var all: [[Call]] = []
    var alone: [[[Double]]] = []
    for setting in settings {
      let calls = try setting()
      alone.append(try calls.map { try $0.numbers() })
      all.append(calls)
    }
    if expectsParametersToMatter { try expectParametersMatter(all, alone) }
    var count = 0
    for (one, other) in zip(all.indices, all.indices.dropFirst()) {
      count += try expectSame(all[one], alone[one], after: all[other])
      count += try expectSame(all[other], alone[other], after: all[one])
    }
    return count
  }

  private func expectSame(_ calls: [Call], _ alone: [[Double]], after others: [Call]) throws -> Int {
    var count = 0
    for (call, alone) in zip(calls, alone) {
      for other in others { _ = try other.numbers() }
      let found = try call.numbers()
      if let odd = found.indices.first(where: { !isSame(found[$0], alone[$0]) }) {
        throw Finding(
          "\(call.name), after the calls with another setting (\(others.first?.name ?? ""))", found: "\(found[odd])",
          expected: "\(alone[odd]), as before these: a function keeps nothing from call to call")
      }
      count += found.count
    }
    return count
  }

  /// Where nothing changes whatever the parameters are, the values of an earlier call may have been kept.
  private func expectParametersMatter(_ all: [[Call]], _ alone: [[[Double]]]) throws {
    guard all.count >= 4, let first = alone.first else { return }
    let isAlike = alone.allSatisfy { numbers in
      numbers.count == first.count
        && zip(numbers, first).allSatisfy { $0.count == $1.count && zip($0, $1).allSatisfy(isSame) }
    }
    if isAlike {
      throw Finding(
        all[1].first?.name ?? "", found: "the same numbers as with all other settings of the parameters",
        expected: "numbers that depend on p, as it is given in each call")
    }
  }
}

extension Turns {
  /// The calls of a layer, always from the numbers that it has now.
  static func calls(_ trial: CallTrial) -> [Call] {
    trial.calls.calls.indices.map { call in Call(name: trial.named(call)) { try trial.results(call) } }
  }

  /// Every call of some groups, of blocks that reach far out, where a limit may matter that a parameter sets.
  static func blockCalls(_ groups: [PluginCalls]) throws -> [Call] {
    var random = RandomSource(seed: 22)
    return try groups.filter(\.isOfPlugin).flatMap { calls in
      try calls.calls.indices.map { call in
        let trial = try CallTrial(calls, CallShape(neurons: 4, columns: 60), &random, for: call)
        for array in trial.reads(call) {
          for index in 0..<array.count where index % array.columns % 3 == 0 {
            array[index] = calls.limited(array[index] * 1000, array.name)
          }
        }
        return Call(name: trial.named(call)) { try trial.results(call) }
      }
    }
  }
}
