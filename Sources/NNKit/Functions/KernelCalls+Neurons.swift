internal import CNNKit

// The scalar protocol's requirements that call a kind of neuron: double is the definition; where a plugin has no float
// version, the arrays are converted to double and the results back.

extension Double {
  public static func _combine(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ z: UnsafeMutablePointer<Double>
  ) -> Int32 {
    rows.described(to: function.code) { function.combine(p, $0, w, b, x, z) }
  }

  public static func _accumulate(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ z: UnsafePointer<Double>, _ delta: UnsafePointer<Double>,
    _ dw: UnsafeMutablePointer<Double>, _ db: UnsafeMutablePointer<Double>
  ) -> Int32 {
    rows.described(to: function.code) { function.accumulate(p, $0, w, b, x, z, delta, dw, db) }
  }

  public static func _send(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ z: UnsafePointer<Double>, _ delta: UnsafePointer<Double>,
    _ messages: UnsafeMutablePointer<Double>
  ) -> Int32 {
    rows.described(to: function.code) { function.send(p, $0, w, b, x, z, delta, messages) }
  }
}

extension Float {
  public static func _combine(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let combine = function.raw.combine_float {
      return rows.described(to: function.code) { combine(p, $0, w, b, x, z) }
    }
    let wide = Widened(rows, w, b, x)
    return inDouble(rows.neurons, rows.columns, rows.rowStride, z) {
      Double._combine(function, p, rows.dense, wide.w, wide.b, wide.x, $0)
    }
  }

  public static func _accumulate(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ z: UnsafePointer<Float>, _ delta: UnsafePointer<Float>,
    _ dw: UnsafeMutablePointer<Float>, _ db: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let accumulate = function.raw.accumulate_float {
      return rows.described(to: function.code) { accumulate(p, $0, w, b, x, z, delta, dw, db) }
    }
    let wide = Widened(rows, w, b, x)
    let (zs, deltas) = (wide.outputs(rows, z), wide.outputs(rows, delta))
    return inDouble(rows.neurons, rows.weightCount, rows.weightRow, dw) { dw in
      inDouble(rows.neurons, 1, 1, db) {
        Double._accumulate(function, p, rows.dense, wide.w, wide.b, wide.x, zs, deltas, dw, $0)
      }
    }
  }

  public static func _send(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ z: UnsafePointer<Float>, _ delta: UnsafePointer<Float>,
    _ messages: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let send = function.raw.send_float {
      return rows.described(to: function.code) { send(p, $0, w, b, x, z, delta, messages) }
    }
    let wide = Widened(rows, w, b, x)
    let (zs, deltas) = (wide.outputs(rows, z), wide.outputs(rows, delta))
    return inDouble(rows.fanIn, rows.columns, rows.rowStride, messages) {
      Double._send(function, p, rows.dense, wide.w, wide.b, wide.x, zs, deltas, $0)
    }
  }

  /// Runs `body` with a double copy of a matrix whose rows touch, and rounds to float what it makes of that.
  private static func inDouble(
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
