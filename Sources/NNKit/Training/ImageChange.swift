internal import RealModule

/// One image mirrored, then turned about its centre, then shifted; what comes in from outside is 0.
package struct ImageChange: Equatable, Sendable {
  /// Whether left and right change places.
  package var mirrorsColumns: Bool
  /// Whether top and bottom change places.
  package var mirrorsRows: Bool
  /// By how much it turns counterclockwise.
  package var degrees: Double
  /// By how many rows it moves.
  package var down: Int
  /// By how many columns it moves.
  package var right: Int

  package init(
    mirrorsColumns: Bool = false, mirrorsRows: Bool = false, degrees: Double = 0, down: Int = 0, right: Int = 0
  ) {
    (self.mirrorsColumns, self.mirrorsRows, self.degrees) = (mirrorsColumns, mirrorsRows, degrees)
    (self.down, self.right) = (down, right)
  }

  /// Writes the changed image to `to`; both have `size` pixels, row after row, and are not the same.
  @specialized(where Pixel == Double)
  @specialized(where Pixel == Float)
  @specialized(where Pixel == UInt8)
  func move<Pixel: Numeric>(
    from: UnsafeBufferPointer<Pixel>, to: UnsafeMutableBufferPointer<Pixel>, _ size: ImageSize
  ) {
    let (height, width) = (size.height, size.width)
    // Of each row, the columns that come from inside.
    let (first, end) = (max(0, right), min(width, width + right))
    for row in 0..<height {
      let line = row * width
      let source = row - down
      guard 0..<height ~= source, first < end else {
        for column in 0..<width { to[line + column] = 0 }
        continue
      }
      let start = (mirrorsRows ? height - 1 - source : source) * width
      for column in 0..<first { to[line + column] = 0 }
      for column in end..<width { to[line + column] = 0 }
      if mirrorsColumns {
        for column in first..<end { to[line + column] = from[start + width - 1 - (column - right)] }
      } else {
        for column in first..<end { to[line + column] = from[start + column - right] }
      }
    }
  }

  /// As `move`, with the turn.
  package func apply(
    from: UnsafeBufferPointer<Double>, to: UnsafeMutableBufferPointer<Double>, _ size: ImageSize
  ) {
    if degrees == 0 { move(from: from, to: to, size) } else { turn(from: from, to: to, size) }
  }

  /// Each pixel asks for its place before the change, and takes the mean of the four pixels around that place, each by how
  /// near it is (bilinear interpolation).
  private func turn(
    from: UnsafeBufferPointer<Double>, to: UnsafeMutableBufferPointer<Double>, _ size: ImageSize
  ) {
    let (height, width) = (size.height, size.width)
    let (middleRow, middleColumn) = (Double(height - 1) / 2, Double(width - 1) / 2)
    let radians = degrees * .pi / 180
    let (sine, cosine) = (Double.sin(radians), Double.cos(radians))
    // Where the first pixel lies, and from a row or a column to the next.
    let start = (mirrorsRows ? (height - 1) * width : 0) + (mirrorsColumns ? width - 1 : 0)
    let (down, right) = (mirrorsRows ? -width : width, mirrorsColumns ? -1 : 1)
    func pixel(_ row: Int, _ column: Int) -> Double {
      guard 0..<height ~= row, 0..<width ~= column else { return 0 }
      return from[start + row * down + column * right]
    }
    for row in 0..<height {
      for column in 0..<width {
        let (y, x) = (Double(row - self.down) - middleRow, Double(column - self.right) - middleColumn)
        let (sourceRow, sourceColumn) = (sine * x + cosine * y + middleRow, cosine * x - sine * y + middleColumn)
        let (r, c) = (floor(sourceRow), floor(sourceColumn))
        let (below, beside) = (sourceRow - Double(r), sourceColumn - Double(c))
        let four: (Double, Double, Double, Double)
        if 0..<height - 1 ~= r, 0..<width - 1 ~= c {
          let place = start + r * down + c * right
          four = (from[place], from[place + right], from[place + down], from[place + down + right])
        } else {
          four = (pixel(r, c), pixel(r, c + 1), pixel(r + 1, c), pixel(r + 1, c + 1))
        }
        let (upper, lower) = (
          (1 - beside) * four.0 + beside * four.1, (1 - beside) * four.2 + beside * four.3
        )
        to[row * width + column] = (1 - below) * upper + below * lower
      }
    }
  }
}

/// The greatest whole number that is at most `number`; `rounded` would call a function of the system for each pixel.
private func floor(_ number: Double) -> Int {
  let whole = Int(number)
  return Double(whole) > number ? whole - 1 : whole
}
