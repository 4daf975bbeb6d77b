import CNNKit
import NNKit

// What `nnkit/plugin.h` asks of every call of a kind of neuron, whatever it computes.

extension NeuronChecks {
  /// Layers that come up: one of each, nothing, rows with gaps, inputs as samples, vectors' lengths and one more.
  private static func shapes<Scalar>(_: Scalar.Type) -> [NeuronTrial<Scalar>.Shape] {
    [
      .init(neurons: 1, columns: 1, fanIn: 1), .init(neurons: 3, columns: 5, fanIn: 2),
      .init(neurons: 3, columns: 5, fanIn: 4, gap: 3), .init(neurons: 7, columns: 1, fanIn: 3, areSamples: true),
      .init(neurons: 2, columns: 9, fanIn: 6, gap: 2, areSamples: true), .init(neurons: 4, columns: 16, fanIn: 1),
      .init(neurons: 2, columns: 33, fanIn: 17, gap: 1), .init(neurons: 0, columns: 4, fanIn: 3),
      .init(neurons: 4, columns: 0, fanIn: 3), .init(neurons: 2, columns: 70, fanIn: 3, areSamples: true),
    ]
  }

  func contract(_ check: PluginCheck) throws -> Int {
    try contract(check, Double.self) + (kind.function.hasFloat ? contract(check, Float.self) : 0)
  }

  private func contract<Scalar: NetworkScalar>(_ check: PluginCheck, _ type: Scalar.Type) throws -> Int {
    if check == .threads { return try threads(type) }
    var random = RandomSource(seed: 17)
    var count = 0
    for shape in try Self.shapes(type) + (check == .blocks ? largeShapes(type) : []) {
      for call in NeuronTrial<Scalar>.Call.allCases {
        let trial = try NeuronTrial<Scalar>(kind, shape, &random, calling: calling)
        switch check {
        case .environment: try environment(trial, call)
        case .inputs: try inputsStay(trial, call)
        case .bounds: try bounds(shape, call, &random)
        case .addition: try addition(trial, call)
        case .blocks: try blocks(trial, call)
        case .repetition: try repetition(trial, call)
        case .nonFinite: try nonFinite(trial, call)
        default: break
        }
        count += trial.outputs(of: call).reduce(0) { $0 + $1.numbers.count }
      }
    }
    if check == .bounds { count += try weightCountBounds() }
    if check == .repetition { count += try inPlace(type) }
    if check == .nonFinite { count += try nanStays(type) }
    return count
  }

  /// As layers may have them: many neurons, columns or inputs, as far as the weights fit into a moderate memory.
  private func largeShapes<Scalar>(_: Scalar.Type) throws -> [NeuronTrial<Scalar>.Shape] {
    var shapes: [NeuronTrial<Scalar>.Shape] = [
      .init(neurons: 20, columns: 100, fanIn: 30), .init(neurons: 2000, columns: 3, fanIn: 4),
      .init(neurons: 2, columns: 5000, fanIn: 3), .init(neurons: 2, columns: 5000, fanIn: 3, areSamples: true),
    ]
    if let fanIn = try largestFanIn() {
      shapes += [
        .init(neurons: 2, columns: 3, fanIn: fanIn), .init(neurons: 2, columns: 3, fanIn: fanIn, areSamples: true),
      ]
    }
    return shapes
  }

  /// As many inputs as a layer may have, of those whose weights fit into a moderate memory.
  func largestFanIn() throws -> Int? {
    try [10_000, 2000, 500, 100].first { fanIn in
      calling("weight_count(fan_in: \(fanIn)) of \(kind)")
      return try kind.weightCount(fanIn: fanIn) <= 1 << 18
    }
  }

