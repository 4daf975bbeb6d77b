import Glibc
import NNKit

/// What numbers a plugin computes with.
enum Precision: CaseIterable, Sendable {
  case double, single

  /// What the header adds to the names of functions.
  var suffix: String { self == .single ? "_float" : "" }
  var configurationName: String { self == .single ? Float.precisionName : Double.precisionName }
  var size: Int { self == .single ? MemoryLayout<Float>.size : MemoryLayout<Double>.size }
  var greatest: Double { self == .single ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude }
  /// How exact sums are, whose order may be another one.
  var tolerance: Double { self == .single ? 1e-5 : 1e-12 }
}

/// Where a call's arrays lie.
enum Placement {
  /// In memory of their own, with some more behind it.
  case ordinary
  /// Before a page that may not be touched.
  case beforeGuard
  /// Behind a page that may not be touched.
  case behindGuard
  /// Far from any page that may not be touched.
  case withMargin
}

/// Rows of numbers in either precision, with gaps between them.
final class CallArray {
  let name: String
  let rows: Int
  let columns: Int
  let stride: Int
  private let isDouble: Bool
  private let endsWithGap: Bool
  private let memory: CheckedMemory
  /// Where the first number lies.
  let base: UnsafeMutableRawPointer

  /// - Parameters:
  ///   - plan: Its name and its precision.
  ///   - shape: Rows, columns, the gap between rows, and whether one follows the last row, too.
  ///   - precision: That of the calls.
  ///   - placement: Where it lies.
  /// - Throws: `FileError` if the system gives no memory.
  init(
    _ plan: PluginCalls.ArrayPlan, _ shape: (rows: Int, columns: Int, gap: Int, endsWithGap: Bool),
    _ precision: Precision, _ placement: Placement
  ) throws {
    name = plan.name
    (rows, columns, stride) = (shape.rows, shape.columns, shape.columns + shape.gap)
    let precision = plan.isDouble ? .double : precision
    isDouble = precision == .double
    endsWithGap = shape.endsWithGap
    let whole = endsWithGap ? rows * stride : rows == 0 ? 0 : (rows - 1) * stride + columns
    memory = try CheckedMemory(count: whole * precision.size, placement)
    base = memory.base
    markGaps(with: 0xFF)
  }

  var count: Int { rows * columns }

  /// Element `index` where rows touch.
  subscript(index: Int) -> Double {
    get { element(at: stride == columns ? index : index / columns * stride + index % columns) }
    set { set(newValue, at: stride == columns ? index : index / columns * stride + index % columns) }
  }

  private func element(at place: Int) -> Double {
    isDouble
      ? base.load(fromByteOffset: 8 * place, as: Double.self)
      : Double(base.load(fromByteOffset: 4 * place, as: Float.self))
  }

  private func set(_ value: Double, at place: Int) {
    if isDouble {
      base.storeBytes(of: value, toByteOffset: 8 * place, as: Double.self)
    } else {
      base.storeBytes(of: Float(value), toByteOffset: 4 * place, as: Float.self)
    }
  }

  var values: [Double] { (0..<count).map { self[$0] } }
  func fill(_ value: () -> Double) { for index in 0..<count { self[index] = value() } }
  func fill(with values: [Double]) { for (index, value) in values.enumerated() { self[index] = value } }

  /// Every number becomes 0; gaps stay.
  func clear() {
    let size = isDouble ? 8 : 4
    if stride == columns { memset(base, 0, count * size) } else { fill { 0 } }
  }

  /// A number as its own precision writes it.
  func text(_ index: Int) -> String { isDouble ? "\(self[index])" : "\(Float(self[index]))" }

  /// The first of the numbers.
  func text(most: Int) -> String {
    let first = (0..<min(most, count)).map { text($0) }.joined(separator: ", ")
    return count > most ? "[\(first), … \(count) in all]" : "[\(first)]"
  }

  /// Copies some rows and columns of another.
  func take(_ other: CallArray, _ rows: Range<Int>, _ columns: Range<Int>) {
    for (place, row) in rows.enumerated() {
      for (index, column) in columns.enumerated() {
        set(other.element(at: row * other.stride + column), at: place * stride + index)
      }
    }
  }

  /// Repeats another's rows and columns; both without gaps.
  func tile(_ other: CallArray) {
    let size = isDouble ? 8 : 4
    guard other.count > 0 else { return }
    for row in 0..<rows {
      for column in Swift.stride(from: 0, to: columns, by: other.columns) {
        memcpy(
          base + (row * columns + column) * size, other.base + row % other.rows * other.columns * size,
          min(other.columns, columns - column) * size)
      }
    }
  }

  // MARK: Memory

  var bytes: [UInt8] { memory.bytes }
  func holds(_ bytes: [UInt8]) -> Bool { memory.holds(bytes) }
  func allowWriting(_ isAllowed: Bool) throws { try memory.allowWriting(isAllowed) }

  private var gaps: [Range<Int>] {
    stride == columns
      ? [] : (0..<max(0, endsWithGap ? rows : rows - 1)).map { $0 * stride + columns..<($0 + 1) * stride }
  }

  /// Fills the gaps with a byte; 0xFF makes them NaN, as which results show that depend on them.
  func markGaps(with byte: UInt8) {
    let size = isDouble ? 8 : 4
    for gap in gaps { memset(base + gap.lowerBound * size, Int32(byte), gap.count * size) }
  }

  /// The first element of a gap that does not hold the byte.
  func changedGap(from byte: UInt8) -> Int? {
    let size = isDouble ? 8 : 4
    return gaps.joined().first { place in
      (place * size..<(place + 1) * size).contains { base.load(fromByteOffset: $0, as: UInt8.self) != byte }
    }
  }

  /// Which byte-wise element of a copy of the memory has changed, and what it was.
  func change(since before: [UInt8]) -> (place: Int, value: String, old: String)? {
    let (size, now) = (isDouble ? 8 : 4, bytes)
    guard let odd = now.indices.first(where: { now[$0] != before[$0] }) else { return nil }
    let place = odd / size
    guard (place + 1) * size <= now.count else { return (place, "\(now[odd])", "\(before[odd])") }
    func text(_ bytes: [UInt8]) -> String {
      bytes.withUnsafeBytes {
        isDouble
          ? "\($0.loadUnaligned(fromByteOffset: place * 8, as: Double.self))"
          : "\($0.loadUnaligned(fromByteOffset: place * 4, as: Float.self))"
      }
    }
    return (place, text(now), text(before))
  }

  /// Whether an element of the memory lies between two rows.
  func isGap(_ place: Int) -> Bool { stride > 0 && place % stride >= columns }
}
