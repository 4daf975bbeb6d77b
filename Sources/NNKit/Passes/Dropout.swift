// Dropout: in training each neuron is silent with a probability p, and responds with a / (1 − p) otherwise. The layer does it
// after all its neurons have responded: the numbers are the same whatever runs them.

extension Network {
  /// Holds the rates of dropout to what they can be.
  package func checkDropout() throws {
    for (index, layer) in layers.enumerated() where layer.dropout != 0 {
      guard layer.dropout > 0, layer.dropout < 1 else {
        throw NetworkError(
          "layer \(index): the dropout is \(layer.dropout), expected 0 or more and less than 1", .setting)
      }
      guard layer !== output else {
        throw NetworkError(
          "layer \(index): the last layer has dropout, but its outputs are the network's answer; give it to the layer"
            + " before", .setting)
      }
    }
  }
}

extension Layer {
  /// The inputs of the layers behind: the outputs, in training without those that are dropped.
  var signal: Inputs<Scalar> {
    Inputs(outputs: storage.moment == nil ? storage.outputs : storage.dropped ?? storage.outputs, positions: positions)
  }

  /// Makes the inputs of the layers behind, where this pass drops outputs.
  func dropOutputs(_ pass: PassContext) {
    storage.moment = dropout > 0 ? pass.moment : nil
    guard let moment = storage.moment else { return }
    let columns = storage.outputs.columns
    let dropped = PatchRoom.sized(&storage.dropped, rows: neurons.count, columns: columns)
    let (mask, from, to) = (mask(moment), storage.outputs.base, dropped.base)
    pass.threadPool.parallelFor(neurons.count, grain: 4096 / max(1, columns), alignment: 1) { rows in
      mask.apply(rows, from: from, to: to)
    }
  }

  /// Takes what silent neurons received back out, before δ is computed from it.
  func dropReceived(_ pass: PassContext) {
    guard let moment = storage.moment else { return }
    let (columns, received) = (storage.received.columns, storage.received.base)
    let mask = mask(moment)
    pass.threadPool.parallelFor(neurons.count, grain: 4096 / max(1, columns), alignment: 1) { rows in
      mask.apply(rows, from: received, to: received)
    }
  }

  private func mask(_ moment: DropoutMoment) -> DropoutMask<Scalar> {
    DropoutMask(
      moment, layer: parameters[0].layer, rate: dropout, positions: positions,
      samples: storage.outputs.columns / positions)
  }
}
