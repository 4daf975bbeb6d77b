import CNNKit
import NNKit

// `describe` is watched as the other calls are: what it leaves behind, what it writes, and whether it keeps a state.

extension ActivationChecks {
  /// - Returns: How many calls were made.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func describeLeavesNothing() throws -> Int {
    guard activation.function.raw.describe != nil else { return 0 }
    let name = setting("describe")
    calling(name)
    let before = activation.parameters.map(\.bitPattern)
    let count = try SideEffects(of: name) { _ = try activation.rawShape() }.expectNone()
    guard activation.parameters.map(\.bitPattern) == before else {
      throw Finding(name, found: "p = \(activation.parameters)", expected: "p as before the call")
    }
    return count
  }

  /// The shape lies between pages that may not be touched, and parameters lie before one.
  func describeBounds() throws -> Int {
    guard let describe = activation.function.raw.describe else { return 0 }
    for placement in [Placement.beforeGuard, .behindGuard] {
      let shape = try CheckedMemory(count: MemoryLayout<nnkit_shape>.stride, placement)
      let raw = shape.pointer(to: nnkit_shape.self)
      raw.initialize(to: Activation.emptyShape)
      let p = try CheckedMemory(activation.parameters.withUnsafeBytes { Array($0) }, placement)
      calling(
        "\(setting("describe")), its shape between pages that may not be touched and"
          + " \(guardedParameters(activation.parameters.count))")
      let code = describe(activation.parameters.isEmpty ? nil : p.pointer(to: Double.self), raw)
      try check(code, "describe", of: activation.function.information)
      guard raw.pointee.struct_size == Activation.emptyShape.struct_size, raw.pointee.flags == 0 else {
        throw Finding(setting("describe"), found: "another struct_size or flags", expected: "these as they came")
      }
    }
    return 2
  }

  func describeInThreads() throws -> Int {
    guard activation.function.raw.describe != nil else { return 0 }
    // Each thread has a setting of its own, where there are parameters.
    let parts = try (0..<4).map { part in
      let values = activation.function.information.parameters.map { parameter in
        let bound = part % 2 == 0 ? parameter.range.lowerBound : parameter.range.upperBound
        return (parameter.name, bound.isFinite && part < 2 ? bound : parameter.defaultValue)
      }
      let other = try Activation(unasked: activation.function, parameters: Dictionary(values) { $1 })
      return other.isRefused(calling) ? activation : other
    }
    let expected = try parts.map { try $0.rawShape() }
    calling("\(setting("describe")), from several threads at once")
    return try ThreadStress.run(4, for: .milliseconds(20)) { part in
      let (found, alone) = (try parts[part].rawShape(), expected[part])
      guard found == alone else {
        throw Finding(
          "describe of \(parts[part]) while other threads called it too",
          found: "\(found.minimum)...\(found.maximum), kinks \(found.kinks)",
          expected: "\(alone.minimum)...\(alone.maximum), kinks \(alone.kinks), as before")
      }
    }
  }
}
