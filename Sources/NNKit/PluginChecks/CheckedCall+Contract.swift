internal import RealModule

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// What `nnkit/plugin.h` asks of every call of every function, whatever it computes.

extension CheckedCall {
  /// Block shapes that come up: one element, one row, one column, nothing, vectors' lengths and one more.
  private static var shapes: [(neurons: Int, columns: Int, gap: Int)] {
    [(1, 1, 0), (3, 5, 0), (3, 5, 3), (7, 1, 4), (1, 9, 2), (4, 16, 0), (5, 33, 7), (0, 4, 0), (4, 0, 0), (2, 65, 1)]
  }

  func run(_ check: PluginCheck) throws -> Int {
    switch check {
    case .environment: return try environment()
    case .written: return try written()
    case .blocks: return try blocks()
    case .repetition: return try repetition()
    case .threads: return try threads()
    case .inputs: return try inputsStay()
    case .bounds: return try bounds()
    case .nonFinite: return try nonFinite()
    default: return 0
    }
  }

  /// Single precision against double, from the same arguments.
  ///
  /// - Parameters:
  ///   - double: The same call in double precision.
  ///   - rounds: How many blocks of 500 elements.
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func agrees(with double: CheckedCall<Double>, rounds: Int) throws -> Int {
    var random = RandomSource(seed: 2)
    var count = 0
    for _ in 0..<rounds {
      let (neurons, columns) = (5, 100)
      let single = try arguments(neurons, columns, &random)
      let wide = single.map { $0.map { Double($0) } }
      let (found, expected) = (try results(neurons, columns, single), try double.results(neurons, columns, wide))
      let slack = try double.sensitivity(neurons, columns, wide, expected, &random)
      // A sum of terms that cancel each other is as exact as its terms.
      let size = wide.reduce(1) { max($0, min(10, $1.reduce(0) { max($0, abs($1)) })) }
      for index in found.indices {
        let limit = 4e-6 * size + 4e-5 * abs(expected[index]) + slack[index]
        let isOverflow = abs(expected[index]) > 1e38 || found[index] == expected[index]
        guard isOverflow || abs(found[index] - expected[index]) <= limit || found[index].isNaN && expected[index].isNaN
        else {
          throw Finding(
            called(at: index, single), found: "\(found[index])", expected: "\(expected[index]), as in double precision")
        }
      }
      count += found.count
    }
    return count
  }

  /// How much results change where arguments do by a few roundings in single precision, as they may within the function:
  /// sin(30 z) cannot know its angle any better.
  private func sensitivity(
    _ neurons: Int, _ columns: Int, _ arguments: [[Scalar]], _ results: [Double], _ random: inout RandomSource
  ) throws -> [Double] {
    var slack = [Double](repeating: 0, count: results.count)
    for sign in [1.0, -1] {
      let moved = arguments.map { values in
        values.map { $0 * Scalar(1 + sign * (0.5 + random.uniform()) * 0x1p-22) }
      }
      for (index, result) in try self.results(neurons, columns, moved).enumerated() where result.isFinite {
        slack[index] = max(slack[index], 2 * abs(result - results[index]))
      }
    }
    return slack
  }

  private func blocks() throws -> Int {
    var random = RandomSource(seed: 3)
    var count = 0
    for shape in Self.shapes where shape.gap == 0 {
      let arguments = try arguments(shape.neurons, shape.columns, &random)
      let together = try results(shape.neurons, shape.columns, arguments)
      let rows = isElementwise ? 1 : shape.neurons
      for column in 0..<shape.columns {
        for row in stride(from: 0, to: shape.neurons, by: max(1, rows)) {
          let part = arguments.map { values in (row..<row + rows).map { values[$0 * shape.columns + column] } }
          for (place, alone) in try results(rows, 1, part).enumerated() {
            let index = (row + place) * shape.columns + column
            try expectClose(together[index], alone, index, shape, arguments)
            count += 1
          }
        }
      }
    }
    return count
  }

