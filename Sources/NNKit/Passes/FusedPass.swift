// The fast way to run a layer. Since a neuron is a row of its layer's matrices, running neighbouring plain neurons at
// once is a matrix product: Z = W·X + b, ∂W = Δ·Xᵀ, messages = Wᵀ·Δ. Extended neurons run themselves in between.

extension Layer {
  /// a = f(W·X + b): the layer hears `inputs`, fan-in × columns.
  func forward(_ inputs: Inputs<Scalar>, engine: Engine, threads: Int) throws {
    storage.resize(columns: inputs.columns)
    switch engine {
    case .neuron: try forwardNeuronByNeuron(inputs)
    case .auto, .fused: try forwardFused(inputs, threads: threads)
    }
  }

  /// From `received` to the gradients, and to the messages that add up in `upstream`.
  func backward(sendingTo upstream: Messages<Scalar>?, engine: Engine, threads: Int) throws {
    switch engine {
    case .neuron: try backwardNeuronByNeuron(sendingTo: upstream)
    case .auto, .fused: try backwardFused(sendingTo: upstream, threads: threads)
    }
  }

  private func forwardFused(_ inputs: Inputs<Scalar>, threads: Int) throws {
    for part in parts {
      if part.arePlain {
        for index in part.neurons { neurons[index].receive(inputs) }
        combine(part.neurons, inputs, threads: threads)
        if !storage.layerResponds { try respond(to: part.neurons) }
      } else {
        for index in part.neurons { try neurons[index].forward(inputs) }
      }
    }
    if storage.layerResponds { try respond(to: 0..<neurons.count) }
  }

  private func backwardFused(sendingTo upstream: Messages<Scalar>?, threads: Int) throws {
    try withLocalGradientsOfWholeLayer {
      for part in parts {
        if part.arePlain {
          if !storage.localGradientsAreGiven { try computeLocalGradients(of: part.neurons) }
          computeGradients(of: part.neurons, threads: threads)
          if let upstream { sendMessages(from: part.neurons, to: upstream, threads: threads) }
        } else {
          for neuron in neurons[part.neurons] {
            storage.weightGradients.row(neuron.index).fill(0)
            neuron.biasGradient = 0
            try neuron.backward(sendingTo: upstream)
          }
        }
      }
    }
  }

  /// Z = W·X + b.
  private func combine(_ rows: Range<Int>, _ x: Inputs<Scalar>, threads: Int) {
    for row in rows { storage.weightedInputs.row(row).fill(storage.biases[row, 0]) }
    let stride = storage.weights.columns
    Scalar.product(
      rows.count, x.columns, fanIn, storage.weights.base + rows.lowerBound * stride, stride, 1,
      x.base, x.inputStride, x.columnStride, 1, storage.weightedInputs.base + rows.lowerBound * x.columns, x.columns,
      threads: threads)
  }

  /// ∂W = Δ·Xᵀ and ∂b = Σ Δ over the columns.
  private func computeGradients(of rows: Range<Int>, threads: Int) {
    let (columns, stride) = (storage.localGradients.columns, storage.weights.columns)
    let x = neurons[rows.lowerBound].inputs
    let delta = storage.localGradients.base + rows.lowerBound * columns
    Scalar.product(
      rows.count, fanIn, columns, delta, columns, 1, x.base, x.columnStride, x.inputStride, 0,
      storage.weightGradients.base + rows.lowerBound * stride, stride, threads: threads)
    for row in rows { storage.biasGradients[row, 0] = Scalar._sum(storage.localGradients.row(row).base, columns) }
  }

  /// ∂L/∂X += Wᵀ·Δ.
  private func sendMessages(from rows: Range<Int>, to upstream: Messages<Scalar>, threads: Int) {
    let (columns, stride) = (storage.localGradients.columns, storage.weights.columns)
    Scalar.product(
      fanIn, columns, rows.count, storage.weights.base + rows.lowerBound * stride, 1, stride,
      storage.localGradients.base + rows.lowerBound * columns, columns, 1, 1, upstream.base, columns, threads: threads)
  }
}
