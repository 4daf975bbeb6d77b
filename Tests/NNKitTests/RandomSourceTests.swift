import NNKit
import Testing

/// The generator that everything random follows from.
@Suite struct RandomSourceTests {
  /// SplitMix64 and xoshiro256** written down a second time, from the papers.
  private struct Reference {
    var s: [UInt64]

    init(seed: UInt64) {
      func mix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
      }
      var outer = seed
      var inner = mix(&outer)
      s = (0..<4).map { _ in mix(&inner) }
    }

    mutating func next() -> UInt64 {
      func rotl(_ x: UInt64, _ k: UInt64) -> UInt64 { x << k | x >> (64 - k) }
      let result = rotl(s[1] &* 5, 7) &* 9
      let t = s[1] << 17
      s[2] ^= s[0]
      s[3] ^= s[1]
      s[1] ^= s[2]
      s[0] ^= s[3]
      s[2] ^= t
      s[3] = rotl(s[3], 45)
      return result
    }
  }

  @Test("it is xoshiro256**, seeded by SplitMix64", arguments: [0, 1, 42, UInt64.max])
  func algorithm(_ seed: UInt64) {
    var (source, reference) = (RandomSource(seed: seed), Reference(seed: seed))
    for _ in 0..<1000 { #expect(source.next() == reference.next()) }
  }

  @Test("streams of one seed differ, and equal streams agree")
  func streams() {
    let first = { (seed: UInt64, stream: UInt64) -> UInt64 in
      var source = RandomSource(seed: seed, stream: stream)
      return source.next()
    }
    #expect(Set((0..<100).map { first(1, $0) }).count == 100)
    #expect(first(3, 2) == first(3, 2) && first(3, 2) != first(4, 2))
  }

  @Test("uniform numbers lie in 0 ..< 1 and normal ones are finite")
  func ranges() {
    var source = RandomSource(seed: 2)
    var sum = 0.0
    for _ in 0..<20_000 {
      let value = source.uniform()
      #expect(value >= 0 && value < 1)
      sum += value
      if !source.normal().isFinite { Issue.record("a normal number is not finite") }
    }
    #expect(abs(sum / 20_000 - 0.5) < 0.01)
  }
}
