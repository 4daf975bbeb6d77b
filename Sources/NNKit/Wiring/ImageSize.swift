/// A height and a width: of an image, of a kernel, of a step between positions.
///
/// A whole number stands for both: `kernel: 5` is 5 × 5.
public struct ImageSize: Hashable, Sendable, Codable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// How many rows.
  public var height: Int
  /// How many columns.
  public var width: Int

  /// A size of rows and columns.
  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }
  /// The same on all sides.
  public init(_ side: Int) { self.init(height: side, width: side) }
  /// The same on all sides.
  public init(integerLiteral side: Int) { self.init(side) }

  /// How many places it has.
  public var count: Int { height * width }
  /// "5 × 5".
  public var description: String { "\(height) × \(width)" }
}

/// How many rows and columns of zeros lie around an image.
public struct Padding: Hashable, Sendable, Codable, ExpressibleByIntegerLiteral {
  /// Rows above the image.
  public var top: Int
  /// Columns left of it.
  public var left: Int
  /// Rows below it.
  public var bottom: Int
  /// Columns right of it.
  public var right: Int

  /// A number of places on each side.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }

  /// As much above as below, and as much on the left as on the right.
  public init(height: Int, width: Int) { self.init(top: height, left: width, bottom: height, right: width) }
  /// The same on all sides.
  public init(_ side: Int) { self.init(height: side, width: side) }
  /// The same on all sides.
  public init(integerLiteral side: Int) { self.init(side) }

  /// Whether there is none.
  public var isNone: Bool { self == 0 }

  /// As much as it takes to have a position for each step over the image, the greater half below and on the right; with
  /// a step of 1 the output is as large as the image.
  public static func same(
    image: ImageSize, kernel: ImageSize, stride: ImageSize = 1, dilation: ImageSize = 1
  ) -> Padding {
    func total(_ image: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
      let positions = (image + stride - 1) / max(1, stride)
      return max(0, (positions - 1) * stride + dilation * (kernel - 1) + 1 - image)
    }
    let height = total(image.height, kernel.height, stride.height, dilation.height)
    let width = total(image.width, kernel.width, stride.width, dilation.width)
    return Padding(top: height / 2, left: width / 2, bottom: height - height / 2, right: width - width / 2)
  }
}
