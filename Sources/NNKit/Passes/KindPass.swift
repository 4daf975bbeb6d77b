// The part of the fused pass that runs neighbours of one kind: each function of the kind's plugin is called once for all
// of them, or once a thread where there is enough to do.

extension Layer {
  /// z of neighbours of one kind.
  func combine(_ neurons: Range<Int>, by kind: NeuronKind, _ pass: PassContext) throws {
    try withPointers(neurons) { rows, w, b, x, z in
      let columns = rows.columns
      try pass.threadPool.parallelFor(rows.neurons, grain: least(rows.weightCount * columns), alignment: 1) { part in
        try kind.combine(
          rows.part(of: part.count, columns), w + part.lowerBound * rows.weightRow, b + part.lowerBound, x,
          z + part.lowerBound * rows.rowStride)
      }
    }
  }

  /// Leaves the gradients of neighbours of one kind in `weightGradients` and `biasGradients`, and adds their messages
  /// to `messages`.
  func accumulateAndSend(
    _ neurons: Range<Int>, by kind: NeuronKind, _ messages: Messages<Scalar>?, _ pass: PassContext
  ) throws {
    let first = neurons.lowerBound
    let (dw, db) = (storage.weightGradients.base + first * storage.weights.columns, storage.biasGradients.base + first)
    Scalar._kernels.fill(dw, neurons.count * storage.weights.columns, 0)
    Scalar._kernels.fill(db, neurons.count, 0)
    let delta = storage.localGradients.base + first * storage.localGradients.columns
    try withPointers(neurons) { rows, w, b, x, z in
      let columns = rows.columns
      // Without weights there is nothing to accumulate, and no bias.
      let accumulating = rows.weightCount == 0 ? 0 : rows.neurons
      try pass.threadPool.parallelFor(accumulating, grain: least(rows.weightCount * columns), alignment: 1) { part in
        let (row, element) = (part.lowerBound * rows.weightRow, part.lowerBound * rows.rowStride)
        try kind.accumulate(
          rows.part(of: part.count, columns), w + row, b + part.lowerBound, x, z + element, delta + element, dw + row,
          db + part.lowerBound)
      }
      guard let messages else { return }
      // Every neuron adds to all messages of a column, so threads take columns; 16 of them are at least a cache line.
      try pass.threadPool.parallelFor(columns, grain: least(rows.neurons * rows.weightCount), alignment: 16) { part in
        let c = part.lowerBound
        try kind.send(
          rows.part(of: rows.neurons, part.count), w, b, x + c * rows.columnStride, z + c, delta + c, messages.base + c)
      }
    }
  }

  private func withPointers(
    _ neurons: Range<Int>,
    _ body: (
      Rows, UnsafePointer<Scalar>, UnsafePointer<Scalar>, UnsafePointer<Scalar>, UnsafeMutablePointer<Scalar>
    ) throws -> Void
  ) rethrows {
    let first = neurons.lowerBound
    let rows = storage.rows(neurons.count, of: self.neurons[first].weightCount, inputs: storage.inputs)
    try withExtendedLifetime(storage) {
      try body(
        rows, storage.weights.base + first * rows.weightRow, storage.biases.base + first, storage.inputs.base,
        storage.weightedInputs.base + first * rows.rowStride)
    }
  }
}

/// How much a thread must have to do, where one piece is `work` weights × columns.
private func least(_ work: Int) -> Int { 50_000 / max(1, work) }

extension Rows {
  /// Some neurons in some columns of the same arrays.
  fileprivate func part(of neurons: Int, _ columns: Int) -> Rows {
    Rows(
      neurons: neurons, columns: columns, fanIn: fanIn, weightCount: weightCount, weightRow: weightRow,
      inputStride: inputStride, columnStride: columnStride, rowStride: rowStride)
  }
}