  private func expectClose(
    _ found: Double, _ expected: Double, _ index: Int, _ shape: (neurons: Int, columns: Int, gap: Int),
    _ arguments: [[Scalar]]
  ) throws {
    let tolerance = Scalar.self == Float.self ? 1e-5 : 1e-12
    if found == expected || found.isNaN && expected.isNaN { return }
    guard abs(found - expected) <= tolerance * max(1, abs(expected)) else {
      throw Finding(
        "\(called(at: index, arguments)) in a block of \(shape.neurons) × \(shape.columns)", found: "\(found)",
        expected: "\(expected), as alone")
    }
  }

  private func repetition() throws -> Int {
    var random = RandomSource(seed: 4)
    let (neurons, columns) = (8, 64)
    let arguments = try arguments(neurons, columns, &random)
    let first = try results(neurons, columns, arguments)
    for _ in 0..<10 {
      // Other calls come in between, those too that arguments come from.
      _ = try results(3, 50, self.arguments(3, 50, &random))
      try expectSame(try results(neurons, columns, arguments), first, arguments, "the second time")
    }
    return 10 * first.count
  }

  private func threads() throws -> Int {
    var count = 0
    for columns in [256, 16] { count += try threads(neurons: 8, columns) }
    return count
  }

  private func threads(neurons: Int, _ columns: Int) throws -> Int {
    var random = RandomSource(seed: 5)
    let arguments = try (0..<4).map { _ in try self.arguments(neurons, columns, &random) }
    let block = Block(neurons: neurons, columns: columns)
    let size = outputCount(block) * outputSize
    let expected = try arguments.map { arguments in
      let memory = try GuardedMemory([UInt8](repeating: 0, count: size), atEnd: true)
      calling(described(block, arguments))
      try withPointers(arguments) { try invoke(block, $0, memory.base) }
      return memory
    }
    let outputs = try arguments.map { _ in try GuardedMemory([UInt8](repeating: 0, count: size), atEnd: true) }
    calling("\(described(block, arguments[0])), and others from other threads at once")
    // Each thread has its own part of all of these.
    nonisolated(unsafe) let (call, memory) = (self, (arguments, expected, outputs))
    let turns = try Crowd.run(4, for: .milliseconds(25)) { part in
      let (arguments, expected, outputs) = (memory.0[part], memory.1[part], memory.2[part])
      memset(outputs.base, 0, size)
      try call.withPointers(arguments) { try call.invoke(block, $0, outputs.base) }
      guard memcmp(outputs.base, expected.base, size) != 0 else { return }
      try call.expectSame(
        call.numbers(outputs, block), call.numbers(expected, block), arguments, "while other threads called it too")
    }
    return turns * outputCount(block)
  }

  private func numbers(_ memory: GuardedMemory, _ block: Block) -> [Double] {
    (0..<outputCount(block)).map { number(memory, at: $0) }
  }

  private func number(_ memory: GuardedMemory, at place: Int) -> Double {
    givesOnePerColumn ? memory.pointer(to: Double.self)[place] : Double(memory.pointer(to: Scalar.self)[place])
  }

  private func expectSame(
    _ found: [Double], _ expected: [Double], _ arguments: [[Scalar]], _ circumstance: String
  ) throws {
    let odd = found.indices.first { index in
      found[index].bitPattern != expected[index].bitPattern && !(found[index].isNaN && expected[index].isNaN)
    }
    guard let odd else { return }
    throw Finding(
      "\(called(at: odd, arguments)) \(circumstance)", found: "\(found[odd])", expected: "\(expected[odd]), as before")
  }

  private func inputsStay() throws -> Int {
    var random = RandomSource(seed: 6)
    var count = 0
    for shape in Self.shapes {
      let block = Block(neurons: shape.neurons, columns: shape.columns, rowStride: shape.columns + shape.gap)
      let dense = try arguments(shape.neurons, shape.columns, &random)
      let given = dense.map { spread($0, block) }
      // Far from the guard pages, which are another check's.
      let margin = [UInt8](repeating: 0, count: 1024)
      let memory = try given.map { try GuardedMemory(Self.bytes(of: $0) + margin, atEnd: true) }
      let output = try GuardedMemory(margin + margin + margin + margin, atEnd: true)
      func call() throws {
        try withExtendedLifetime((memory, output)) {
          try invoke(block, memory.map { UnsafePointer($0.pointer(to: Scalar.self)) }, output.base + margin.count)
        }
      }
      calling(described(block, dense))
      try call()
      for (index, (memory, given)) in zip(memory, given).enumerated()
      where memory.bytes != Self.bytes(of: given) + margin {
        throw changed(inputs[index], memory, given, described(block, dense), block)
      }
      // One that writes what was there, or puts it back, is not found that way.
      for memory in memory { try memory.allowWriting(false) }
      calling("\(described(block, dense)), with inputs that cannot be written")
      try call()
      count += given.reduce(0) { $0 + $1.count }
    }
    return count
  }

