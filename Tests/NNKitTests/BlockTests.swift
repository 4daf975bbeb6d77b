import CNNKit
import NNKit
import Testing

/// Bundled functions are called as the ABI allows, though this host does not yet: rows with gaps, empty blocks.
@Suite struct BlockTests {
  private let neurons = 4
  private let columns = 5
  private let stride = 8
  private let guardian = 1234.5

  /// Numbers in (0, 1), where every function is defined, laid out in rows with gaps.
  private func table(_ seed: UInt64) -> [Double] {
    var random = RandomSource(seed: seed)
    return (0..<neurons * stride).map { $0 % stride < columns ? 0.05 + 0.9 * random.uniform() : guardian }
  }

  private func dense(_ values: [Double]) -> [Double] {
    values.enumerated().filter { $0.offset % stride < columns }.map(\.element)
  }

  private func gapsAreUntouched(_ values: [Double]) -> Bool {
    values.enumerated().allSatisfy { $0.offset % stride < columns || $0.element == guardian }
  }

  /// Runs `body` on the block with gaps and on the same numbers without; the results must be the same.
  private func compare(
    _ name: String, _ inputs: [[Double]], _ body: (inout nnkit_block, [[Double]], inout [Double]) -> Int32?
  ) {
    var (wide, narrow) = (rawBlock(neurons, columns, stride: stride), rawBlock(neurons, columns, stride: columns))
    var gapped = [Double](repeating: guardian, count: neurons * stride)
    var flat = [Double](repeating: guardian, count: neurons * columns)
    guard let code = body(&wide, inputs, &gapped) else { return }
    #expect(code == 0 && body(&narrow, inputs.map { dense($0) }, &flat) == 0, "\(name)")
    #expect(gapsAreUntouched(gapped), "\(name) writes between rows")
    #expect(isSame(dense(gapped), flat), "\(name)")
    for (neurons, columns) in [(0, 5), (4, 0), (0, 0)] {
      var (empty, nothing) = (rawBlock(neurons, columns, stride: stride), [guardian, guardian])
      #expect(body(&empty, [[0.5], [0.5], [0.5]], &nothing) == 0, "\(name)")
      #expect(nothing == [guardian, guardian] || nothing == [0, 0], "\(name) writes into an empty block")
    }
  }

  /// Vector instructions may round the last bits otherwise than the loop's end does.
  private func isSame(_ left: [Double], _ right: [Double]) -> Bool {
    zip(left, right).allSatisfy { isClose($0, $1, relative: 1e-15) }
  }

  @Test("activations keep to their rows, and do nothing for an empty block", arguments: Names.activations)
  func activations(_ name: String) throws {
    guard case .activation(let raw, let p) = try RawFunction(name) else { return #expect(Bool(false)) }
    compare("evaluate of \(name)", [table(1)]) { raw.evaluate?(p, &$0, $1[0], &$2) }
    compare("backward of \(name)", [table(1), table(2), table(3)]) { raw.backward?(p, &$0, $1[0], $1[1], $1[2], &$2) }
  }

  @Test("losses keep to their rows, and do nothing for an empty block", arguments: Names.losses)
  func losses(_ name: String) throws {
    guard case .loss(let raw, let p) = try RawFunction(name) else { return #expect(Bool(false)) }
    compare("gradient of \(name)", [table(1), table(2)]) { raw.gradient?(p, &$0, $1[0], $1[1], &$2) }
    compare("canonical delta of \(name)", [table(1), table(2), table(3)]) {
      raw.canonical_delta?(p, &$0, $1[0], $1[1], $1[2], &$2)
    }
    var (wide, narrow) = (rawBlock(neurons, columns, stride: stride), rawBlock(neurons, columns, stride: columns))
    var values = [[Double]](repeating: [Double](repeating: guardian, count: columns + 1), count: 2)
    #expect(raw.value?(p, &wide, table(1), table(2), &values[0]) == 0)
    #expect(raw.value?(p, &narrow, dense(table(1)), dense(table(2)), &values[1]) == 0)
    #expect(isSame(values[0], values[1]))
    #expect(values[0][columns] == guardian, "\(name) writes a value too many")
  }

  @Test("functions of the whole layer need no more than one column at a time", arguments: Names.wholeLayer)
  func columnsAreIndependent(_ name: String) throws {
    guard case .activation(let raw, let p) = try RawFunction(name) else { return #expect(Bool(false)) }
    var (block, all) = (rawBlock(neurons, columns, stride: stride), table(4))
    #expect(raw.evaluate?(p, &block, table(1), &all) == 0)
    for column in 0..<columns {
      var (one, part) = (rawBlock(neurons, 1, stride: stride), table(4))
      let z = Array(table(1)[column...])
      #expect(raw.evaluate?(p, &one, z, &part) == 0)
      for neuron in 0..<neurons {
        #expect(isClose(part[neuron * stride], all[neuron * stride + column], relative: 1e-15))
      }
    }
  }
}
