// A loss written in Swift: the ABI asks for C functions and static data, and `@c` functions and memory that is allocated
// once and never freed are that. It has no float version: the host converts.
public import CNNKit

/// L = (1/K) Σ |a − y|.
@c func meanAbsoluteErrorValue(
  _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ a: UnsafePointer<Double>?,
  _ y: UnsafePointer<Double>?, _ values: UnsafeMutablePointer<Double>?
) -> Int32 {
  guard let block = block?.pointee, let a, let y, let values else { return 1 }
  for c in 0..<block.columns {
    var sum = 0.0
    for j in 0..<block.neurons { sum += abs(a[j * block.row_stride + c] - y[j * block.row_stride + c]) }
    values[c] = sum / Double(max(1, block.neurons))
  }
  return 0
}

/// ∂L/∂a = sign(a − y) / K, and 0 where they are equal.
@c func meanAbsoluteErrorGradient(
  _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ a: UnsafePointer<Double>?,
  _ y: UnsafePointer<Double>?, _ received: UnsafeMutablePointer<Double>?
) -> Int32 {
  guard let block = block?.pointee, let a, let y, let received else { return 1 }
  let share = 1 / Double(max(1, block.neurons))
  for j in 0..<block.neurons {
    for i in j * block.row_stride..<j * block.row_stride + block.columns {
      // A difference that is NaN stays NaN.
      let x = a[i] - y[i]
      received[i] = x > 0 ? share : x < 0 ? -share : x
    }
  }
  return 0
}

/// A C string that lasts as long as the process.
private func text(_ string: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// The plugin's description, made at the first call and kept.
private nonisolated(unsafe) let description: UnsafePointer<nnkit_plugin> = {
  let loss = UnsafeMutablePointer<nnkit_loss>.allocate(capacity: 1)
  loss.initialize(to: nnkit_loss())
  loss.pointee.function.struct_size = UInt32(MemoryLayout<nnkit_loss>.size)
  loss.pointee.function.kind = UInt32(NNKIT_LOSS)
  loss.pointee.function.name = text("mean_absolute_error")
  loss.pointee.function.summary = text("distance from the target, averaged over the outputs")
  loss.pointee.function.formula = text("L = (1/K) Σ |a - y|")
  loss.pointee.function.reference = text("R. J. Boscovich, 1757")
  loss.pointee.function.flags = UInt32(NNKIT_NON_NEGATIVE)
  (loss.pointee.output_minimum, loss.pointee.output_maximum) = (-.infinity, .infinity)
  (loss.pointee.target_minimum, loss.pointee.target_maximum) = (-.infinity, .infinity)
  (loss.pointee.target_off, loss.pointee.target_on) = (0, 1)
  loss.pointee.value = meanAbsoluteErrorValue
  loss.pointee.gradient = meanAbsoluteErrorGradient
  loss.pointee.gradient_formula = text("dL/da = sign(a - y) / K")
  let functions = UnsafeMutablePointer<UnsafePointer<nnkit_function>?>.allocate(capacity: 1)
  functions.initialize(to: UnsafeRawPointer(loss).assumingMemoryBound(to: nnkit_function.self))
  let plugin = UnsafeMutablePointer<nnkit_plugin>.allocate(capacity: 1)
  plugin.initialize(
    to: nnkit_plugin(
      struct_size: UInt32(MemoryLayout<nnkit_plugin>.size), abi_major: NNKIT_ABI_MAJOR, abi_minor: NNKIT_ABI_MINOR,
      function_count: 1, author: text("the nnkit authors"), license: text("Apache-2.0"), version: text("1.0.0"),
      functions: UnsafePointer(functions)))
  return UnsafePointer(plugin)
}()

// Plugins/Entries has the entry itself, as C: this name is its own among plugins that are linked together.
/// What the loader calls.
@c(nnkit_mean_absolute_error_entry)
public func entry(_ hostMajor: UInt32) -> UnsafePointer<nnkit_plugin>? {
  hostMajor == NNKIT_ABI_MAJOR ? description : nil
}
