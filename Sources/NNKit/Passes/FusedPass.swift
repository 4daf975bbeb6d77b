internal import CKernels

// The fast way to run a layer. Since a neuron is a row of its layer's matrices, running neighbouring plain neurons at
// once is a matrix product: Z = W·X + b, ∂W = Δ·Xᵀ, messages = Wᵀ·Δ. Neighbours of one kind of neuron are run by one call
// of its plugin (KindPass.swift). Extended neurons run themselves in between.

extension Layer {
  /// a = f(W·X + b), with inputs of fan-in × columns.
  func forwardFused(_ pass: PassContext) throws {
    let inputs = storage.inputs
    precondition(inputs.count == inputCount, "a layer with \(inputCount) inputs cannot take \(inputs.count)")
    let turned = extended.isEmpty ? inputs : turnedInputs(pass)
    // Extended neurons run themselves, one after the other, on the calling thread, while others run plain ones.
    var overlapping: OverlappedTask<any Error>? =
      extended.isEmpty
      ? nil
      : OverlappedTask {
        for neuron in self.extended { try self.forward(neuron, self.storage.own(turned, of: neuron.index)) }
      }
    for part in parts {
      switch part.way {
      case .plain:
        if case .slidingWindow(let window) = wiring {
          try combineAndRespond(part.neurons, window, pass, overlapping: overlapping.take())
        } else {
          try combineAndRespond(part.neurons, inputs, pass, overlapping: overlapping.take())
        }
      case .kind(let kind):
        if let pooling = storage.pooling, case .slidingWindow(let window) = wiring {
          pool(pooling, window, pass)
        } else if !wiring.isDense {
          try combineWindows(part.neurons, pass)
        } else {
          try combine(part.neurons, by: kind, pass)
        }
        if !storage.layerResponds { try respond(to: part.neurons) }
      case .alone: break
      }
    }
    try overlapping?.work()
    if storage.layerResponds { try respond(to: 0..<neurons.count) }
  }

  /// From `received`, or from δ, to the gradients, and to the messages that add up in `messages`; where these are stale,
  /// they take their place.
  func backwardFused(
    from origin: BackwardOrigin, sendingTo messages: Messages<Scalar>?, messagesAreStale: Bool, _ pass: PassContext
  ) throws {
    // All but plain neurons send their messages to the places of a window.
    if let pooling = storage.pooling, case .slidingWindow(let window) = wiring {
      if origin == .outputGradients { try computeLocalGradients(of: 0..<neurons.count) }
      if let messages { sendPooled(pooling, window, messages, pass, overwrites: messagesAreStale) }
      return
    }
    if wiring.isDense || parts.allSatisfy(\.arePlain) {
      return try backwardFused(
        from: origin, sendingTo: messages, messagesAreStale: messagesAreStale, windows: nil, turned: nil, pass)
    }
    try turning(messages, pass) { windows, turned in
      try backwardFused(
        from: origin, sendingTo: messages, messagesAreStale: messagesAreStale, windows: windows, turned: turned, pass)
    }
  }

  /// Whether the layer overwrites the messages to all its inputs, instead of adding to them: plain neurons that all have the
  /// same inputs, and windows that cover each number that arrives, of pooling once.
  var overwritesMessages: Bool {
    guard storage.pooling != nil || parts.count == 1 && parts[0].arePlain else { return false }
    guard let window = wiring.window else { return true }
    if storage.pooling == nil { return window.stride == 1 && window.dilation == 1 }
    return window.stride == window.kernel && window.dilation == 1 && window.padding.isNone
      && window.positions.height * window.kernel.height == window.image.height
      && window.positions.width * window.kernel.width == window.image.width
  }

  private func backwardFused(
    from origin: BackwardOrigin, sendingTo messages: Messages<Scalar>?, messagesAreStale: Bool,
    windows: Messages<Scalar>?, turned: Messages<Scalar>?, _ pass: PassContext
  ) throws {
    func runExtended(_ turned: Messages<Scalar>?) throws {
      for neuron in extended {
        neuron.weightGradients.fill(0)
        neuron.biasGradient = 0
        try backward(neuron, from: origin, sendingTo: turned.map { storage.own($0, of: neuron.index) })
      }
    }
    var overlapping: OverlappedTask<any Error>? =
      extended.isEmpty
      ? nil
      : OverlappedTask {
        if self.wiring.isDense { try self.storage.turning(messages, runExtended) } else { try runExtended(turned) }
      }
    for part in parts {
      switch part.way {
      case .plain:
        if case .slidingWindow(let window) = wiring {
          try sendAndAccumulate(
            part.neurons, from: origin, window, messages, messagesAreStale: messagesAreStale, pass,
            overlapping: overlapping.take())
        } else {
          try findLocalGradients(of: part.neurons, from: origin, pass)
          try sendAndAccumulate(
            part.neurons, messages, messagesAreStale: messagesAreStale, pass, overlapping: overlapping.take())
        }
      case .kind(let kind):
        if origin == .outputGradients { try computeLocalGradients(of: part.neurons) }
        if case .slidingWindow(let window) = wiring {
          try accumulateAndSendWindows(part.neurons, window, windows, pass)
        } else {
          try accumulateAndSend(part.neurons, by: kind, messages, pass)
        }
      case .alone: break
      }
    }
    try overlapping?.work()
  }

