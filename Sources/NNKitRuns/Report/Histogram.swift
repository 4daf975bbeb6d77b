/// How often numbers of each sign and size came: eight bins an octave, from 2⁻⁴⁰ to 2²⁴.
///
/// A bin follows from a number's bits, so that counting costs a training next to nothing.
package struct Histogram {
  /// The exponent and the first three binary places of the smallest number that has a bin of its own.
  private static let base = (127 - 40) << 3
  private static let size = 64 << 3
  /// Negative numbers, the greatest first; those that are next to 0; positive ones.
  private var counts = [UInt32](repeating: 0, count: 2 * size + 1)
  package private(set) var total = 0

  package init() {}

  package mutating func add(_ value: Float) {
    let magnitude = Int(value.bitPattern & 0x7FFF_FFFF) >> 20
    let place = max(0, min(Self.size, magnitude - Self.base + 1))
    counts[Self.size + (value.sign == .minus ? -place : place)] &+= 1
    total += 1
  }

  mutating func reset() {
    for bin in counts.indices { counts[bin] = 0 }
    total = 0
  }

  /// The values below which the given shares of all numbers lie, in the middle of their bins.
  package func quantiles(_ shares: [Double]) -> [Double] {
    var (bin, passed) = (0, 0)
    return shares.map { share in
      while bin < counts.count - 1, Double(passed + Int(counts[bin])) < share * Double(total) {
        passed += Int(counts[bin])
        bin += 1
      }
      return Self.middle(bin - Self.size)
    }
  }

  private static func middle(_ place: Int) -> Double {
    if place == 0 { return 0 }
    let bits = UInt32((abs(place) - 1 + base) << 20 | 1 << 19)
    return place < 0 ? -Double(Float(bitPattern: bits)) : Double(Float(bitPattern: bits))
  }

  /// The counts of its bins, between the first and the last that has any; those without any in between are one.
  var buckets: EventFile.Buckets {
    let present = counts.indices.filter { counts[$0] > 0 }
    var buckets = EventFile.Buckets(
      minimum: 0, maximum: 0, count: Double(total), sum: 0, squares: 0, limits: [], counts: [])
    guard let first = present.first, let last = present.last else { return buckets }
    (buckets.minimum, buckets.maximum) = (Self.end(first - Self.size - 1), Self.end(last - Self.size))
    var next = first
    for bin in present {
      if bin > next {
        buckets.limits.append(Self.end(bin - Self.size - 1))
        buckets.counts.append(0)
      }
      let (count, middle) = (Double(counts[bin]), Self.middle(bin - Self.size))
      buckets.limits.append(Self.end(bin - Self.size))
      buckets.counts.append(count)
      buckets.sum += count * middle
      buckets.squares += count * middle * middle
      next = bin + 1
    }
    return buckets
  }

  /// The greatest number of a bin.
  private static func end(_ place: Int) -> Double {
    let bits = UInt32((place >= 0 ? place + base : -place - 1 + base) << 20)
    return place >= 0 ? Double(Float(bitPattern: bits)) : -Double(Float(bitPattern: bits))
  }
}