  private func environment<Scalar>(_ trial: NeuronTrial<Scalar>, _ call: NeuronTrial<Scalar>.Call) throws {
    let place = PlacedDescription(trial.rows.raw)
    let parameters = kind.parameters.map(\.bitPattern)
    calling(trial.named(call))
    trial.rows.place = place.pointer
    defer { trial.rows.place = nil }
    trial.clear(call)
    _ = try CallTraces(of: trial.named(call)) { try trial.call(call, isTold: false) }.expectNone()
    guard place.isUntouched else {
      throw Finding(trial.named(call), found: "other nnkit_rows", expected: "the rows as before the call")
    }
    guard kind.parameters.map(\.bitPattern) == parameters else {
      throw Finding(trial.named(call), found: "p = \(kind.parameters)", expected: "p as before the call")
    }
  }

  private func inputsStay<Scalar>(_ trial: NeuronTrial<Scalar>, _ call: NeuronTrial<Scalar>.Call) throws {
    let read = trial.inputs.filter { !(call == .combine && ["z", "delta"].contains($0.name)) }
    // What an earlier call may have left there is not what this one finds.
    for (_, numbers) in read where numbers.count > 0 { numbers[0] += 1 }
    let before = read.map { $0.numbers.bytes }
    try trial.call(call)
    for ((name, numbers), before) in zip(read, before) where numbers.bytes != before {
      throw Finding(trial.named(call), found: "\(name) changed", expected: "\(name) as before the call")
    }
    // One that writes what was there is not found that way.
    for (_, numbers) in read { try numbers.allowWriting(false) }
    calling("\(trial.named(call)), with inputs that cannot be written")
    try trial.call(call, isTold: false)
    for (_, numbers) in read { try numbers.allowWriting(true) }
  }

  /// Arrays between pages that may not be touched, at their starts and their ends, with gaps between rows.
  private func bounds<Scalar>(
    _ shape: NeuronTrial<Scalar>.Shape, _ call: NeuronTrial<Scalar>.Call, _ random: inout RandomSource
  ) throws {
    for atEnd in [true, false] {
      let trial = try NeuronTrial<Scalar>(kind, shape, &random, atEnd: atEnd, calling: calling)
      let others: [GuardedNumbers<Scalar>] = NeuronTrial<Scalar>.Call.allCases.filter { $0 != call }
        .flatMap { trial.outputs(of: $0).map(\.numbers) }
      let before = others.map { $0.bytes }
      _ = try trial.results(of: call)
      for (name, numbers) in trial.outputs(of: call) {
        if let place = numbers.touchedGap {
          throw Finding(
            trial.named(call), found: "a write to element \(place) of \(name), between two rows",
            expected: "nothing written outside of the rows")
        }
        // A result that depends on what lies between rows is NaN, like that.
        if let odd = numbers.values.firstIndex(where: \.isNaN) {
          throw Finding(
            trial.named(call), found: "\(name)[\(odd)] = NaN", expected: "a number: only NaN lies between the rows")
        }
      }
      if zip(others, before).contains(where: { $0.bytes != $1 }) {
        throw Finding(trial.named(call), found: "another call's results changed", expected: "nothing else written")
      }
      trial.parameters = try GuardedMemory(kind.parameters.withUnsafeBytes { Array($0) }, atEnd: atEnd)
      calling("\(trial.named(call)), \(guardedParameters(kind.parameters.count))")
      try trial.call(call, isTold: false)
    }
  }

  /// `weight_count` is asked with parameters, and writes one number.
  private func weightCountBounds() throws -> Int {
    guard let weightCount = kind.function.raw.weight_count else { return 0 }
    for atEnd in [true, false] {
      let p = try GuardedMemory(kind.parameters.withUnsafeBytes { Array($0) }, atEnd: atEnd)
      let count = try GuardedMemory(count: MemoryLayout<Int>.size, atEnd: atEnd)
      calling("weight_count(fan_in: 10), \(guardedParameters(kind.parameters.count))")
      let code = weightCount(
        kind.parameters.isEmpty ? nil : p.pointer(to: Double.self), 10, count.pointer(to: Int.self))
      try NNKit.check(code, "weight_count", of: kind.function.information)
    }
    return 2
  }

