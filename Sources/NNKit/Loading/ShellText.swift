/// A command as a shell reads it: folders may have names with spaces.
package func shellText(_ words: [String]) -> String {
  words.map { word in
    let isPlain = !word.isEmpty && word.utf8.allSatisfy { isLetterOrDigit($0) || "_.,:=+@%/-".utf8.contains($0) }
    return isPlain
      ? word : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }.joined(separator: " ")
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "a")...UInt8(ascii: "z"):
    true
  default: false
  }
}
