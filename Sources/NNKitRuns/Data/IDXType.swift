import NNKit

/// The type of the numbers in an IDX file.
enum IDXType: UInt8 {
  case unsignedByte = 0x08
  case signedByte = 0x09
  case short = 0x0B
  case int = 0x0C
  case float = 0x0D
  case double = 0x0E

  /// In bytes.
  var size: Int {
    switch self {
    case .unsignedByte, .signedByte: 1
    case .short: 2
    case .int, .float: 4
    case .double: 8
    }
  }

  var isInteger: Bool { self != .float && self != .double }

  /// The number that starts at `offset`.
  @inline(__always)
  func number<Scalar: NetworkScalar>(in bytes: [UInt8], at offset: Int) -> Scalar {
    switch self {
    case .unsignedByte: Scalar(Int(bytes[offset]))
    case .signedByte: Scalar(Int(Int8(bitPattern: bytes[offset])))
    case .short: Scalar(Int(Int16(truncatingIfNeeded: bytes.bigEndian(at: offset, count: 2))))
    case .int: Scalar(Int(Int32(truncatingIfNeeded: bytes.bigEndian(at: offset, count: 4))))
    case .float: Scalar(Float(bitPattern: UInt32(bytes.bigEndian(at: offset, count: 4))))
    case .double: Scalar(Double(bitPattern: bytes.bigEndian(at: offset, count: 8)))
    }
  }
}

extension [UInt8] {
  /// The unsigned number in `count` bytes, at most 8.
  @inline(__always)
  func bigEndian(at offset: Int, count: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in offset..<offset + count { value = value << 8 | UInt64(self[index]) }
    return value
  }
}
