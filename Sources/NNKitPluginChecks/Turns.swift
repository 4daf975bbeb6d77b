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
  let settings: [() throws -> [Call]]
  /// Whether the settings differ in the function's parameters.
  let differInParameters: Bool

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
    if differInParameters { try expectParametersMatter(all, alone) }
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
      if let odd = found.indices.first(where: { !Self.isSame(found[$0], alone[$0]) }) {
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
        && zip(numbers, first).allSatisfy { $0.count == $1.count && zip($0, $1).allSatisfy(Self.isSame) }
    }
    if isAlike {
      throw Finding(
        all[1].first?.name ?? "", found: "the same numbers as with all other settings of the parameters",
        expected: "numbers that depend on p, as it is given in each call")
    }
  }

  private static func isSame(_ one: Double, _ other: Double) -> Bool {
    one.bitPattern == other.bitPattern || one.isNaN && other.isNaN
  }
}

extension Turns {
  /// Those of an activation function.
  init(_ function: ActivationFunction, _ settings: [[String: Double]], calling: @escaping (String) -> Void) {
    self.settings = settings.map { setting in
      {
        let activation = try Activation(unasked: function, parameters: setting)
        let describe = Call(name: ActivationChecks(activation, calling: calling).setting("describe")) {
          let shape = try activation.rawShape()
          return [shape.minimum, shape.maximum, Double(shape.kinkCount)] + shape.kinks
        }
        var random = RandomSource(seed: 22)
        return try [describe] + Self.calls(CheckedCall<Double>.calls(of: activation, calling: calling), &random)
          + Self.calls(CheckedCall<Float>.calls(of: activation, calling: calling), &random)
      }
    }
    differInParameters = settings.count > 1
  }

  /// Those of a loss function.
  init(_ function: LossFunction, _ settings: [[String: Double]], calling: @escaping (String) -> Void) {
    self.settings = settings.map { setting in
      {
        let loss = try Loss(unasked: function, parameters: setting)
        var random = RandomSource(seed: 22)
        return try Self.calls(CheckedCall<Double>.calls(of: loss, calling: calling), &random)
          + Self.calls(CheckedCall<Float>.calls(of: loss, calling: calling), &random)
      }
    }
    differInParameters = settings.count > 1
  }

  private static func calls<Scalar: NetworkScalar>(
    _ calls: [CheckedCall<Scalar>], _ random: inout RandomSource
  ) throws -> [Call] {
    let (neurons, columns) = (4, 60)
    return try calls.filter(\.isOfPlugin).map { call in
      let ordinary = try call.arguments(neurons, columns, &random)
      // Far out, too, where a limit may matter that a parameter sets.
      let arguments = zip(call.inputs, ordinary).map { name, values in
        values.enumerated().map { $0.offset % columns % 3 == 0 ? call.limited($0.element * 1000, name) : $0.element }
      }
      return Call(name: call.described(Block(neurons: neurons, columns: columns), arguments)) {
        try call.results(neurons, columns, arguments)
      }
    }
  }

  /// Those of a kind of neuron; where it has no parameters, with several fan-ins.
  init(_ function: NeuronFunction, _ settings: [[String: Double]], calling: @escaping (String) -> Void) {
    let variants = settings.map { ($0, 3) } + [(settings.last ?? [:], 5), ([:], 1)]
    self.settings = variants.map { setting, fanIn in
      {
        let kind = try NeuronKind(unasked: function, parameters: setting)
        return try Self.calls(kind, fanIn, Double.self, calling)
          + (function.hasFloat ? Self.calls(kind, fanIn, Float.self, calling) : [])
      }
    }
    differInParameters = false
  }

  private static func calls<Scalar: NetworkScalar>(
    _ kind: NeuronKind, _ fanIn: Int, _: Scalar.Type, _ calling: @escaping (String) -> Void
  ) throws -> [Call] {
    var random = RandomSource(seed: 22)
    let trial = try NeuronTrial<Scalar>(
      kind, .init(neurons: 2, columns: 3, fanIn: fanIn), &random, calling: calling)
    let count = Call(name: "weight_count(fan_in: \(fanIn)) of \(kind)") {
      [Double(try NeuronTrial<Scalar>.weightCount(of: kind, fanIn, calling))]
    }
    return [count]
      + NeuronTrial<Scalar>.Call.allCases.map { call in
        Call(name: trial.named(call)) { try trial.results(of: call).map { Double($0) } }
      }
  }
}
