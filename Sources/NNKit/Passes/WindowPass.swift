// The fused pass over plain neurons with a sliding window. The windows at some positions are gathered side by side, as
// many as stay in the cache, and are then the columns of matrix products: Z = W·X + b, ∂W = Δ·Xᵀ, messages = Wᵀ·Δ.

extension Layer {
  /// z of some neurons at all positions, and a, unless the layer responds for all.
  func combineAndRespond(
    _ rows: Range<Int>, _ window: SlidingWindow, _ pass: PassContext, beside: Beside<any Error>?
  ) throws {
    let (x, samples) = (storage.inputs.base, storage.inputs.columns)
    let (columns, weightRow) = (storage.outputs.columns, storage.weights.columns)
    let blocks = WindowBlocks<Scalar>(
      window, samples: samples, multiplications: rows.count * window.fanIn, pass.workers)
    guard let room = pass.workers.room(blocks.chunks * blocks.size, of: Scalar.self) else { return }
    try pass.workers.run(chunks: blocks.chunks, beside: beside) { (chunk) throws(any Error) in
      let patches = room + chunk * blocks.size
      for positions in blocks.parts(of: chunk) {
        let (first, count) = (positions.lowerBound * samples, positions.count * samples)
        for (group, neurons) in groups(of: rows, window) {
          gatherPatches(
            window, group * window.fanIn..<(group + 1) * window.fanIn, positions, samples: samples, from: x,
            to: patches, row: count)
          for neuron in neurons {
            Scalar._kernels.fill(
              storage.weightedInputs.base + neuron * columns + first, count, storage.biases.base[neuron])
          }
          let weights = StridedMatrix(storage.weights.base + neurons.lowerBound * weightRow, row: weightRow, column: 1)
          Scalar._kernels.multiply(
            GEMM(
              neurons.count, count, window.fanIn, alpha: 1, weights, StridedMatrix(patches, row: count, column: 1),
              beta: 1, storage.weightedInputs.base + neurons.lowerBound * columns + first, cRow: columns))
          if !storage.layerResponds { try respond(to: neurons, columns: first..<first + count) }
        }
      }
    }
  }

  /// Sends the messages ∂L/∂X += Wᵀ·Δ of some neurons, and then, since that took the old weights, leaves ∂W = Δ·Xᵀ at its
  /// destination.
  func sendAndAccumulate(
    _ rows: Range<Int>, _ window: SlidingWindow, _ messages: Messages<Scalar>?, _ pass: PassContext,
    beside: Beside<any Error>?
  ) throws {
    if let messages { send(rows, window, messages, pass) }
    let (target, keep, factor): (Matrix<Scalar>, Scalar, Scalar)
    switch weightDestination {
    case .discard:
      try beside?.work()
      return
    case .gradient: (target, keep, factor) = (storage.weightGradients, 0, 1)
    case .fusedUpdate(let matrix, let kept, let by): (target, keep, factor) = (matrix, kept, by)
    }
    func accumulate(beside: Beside<Never>?) {
      self.accumulate(rows, window, target, keep, factor, pass, beside: beside)
    }
    if let beside { try beside.keepingErrors(accumulate) } else { accumulate(beside: nil) }
  }

  /// Threads take channels of the inputs: then no two add to the same numbers.
  private func send(_ rows: Range<Int>, _ window: SlidingWindow, _ messages: Messages<Scalar>, _ pass: PassContext) {
    let (samples, columns, weightRow) = (messages.columns, storage.outputs.columns, storage.weights.columns)
    let channelsOfGroup = window.channels / window.groups
    let (places, positions) = (window.kernel.count, window.positions.count)
    let work = rows.count * window.fanIn * positions * samples
    let chunks = pass.workers.even(min(window.channels, pass.workers.count, max(1, work / leastWork)))
    // As many positions at once as leave a chunk's windows in the cache.
    let taps = (window.channels + chunks - 1) / chunks * places
    let block = max(1, min(positions, WindowBlocks<Scalar>.most / max(1, min(taps, window.fanIn) * samples)))
    let size = min(taps, window.fanIn) * block * samples
    guard let room = pass.workers.room(chunks * size, of: Scalar.self) else { return }
    pass.workers.run(chunks: chunks, beside: nil as Beside<Never>?) { chunk in
      let sums = room + chunk * size
      let channels = cut(window.channels, into: chunks, chunk)
      for (group, neurons) in groups(of: rows, window) {
        let own = channels.clamped(to: group * channelsOfGroup..<(group + 1) * channelsOfGroup)
        if own.isEmpty { continue }
        let firstTap = own.lowerBound * places - group * window.fanIn
        for start in stride(from: 0, to: positions, by: block) {
          let some = start..<min(start + block, positions)
          let count = some.count * samples
          let weights = storage.weights.base + neurons.lowerBound * weightRow + firstTap
          let delta = storage.localGradients.base + neurons.lowerBound * columns + start * samples
          Scalar._kernels.multiply(
            GEMM(
              own.count * places, count, neurons.count, alpha: 1, StridedMatrix(weights, row: 1, column: weightRow),
              StridedMatrix(delta, row: columns, column: 1), beta: 0, sums, cRow: count))
          scatterPatches(
            window, own.lowerBound * places..<own.upperBound * places, some, samples: samples, from: sums, row: count,
            to: messages.base)
        }
      }
    }
  }

