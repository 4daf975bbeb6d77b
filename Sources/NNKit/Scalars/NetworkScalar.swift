public import RealModule

/// The numbers a network computes with: `Float` (fast, the default) or `Double` (exact: gradient checks, teaching).
///
/// There are no others: `_kernels` are C functions for these two.
public protocol NetworkScalar: Real, BinaryFloatingPoint, Codable, LosslessStringConvertible, Sendable {
  /// The loops over arrays of these numbers.
  static var _kernels: Kernels<Self> { get }
  /// The name of this precision in a configuration: `float32` or `float64`.
  static var precisionName: String { get }
}

extension Float: NetworkScalar {
  /// The name of this precision in a configuration.
  public static let precisionName = "float32"
}

extension Double: NetworkScalar {
  /// The name of this precision in a configuration.
  public static let precisionName = "float64"
}

extension UnsafePointer where Pointee: NetworkScalar {
  /// The same numbers; `Other` must be the type that they have, which generic code has found out by comparing types.
  @inline(__always)
  func of<Other: NetworkScalar>(_: Other.Type) -> UnsafePointer<Other> {
    assert(Other.self == Pointee.self)
    return UnsafeRawPointer(self).assumingMemoryBound(to: Other.self)
  }
}

extension UnsafeMutablePointer where Pointee: NetworkScalar {
  /// The same numbers; `Other` must be the type that they have, which generic code has found out by comparing types.
  @inline(__always)
  func of<Other: NetworkScalar>(_: Other.Type) -> UnsafeMutablePointer<Other> {
    assert(Other.self == Pointee.self)
    return UnsafeMutableRawPointer(self).assumingMemoryBound(to: Other.self)
  }
}
