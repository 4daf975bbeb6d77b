/// A window that slides over an image: each neuron of a layer fires at every position of it with the same weights.
///
/// Its inputs are the numbers of the window there. That is a convolution.
///
///     let window = try SlidingWindow(channels: 1, height: 28, width: 28, kernel: 5)
///     let layer = try Layer<Float>(neurons: 20, window: window, activation: relu)
///
/// A signal in one dimension is an image of height 1. The numbers of an image are in the order channel, row, column; so
/// are the inputs of a neuron, and its weights (OIHW in other programs).
public struct SlidingWindow: Hashable, Sendable {
  /// How many images a sample has.
  public let channels: Int
  /// The size of each.
  public let image: ImageSize
  /// How many rows and columns of each image a window has.
  public let kernel: ImageSize
  /// From one position to the next.
  public let stride: ImageSize
  /// From one row or column of a window to the next: 1 where they are neighbours.
  public let dilation: ImageSize
  /// How many places around the image count as 0.
  public let padding: Padding
  /// Into how many groups channels and neurons are cut; a neuron has inputs from the channels of its group alone.
  public let groups: Int
  /// At how many positions the window lies: rows and columns of them.
  public let positions: ImageSize

  /// - Parameters:
  ///   - channels: How many images a sample has, at least 1.
  ///   - height: Of each image, at least 1.
  ///   - width: Of each image, at least 1.
  ///   - kernel: The window's rows and columns.
  ///   - stride: From one position to the next; what is left over at the end has no position.
  ///   - padding: Zeros around the image. Neurons without weights leave them out.
  ///   - dilation: From one row or column of a window to the next.
  ///   - groups: A divisor of `channels`, and of the layer's number of neurons.
  /// - Throws: `NetworkError` that says which number does not fit.
  public init(
    channels: Int, height: Int, width: Int, kernel: ImageSize, stride: ImageSize = 1, padding: Padding = 0,
    dilation: ImageSize = 1, groups: Int = 1
  ) throws {
    func expect(_ name: String, _ value: Int, atLeast least: Int) throws {
      guard value >= least, value <= Self.greatest else {
        throw NetworkError("\(name) is \(value), expected \(least) to \(Self.greatest)")
      }
    }
    let image = ImageSize(height: height, width: width)
    try expect("the number of channels", channels, atLeast: 1)
    for (name, size) in [("image", image), ("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
      try expect("the height of the \(name)", size.height, atLeast: 1)
      try expect("the width of the \(name)", size.width, atLeast: 1)
    }
    for side in [padding.top, padding.left, padding.bottom, padding.right] {
      try expect("the padding", side, atLeast: 0)
    }
    guard groups > 0, channels % groups == 0 else {
      throw NetworkError("\(groups) groups do not divide \(channels) channels")
    }
    func positions(_ image: Int, _ padding: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
      let room = image + padding - dilation * (kernel - 1) - 1
      return room < 0 ? 0 : room / stride + 1
    }
    let found = ImageSize(
      height: positions(height, padding.top + padding.bottom, kernel.height, stride.height, dilation.height),
      width: positions(width, padding.left + padding.right, kernel.width, stride.width, dilation.width))
    guard found.height > 0, found.width > 0 else {
      let span = ImageSize(
        height: dilation.height * (kernel.height - 1) + 1, width: dilation.width * (kernel.width - 1) + 1)
      let spans = span == kernel ? "" : ", which spans \(span) with its dilation,"
      let padded =
        padding.isNone
        ? ""
        : " with its padding (\(ImageSize(height: height + padding.top + padding.bottom, width: width + padding.left + padding.right)))"
      throw NetworkError(
        "a kernel of \(kernel)\(spans) does not fit \(channels == 1 ? "an image" : "\(channels) channels") of \(image)\(padded);"
          + " take a smaller kernel, or add padding")
    }
    for (name, factors) in [
      ("inputs", [channels, height, width]), ("weights of a neuron", [channels / groups, kernel.height, kernel.width]),
      ("positions", [found.height, found.width]),
    ] {
      let count = factors.reduce(1.0) { $0 * Double($1) }
      guard count <= Double(Self.greatest) else {
        throw NetworkError("the window has \(count) \(name), expected at most \(Self.greatest)")
      }
    }
    (self.channels, self.image, self.kernel, self.stride) = (channels, image, kernel, stride)
    (self.padding, self.dilation, self.groups) = (padding, dilation, groups)
    self.positions = found
  }

  /// The same for padding that gives a position for each step over the image.
  public init(
    channels: Int, height: Int, width: Int, samePaddedKernel kernel: ImageSize, stride: ImageSize = 1,
    dilation: ImageSize = 1, groups: Int = 1
  ) throws {
    try self.init(
      channels: channels, height: height, width: width, kernel: kernel, stride: stride,
      padding: .same(
        image: ImageSize(height: height, width: width), kernel: kernel, stride: stride, dilation: dilation),
      dilation: dilation, groups: groups)
  }

  private static let greatest = 1 << 31

  /// How many numbers a sample has: channels × height × width.
  public var inputCount: Int { channels * image.count }
  /// How many inputs each neuron has: the numbers of one window in the channels of its group.
  public var fanIn: Int { channels / groups * kernel.count }

  /// The row and the column of the image, the padding included from −padding on, where a position's window has its place
  /// (row, column).
  func place(_ row: Int, _ column: Int, at position: ImageSize) -> ImageSize {
    ImageSize(
      height: position.height * stride.height + row * dilation.height - padding.top,
      width: position.width * stride.width + column * dilation.width - padding.left)
  }

  /// Position number `index`: positions are counted row by row.
  package func position(_ index: Int) -> ImageSize {
    ImageSize(height: index / positions.width, width: index % positions.width)
  }

  /// Which of the places of one channel's window lie in the image, at a position; in the order row, column.
  package func isInside(at position: ImageSize) -> [Bool] {
    (0..<kernel.height).flatMap { row in
      (0..<kernel.width).map { column in
        let place = place(row, column, at: position)
        return 0..<image.height ~= place.height && 0..<image.width ~= place.width
      }
    }
  }

  /// Which input of the layer is input `tap` of a neuron of `group` at a position; nil in the padding.
  package func source(of tap: Int, group: Int, at position: ImageSize) -> Int? {
    let (channel, inner) = (group * (channels / groups) + tap / kernel.count, tap % kernel.count)
    let place = place(inner / kernel.width, inner % kernel.width, at: position)
    guard 0..<image.height ~= place.height, 0..<image.width ~= place.width else { return nil }
    return channel * image.count + place.height * image.width + place.width
  }
}

/// What each neuron of a layer has as its inputs, and at how many positions it fires.
public enum Wiring: Hashable, Sendable {
  /// Everything that arrives, once.
  case dense
  /// A window of what arrives, at every position of it.
  indirect case slidingWindow(SlidingWindow)

  /// The window; nil where there is none.
  public var window: SlidingWindow? { if case .slidingWindow(let window) = self { window } else { nil } }
  /// Whether each neuron has everything that arrives.
  var isDense: Bool { if case .dense = self { true } else { false } }
  /// At how many positions each neuron fires.
  public var positions: Int { if case .slidingWindow(let window) = self { window.positions.count } else { 1 } }
  /// How many groups of neurons have different inputs.
  var groups: Int { if case .slidingWindow(let window) = self { window.groups } else { 1 } }
}
