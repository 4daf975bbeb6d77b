internal import CKernels
internal import CNNKit

// The scalar protocol's requirements that call a plugin's kernels: double is the definition; where a plugin has no
// float version, the arrays are converted to double and the results back.

extension Double {
  public static func _evaluate(
    _ function: ActivationFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Double>,
    _ a: UnsafeMutablePointer<Double>
  ) -> Int32 {
    block.described(to: function.code) { function.evaluate(p, $0, z, a) }
  }

  public static func _backward(
    _ function: ActivationFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Double>,
    _ a: UnsafePointer<Double>, _ received: UnsafePointer<Double>, _ delta: UnsafeMutablePointer<Double>
  ) -> Int32 {
    block.described(to: function.code) { function.backward(p, $0, z, a, received, delta) }
  }

  public static func _lossValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Double>,
    _ y: UnsafePointer<Double>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    block.described(to: function.code) { function.value(p, $0, a, y, values) }
  }

  public static func _lossGradient(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Double>,
    _ y: UnsafePointer<Double>, _ received: UnsafeMutablePointer<Double>
  ) -> Int32 {
    block.described(to: function.code) { function.gradient(p, $0, a, y, received) }
  }

  public static func _canonicalValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Double>,
    _ y: UnsafePointer<Double>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    block.described(to: function.code) { function.canonical?.value(p, $0, z, y, values) ?? -1 }
  }

  public static func _canonicalDelta(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Double>,
    _ a: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ delta: UnsafeMutablePointer<Double>
  ) -> Int32 {
    block.described(to: function.code) { function.canonical?.delta(p, $0, z, a, y, delta) ?? -1 }
  }
}

extension Float {
  public static func _evaluate(
    _ function: ActivationFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Float>,
    _ a: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let evaluate = function.raw.evaluate_float {
      return block.described(to: function.code) { evaluate(p, $0, z, a) }
    }
    return inDouble(block, a) { dense, result in Double._evaluate(function, p, dense, widened(block, z), result) }
  }

  public static func _backward(
    _ function: ActivationFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Float>,
    _ a: UnsafePointer<Float>, _ received: UnsafePointer<Float>, _ delta: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let backward = function.raw.backward_float {
      return block.described(to: function.code) { backward(p, $0, z, a, received, delta) }
    }
    return inDouble(block, delta) { dense, result in
      Double._backward(function, p, dense, widened(block, z), widened(block, a), widened(block, received), result)
    }
  }

  public static func _lossValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Float>,
    _ y: UnsafePointer<Float>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    if let value = function.raw.value_float { return block.described(to: function.code) { value(p, $0, a, y, values) } }
    return Double._lossValue(function, p, block.dense, widened(block, a), widened(block, y), values)
  }

  public static func _lossGradient(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Float>,
    _ y: UnsafePointer<Float>, _ received: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let gradient = function.raw.gradient_float {
      return block.described(to: function.code) { gradient(p, $0, a, y, received) }
    }
    return inDouble(block, received) { dense, result in
      Double._lossGradient(function, p, dense, widened(block, a), widened(block, y), result)
    }
  }

  public static func _canonicalValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Float>,
    _ y: UnsafePointer<Float>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    if let value = function.raw.canonical_value_float {
      return block.described(to: function.code) { value(p, $0, z, y, values) }
    }
    return Double._canonicalValue(function, p, block.dense, widened(block, z), widened(block, y), values)
  }

  public static func _canonicalDelta(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Float>,
    _ a: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ delta: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let canonicalDelta = function.raw.canonical_delta_float {
      return block.described(to: function.code) { canonicalDelta(p, $0, z, a, y, delta) }
    }
    return inDouble(block, delta) { dense, result in
      Double._canonicalDelta(function, p, dense, widened(block, z), widened(block, a), widened(block, y), result)
    }
  }

  /// The block's elements as doubles, rows touching.
  private static func widened(_ block: Block, _ values: UnsafePointer<Float>) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(block.count)
    for row in 0..<block.neurons {
      for column in 0..<block.columns { result.append(Double(values[row * block.rowStride + column])) }
    }
    return result
  }

  /// Runs `body` with a double array for its results, and rounds these to float into `output`.
  private static func inDouble(
    _ block: Block, _ output: UnsafeMutablePointer<Float>, _ body: (Block, UnsafeMutablePointer<Double>) -> Int32
  ) -> Int32 {
    var results = [Double](repeating: 0, count: max(1, block.count))
    let code = results.withUnsafeMutableBufferPointer { $0.baseAddress.map { body(block.dense, $0) } ?? 0 }
    for row in 0..<block.neurons {
      for column in 0..<block.columns {
        output[row * block.rowStride + column] = Float(results[row * block.columns + column])
      }
    }
    return code
  }
}

extension Block {
  fileprivate var dense: Block { Block(neurons: neurons, columns: columns) }
}
