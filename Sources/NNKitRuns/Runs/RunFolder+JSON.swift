internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension RunFolder {
  /// Any JSON object, whatever is in it.
  private struct Object: Decodable {
    private struct Value: Decodable { init(from _: any Decoder) {} }
    init(from decoder: any Decoder) throws { _ = try [String: Value](from: decoder) }
  }

  /// The run's summary, as it stands.
  ///
  /// - Throws: `FileError` if it cannot be read, or is not JSON.
  func summaryText() throws -> JSONText {
    let bytes = try WholeFile.read(summary)
    guard (try? JSONDecoder().decode(Object.self, from: Data(bytes))) != nil else {
      throw FileError(summary, "is not a JSON object; it is damaged")
    }
    return .raw(String(decoding: bytes, as: UTF8.self))
  }
}
