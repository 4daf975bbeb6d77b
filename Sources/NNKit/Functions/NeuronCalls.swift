internal import CNNKit

// Calls of the functions of a kind of neuron, in the precision of a network. Double is the definition; where a plugin has no
// float version, the arrays are converted to double and the results back. Each returns the plugin's code.

extension NeuronFunction {
  package func callCombine<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ x: UnsafePointer<Scalar>, _ z: UnsafeMutablePointer<Scalar>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return rows.described(to: code) {
        combine(p, $0, w.of(Double.self), b.of(Double.self), x.of(Double.self), z.of(Double.self))
      }
    }
    let (w, b, x, z) = (w.of(Float.self), b.of(Float.self), x.of(Float.self), z.of(Float.self))
    if let combine = raw.combine_float { return rows.described(to: code) { combine(p, $0, w, b, x, z) } }
    let wide = Widened(rows, w, b, x)
    return inDouble(rows.neurons, rows.columns, rows.rowStride, z) {
      callCombine(p, rows.dense, wide.w, wide.b, wide.x, $0)
    }
  }

  package func callAccumulate<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ x: UnsafePointer<Scalar>, _ z: UnsafePointer<Scalar>, _ delta: UnsafePointer<Scalar>,
    _ dw: UnsafeMutablePointer<Scalar>, _ db: UnsafeMutablePointer<Scalar>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return rows.described(to: code) {
        accumulate(
          p, $0, w.of(Double.self), b.of(Double.self), x.of(Double.self), z.of(Double.self), delta.of(Double.self),
          dw.of(Double.self), db.of(Double.self))
      }
    }
    let (w, b, x, z) = (w.of(Float.self), b.of(Float.self), x.of(Float.self), z.of(Float.self))
    let (delta, dw, db) = (delta.of(Float.self), dw.of(Float.self), db.of(Float.self))
    if let accumulate = raw.accumulate_float {
      return rows.described(to: code) { accumulate(p, $0, w, b, x, z, delta, dw, db) }
    }
    let wide = Widened(rows, w, b, x)
    let (zs, deltas) = (wide.outputs(rows, z), wide.outputs(rows, delta))
    return inDouble(rows.neurons, rows.weightCount, rows.weightRow, dw) { dw in
      inDouble(rows.neurons, 1, 1, db) {
        callAccumulate(p, rows.dense, wide.w, wide.b, wide.x, zs, deltas, dw, $0)
      }
    }
  }

  package func callSend<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ x: UnsafePointer<Scalar>, _ z: UnsafePointer<Scalar>, _ delta: UnsafePointer<Scalar>,
    _ messages: UnsafeMutablePointer<Scalar>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return rows.described(to: code) {
        send(
          p, $0, w.of(Double.self), b.of(Double.self), x.of(Double.self), z.of(Double.self), delta.of(Double.self),
          messages.of(Double.self))
      }
    }
    let (w, b, x, z) = (w.of(Float.self), b.of(Float.self), x.of(Float.self), z.of(Float.self))
    let (delta, messages) = (delta.of(Float.self), messages.of(Float.self))
    if let send = raw.send_float { return rows.described(to: code) { send(p, $0, w, b, x, z, delta, messages) } }
    let wide = Widened(rows, w, b, x)
    let (zs, deltas) = (wide.outputs(rows, z), wide.outputs(rows, delta))
    return inDouble(rows.fanIn, rows.columns, rows.rowStride, messages) {
      callSend(p, rows.dense, wide.w, wide.b, wide.x, zs, deltas, $0)
    }
  }
}

/// Runs `body` with a double copy of a matrix whose rows touch, and rounds to float what it makes of that.
private func inDouble(
  _ rows: Int, _ columns: Int, _ stride: Int, _ matrix: UnsafeMutablePointer<Float>,
  _ body: (UnsafeMutablePointer<Double>) -> Int32
) -> Int32 {
  var wide = widened(rows, columns, stride, 1, matrix)
  let code = wide.withUnsafeMutableBufferPointer { $0.baseAddress.map(body) ?? 0 }
  for row in 0..<rows {
    for column in 0..<columns { matrix[row * stride + column] = Float(wide[row * columns + column]) }
  }
  return code
}

/// The inputs of a call, as doubles in arrays whose rows touch.
private struct Widened {
  let w, b, x: [Double]

  init(_ rows: Rows, _ w: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ x: UnsafePointer<Float>) {
    self.w = widened(rows.neurons, rows.weightCount, rows.weightRow, 1, w)
    self.b = widened(rows.neurons, 1, 1, 1, b)
    self.x = widened(rows.fanIn, rows.columns, rows.inputStride, rows.columnStride, x)
  }

  func outputs(_ rows: Rows, _ values: UnsafePointer<Float>) -> [Double] {
    widened(rows.neurons, rows.columns, rows.rowStride, 1, values)
  }
}

/// At least one number, so that the array has an address.
private func widened(
  _ rows: Int, _ columns: Int, _ rowStride: Int, _ columnStride: Int, _ values: UnsafePointer<Float>
) -> [Double] {
  var result: [Double] = []
  result.reserveCapacity(max(1, rows * columns))
  for row in 0..<rows {
    for column in 0..<columns { result.append(Double(values[row * rowStride + column * columnStride])) }
  }
  return result.isEmpty ? [0] : result
}
