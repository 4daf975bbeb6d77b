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
    return inDouble(block, a) { Double._evaluate(function, p, block, widened(block, z), $0) }
  }

  public static func _backward(
    _ function: ActivationFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Float>,
    _ a: UnsafePointer<Float>, _ received: UnsafePointer<Float>, _ delta: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let backward = function.raw.backward_float {
      return block.described(to: function.code) { backward(p, $0, z, a, received, delta) }
    }
    return inDouble(block, delta) {
      Double._backward(function, p, block, widened(block, z), widened(block, a), widened(block, received), $0)
    }
  }

  public static func _lossValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Float>,
    _ y: UnsafePointer<Float>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    if let value = function.raw.value_float { return block.described(to: function.code) { value(p, $0, a, y, values) } }
    return Double._lossValue(function, p, block, widened(block, a), widened(block, y), values)
  }

  public static func _lossGradient(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Float>,
    _ y: UnsafePointer<Float>, _ received: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let gradient = function.raw.gradient_float {
      return block.described(to: function.code) { gradient(p, $0, a, y, received) }
    }
    return inDouble(block, received) {
      Double._lossGradient(function, p, block, widened(block, a), widened(block, y), $0)
    }
  }

  public static func _canonicalValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Float>,
    _ y: UnsafePointer<Float>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    if let value = function.raw.canonical_value_float {
      return block.described(to: function.code) { value(p, $0, z, y, values) }
    }
    return Double._canonicalValue(function, p, block, widened(block, z), widened(block, y), values)
  }

  public static func _canonicalDelta(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Float>,
    _ a: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ delta: UnsafeMutablePointer<Float>
  ) -> Int32 {
    if let canonicalDelta = function.raw.canonical_delta_float {
      return block.described(to: function.code) { canonicalDelta(p, $0, z, a, y, delta) }
    }
    return inDouble(block, delta) {
      Double._canonicalDelta(function, p, block, widened(block, z), widened(block, a), widened(block, y), $0)
    }
  }

  /// The block's elements as doubles.
  private static func widened(_ block: Block, _ values: UnsafePointer<Float>) -> [Double] {
    (0..<block.count).map { Double(values[$0]) }
  }

  /// Runs `body` with a double array for its results, and rounds these to float into `output`.
  private static func inDouble(
    _ block: Block, _ output: UnsafeMutablePointer<Float>, _ body: (UnsafeMutablePointer<Double>) -> Int32
  ) -> Int32 {
    var results = [Double](repeating: 0, count: max(1, block.count))
    let code = results.withUnsafeMutableBufferPointer { $0.baseAddress.map(body) ?? 0 }
    for index in 0..<block.count { output[index] = Float(results[index]) }
    return code
  }
}
