// The fast way to run a layer. Since a neuron is a row of its layer's matrices, running neighbouring plain neurons at
// once is a matrix product: Z = W·X + b, ∂W = Δ·Xᵀ, messages = Wᵀ·Δ. Neighbours of one kind of neuron are run by one call
// of its plugin (KindPass.swift). Extended neurons run themselves in between.

extension Layer {
  /// a = f(W·X + b): the layer hears `inputs`, fan-in × columns.
  func forward(_ inputs: Inputs<Scalar>, _ compute: Compute) throws {
    storage.resize(columns: inputs.columns)
    switch compute.engine {
    case .neuron: try forwardNeuronByNeuron(inputs)
    case .auto, .fused: try forwardFused(inputs, compute)
    }
  }

  /// From `received` to the gradients, and to the messages that add up in `upstream`.
  func backward(
    sendingTo upstream: Messages<Scalar>?, aim: GradientAim<Scalar>, _ compute: Compute
  ) throws {
    switch compute.engine {
    case .neuron: try backwardNeuronByNeuron(sendingTo: upstream)
    case .auto, .fused: try backwardFused(sendingTo: upstream, aim, compute)
    }
  }

  private func forwardFused(_ inputs: Inputs<Scalar>, _ compute: Compute) throws {
    precondition(inputs.count == fanIn, "a layer with \(fanIn) inputs cannot hear \(inputs.count)")
    storage.inputs = inputs
    for part in parts {
      switch part.way {
      case .plain: combine(part.neurons, inputs, compute)
      case .kind(let kind): try combine(part.neurons, by: kind, compute)
      case .alone:
        for index in part.neurons { try neurons[index].forward(inputs) }
        continue
      }
      if !storage.layerResponds { try respond(to: part.neurons) }
    }
    if storage.layerResponds { try respond(to: 0..<neurons.count) }
  }

  private func backwardFused(
    sendingTo upstream: Messages<Scalar>?, _ aim: GradientAim<Scalar>, _ compute: Compute
  ) throws {
    try withLocalGradientsOfWholeLayer {
      for part in parts {
        switch part.way {
        case .plain:
          if !storage.localGradientsAreGiven { try computeLocalGradients(of: part.neurons) }
          sendAndAccumulate(part.neurons, upstream, aim, compute)
        case .kind(let kind):
          if !storage.localGradientsAreGiven { try computeLocalGradients(of: part.neurons) }
          try accumulateAndSend(part.neurons, by: kind, upstream, compute)
        case .alone:
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
  private func combine(_ rows: Range<Int>, _ x: Inputs<Scalar>, _ compute: Compute) {
    let (first, stride) = (rows.lowerBound, storage.weights.columns)
    let z = storage.weightedInputs.base + first * x.columns
    Scalar._fillRows(z, rows.count, x.columns, storage.biases.base + first)
    Scalar.product(
      rows.count, x.columns, fanIn, 1, storage.weights.base + first * stride, stride, 1, x.base, x.inputStride,
      x.columnStride, 1, z, x.columns, compute)
  }

  /// Sends the messages ∂L/∂X += Wᵀ·Δ, and then, since that took the old weights, leaves ∂W = Δ·Xᵀ where it is aimed at.
  private func sendAndAccumulate(
    _ rows: Range<Int>, _ upstream: Messages<Scalar>?, _ aim: GradientAim<Scalar>, _ compute: Compute
  ) {
    let (columns, stride, first) = (storage.localGradients.columns, storage.weights.columns, rows.lowerBound)
    let (x, w) = (storage.inputs, storage.weights.base + first * stride)
    let delta = storage.localGradients.base + first * columns
    Scalar._sumRows(delta, rows.count, columns, storage.biasGradients.base + first)
    if columns == 1, case .straight(let matrix, let keep, let factor) = aim, matrix === storage.weights {
      return Scalar._sweep(w, stride, rows.count, delta, keep, factor, x.base, fanIn, upstream?.base)
    }
    if let upstream {
      Scalar.product(
        fanIn, columns, rows.count, 1, w, 1, stride, delta, columns, 1, 1, upstream.base, columns, compute)
    }
    let (target, keep, factor): (Matrix<Scalar>, Scalar, Scalar)
    switch aim {
    case .nowhere: return
    case .gradients: (target, keep, factor) = (storage.weightGradients, 0, 1)
    case .straight(let matrix, let kept, let by): (target, keep, factor) = (matrix, kept, by)
    }
    Scalar.product(
      rows.count, fanIn, columns, factor, delta, columns, 1, x.base, x.columnStride, x.inputStride, keep,
      target.base + first * stride, stride, compute)
  }
}
