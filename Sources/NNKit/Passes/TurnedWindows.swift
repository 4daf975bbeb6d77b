// The inputs and messages of neurons that run themselves, with the numbers of a column side by side: a neuron's loop over its
// inputs is then fast. A sliding window's numbers are taken from the image, and added to it, block by block (WindowBlocks.swift).

extension Layer {
  /// What arrives, or every neuron's window at every position.
  func turnedInputs(_ pass: PassContext) -> Inputs<Scalar> {
    guard let window = wiring.window else { return storage.turned(storage.inputs) }
    let (x, samples) = (storage.inputs.base, storage.inputs.columns)
    let turned = storage.turnedWindows(window)
    let blocks = WindowBlocks<Scalar>(
      window, samples: samples, channels: window.channels, numbers: turned.columns, work: turned.columns,
      pass.threadPool)
    let at = blocks.image.offsets(channels: window.channels)
    guard let room = pass.threadPool.room(blocks.chunks * blocks.size, of: Scalar.self) else { return storage.inputs }
    pass.threadPool.run(chunks: blocks.chunks, overlapping: nil as OverlappedTask<Never>?) { chunk in
      let image = room + chunk * blocks.size
      for block in blocks.parts(of: chunk) {
        blocks.image.copy(x, channels: 0..<window.channels, block, to: image)
        let first = window.columns(of: block, samples: samples)[0].lowerBound
        Scalar._kernels.turnWindows(
          blocks.image.windows(image, block, at: at), turned.base + first * turned.columns, turned.columns)
      }
    }
    storage.turnedWindowsAreCurrent = true
    return storage.inputs(ofWindows: turned)
  }

  /// Has `body` send messages, those of neurons of kinds to windows side by side, and those of others turned, and adds them
  /// to `messages`.
  func turning(
    _ messages: Messages<Scalar>?, _ pass: PassContext,
    _ body: (_ windows: Messages<Scalar>?, _ turned: Messages<Scalar>?) throws -> Void
  ) rethrows {
    guard let messages, let window = wiring.window else {
      return try storage.turning(messages) { try body(messages, $0) }
    }
    let haveKinds = neurons.contains { $0.pluginKind != nil }
    let turn = pass.engine == .neuron ? neurons.contains { $0.pluginKind == nil } : !extended.isEmpty
    let (columns, count) = (storage.outputs.columns, window.groups * window.fanIn)
    let turned = turn ? storage.turnedMessages(columns, count) : nil
    turned?.reset()
    let sums = turned.map { Messages(turned: $0, count: count) }
    if haveKinds { try storage.scattering(messages) { try body($0, sums) } } else { try body(nil, sums) }
    if let sums { add(sums, window, to: messages, pass) }
  }

  /// Adds what was said about each number of each window to what is said about the number itself.
  ///
  /// Threads take channels: then no two add to the same numbers.
  private func add(
    _ turned: Messages<Scalar>, _ window: SlidingWindow, to messages: Messages<Scalar>, _ pass: PassContext
  ) {
    let (samples, row) = (messages.columns, turned.columnStride)
    let chunks = pass.threadPool.even(
      min(window.channels, pass.threadPool.count, max(1, turned.count * turned.columns / leastWork)))
    let channelsAtOnce = (window.channels + chunks - 1) / chunks
    let blocks = WindowBlocks<Scalar>(window, samples: samples, channels: channelsAtOnce, numbers: row)
    guard let room = pass.threadPool.room(chunks * blocks.size, of: Scalar.self) else { return }
    pass.threadPool.run(chunks: chunks, overlapping: nil as OverlappedTask<Never>?) { chunk in
      let image = room + chunk * blocks.size
      let channels = cut(window.channels, into: chunks, chunk)
      let at = blocks.image.offsets(channels: channels.count)
      for block in blocks.parts(of: 0) {
        Scalar._kernels.fill(image, channels.count * blocks.image.channel, 0)
        let first = window.columns(of: block, samples: samples)[0].lowerBound
        Scalar._kernels.addTurnedWindows(
          blocks.image.windows(image, block, at: at),
          turned.base + first * row + channels.lowerBound * window.kernel.count, row, image)
        blocks.image.add(image, channels: channels, block, to: messages.base)
      }
    }
  }
}
