/// Some positions of a window.
struct PositionBlock {
  let rows: Range<Int>
  let columns: Range<Int>
}

/// Which places of the image the windows at some blocks have reached, which go from left to right and then from top to bottom,
/// with a stride of 1.
struct ReachedPlaces {
  /// All rows above `row`, and of the others the columns before `column`.
  private(set) var (row, column) = (0, 0)

  mutating func add(_ block: PositionBlock, _ window: SlidingWindow) {
    if block.columns.upperBound < window.positions.width {
      column = block.columns.upperBound + window.kernel.width - 1 - window.padding.left
    } else {
      (row, column) = (block.rows.upperBound + window.kernel.height - 1 - window.padding.top, 0)
    }
  }
}

/// How the part of an image that windows read at a block of positions lies in a thread's memory.
///
/// Each number of a window (tap) is then, over the positions of a row, one run of neighbouring numbers: the padding is
/// there as zeros, and with a stride of s columns the image's columns c, c + s, c + 2s, … lie side by side. A channel is
/// an odd number of cache lines long, so that the same place of many channels is not always in the same place of the cache.
struct WindowImage<Scalar: NetworkScalar> {
  /// From the numbers of one row of positions to those of the next.
  let step: Int
  /// From one channel to the next.
  let channel: Int
  private let window: SlidingWindow
  private let samples: Int
  /// How many sets of columns lie apart, and from one to the next.
  private let (sets, set): (Int, Int)
  private let row: Int

  /// - Parameters:
  ///   - window: The window.
  ///   - samples: How many samples there are.
  ///   - rows: How many rows of positions a block has at most.
  ///   - columns: How many columns of positions a block has at most.
  init(_ window: SlidingWindow, samples: Int, rows: Int, columns: Int) {
    (self.window, self.samples) = (window, samples)
    let span = Self.span(window)
    sets = min(window.stride.width, span.width)
    set = (columns + (span.width - 1) / window.stride.width) * samples
    row = sets * set
    step = window.stride.height * row
    let line = 64 / MemoryLayout<Scalar>.stride
    channel = ((((rows - 1) * window.stride.height + span.height) * row + line - 1) / line | 1) * line
  }

  /// Where the numbers of each tap of some channels begin, for the first position.
  func offsets(channels: Int) -> [Int] {
    var at: [Int] = []
    at.reserveCapacity(channels * window.kernel.count)
    for first in stride(from: 0, to: channels * channel, by: channel) {
      for down in 0..<window.kernel.height {
        for column in 0..<window.kernel.width {
          let (times, number) = (column * window.dilation.width).quotientAndRemainder(dividingBy: window.stride.width)
          at.append(first + down * window.dilation.height * row + number * set + times * samples)
        }
      }
    }
    return at
  }

  /// How many rows and columns of the image lie between the first and the last of a window, with both.
  private static func span(_ window: SlidingWindow) -> ImageSize {
    ImageSize(
      height: window.dilation.height * (window.kernel.height - 1) + 1,
      width: window.dilation.width * (window.kernel.width - 1) + 1)
  }

  /// The windows at a block of positions, with the offsets of their taps.
  func windows(_ image: UnsafePointer<Scalar>, _ block: PositionBlock, at: [Int]) -> WindowRows<Scalar> {
    WindowRows(
      image: image, at: at, runs: block.rows.count, run: block.columns.count * samples, step: step,
      zStep: window.positions.width * samples)
  }

  /// Copies what the windows at a block read of some channels of x, inputs × samples.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func copy(
    _ x: UnsafePointer<Scalar>, channels: Range<Int>, _ block: PositionBlock, to image: UnsafeMutablePointer<Scalar>
  ) {
    forEachRun(channels, block) { place, source, count in
      let to = image + place
      guard let source else { return to.update(repeating: 0, count: count * samples) }
      if window.stride.width == 1 { return to.update(from: x + source, count: count * samples) }
      for column in 0..<count {
        let from = x + source + column * window.stride.width * samples
        for sample in 0..<samples { to[column * samples + sample] = from[sample] }
      }
    }
  }

  /// Adds messages that lie like this to those of some channels, inputs × samples.
  ///
  /// Where places are given that blocks before have reached, those to other places are overwritten; the window has a stride of 1
  /// and no dilation.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func add(
    _ image: UnsafePointer<Scalar>, channels: Range<Int>, _ block: PositionBlock,
    to messages: UnsafeMutablePointer<Scalar>, reached: ReachedPlaces? = nil
  ) {
    forEachRun(channels, block) { place, source, count in
      guard let source else { return }
      let from = image + place
      if window.stride.width == 1 {
        let (y, x) = (source / samples % window.image.count).quotientAndRemainder(dividingBy: window.image.width)
        let added = reached.map { y < $0.row ? count : min(count, max(0, $0.column - x)) } ?? count
        Scalar._kernels.add(from, added * samples, messages + source)
        let place = added * samples
        (messages + source + place).update(from: from + place, count: (count - added) * samples)
        return
      }
      for column in 0..<count {
        let to = messages + source + column * window.stride.width * samples
        for sample in 0..<samples { to[sample] += from[column * samples + sample] }
      }
    }
  }

  /// Calls `body` with each run of image columns: where it lies, where its numbers are among inputs × samples (nil in the
  /// padding), and how many columns it has.
  @inline(__always)
  private func forEachRun(
    _ channels: Range<Int>, _ block: PositionBlock, _ body: (_ place: Int, _ source: Int?, _ count: Int) -> Void
  ) {
    let (span, stride, image) = (Self.span(window), window.stride, window.image)
    let columns = block.columns.count + (span.width - 1) / stride.width
    for channel in channels {
      for down in 0..<(block.rows.count - 1) * stride.height + span.height {
        let y = block.rows.lowerBound * stride.height + down - window.padding.top
        for number in 0..<sets {
          let place = (channel - channels.lowerBound) * self.channel + down * row + number * set
          guard 0..<image.height ~= y else {
            body(place, nil, columns)
            continue
          }
          let first = block.columns.lowerBound * stride.width + number - window.padding.left
          let inside = SlidingWindow.inside(image.width, from: first, stride: stride.width, of: columns)
          let source = channel * image.count + y * image.width + first + inside.lowerBound * stride.width
          if inside.lowerBound > 0 { body(place, nil, inside.lowerBound) }
          if !inside.isEmpty { body(place + inside.lowerBound * samples, source * samples, inside.count) }
          if inside.upperBound < columns {
            body(place + inside.upperBound * samples, nil, columns - inside.upperBound)
          }
        }
      }
    }
  }
}