  /// target = keep · target + factor · Δ·Xᵀ for the rows of some neurons; each chunk of positions has a sum of its own, and
  /// these are added in their order, so that it does not matter which thread is first.
  private func accumulate(
    _ rows: Range<Int>, _ window: SlidingWindow, _ target: Matrix<Scalar>, _ keep: Scalar, _ factor: Scalar,
    _ pass: PassContext, beside: Beside<Never>?
  ) {
    let (x, samples) = (storage.inputs.base, storage.inputs.columns)
    let (columns, row, fanIn) = (storage.outputs.columns, target.columns, window.fanIn)
    let blocks = WindowBlocks<Scalar>(window, samples: samples, multiplications: rows.count * fanIn, pass.workers)
    let sums = rows.count * fanIn
    guard let room = pass.workers.room(blocks.chunks * (blocks.size + sums), of: Scalar.self) else { return }
    pass.workers.run(chunks: blocks.chunks, beside: beside) { chunk in
      let patches = room + chunk * (blocks.size + sums)
      let sum = patches + blocks.size
      for (index, positions) in blocks.parts(of: chunk).enumerated() {
        let (first, count) = (positions.lowerBound * samples, positions.count * samples)
        for (group, neurons) in groups(of: rows, window) {
          gatherPatches(
            window, group * fanIn..<(group + 1) * fanIn, positions, samples: samples, from: x, to: patches, row: count)
          let delta = storage.localGradients.base + neurons.lowerBound * columns + first
          Scalar._kernels.multiply(
            GEMM(
              neurons.count, fanIn, count, alpha: 1, StridedMatrix(delta, row: columns, column: 1),
              StridedMatrix(patches, row: 1, column: count), beta: index == 0 ? 0 : 1,
              sum + (neurons.lowerBound - rows.lowerBound) * fanIn, cRow: fanIn))
        }
      }
    }
    for neuron in rows {
      let to = target.base + neuron * row
      let first = room + blocks.size + (neuron - rows.lowerBound) * fanIn
      for tap in 0..<fanIn {
        var sum = first[tap]
        for chunk in 1..<max(1, blocks.chunks) { sum += first[chunk * (blocks.size + sums) + tap] }
        to[tap] = (keep == 0 ? 0 : keep * to[tap]) + factor * sum
      }
    }
  }

  /// Some neighbours, cut where another group begins.
  private func groups(of rows: Range<Int>, _ window: SlidingWindow) -> [(group: Int, neurons: Range<Int>)] {
    let size = neurons.count / window.groups
    return (rows.lowerBound / size...(rows.upperBound - 1) / size).map { group in
      (group, rows.clamped(to: group * size..<(group + 1) * size))
    }
  }
}

/// How the positions of a window are cut: into chunks that threads take, and these into parts whose windows stay in the cache.
private struct WindowBlocks<Scalar: NetworkScalar> {
  /// How many numbers the windows of a part have at most: 192 KB, a part of the second level of the cache.
  static var most: Int { 196_608 / MemoryLayout<Scalar>.stride }

  let chunks: Int
  /// How many numbers a part's windows have.
  let size: Int
  private let positions: Int
  private let block: Int

  /// - Parameters:
  ///   - window: Whose positions are cut.
  ///   - samples: How many samples there are.
  ///   - multiplications: What a column takes.
  ///   - workers: Who will take the chunks.
  init(_ window: SlidingWindow, samples: Int, multiplications: Int, _ workers: Workers) {
    positions = window.positions.count
    block = max(1, min(positions, Self.most / max(1, window.fanIn * samples)))
    size = window.fanIn * block * samples
    chunks = workers.even(
      min(workers.count, positions, max(1, multiplications * positions * samples / leastWork)))
  }

  func parts(of chunk: Int) -> [Range<Int>] {
    let range = cut(positions, into: chunks, chunk)
    return stride(from: range.lowerBound, to: range.upperBound, by: block).map {
      $0..<min($0 + block, range.upperBound)
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
}