  /// Z = W·X + b and, unless the layer responds for all, a = f(Z).
  private func combineAndRespond(
    _ rows: Range<Int>, _ x: Inputs<Scalar>, _ pass: PassContext, overlapping: OverlappedTask<any Error>?
  ) throws {
    let x = turnsFewColumns(rows, x.columns) ? storage.turned(x) : x
    let (columns, stride) = (x.columns, storage.weights.columns)
    precondition(stride >= fanIn, "a neuron with fewer weights than inputs combines in a way of its own")
    let (w, z) = (
      storage.weights.base + rows.lowerBound * stride, storage.weightedInputs.base + rows.lowerBound * columns
    )
    let biases = storage.biases.base + rows.lowerBound
    let product = SharedProduct(
      GEMM(
        rows.count, columns, fanIn, alpha: 1, StridedMatrix(w, row: stride, column: 1),
        StridedMatrix(x.base, row: x.inputStride, column: x.columnStride), beta: 1, z, cRow: columns),
      pass)
    if !product.hasWholeRows {
      Scalar._kernels.fillRows(z, rows.count, columns, biases)
      func multiply(overlapping: OverlappedTask<Never>?) {
        product.share(pass.threadPool, overlapping: overlapping) { product.part($0, $1) }
      }
      if let overlapping { try overlapping.keepingErrors(multiply) } else { multiply(overlapping: nil) }
      if !storage.layerResponds { try respond(to: rows) }
      return
    }
    try product.share(pass.threadPool, overlapping: overlapping) { (part, all) throws(any Error) in
      Scalar._kernels.fillRows(z + part.lowerBound * columns, part.count, columns, biases + part.lowerBound)
      product.part(part, all)
      let some = rows.lowerBound + part.lowerBound..<rows.lowerBound + part.upperBound
      if !storage.layerResponds { try respond(to: some) }
    }
  }

  /// δ of some neurons, unless the pass starts there, and ∂L/∂b, its sum over the columns.
  private func findLocalGradients(of rows: Range<Int>, from origin: BackwardOrigin, _ pass: PassContext) throws {
    let columns = storage.localGradients.columns
    try pass.threadPool.parallelFor(rows.count, grain: 32_768 / max(1, columns), alignment: 8) {
      (part) throws(any Error) in
      let some = rows.lowerBound + part.lowerBound..<rows.lowerBound + part.upperBound
      if origin == .outputGradients { try computeLocalGradients(of: some) }
      Scalar._kernels.sumRows(
        storage.localGradients.base + some.lowerBound * columns, some.count, columns,
        storage.biasGradients.base + some.lowerBound)
    }
  }

  /// Sends the messages ∂L/∂X += Wᵀ·Δ, or = where they are stale, and then, since that took the old weights, leaves ∂W = Δ·Xᵀ
  /// at its destination, with the step where that is made in the pass.
  private func sendAndAccumulate(
    _ rows: Range<Int>, _ messages: Messages<Scalar>?, messagesAreStale: Bool, _ pass: PassContext,
    overlapping: OverlappedTask<any Error>?
  ) throws {
    let (columns, stride, first) = (storage.localGradients.columns, storage.weights.columns, rows.lowerBound)
    let (x, w) = (storage.inputs, storage.weights.base + first * stride)
    let delta = storage.localGradients.base + first * columns
    let destination = weightDestination
    if columns == 1, case .fusedUpdate(let matrix, let keep, let factor) = destination, matrix === storage.weights {
      if messagesAreStale, let messages { Scalar._kernels.fill(messages.base, messages.count, 0) }
      Scalar._kernels.sweep(
        Sweep(
          weights: w, row: stride, neurons: rows.count, delta: delta, keep: keep, factor: factor, x: x.base,
          fanIn: fanIn,
          messages: messages?.base))
      try overlapping?.work()
      return
    }
    let beta: Scalar = messagesAreStale ? 0 : 1
    if let messages, turnsFewColumns(rows, columns) {
      storage.turning(messages, overwriting: messagesAreStale) { turned in
        guard let turned else { return }
        GEMM(
          columns, fanIn, rows.count, alpha: 1, StridedMatrix(delta, row: 1, column: columns),
          StridedMatrix(w, row: stride, column: 1), beta: beta, turned.base, cRow: turned.columnStride
        ).run(pass)
      }
    } else if let messages {
      GEMM(
        fanIn, columns, rows.count, alpha: 1, StridedMatrix(w, row: 1, column: stride),
        StridedMatrix(delta, row: columns, column: 1), beta: beta, messages.base, cRow: columns
      ).run(pass)
    }
    let (target, keep, factor): (Matrix<Scalar>, Scalar, Scalar)
    switch destination {
    case .discard, .jointly:
      try overlapping?.work()
      return
    case .gradient: (target, keep, factor) = (storage.weightGradients, 0, 1)
    case .fusedUpdate(let matrix, let kept, let by): (target, keep, factor) = (matrix, kept, by)
    }
    let gradients = GEMM(
      rows.count, fanIn, columns, alpha: factor, StridedMatrix(delta, row: columns, column: 1),
      StridedMatrix(x.base, row: x.columnStride, column: x.inputStride), beta: keep, target.base + first * stride,
      cRow: stride)
    let step = parameters[0].stepInPass
    func product(overlapping: OverlappedTask<Never>?) {
      guard let step else { return gradients.run(pass, overlapping: overlapping) }
      gradients.run(pass, overlapping: overlapping) { some, columns in
        step(first + some.lowerBound..<first + some.upperBound, columns)
      }
    }
    if let overlapping { try overlapping.keepingErrors(product) } else { product(overlapping: nil) }
  }

  /// Whether the inputs and messages of a column are laid side by side, so that products go along fan-ins: few columns do
  /// not fill vectors.
  private func turnsFewColumns(_ rows: Range<Int>, _ columns: Int) -> Bool {
    guard 2...12 ~= columns, rows.count >= 64, fanIn >= 64 else { return false }
    let (bytes, vector) = (columns * MemoryLayout<Scalar>.stride, nnk_gemm_vector_bytes())
    return bytes % vector != 0 && bytes < 2 * vector
  }
}
