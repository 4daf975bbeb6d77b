internal import CKernels

// The fused pass over layers that pool by a bundled kind: over runs of samples, without windows laid out side by side.

extension Layer {
  /// The layer's way to pool, where each of its neurons pools a channel of its own in the same way.
  var pooling: Pooling? {
    guard parts.count == 1, case .kind(let kind) = parts[0].way, let window = wiring.window,
      window.groups == window.channels, window.channels == neurons.count
    else { return nil }
    return Pooling(kind)
  }

  /// z at all positions.
  func pool(_ pooling: Pooling, _ window: SlidingWindow, _ pass: PassContext) {
    let (samples, positions) = (storage.inputs.columns, window.positions.count)
    let description = nnk_pool(pooling, window, samples: samples)
    let (x, z) = (storage.inputs.base, storage.weightedInputs.base)
    let chunks = channelChunks(window, samples, pass)
    pass.threadPool.run(chunks: chunks, overlapping: nil as OverlappedTask<Never>?) { chunk in
      let channels = cut(window.channels, into: chunks, chunk)
      let first = channels.lowerBound * samples
      Scalar.pool(description, channels.count, x + first * window.image.count, z + first * positions)
    }
  }

  /// Sends the messages of all positions.
  func sendPooled(
    _ pooling: Pooling, _ window: SlidingWindow, _ messages: Messages<Scalar>, _ pass: PassContext, overwrites: Bool
  ) {
    let (samples, positions) = (messages.columns, window.positions.count)
    let description = nnk_pool(pooling, window, samples: samples)
    let (x, z, delta) = (storage.inputs.base, storage.weightedInputs.base, storage.localGradients.base)
    let chunks = channelChunks(window, samples, pass)
    pass.threadPool.run(chunks: chunks, overlapping: nil as OverlappedTask<Never>?) { chunk in
      let channels = cut(window.channels, into: chunks, chunk)
      let (images, outputs) = (
        channels.lowerBound * window.image.count * samples, channels.lowerBound * positions * samples
      )
      Scalar.poolBack(
        description, channels.count, x + images, z + outputs, delta + outputs, messages.base + images, overwrites)
    }
  }

  private func channelChunks(_ window: SlidingWindow, _ samples: Int, _ pass: PassContext) -> Int {
    let work = window.channels * window.image.count * samples
    return pass.threadPool.even(min(2 * pass.threadPool.count, window.channels, max(1, work / 32_768)))
  }
}

extension nnk_pool {
  fileprivate init(_ pooling: Pooling, _ window: SlidingWindow, samples: Int) {
    self.init(
      is_maximum: pooling == .maximum ? 1 : 0, height: window.image.height, width: window.image.width, samples: samples,
      kernel_height: window.kernel.height, kernel_width: window.kernel.width, stride_height: window.stride.height,
      stride_width: window.stride.width, dilation_height: window.dilation.height,
      dilation_width: window.dilation.width, padding_top: window.padding.top, padding_left: window.padding.left,
      rows: window.positions.height, columns: window.positions.width)
  }
}

extension NetworkScalar {
  fileprivate static func pool(
    _ pool: nnk_pool, _ channels: Int, _ x: UnsafePointer<Self>, _ z: UnsafeMutablePointer<Self>
  ) {
    var pool = pool
    if Self.self == Float.self {
      nnk_pool_f32(&pool, channels, x.of(Float.self), z.of(Float.self))
    } else {
      nnk_pool_f64(&pool, channels, x.of(Double.self), z.of(Double.self))
    }
  }

  fileprivate static func poolBack(
    _ pool: nnk_pool, _ channels: Int, _ x: UnsafePointer<Self>, _ z: UnsafePointer<Self>,
    _ delta: UnsafePointer<Self>, _ messages: UnsafeMutablePointer<Self>, _ overwrites: Bool
  ) {
    var pool = pool
    if Self.self == Float.self {
      nnk_pool_back_f32(
        &pool, channels, x.of(Float.self), z.of(Float.self), delta.of(Float.self), messages.of(Float.self),
        overwrites ? 1 : 0)
    } else {
      nnk_pool_back_f64(
        &pool, channels, x.of(Double.self), z.of(Double.self), delta.of(Double.self), messages.of(Double.self),
        overwrites ? 1 : 0)
    }
  }
}
