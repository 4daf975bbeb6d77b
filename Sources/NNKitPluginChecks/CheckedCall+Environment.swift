import NNKit

// Whether a call leaves all as it was that are not its results.

extension CheckedCall {
  func environment() throws -> Int {
    var random = RandomSource(seed: 21)
    let (neurons, columns) = (8, 40)
    let arguments = try arguments(neurons, columns, &random)
    let place = PlacedDescription(Block(neurons: neurons, columns: columns).raw)
    let block = Block(neurons: neurons, columns: columns, at: place.pointer)
    let output = try GuardedMemory([UInt8](repeating: 0, count: outputCount(block) * outputSize), atEnd: true)
    let name = described(block, arguments)
    let before = parameters().map(\.bitPattern)
    calling(name)
    return try withPointers(arguments) { inputs in
      let count = try CallTraces(of: name) { try invoke(block, inputs, output.base) }.expectNone()
      guard place.isUntouched else {
        throw Finding(name, found: "another nnkit_block", expected: "the block as before the call")
      }
      guard parameters().map(\.bitPattern) == before else {
        throw Finding(name, found: "p = \(parameters())", expected: "p as before the call")
      }
      return count
    }
  }
}

/// What describes a call to a plugin, where it can be looked at afterwards.
final class PlacedDescription<Description: BitwiseCopyable> {
  private let memory: UnsafeMutablePointer<Description>
  private let bytes: [UInt8]

  init(_ description: Description) {
    memory = .allocate(capacity: 1)
    memory.initialize(to: description)
    bytes = Self.bytes(of: memory)
  }

  deinit { memory.deallocate() }

  var pointer: UnsafePointer<Description> { UnsafePointer(memory) }
  var isUntouched: Bool { Self.bytes(of: memory) == bytes }

  private static func bytes(of memory: UnsafeMutablePointer<Description>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: memory, count: MemoryLayout<Description>.size))
  }
}
