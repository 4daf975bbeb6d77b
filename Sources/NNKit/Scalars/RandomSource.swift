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
}
