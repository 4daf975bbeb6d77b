internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension JSONText {
  /// Numbers as a page reads them fast and to the last bit: little-endian bytes in base64, with their type.
  static func packed<Scalar: NetworkScalar>(_ values: some Sequence<Scalar>) -> JSONText {
    packed(Array(values).withUnsafeBytes { Data($0) }, Scalar.precisionName)
  }

  static func packed(bytes: [UInt8]) -> JSONText { packed(Data(bytes), "uint8") }

  private static func packed(_ data: Data, _ type: String) -> JSONText {
    .object([("type", .text(type)), ("base64", .text(data.base64EncodedString()))])
  }
}
