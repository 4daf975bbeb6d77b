import Glibc
import NNKit

/// A new folder for temporary files, which no other user can write to.
enum ScratchFolder {
  /// - Throws: `FileError`.
  static func make() throws -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/nnkit-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError.system("\(parent)/nnkit-XXXXXX", "be made") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
