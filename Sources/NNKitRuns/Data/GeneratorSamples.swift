import NNKit

extension GeneratorSource {
  /// The generators, as a configuration calls them.
  package static let names = ["xor", "and", "or", "parity", "moons", "circles", "spirals", "blobs", "sine"]
  /// The most that `samples` may ask for: enough for any lesson, and a slip of the finger does not fill the memory.
  package static let sampleLimit = 10_000_000

  /// Makes the samples; the classes "0", "1", … take turns, so that each has its share.
  ///
  /// - Throws: `DataError` if a setting is impossible.
  func generate(random: inout RandomSource) throws -> RawSamples {
    try check()
    switch name {
    case "xor": return truthTable(2, &random) { $0 == 1 || $0 == 2 }
    case "and": return truthTable(2, &random) { $0 == 3 }
    case "or": return truthTable(2, &random) { $0 > 0 }
    case "parity": return truthTable(bits, &random) { $0.nonzeroBitCount % 2 == 1 }
    case "moons": return plane(.moons, classes: 2, &random)
    case "circles": return plane(.circles, classes: 2, &random)
    case "spirals": return plane(.spirals, classes: classes ?? 2, &random)
    case "blobs": return plane(.blobs, classes: classes ?? 3, &random)
    case "sine": return sine(&random)
    default: throw DataError("there is no generator \(shown(name)); expected one of \(listed(Self.names))")
    }
  }

  private func check() throws {
    if let samples, !(1...Self.sampleLimit).contains(samples) {
      throw DataError("generator \(shown(name)): `samples` is \(samples); expected 1 to \(Self.sampleLimit)")
    }
    guard noise >= 0, noise.isFinite else {
      throw DataError("generator \(shown(name)): `noise` is \(noise); expected a deviation of 0 or more")
    }
    guard (1...16).contains(bits) else {
      throw DataError("generator \(shown(name)): `bits` is \(bits); expected 1 to 16")
    }
    if let classes, !(2...32).contains(classes) {
      throw DataError("generator \(shown(name)): `classes` is \(classes); expected 2 to 32")
    }
  }
}
