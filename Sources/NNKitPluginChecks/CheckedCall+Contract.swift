import NNKit
import RealModule

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// What `nnkit/plugin.h` asks of every call of every function, whatever it computes.

extension CheckedCall {
  /// Block shapes that come up: one element, one row, one column, nothing, vectors' lengths and one more.
  static var shapes: [(neurons: Int, columns: Int, gap: Int)] {
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

  /// Larger blocks than those that check all else: as a layer has them, or a batch.
  private static var largeShapes: [(neurons: Int, columns: Int)] { [(20, 6), (70, 3), (3, 1000), (64, 1024)] }

  /// As large as a layer may be; in these every column, or every element, is one of a few.
  private var largestShapes: [(neurons: Int, columns: Int)] {
    isElementwise ? [(2000, 260), (3, 20_000)] : [(2000, 40), (10_000, 3), (3, 20_000)]
  }

  private func blocks() throws -> Int {
    var random = RandomSource(seed: 3)
    var count = 0
    let shapes = Self.shapes.filter { $0.gap == 0 }.map { ($0.neurons, $0.columns) } + Self.largeShapes
    for (neurons, columns) in shapes {
      let arguments = try arguments(neurons, columns, &random)
      let together = try results(neurons, columns, arguments)
      for part in parts(neurons, columns) {
        let places = part.rows.flatMap { row in part.columns.map { row * columns + $0 } }
        let alone = try results(
          part.rows.count, part.columns.count, arguments.map { values in places.map { values[$0] } })
        for (place, index) in (givesOnePerColumn ? Array(part.columns) : places).enumerated() {
          guard isClose(together[index], alone[place], size(of: arguments, at: index, columns)) else {
            throw Finding(
              "\(called(at: index, arguments)) in a block of \(neurons) × \(columns)", found: "\(together[index])",
              expected: "\(alone[place]), as in one of \(part.rows.count) × \(part.columns.count)")
          }
          count += 1
        }
      }
    }
    return try count + largestShapes.reduce(0) { try $0 + largestBlock($1.neurons, $1.columns, &random) }
  }

  /// A block as large as layers may be, made of a small one over and over, against the small one.
  private func largestBlock(_ neurons: Int, _ columns: Int, _ random: inout RandomSource) throws -> Int {
    let small = (neurons: isElementwise ? min(neurons, 8) : neurons, columns: min(columns, neurons > 100 ? 3 : 64))
    let arguments = try arguments(small.neurons, small.columns, &random)
    let alone = try results(small.neurons, small.columns, arguments)
    func place(_ row: Int, _ column: Int) -> Int { row % small.neurons * small.columns + column % small.columns }
    let many = arguments.map { values in
      (0..<neurons * columns).map { values[place($0 / columns, $0 % columns)] }
    }
    let together = try results(neurons, columns, many)
    let step = max(1, together.count / (isElementwise ? 40_000 : 2000))
    for index in stride(from: together.count - 1, through: 0, by: -step) {
      let own = givesOnePerColumn ? index % small.columns : place(index / columns, index % columns)
      if together[index] == alone[own] { continue }
      if isClose(together[index], alone[own], size(of: arguments, at: own, small.columns)) { continue }
      throw Finding(
        "\(called(at: own, arguments)) at \(index) of a block of \(neurons) × \(columns)", found: "\(together[index])",
        expected: "\(alone[own]), as in one of \(small.neurons) × \(small.columns)")
    }
    return together.count / step
  }

  /// Parts of a block that give by themselves what they give within it: elements one by one, or columns; of a large block
  /// rows, or some of its columns.
  private func parts(_ neurons: Int, _ columns: Int) -> [(rows: Range<Int>, columns: Range<Int>)] {
    if !isElementwise {
      return stride(from: 0, to: columns, by: max(1, columns / 50)).map { (0..<neurons, $0..<$0 + 1) }
    }
    let width = neurons * columns > 1000 ? columns : 1
    return (0..<neurons).flatMap { row in
      stride(from: 0, to: columns, by: width).map { (row..<row + 1, $0..<$0 + width) }
    }
  }

  /// How large the numbers are that a result is made of.
  func size(of arguments: [[Scalar]], at index: Int, _ columns: Int) -> Double {
    arguments.reduce(0) { size, values in
      let own = isElementwise ? [index] : Array(stride(from: index % columns, to: values.count, by: columns))
      return own.reduce(size) { max($0, abs(Double(values[$1]))) }
    }
  }

  func isClose(_ found: Double, _ expected: Double, _ size: Double) -> Bool {
    // A loop over many elements may round otherwise than one over a few.
    let tolerance = Scalar.self == Float.self ? 1e-5 : 1e-12
    return found == expected || found.isNaN && expected.isNaN
      || abs(found - expected) <= tolerance * max(1, abs(expected), 0.1 * size)
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
    let turns = try Crowd.run(4, for: .milliseconds(15)) { part in
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

  func number(_ memory: GuardedMemory, at place: Int) -> Double {
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

  private func nonFinite() throws -> Int {
    var random = RandomSource(seed: 8)
    let (neurons, columns) = (3, 8)
    var count = 0
    for value in [Scalar.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      for place in inputs.indices {
        var arguments = try arguments(neurons, columns, &random)
        for index in arguments[place].indices where index % 2 == 0 { arguments[place][index] = value }
        count += try expectWritten(neurons, columns, arguments)
        arguments = arguments.map { $0.map { _ in value } }
        count += try expectWritten(neurons, columns, arguments)
      }
    }
    return count
  }
}
