import CNNKitSystem

/// One of a plugin's functions that compute: it takes p, a description of its arrays and the arrays, pointers all of them.
///
/// The host calls these through `NetworkScalar`. The checks call them here, so that p, the description and the arrays can
/// lie wherever a check wants them.
struct EntryPoint: @unchecked Sendable {
  private let code: UnsafeRawPointer

  /// - Parameter function: Of a type that is `@convention(c)`.
  init<Function>(_ function: Function) { code = unsafeBitCast(function, to: UnsafeRawPointer.self) }

  private typealias P = UnsafePointer<Double>?
  private typealias A = UnsafeMutableRawPointer
  private typealias Two = @convention(c) (P, UnsafeRawPointer, A, A) -> Int32
  private typealias Three = @convention(c) (P, UnsafeRawPointer, A, A, A) -> Int32
  private typealias Four = @convention(c) (P, UnsafeRawPointer, A, A, A, A) -> Int32
  private typealias Six = @convention(c) (P, UnsafeRawPointer, A, A, A, A, A, A) -> Int32
  private typealias Seven = @convention(c) (P, UnsafeRawPointer, A, A, A, A, A, A, A) -> Int32

  /// - Parameters:
  ///   - p: The parameters.
  ///   - description: An `nnkit_block` or `nnkit_rows`.
  ///   - a: The arrays, in the header's order.
  /// - Returns: The function's code; -1 for a number of arrays that no function takes.
  func call(
    _ p: UnsafePointer<Double>?, _ description: UnsafeRawPointer, _ a: [UnsafeMutableRawPointer]
  ) -> Int32 {
    nnk_begin_call(code)
    defer { nnk_end_call() }
    return switch a.count {
    case 2: unsafeBitCast(code, to: Two.self)(p, description, a[0], a[1])
    case 3: unsafeBitCast(code, to: Three.self)(p, description, a[0], a[1], a[2])
    case 4: unsafeBitCast(code, to: Four.self)(p, description, a[0], a[1], a[2], a[3])
    case 6: unsafeBitCast(code, to: Six.self)(p, description, a[0], a[1], a[2], a[3], a[4], a[5])
    case 7: unsafeBitCast(code, to: Seven.self)(p, description, a[0], a[1], a[2], a[3], a[4], a[5], a[6])
    default: -1
    }
  }
}