  /// `accumulate` and `send` add to what is there; `combine` writes whatever was there.
  private func addition<Scalar>(_ trial: NeuronTrial<Scalar>, _ call: NeuronTrial<Scalar>.Call) throws {
    let added = try trial.results(of: call)
    for before in call == .combine ? [3, .nan] : [3] as [Scalar] {
      for (_, numbers) in trial.outputs(of: call) { for i in 0..<numbers.count { numbers[i] = before + Scalar(i % 5) } }
      let start = trial.outputs(of: call).flatMap(\.numbers.values)
      try trial.call(call)
      let found = trial.outputs(of: call).flatMap(\.numbers.values)
      // What is NaN anyway is another check's.
      for index in found.indices where !added[index].isNaN {
        let expected = call == .combine ? added[index] : start[index] + added[index]
        let circumstance = "\(call == .combine ? "written" : "added to") where \(start[index]) was before"
        try expectClose(found[index], expected, Self.size(added), trial, call, index, circumstance)
      }
    }
  }

  /// A layer gives what its neurons give one by one, and its columns.
  private func blocks<Scalar>(_ trial: NeuronTrial<Scalar>, _ call: NeuronTrial<Scalar>.Call) throws {
    let together = try trial.results(of: call)
    let (neurons, columns, weights) = (trial.shape.neurons, trial.shape.columns, trial.rows.weightCount)
    var byNeurons = [Scalar](repeating: 0, count: together.count)
    // One by one, or in a few parts where there are many.
    for part in Self.parts(neurons) where columns > 0 {
      let alone = try trial.part(neurons: part).results(of: call)
      let (first, mine) = (part.lowerBound, part.count * weights)
      for index in alone.indices {
        switch call {
        case .combine: byNeurons[first * columns + index] = alone[index]
        case .accumulate:
          byNeurons[index < mine ? first * weights + index : neurons * weights + first + index - mine] = alone[index]
        case .send: byNeurons[index] += alone[index]
        }
      }
    }
    var byColumns = [Scalar](repeating: 0, count: together.count)
    for part in Self.parts(columns) where neurons > 0 {
      let alone = try trial.part(columns: part).results(of: call)
      for index in alone.indices {
        let (row, column) = (index / part.count, index % part.count + part.lowerBound)
        byColumns[call == .accumulate ? index : row * columns + column] += alone[index]
      }
    }
    let size = Self.size(together)
    for index in together.indices {
      try expectClose(together[index], byNeurons[index], size, trial, call, index, "neuron by neuron")
      try expectClose(together[index], byColumns[index], size, trial, call, index, "column by column")
    }
  }

  private static func parts(_ count: Int) -> [Range<Int>] {
    let step = count > 100 ? (count + 4) / 5 : 1
    return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
  }

  /// How large the largest of some results is, or of what they are made.
  private static func size<Scalar: NetworkScalar>(_ all: [Scalar]) -> Double {
    all.reduce(10) { $1.isFinite ? max($0, abs(Double($1))) : $0 }
  }

  private func expectClose<Scalar>(
    _ found: Scalar, _ expected: Scalar, _ size: Double, _ trial: NeuronTrial<Scalar>,
    _ call: NeuronTrial<Scalar>.Call, _ index: Int, _ circumstance: String
  ) throws {
    let tolerance = (Scalar.self == Float.self ? 1e-5 : 1e-12) * size
    if found == expected || found.isNaN && expected.isNaN { return }
    guard abs(Double(found) - Double(expected)) <= tolerance else {
      throw Finding(
        trial.named(call), found: "\(trial.named(index, of: call)) = \(found)", expected: "\(expected), \(circumstance)"
      )
    }
  }

