internal import Dispatch
internal import Synchronization

// What `nnkit/plugin.h` asks of every call of every function, whatever it computes.

extension CheckedCall {
  /// Block shapes that come up: one element, one row, one column, nothing, vectors' lengths and one more.
  private static var shapes: [(neurons: Int, columns: Int, gap: Int)] {
    [(1, 1, 0), (3, 5, 0), (3, 5, 3), (7, 1, 4), (1, 9, 2), (4, 16, 0), (5, 33, 7), (0, 4, 0), (4, 0, 0), (2, 64, 1)]
  }

  func run(_ check: PluginCheck, _ calling: (String) -> Void) throws -> Int {
    calling(name)
    switch check {
    case .blocks: return try blocks()
    case .repetition: return try repetition()
    case .threads: return try threads()
    case .inputs: return try inputsStay()
    case .bounds: return try bounds()
    case .nonFinite: return try nonFinite(calling)
    default: return 0
    }
  }

  /// Single precision against double, from the same arguments.
  func agrees(with double: CheckedCall<Double>, _ calling: (String) -> Void) throws -> Int {
    calling(name)
    var random = RandomSource(seed: 2)
    var count = 0
    for _ in 0..<20 {
      let (neurons, columns) = (5, 100)
      let single = try arguments(neurons, columns, &random)
      let wide = single.map { $0.map { Double($0) } }
      let (found, expected) = (try results(neurons, columns, single), try double.results(neurons, columns, wide))
      // A sum of terms that cancel each other is as exact as its terms.
      let size = wide.reduce(1) { max($0, min(10, $1.reduce(0) { max($0, abs($1)) })) }
      for index in found.indices {
        let limit = 4e-6 * size + 4e-5 * abs(expected[index])
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
    let others = try self.arguments(3, 50, &random)
    let first = try results(neurons, columns, arguments)
    for _ in 0..<10 {
      _ = try results(3, 50, others)
      try expectSame(try results(neurons, columns, arguments), first, arguments, "the second time")
    }
    return 10 * first.count
  }

  private func threads() throws -> Int {
    var random = RandomSource(seed: 5)
    let (neurons, columns, rounds) = (8, 256, 20)
    let arguments = try (0..<4).map { _ in try self.arguments(neurons, columns, &random) }
    let alone = try arguments.map { try results(neurons, columns, $0) }
    let findings = Mutex<[any Error]>([])
    nonisolated(unsafe) let call = self
    DispatchQueue.concurrentPerform(iterations: 4) { part in
      do {
        for _ in 0..<rounds {
          let found = try call.results(neurons, columns, arguments[part])
          try call.expectSame(found, alone[part], arguments[part], "while other threads called it too")
        }
      } catch {
        findings.withLock { $0.append(error) }
      }
    }
    if let first = findings.withLock({ $0.first }) { throw first }
    return 4 * rounds * alone[0].count
  }

  private func expectSame(
    _ found: [Double], _ expected: [Double], _ arguments: [[Scalar]], _ circumstance: String
  ) throws {
    guard let odd = found.indices.first(where: { found[$0].bitPattern != expected[$0].bitPattern }) else { return }
    if found[odd].isNaN && expected[odd].isNaN { return }
    throw Finding(
      "\(called(at: odd, arguments)) \(circumstance)", found: "\(found[odd])", expected: "\(expected[odd]), as before")
  }

  private func inputsStay() throws -> Int {
    var random = RandomSource(seed: 6)
    var count = 0
    for shape in Self.shapes where shape.gap == 0 {
      let given = try arguments(shape.neurons, shape.columns, &random)
      // Far from the guard pages, which are another check's.
      let margin = [UInt8](repeating: 0, count: 1024)
      let memory = try given.map { try GuardedMemory(Self.bytes(of: $0) + margin, atEnd: true) }
      let block = Block(neurons: shape.neurons, columns: shape.columns)
      let output = try GuardedMemory(margin + margin + margin, atEnd: true)
      try withExtendedLifetime((memory, output)) {
        try invoke(block, memory.map { UnsafePointer($0.pointer(to: Scalar.self)) }, output.base + margin.count)
      }
      for (name, (memory, given)) in zip(inputs, zip(memory, given))
      where memory.bytes != Self.bytes(of: given) + margin {
        let now = (0..<given.count).map { memory.pointer(to: Scalar.self)[$0] }
        let odd = given.indices.first { now[$0] != given[$0] } ?? 0
        throw Finding(
          "\(self.name) with a block of \(shape.neurons) × \(shape.columns)", found: "\(name)[\(odd)] = \(now[odd])",
          expected: "\(name)[\(odd)] = \(given[odd]), as before the call")
      }
      count += given.reduce(0) { $0 + $1.count }
    }
    return count
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
        try withExtendedLifetime((memory, output)) {
          try invoke(block, memory.map { UnsafePointer($0.pointer(to: Scalar.self)) }, output.base)
        }
        try expectGapsUntouched(output, block)
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

  private func expectGapsUntouched(_ output: GuardedMemory, _ block: Block) throws {
    if givesOnePerColumn { return }
    let bytes = output.bytes
    for row in 0..<block.neurons {
      for column in block.columns..<block.rowStride {
        let place = row * block.rowStride + column
        guard bytes[place * outputSize..<(place + 1) * outputSize].allSatisfy({ $0 == 0xA5 }) else {
          throw Finding(
            "\(name) with a block of \(block.neurons) × \(block.columns), row_stride \(block.rowStride)",
            found: "a write to element \(place), between row \(row) and the next",
            expected: "nothing written outside of the block")
        }
      }
    }
  }

  private func nonFinite(_ calling: (String) -> Void) throws -> Int {
    var random = RandomSource(seed: 8)
    let (neurons, columns) = (3, 8)
    var count = 0
    for value in [Scalar.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      for place in inputs.indices {
        calling("\(name) with \(inputs[place]) = \(value)")
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
