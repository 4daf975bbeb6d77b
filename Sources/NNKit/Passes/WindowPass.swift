// The fused pass over plain neurons with a sliding window: Z = W·X + b, ∂W = Δ·Xᵀ, messages = Wᵀ·Δ, with a column for each
// sample at each position. X, the windows side by side, is stored nowhere: the products read it from a copy of the image
// (WindowImage.swift), for a block of positions at a time, whose numbers stay in the cache.

extension Layer {
  /// z of some neurons at all positions, and a, unless the layer responds for all.
  func combineAndRespond(
    _ rows: Range<Int>, _ window: SlidingWindow, _ pass: PassContext, overlapping: OverlappedTask<any Error>?
  ) throws {
    let (x, samples) = (storage.inputs.base, storage.inputs.columns)
    let (columns, weightRow) = (storage.outputs.columns, storage.weights.columns)
    let blocks = WindowBlocks<Scalar>(window, samples: samples, neurons: rows.count, pass.threadPool)
    let at = blocks.image.offsets(channels: window.channelsOfGroup)
    guard let room = pass.threadPool.room(blocks.chunks * blocks.size, of: Scalar.self) else { return }
    try pass.threadPool.run(chunks: blocks.chunks, overlapping: overlapping) { (chunk) throws(any Error) in
      let image = room + chunk * blocks.size
      for block in blocks.parts(of: chunk) {
        let some = window.columns(of: block, samples: samples)
        for (group, neurons) in groups(of: rows, window) {
          blocks.image.copy(x, channels: window.channels(of: group), block, to: image)
          Scalar._kernels.combineWindows(
            blocks.image.windows(image, block, at: at), neurons.count,
            storage.weights.base + neurons.lowerBound * weightRow, weightRow, storage.biases.base + neurons.lowerBound,
            storage.weightedInputs.base + neurons.lowerBound * columns + some[0].lowerBound, columns)
          if storage.layerResponds { continue }
          for columns in some { try respond(to: neurons, columns: columns) }
        }
      }
    }
  }

  /// From what some neurons received, or from δ, to their gradients, which it leaves at their destination, and to the
  /// messages ∂L/∂X += Wᵀ·Δ, or = where they are stale, which take the weights as they were before.
  func sendAndAccumulate(
    _ rows: Range<Int>, from origin: BackwardOrigin, _ window: SlidingWindow, _ messages: Messages<Scalar>?,
    messagesAreStale: Bool, _ pass: PassContext, overlapping: OverlappedTask<any Error>?
  ) throws {
    let destination = weightDestination
    var (target, keep, factor): (Matrix<Scalar>?, Scalar, Scalar) = (nil, 0, 1)
    switch destination {
    case .discard, .jointly: break
    case .gradient: target = storage.weightGradients
    case .fusedUpdate(let matrix, let kept, let by): (target, keep, factor) = (matrix, kept, by)
    }
    let sums = try accumulate(rows, from: origin, window, withWeights: target != nil, pass, overlapping: overlapping)
    if let messages { send(rows, window, messages, messagesAreStale: messagesAreStale, pass) }
    let fanIn = window.fanIn
    for chunk in 1..<max(1, sums.rows) {
      let part = sums.base + chunk * sums.columns
      for index in 0..<sums.columns { sums.base[index] += part[index] }
    }
    for neuron in rows {
      let sum = sums.base + (neuron - rows.lowerBound) * (fanIn + 1)
      storage.biasGradients.base[neuron] = sum[fanIn]
      guard let target else { continue }
      let to = target.base + neuron * target.columns
      for tap in 0..<fanIn { to[tap] = (keep == 0 ? 0 : keep * to[tap]) + factor * sum[tap] }
    }
  }

  /// Threads take channels of the inputs: then no two add to the same numbers.
  private func send(
    _ rows: Range<Int>, _ window: SlidingWindow, _ messages: Messages<Scalar>, messagesAreStale: Bool,
    _ pass: PassContext
  ) {
    let (samples, columns, weightRow) = (messages.columns, storage.outputs.columns, storage.weights.columns)
    let work = rows.count * window.fanIn * window.positions.count * samples
    let chunks = pass.threadPool.even(min(window.channels, pass.threadPool.count, max(1, work / leastWork)))
    let channelsAtOnce = min(window.channelsOfGroup, (window.channels + chunks - 1) / chunks)
    let blocks = WindowBlocks<Scalar>(
      window, samples: samples, channels: channelsAtOnce, numbers: rows.count / window.groups)
    // The weights of the neurons of a group, input by input.
    let weights = weightRow * (neurons.count / window.groups)
    guard let room = pass.threadPool.room(chunks * (blocks.size + weights), of: Scalar.self) else { return }
    pass.threadPool.run(chunks: chunks, overlapping: nil as OverlappedTask<Never>?) { chunk in
      let image = room + chunk * (blocks.size + weights)
      let turned = image + blocks.size
      let channels = cut(window.channels, into: chunks, chunk)
      for (group, neurons) in groups(of: rows, window) {
        let own = channels.clamped(to: window.channels(of: group))
        if own.isEmpty { continue }
        let at = blocks.image.offsets(channels: own.count)
        let firstTap = (own.lowerBound - window.channels(of: group).lowerBound) * window.kernel.count
        Scalar._kernels.transpose(
          storage.weights.base + neurons.lowerBound * weightRow, neurons.count, weightRow, turned, neurons.count)
        var reached = messagesAreStale ? ReachedPlaces() : nil
        for block in blocks.parts(of: 0) {
          Scalar._kernels.fill(image, own.count * blocks.image.channel, 0)
          let first = neurons.lowerBound * columns + window.columns(of: block, samples: samples)[0].lowerBound
          Scalar._kernels.sendWindows(
            blocks.image.windows(image, block, at: at), own.count, blocks.image.channel, neurons.count,
            turned + firstTap * neurons.count, storage.localGradients.base + first, columns, image)
          blocks.image.add(image, channels: own, block, to: messages.base, reached: reached)
          reached?.add(block, window)
        }
      }
    }
  }

