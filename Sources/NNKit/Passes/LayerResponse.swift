// What the layer does for its neurons in every pass: an activation is called once for all neighbours that share it.

extension Layer {
  /// a = f(z) for some neurons, one call of the activation for each run of neighbours that share it.
  func respond(to some: Range<Int>) throws {
    if storage.respondsByIdentity { return }
    let columns = storage.outputs.columns
    for response in responses {
      let rows = response.neurons.clamped(to: some)
      if rows.isEmpty { continue }
      let start = rows.lowerBound * columns
      try response.activation.evaluate(
        Block(neurons: rows.count, columns: columns), storage.weightedInputs.base + start, storage.outputs.base + start)
    }
  }

  /// δ = ∂L/∂a · f′(z) for some neurons; for a function of the whole layer δ = Jᵀ ∂L/∂a.
  func computeLocalGradients(of some: Range<Int>) throws {
    if storage.respondsByIdentity { return }
    let columns = storage.outputs.columns
    for response in responses {
      let rows = response.neurons.clamped(to: some)
      if rows.isEmpty { continue }
      let start = rows.lowerBound * columns
      try response.activation.backward(
        Block(neurons: rows.count, columns: columns), storage.weightedInputs.base + start, storage.outputs.base + start,
        storage.received.base + start, storage.localGradients.base + start)
    }
  }
}