  /// Arrays stay where they are, and their numbers change between calls: all of them, or one.
  private func inPlace<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Int {
    typealias Trial = NeuronTrial<Scalar>
    var random = RandomSource(seed: 23)
    var count = 0
    for changesAll in [true, false] {
      for first in Trial.Call.allCases {
        for second in Trial.Call.allCases {
          let trial = try Trial(kind, .init(neurons: 3, columns: 4, fanIn: 5), &random, calling: calling)
          // With numbers of its own, and in other arrays.
          let other = try trial.part()
          for numbers in [other.w, other.b, other.x, other.delta] {
            for index in (changesAll ? 0 : numbers.count - 1)..<numbers.count {
              numbers[index] += Scalar(random.normal())
            }
          }
          try other.call(.combine)
          let expected = try other.results(of: second)
          try trial.call(.combine)
          try trial.call(first)
          for (numbers, others) in zip(trial.inputs, other.inputs) {
            numbers.numbers.take(others.numbers, 0..<numbers.numbers.rows, 0..<numbers.numbers.columns)
          }
          let found = try trial.results(of: second)
          for index in expected.indices {
            try expectClose(
              found[index], expected[index], Self.size(expected), trial, second, index,
              "as in other arrays: \(first) had these with other numbers, and where they lie says nothing")
          }
          count += expected.count
        }
      }
    }
    return count
  }

  private func repetition<Scalar>(_ trial: NeuronTrial<Scalar>, _ call: NeuronTrial<Scalar>.Call) throws {
    let first = try trial.results(of: call)
    for _ in 0..<10 { try expectSame(try trial.results(of: call), first, trial, call, "the second time") }
  }

  private func threads<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Int {
    var random = RandomSource(seed: 19)
    let shapes = [
      NeuronTrial<Scalar>.Shape(neurons: 8, columns: 64, fanIn: 16),
      NeuronTrial<Scalar>.Shape(neurons: 2, columns: 70, fanIn: 3, areSamples: true),
    ]
    var count = 0
    for shape in shapes {
      for call in NeuronTrial<Scalar>.Call.allCases {
        let trials = try (0..<4).map { _ in try NeuronTrial<Scalar>(kind, shape, &random, calling: calling) }
        count += try threads(trials, call) * trials[0].outputs(of: call).reduce(0) { $0 + $1.numbers.count }
      }
    }
    return count
  }

  private func threads<Scalar>(_ trials: [NeuronTrial<Scalar>], _ call: NeuronTrial<Scalar>.Call) throws -> Int {
    let alone = try trials.map { trial in
      (values: try trial.results(of: call), bytes: trial.outputs(of: call).map(\.numbers.bytes))
    }
    calling("\(trials[0].named(call)), and others from other threads at once")
    // Each thread has its own part of all of these.
    nonisolated(unsafe) let (checks, parts) = (self, trials)
    return try Crowd.run(4, for: .milliseconds(12)) { part in
      let (trial, alone) = (parts[part], alone[part])
      let outputs = trial.outputs(of: call)
      trial.clear(call)
      try trial.call(call, isTold: false)
      if zip(outputs, alone.bytes).allSatisfy({ $0.numbers.holds($1) }) { return }
      try checks.expectSame(
        outputs.flatMap(\.numbers.values), alone.values, trial, call, "while other threads called it too")
    }
  }

  private func expectSame<Scalar>(
    _ found: [Scalar], _ expected: [Scalar], _ trial: NeuronTrial<Scalar>, _ call: NeuronTrial<Scalar>.Call,
    _ circumstance: String
  ) throws {
    for index in found.indices where found[index] != expected[index] {
      if found[index].isNaN && expected[index].isNaN { continue }
      throw Finding(
        "\(trial.named(call)) \(circumstance)", found: "\(trial.named(index, of: call)) = \(found[index])",
        expected: "\(expected[index]), as before")
    }
  }

  private func nonFinite<Scalar>(_ trial: NeuronTrial<Scalar>, _ call: NeuronTrial<Scalar>.Call) throws {
    for value in [Scalar.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      for (_, numbers) in trial.inputs {
        let before = numbers.values
        for index in 0..<numbers.count where index % 2 == 0 { numbers[index] = value }
        _ = try trial.results(of: call)
        numbers.fill { value }
        _ = try trial.results(of: call)
        for index in before.indices { numbers[index] = before[index] }
      }
    }
  }
}
