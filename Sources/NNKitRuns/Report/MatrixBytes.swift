import NNKit

// Numbers as bytes, for pages: as exact as a picture can show them.

extension Matrix {
  /// The first `count` numbers of some rows, each row on a scale of its own: 128 is 0, 1 and 255 the greatest size.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func signedBytes(_ rows: [Int], count: Int) -> (bytes: [UInt8], greatest: [Float]) {
    var bytes = [UInt8](repeating: 128, count: rows.count * count)
    var sizes: [Float] = []
    let columns = columns
    withElements { values in
      for (place, row) in rows.enumerated() {
        var greatest: Float = 0
        for index in row * columns..<row * columns + count { greatest = Swift.max(greatest, abs(Float(values[index]))) }
        sizes.append(greatest)
        guard greatest > 0, greatest.isFinite else { continue }
        for index in 0..<count {
          let value = 127 * Float(values[row * columns + index]) / greatest
          bytes[place * count + index] = value.isFinite ? UInt8(128 + value.rounded()) : 128
        }
      }
    }
    return (bytes, sizes)
  }

  /// One row as grey values from its least to its greatest number, 0...255.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func greyBytes(row: Int) -> [UInt8] {
    let columns = columns
    return withElements { values in
      var (low, high) = (Float.infinity, -Float.infinity)
      for index in row * columns..<(row + 1) * columns {
        low = Swift.min(low, Float(values[index]))
        high = Swift.max(high, Float(values[index]))
      }
      let factor = high > low ? 255 / (high - low) : 0
      return (row * columns..<(row + 1) * columns).map { index in
        let grey = (Float(values[index]) - low) * factor
        return grey.isFinite ? UInt8(grey.rounded()) : 0
      }
    }
  }

  /// The sum of the squares of each row.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func squaredSizes() -> [Double] {
    let columns = columns
    return withElements { values in
      (0..<rows).map { row in
        var sum = 0.0
        for index in row * columns..<(row + 1) * columns { sum += Double(values[index]) * Double(values[index]) }
        return sum
      }
    }
  }
}
