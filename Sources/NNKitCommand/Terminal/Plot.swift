import NNKit

/// A curve in the terminal: each character is a cell of 2 × 4 dots (Unicode's Braille patterns).
struct Plot {
  private static let (width, height) = (60, 12)
  private var dots = [UInt8](repeating: 0, count: width * height)
  private let range: ClosedRange<Double>

  /// Points that give each column of dots its own.
  static func points(_ range: ClosedRange<Double>) -> [Double] {
    let count = 2 * width
    return (0..<count).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(count - 1) }
  }

  init(_ x: [Double], _ y: [Double]) {
    let finite = y.filter { $0.isFinite && abs($0) <= 20 }
    var (low, high) = (min(0, finite.min() ?? 0), max(0, finite.max() ?? 1))
    if high - low < 1e-9 { (low, high) = (low - 1, high + 1) }
    range = low...high
    let rows = 4 * Self.height
    func row(_ value: Double) -> Int { Int(((high - value) / (high - low) * Double(rows - 1)).rounded()) }
    for (column, value) in y.enumerated() {
      // The axis is dotted, the curve drawn on top of it.
      if column % 4 == 0 { set(column, row(0)) }
      guard value.isFinite, value >= low, value <= high else { continue }
      let here = row(value)
      let before = column > 0 && y[column - 1] >= low && y[column - 1] <= high ? row(y[column - 1]) : here
      for dot in min(here, before)...max(here, before) { set(column, dot) }
    }
  }

  private mutating func set(_ column: Int, _ row: Int) {
    let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    dots[row / 4 * Self.width + column / 2] |= bits[row % 4][column % 2]
  }

  /// The curve, with the values of its top and bottom at the left.
  var lines: [String] {
    let labels = [0: significant(range.upperBound), Self.height - 1: significant(range.lowerBound)]
    let margin = labels.values.map(\.count).max() ?? 0
    return (0..<Self.height).map { row in
      let label = labels[row] ?? ""
      let cells = dots[row * Self.width..<(row + 1) * Self.width].map {
        Character(UnicodeScalar(0x2800 + UInt32($0)) ?? " ")
      }
      return String(repeating: " ", count: margin - label.count) + label + " │" + String(cells)
    }
  }
}