  private func changed(_ name: String, _ memory: GuardedMemory, _ given: [Scalar], _ called: String, _ block: Block)
    -> Finding
  {
    let now = (0..<given.count).map { memory.pointer(to: Scalar.self)[$0] }
    // NaN lies between rows.
    let odd = given.indices.first { now[$0] != given[$0] && !(now[$0].isNaN && given[$0].isNaN) } ?? 0
    let place = odd % block.rowStride < block.columns ? "" : ", between two rows"
    return Finding(
      called, found: "\(name)[\(odd)] = \(now[odd])\(place)",
      expected: "\(name)[\(odd)] = \(given[odd]), as before the call")
  }

  private static func bytes(of values: [Scalar]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  private func output(_ block: Block, atEnd: Bool) throws -> GuardedMemory {
    try GuardedMemory([UInt8](repeating: 0xA5, count: outputCount(block) * outputSize), atEnd: atEnd)
  }

  /// Arrays between pages that may not be touched, at their starts or their ends, and rows with gaps between them.
  private func bounds() throws -> Int {
    var random = RandomSource(seed: 7)
    var count = 0
    for shape in Self.shapes {
      for atEnd in [true, false] {
        let block = Block(neurons: shape.neurons, columns: shape.columns, rowStride: shape.columns + shape.gap)
        let given = try arguments(shape.neurons, shape.columns, &random)
        let memory = try given.map { try GuardedMemory(Self.bytes(of: spread($0, block)), atEnd: atEnd) }
        let output = try output(block, atEnd: atEnd)
        calling("\(described(block, given)), between pages that may not be touched")
        try withExtendedLifetime((memory, output)) {
          try invoke(block, memory.map { UnsafePointer($0.pointer(to: Scalar.self)) }, output.base)
        }
        try expectGapsUntouched(output, block, given)
        // A result that depends on what lies between rows is NaN, like that.
        let dense = try results(shape.neurons, shape.columns, given)
        for index in dense.indices where !dense[index].isNaN {
          let place = givesOnePerColumn ? index : index / shape.columns * block.rowStride + index % shape.columns
          guard number(output, at: place).isNaN else { continue }
          throw Finding(
            "\(described(block, given)), only NaN lying between rows", found: "NaN at \(place)",
            expected: "\(dense[index]), as where rows touch")
        }
        count += outputCount(block)
      }
    }
    return count
  }

  private func spread(_ dense: [Scalar], _ block: Block) -> [Scalar] {
    (0..<block.neurons * block.rowStride).map { place in
      let (row, column) = (place / block.rowStride, place % block.rowStride)
      return column < block.columns ? dense[row * block.columns + column] : .nan
    }
  }

  private func expectGapsUntouched(_ output: GuardedMemory, _ block: Block, _ given: [[Scalar]]) throws {
    if givesOnePerColumn { return }
    let bytes = output.bytes
    for row in 0..<block.neurons {
      for column in block.columns..<block.rowStride {
        let place = row * block.rowStride + column
        guard bytes[place * outputSize..<(place + 1) * outputSize].allSatisfy({ $0 == 0xA5 }) else {
          throw Finding(
            described(block, given), found: "a write to element \(place), between row \(row) and the next",
            expected: "nothing written outside of the block")
        }
      }
    }
  }

  private func nonFinite() throws -> Int {
    var random = RandomSource(seed: 8)
    let (neurons, columns) = (3, 8)
    var count = 0
    for value in [Scalar.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      for place in inputs.indices {
        var arguments = try arguments(neurons, columns, &random)
        for index in arguments[place].indices where index % 2 == 0 { arguments[place][index] = value }
        count += try results(neurons, columns, arguments).count
        arguments = arguments.map { $0.map { _ in value } }
        count += try results(neurons, columns, arguments).count
      }
    }
    return count
  }
}
