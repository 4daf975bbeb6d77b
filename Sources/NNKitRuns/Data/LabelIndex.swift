/// The distinct texts among cells, numbered as they come: found by their bytes, since a large file has millions of cells.
struct LabelIndex {
  /// Where each stands for the first time.
  private(set) var first: [Range<Int>] = []
  /// The number of a text + 1 at the place that its hash says or behind it; 0: free.
  private var slots = [Int32](repeating: 0, count: 64)

  var count: Int { first.count }

  /// The number of the text in `range`; `count` as it was before, if the text is new.
  @inline(__always)
  mutating func number(of range: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    // FNV-1a.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      if Self.areEqual(first[number], range, bytes) { return number }
      slot = (slot + 1) & (slots.count - 1)
    }
    first.append(range)
    slots[slot] = Int32(first.count)
    if 2 * first.count > slots.count { grow(bytes) }
    return first.count - 1
  }

  @inline(__always)
  private static func areEqual(_ left: Range<Int>, _ right: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for offset in 0..<left.count where bytes[left.lowerBound + offset] != bytes[right.lowerBound + offset] {
      return false
    }
    return true
  }

  private mutating func grow(_ bytes: UnsafeBufferPointer<UInt8>) {
    let all = first
    self = LabelIndex(room: 4 * slots.count)
    for range in all { _ = number(of: range, in: bytes) }
  }

  init() {}
  private init(room: Int) { slots = [Int32](repeating: 0, count: room) }
}
