internal import RealModule

/// A seeded source of random numbers: the same seed gives the same numbers on every machine.
///
/// xoshiro256** 1.0 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47(4), 2021),
/// its state filled by SplitMix64 from the seed.
public struct RandomSource: RandomNumberGenerator, Sendable {
  package private(set) var state: (UInt64, UInt64, UInt64, UInt64)

  /// A source for `seed`.
  ///
  /// Sources for different `stream`s of one seed are independent: weights, shuffling, data.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var mixer = SplitMix64(state: seed)
    var inner = SplitMix64(state: mixer.next() ^ (stream &* 0x9E37_79B9_7F4A_7C15))
    state = (inner.next(), inner.next(), inner.next(), inner.next())
  }

  /// The source that continues from a state, four words not all 0.
  init?(state words: [UInt64]) {
    guard words.count == 4, words.contains(where: { $0 != 0 }) else { return nil }
    state = (words[0], words[1], words[2], words[3])
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    let result = rotate(state.1 &* 5, 7) &* 9
    let t = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= t
    state.3 = rotate(state.3, 45)
    return result
  }

  /// A number in 0 ..< 1, uniformly distributed, with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number from the normal distribution with mean 0 and deviation 1 (Box and Muller, 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * Double.log(1 - uniform())).squareRoot()
    return radius * Double.cos(2 * .pi * uniform())
  }

  private func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
private struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension RandomSource: Codable {
  /// Reads what `encode` has written.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let source = RandomSource(state: try container.decode([UInt64].self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no state of a random source")
    }
    self = source
  }

  /// Writes it as Codable values.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode([state.0, state.1, state.2, state.3])
  }
}

extension RandomSource {
  // What the numbers of one seed are used for.
  package static let weightsStream: UInt64 = 1
  package static let shuffleStream: UInt64 = 2
  package static let dataStream: UInt64 = 3
  // The streams from 4 to 15 are those of the data's sources.
  package static let dropoutStream: UInt64 = 16
  package static let augmentationStream: UInt64 = 17
  package static let stepStream: UInt64 = 24
  package static let cascadeStream: UInt64 = 25
}

/// Random numbers from a counter: the same counter gives the same numbers, in any order and on any thread.
///
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
package struct Philox {
  private let key: SIMD2<UInt32>

  package init(key: UInt64) {
    self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
  }

  /// Four numbers of 32 bits.
  @inline(__always)
  package func numbers(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
    var (k0, k1) = (key[0], key[1])
    for _ in 0..<10 {
      let (a, b) = (UInt64(0xD251_1F53) * UInt64(c0), UInt64(0xCD9E_8D57) * UInt64(c2))
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: b >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: a)
      )
      (k0, k1) = (k0 &+ 0x9E37_79B9, k1 &+ 0xBB67_AE85)
    }
    return SIMD4(c0, c1, c2, c3)
  }
}
