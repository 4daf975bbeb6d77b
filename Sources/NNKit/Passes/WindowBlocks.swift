/// How the positions of a window are cut: into chunks that threads take, and these into blocks whose numbers stay in the
/// cache.
///
/// Threads take rows of positions, or columns where there is one row. A block has so many rows and columns that as little as
/// possible of the image belongs to several blocks, and is copied for each of them.
struct WindowBlocks<Scalar: NetworkScalar> {
  /// So many numbers of the image, and of z or δ, belong to a block: 512 KB, a part of the second level of the cache.
  private static var most: Int { 524_288 / MemoryLayout<Scalar>.stride }

  let chunks: Int
  let image: WindowImage<Scalar>
  /// How many numbers of memory a block's part of the image takes.
  let size: Int
  private let window: SlidingWindow
  /// How many rows and columns of positions a block has at most.
  private let (rows, columns): (Int, Int)

  /// Chunks for all threads, each with all channels of a group and some neurons.
  init(_ window: SlidingWindow, samples: Int, neurons: Int, _ threadPool: ThreadPool) {
    self.init(
      window, samples: samples, channels: window.channelsOfGroup, numbers: neurons / window.groups,
      work: neurons * window.fanIn, threadPool)
  }

  /// Chunks for all threads that have enough to do, where each column of z is so much work.
  init(
    _ window: SlidingWindow, samples: Int, channels: Int, numbers: Int, work: Int, _ threadPool: ThreadPool
  ) {
    let all = work * window.positions.count * samples
    let count = window.positions.height == 1 ? window.positions.width : window.positions.height
    self.init(
      window, samples: samples, channels: channels, numbers: numbers,
      chunks: threadPool.even(min(threadPool.count, count, max(1, all / leastWork))))
  }

  /// - Parameters:
  ///   - window: Whose positions are cut.
  ///   - samples: How many samples there are.
  ///   - channels: Of how many channels a block's part of the image is copied.
  ///   - numbers: How many numbers beside the image belong to each column of a block.
  ///   - chunks: Into how many chunks the positions are cut.
  init(_ window: SlidingWindow, samples: Int, channels: Int, numbers: Int, chunks: Int = 1) {
    (self.window, self.chunks) = (window, chunks)
    let (height, width) = (window.positions.height, window.positions.width)
    func needed(_ rows: Int, _ columns: Int) -> Int {
      WindowImage<Scalar>(window, samples: samples, rows: rows, columns: columns).channel * channels
        + numbers * rows * columns * samples
    }
    /// As many rows as fit, in parts of about equal size.
    func fitting(_ columns: Int, of count: Int) -> Int {
      let (one, two) = (needed(1, columns), needed(2, columns))
      return part(of: count, atMost: 1 + max(0, Self.most - one) / max(1, two - one))
    }
    let ownRows = height > 1 ? (height + chunks - 1) / chunks : 1
    let ownColumns = height > 1 ? width : (width + chunks - 1) / chunks
    let mostColumns = 1 + max(0, Self.most - needed(1, 1)) / max(1, needed(1, 2) - needed(1, 1))
    let fewestCuts = (ownColumns + mostColumns - 1) / mostColumns
    var (best, copied) = ((rows: 1, columns: 1), Double.infinity)
    for cuts in fewestCuts...min(fewestCuts + 8, ownColumns) {
      let columns = (ownColumns + cuts - 1) / cuts
      let rows = fitting(columns, of: ownRows)
      let image = WindowImage<Scalar>(window, samples: samples, rows: rows, columns: columns)
      let copies = Double(image.channel) / Double(rows * columns)
      // A little less to copy is not worth shorter rows.
      if copies < 0.9 * copied { (best, copied) = ((rows, columns), copies) }
    }
    (rows, columns) = best
    image = WindowImage(window, samples: samples, rows: rows, columns: columns)
    size = channels * image.channel
  }

  func parts(of chunk: Int) -> [PositionBlock] {
    let (height, width) = (window.positions.height, window.positions.width)
    let ownRows = height > 1 ? cut(height, into: chunks, chunk) : 0..<1
    let ownColumns = height > 1 ? 0..<width : cut(width, into: chunks, chunk)
    return stride(from: ownRows.lowerBound, to: ownRows.upperBound, by: rows).flatMap { row in
      stride(from: ownColumns.lowerBound, to: ownColumns.upperBound, by: columns).map { column in
        PositionBlock(
          rows: row..<min(row + rows, ownRows.upperBound),
          columns: column..<min(column + columns, ownColumns.upperBound))
      }
    }
  }
}

/// `count`, or so many of it that all parts are about as large, and none has more than `most`.
private func part(of count: Int, atMost most: Int) -> Int {
  let parts = (count + most - 1) / most
  return (count + parts - 1) / parts
}