  /// δ of some neurons, and in a row for each chunk of positions Δ·Xᵀ and Σδ: for each neuron its taps, and the sum.
  ///
  /// The caller adds the rows in their order, so that it does not matter which thread is first.
  private func accumulate(
    _ rows: Range<Int>, from origin: BackwardOrigin, _ window: SlidingWindow, withWeights: Bool, _ pass: PassContext,
    overlapping: OverlappedTask<any Error>?
  ) throws -> Matrix<Scalar> {
    let (x, samples) = (storage.inputs.base, storage.inputs.columns)
    let (columns, row) = (storage.outputs.columns, window.fanIn + 1)
    let blocks = WindowBlocks<Scalar>(window, samples: samples, neurons: rows.count, pass.threadPool)
    let at = blocks.image.offsets(channels: window.channelsOfGroup)
    let sums = PatchRoom.sized(&storage.patches.sums, rows: blocks.chunks, columns: rows.count * row)
    sums.reset()
    guard let room = pass.threadPool.room(blocks.chunks * blocks.size, of: Scalar.self) else { return sums }
    try pass.threadPool.run(chunks: blocks.chunks, overlapping: overlapping) { (chunk) throws(any Error) in
      let image = room + chunk * blocks.size
      for block in blocks.parts(of: chunk) {
        let some = window.columns(of: block, samples: samples)
        for (group, neurons) in groups(of: rows, window) {
          let first = neurons.lowerBound * columns
          let delta = storage.localGradients.base + first + some[0].lowerBound
          let own = sums.base + chunk * sums.columns + (neurons.lowerBound - rows.lowerBound) * row
          for part in some {
            if origin == .outputGradients { try computeLocalGradients(of: neurons, columns: part) }
            for neuron in 0..<neurons.count {
              Scalar._kernels.addSum(
                storage.localGradients.base + first + neuron * columns + part.lowerBound, part.count,
                own + neuron * row + row - 1)
            }
          }
          if !withWeights { continue }
          blocks.image.copy(x, channels: window.channels(of: group), block, to: image)
          Scalar._kernels.accumulateWindows(
            blocks.image.windows(image, block, at: at), neurons.count, delta, columns, own, row)
        }
      }
    }
    return sums
  }

  /// Some neighbours, cut where another group begins.
  private func groups(of rows: Range<Int>, _ window: SlidingWindow) -> [(group: Int, neurons: Range<Int>)] {
    let size = neurons.count / window.groups
    return (rows.lowerBound / size...(rows.upperBound - 1) / size).map { group in
      (group, rows.clamped(to: group * size..<(group + 1) * size))
    }
  }
}

extension SlidingWindow {
  var channelsOfGroup: Int { channels / groups }

  func channels(of group: Int) -> Range<Int> {
    group * channelsOfGroup..<(group + 1) * channelsOfGroup
  }

  /// The columns of a block, in each row of z: those of each row of positions, or where they are neighbours, of all.
  func columns(of block: PositionBlock, samples: Int) -> [Range<Int>] {
    let isWhole = block.columns.count == positions.width
    let count = isWhole ? block.rows.count * positions.width : block.columns.count
    return (isWhole ? block.rows.prefix(1) : block.rows).map { row in
      let first = (row * positions.width + block.columns.lowerBound) * samples
      return first..<first + count * samples
    }
  }
}

extension Layer {
  /// a = f(z) for some neurons in some columns.
  func respond(to some: Range<Int>, columns: Range<Int>) throws {
    if storage.respondsByIdentity { return }
    let row = storage.outputs.columns
    if columns.count == row { return try respond(to: some) }
    for response in responses {
      for neuron in response.neurons.clamped(to: some) {
        let start = neuron * row + columns.lowerBound
        try response.activation.evaluate(
          Block(neurons: 1, columns: columns.count), storage.weightedInputs.base + start, storage.outputs.base + start)
      }
    }
  }

  /// δ = ∂L/∂a · f′(z) for some neurons in some columns, of an activation that is no function of the whole layer.
  private func computeLocalGradients(of some: Range<Int>, columns: Range<Int>) throws {
    if storage.respondsByIdentity { return }
    let row = storage.outputs.columns
    if columns.count == row { return try computeLocalGradients(of: some) }
    for response in responses {
      for neuron in response.neurons.clamped(to: some) {
        let start = neuron * row + columns.lowerBound
        try response.activation.backward(
          Block(neurons: 1, columns: columns.count), storage.weightedInputs.base + start, storage.outputs.base + start,
          storage.received.base + start, storage.localGradients.base + start)
      }
    }
  }
}
