import NNKit

// What a call reads and writes: its inputs are left unchanged, and nothing outside of its block is touched.

extension CheckedCall {
  func inputsStay() throws -> Int {
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
  func bounds() throws -> Int {
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
        for index in dense.indices {
          let place = givesOnePerColumn ? index : index / shape.columns * block.rowStride + index % shape.columns
          let found = number(output, at: place)
          if isClose(found, dense[index], size(of: given, at: index, shape.columns)) { continue }
          throw Finding(
            "\(described(block, given)), only NaN lying between rows", found: "\(found) at \(place)",
            expected: "\(dense[index]), as where rows touch")
        }
        count += outputCount(block)
      }
    }
    return try count + parameterBounds(&random)
  }

  /// Parameters between pages that may not be touched; NULL where there are none.
  private func parameterBounds(_ random: inout RandomSource) throws -> Int {
    let values = parameters()
    var count = 0
    for shape in Self.shapes {
      for atEnd in [true, false] {
        let block = Block(neurons: shape.neurons, columns: shape.columns)
        let given = try arguments(shape.neurons, shape.columns, &random)
        let output = try output(block, atEnd: true)
        let p = try GuardedMemory(values.withUnsafeBytes { Array($0) }, atEnd: atEnd)
        calling("\(described(block, given)), \(guardedParameters(values.count))")
        try withExtendedLifetime((p, output)) {
          try withPointers(given) {
            try invoke(block, $0, output.base, p: values.isEmpty ? nil : p.pointer(to: Double.self))
          }
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
}

/// What is said of a call whose parameters are guarded.
func guardedParameters(_ count: Int) -> String {
  switch count {
  case 0: "with no parameters: p = NULL"
  case 1: "with p[0] alone between pages that may not be touched"
  default: "with p[0] to p[\(count - 1)] between pages that may not be touched"
  }
}
