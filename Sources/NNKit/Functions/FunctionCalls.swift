internal import CNNKit

// Calls of the functions of activations and losses, in the precision of a network. Double is the definition; where a plugin
// has no float version, the arrays are converted to double and the results back. Each returns the plugin's code.

extension ActivationFunction {
  package func callEvaluate<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Scalar>, _ a: UnsafeMutablePointer<Scalar>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return block.described(to: code) { evaluate(p, $0, z.of(Double.self), a.of(Double.self)) }
    }
    let (z, a) = (z.of(Float.self), a.of(Float.self))
    if let evaluate = raw.evaluate_float { return block.described(to: code) { evaluate(p, $0, z, a) } }
    return inDouble(block, a) { callEvaluate(p, block, widened(block, z), $0) }
  }

  package func callBackward<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Scalar>, _ a: UnsafePointer<Scalar>,
    _ received: UnsafePointer<Scalar>, _ delta: UnsafeMutablePointer<Scalar>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return block.described(to: code) {
        backward(p, $0, z.of(Double.self), a.of(Double.self), received.of(Double.self), delta.of(Double.self))
      }
    }
    let (z, a, received, delta) = (z.of(Float.self), a.of(Float.self), received.of(Float.self), delta.of(Float.self))
    if let backward = raw.backward_float {
      return block.described(to: code) { backward(p, $0, z, a, received, delta) }
    }
    return inDouble(block, delta) {
      callBackward(p, block, widened(block, z), widened(block, a), widened(block, received), $0)
    }
  }
}

extension LossFunction {
  package func callValue<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>,
    _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return block.described(to: code) { value(p, $0, a.of(Double.self), y.of(Double.self), values) }
    }
    let (a, y) = (a.of(Float.self), y.of(Float.self))
    if let value = raw.value_float { return block.described(to: code) { value(p, $0, a, y, values) } }
    return callValue(p, block, widened(block, a), widened(block, y), values)
  }

  package func callGradient<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>,
    _ received: UnsafeMutablePointer<Scalar>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return block.described(to: code) {
        gradient(p, $0, a.of(Double.self), y.of(Double.self), received.of(Double.self))
      }
    }
    let (a, y, received) = (a.of(Float.self), y.of(Float.self), received.of(Float.self))
    if let gradient = raw.gradient_float { return block.described(to: code) { gradient(p, $0, a, y, received) } }
    return inDouble(block, received) { callGradient(p, block, widened(block, a), widened(block, y), $0) }
  }

  package func callCanonicalValue<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>,
    _ values: UnsafeMutablePointer<Double>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return block.described(to: code) {
        canonical?.value(p, $0, z.of(Double.self), y.of(Double.self), values) ?? -1
      }
    }
    let (z, y) = (z.of(Float.self), y.of(Float.self))
    if let value = raw.canonical_value_float { return block.described(to: code) { value(p, $0, z, y, values) } }
    return callCanonicalValue(p, block, widened(block, z), widened(block, y), values)
  }

  package func callCanonicalDelta<Scalar: NetworkScalar>(
    _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Scalar>, _ a: UnsafePointer<Scalar>,
    _ y: UnsafePointer<Scalar>, _ delta: UnsafeMutablePointer<Scalar>
  ) -> Int32 {
    if Scalar.self == Double.self {
      return block.described(to: code) {
        canonical?.delta(p, $0, z.of(Double.self), a.of(Double.self), y.of(Double.self), delta.of(Double.self)) ?? -1
      }
    }
    let (z, a, y, delta) = (z.of(Float.self), a.of(Float.self), y.of(Float.self), delta.of(Float.self))
    if let canonicalDelta = raw.canonical_delta_float {
      return block.described(to: code) { canonicalDelta(p, $0, z, a, y, delta) }
    }
    return inDouble(block, delta) {
      callCanonicalDelta(p, block, widened(block, z), widened(block, a), widened(block, y), $0)
    }
  }
}

/// The block's elements as doubles.
private func widened(_ block: Block, _ values: UnsafePointer<Float>) -> [Double] {
  (0..<block.count).map { Double(values[$0]) }
}

/// Runs `body` with a double array for its results, and rounds these to float into `output`.
private func inDouble(
  _ block: Block, _ output: UnsafeMutablePointer<Float>, _ body: (UnsafeMutablePointer<Double>) -> Int32
) -> Int32 {
  var results = [Double](repeating: 0, count: max(1, block.count))
  let code = results.withUnsafeMutableBufferPointer { $0.baseAddress.map(body) ?? 0 }
  for index in 0..<block.count { output[index] = Float(results[index]) }
  return code
}
