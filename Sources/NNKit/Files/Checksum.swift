internal import CNNKitSystem

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
package func sha256(_ bytes: [UInt8]) -> String {
  var digest = [UInt8](repeating: 0, count: 32)
  nnk_sha256(bytes, bytes.count, &digest)
  return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The checksum that a safetensors file of nnkit's carries among its metadata: the SHA-256 of the whole file, with zeros
/// in the place of the checksum's own digits.
enum Seal {
  static let key = "sha256"
  static let blank = String(repeating: "0", count: 64)

  /// `file`, whose header has a blank checksum, with the true one in its place.
  static func sealed(_ file: [UInt8]) -> [UInt8] {
    guard let place = place(of: blank, in: file, 8..<file.count) else { return file }
    var file = file
    file.replaceSubrange(place, with: sha256(file).utf8)
    return file
  }

  /// Whether `checksum`, which stands in the header, is that of the file.
  static func holds(_ checksum: String, in file: [UInt8], header: Range<Int>) -> Bool {
    guard checksum.utf8.count == blank.utf8.count, let place = place(of: checksum, in: file, header) else {
      return false
    }
    var file = file
    file.replaceSubrange(place, with: blank.utf8)
    return sha256(file) == checksum
  }

  private static func place(of digits: String, in file: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    let (before, text) = (Array("\"\(key)\":\"".utf8), Array("\"\(key)\":\"\(digits)\"".utf8))
    guard range.count >= text.count else { return nil }
    let start = (range.lowerBound...range.upperBound - text.count).first {
      file[$0] == text[0] && file[$0..<$0 + text.count].elementsEqual(text)
    }
    return start.map { $0 + before.count..<$0 + before.count + digits.utf8.count }
  }
}
