// An activation written in Swift: the ABI asks for C functions and static data, and `@c` functions and memory that is
// allocated once and never freed are that.
public import CNNKit

/// a = z / (1 + |z|).
@c func softsignEvaluate(
  _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ z: UnsafePointer<Double>?,
  _ a: UnsafeMutablePointer<Double>?
) -> Int32 {
  guard let block, let z, let a else { return 1 }
  forEachElement(of: block.pointee) { i in a[i] = z[i] / (1 + abs(z[i])) }
  return 0
}

/// δ = received / (1 + |z|)².
@c func softsignBackward(
  _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ z: UnsafePointer<Double>?,
  _ a: UnsafePointer<Double>?, _ received: UnsafePointer<Double>?, _ delta: UnsafeMutablePointer<Double>?
) -> Int32 {
  guard let block, let z, let received, let delta else { return 1 }
  forEachElement(of: block.pointee) { i in delta[i] = received[i] / ((1 + abs(z[i])) * (1 + abs(z[i]))) }
  return 0
}

@c func softsignEvaluateFloat(
  _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ z: UnsafePointer<Float>?,
  _ a: UnsafeMutablePointer<Float>?
) -> Int32 {
  guard let block, let z, let a else { return 1 }
  forEachElement(of: block.pointee) { i in a[i] = z[i] / (1 + abs(z[i])) }
  return 0
}

@c func softsignBackwardFloat(
  _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ z: UnsafePointer<Float>?,
  _ a: UnsafePointer<Float>?, _ received: UnsafePointer<Float>?, _ delta: UnsafeMutablePointer<Float>?
) -> Int32 {
  guard let block, let z, let received, let delta else { return 1 }
  forEachElement(of: block.pointee) { i in delta[i] = received[i] / ((1 + abs(z[i])) * (1 + abs(z[i]))) }
  return 0
}

@c func softsignDescribe(_ p: UnsafePointer<Double>?, _ shape: UnsafeMutablePointer<nnkit_shape>?) -> Int32 {
  shape?.pointee.minimum = -1
  shape?.pointee.maximum = 1
  return 0
}

private func forEachElement(of block: nnkit_block, _ body: (Int) -> Void) {
  for run in 0..<nnkit_row_count([block]) {
    let start = run * block.row_stride
    for i in start..<start + nnkit_row_length([block]) { body(i) }
  }
}

/// A C string that lasts as long as the process.
private func text(_ string: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// The plugin's description, made at the first call and kept.
private nonisolated(unsafe) let description: UnsafePointer<nnkit_plugin> = {
  let activation = UnsafeMutablePointer<nnkit_activation>.allocate(capacity: 1)
  activation.initialize(to: nnkit_activation())
  activation.pointee.function.struct_size = UInt32(MemoryLayout<nnkit_activation>.size)
  activation.pointee.function.kind = UInt32(NNKIT_ACTIVATION)
  activation.pointee.function.name = text("softsign")
  activation.pointee.function.summary = text("tanh's shape without exponentials")
  activation.pointee.function.formula = text("a = z / (1 + |z|)")
  activation.pointee.function.reference = text("J. Bergstra et al., 2009")
  activation.pointee.describe = softsignDescribe
  activation.pointee.evaluate = softsignEvaluate
  activation.pointee.backward = softsignBackward
  activation.pointee.evaluate_float = softsignEvaluateFloat
  activation.pointee.backward_float = softsignBackwardFloat
  activation.pointee.derivative = text("f'(z) = 1 / (1 + |z|)²")
  let functions = UnsafeMutablePointer<UnsafePointer<nnkit_function>?>.allocate(capacity: 1)
  functions.initialize(to: UnsafeRawPointer(activation).assumingMemoryBound(to: nnkit_function.self))
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
@c(nnkit_softsign_entry)
public func entry(_ hostMajor: UInt32) -> UnsafePointer<nnkit_plugin>? {
  hostMajor == NNKIT_ABI_MAJOR ? description : nil
}
