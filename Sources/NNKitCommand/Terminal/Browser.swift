import Glibc
import NNKit

/// The user's web browser.
enum Browser {
  /// Opens a file or an address.
  ///
  /// - Throws: `FileError` if the desktop's opener cannot be started or fails.
  static func open(_ address: String) throws {
    var child = pid_t()
    let words: [UnsafeMutablePointer<CChar>?] = [strdup("xdg-open"), strdup(address)]
    defer { words.forEach { free($0) } }
    let code = posix_spawnp(&child, "xdg-open", nil, nil, words + [nil], environ)
    var status: Int32 = 0
    if code == 0 { while waitpid(child, &status, 0) < 0 && errno == EINTR {} }
    guard code == 0, status == 0 else {
      let reason = code == 0 ? "xdg-open failed" : "there is no xdg-open: \(String(cString: strerror(code)))"
      throw FileError(address, "cannot be opened in a browser (\(reason)); open it by hand")
    }
  }
}

/// Where a command's page goes.
enum PageOutput {
  /// Writes a document to `output`, or to standard output; to a file of its own where it is only to be opened.
  ///
  /// - Throws: `FileError`.
  static func write(_ document: [UInt8], name: String, to output: String?, open: Bool) throws {
    guard let path = try output.map({ absolutePath($0) }) ?? (open ? temporaryFile(name) : nil) else {
      print(String(decoding: document, as: UTF8.self), terminator: "")
      return
    }
    try WholeFile.write(document, to: path)
    if open {
      print(path)
      try Browser.open(path)
    }
  }

  /// A path in a new folder for temporary files, which the browser may read for as long as it likes.
  private static func temporaryFile(_ name: String) throws -> String { "\(try ScratchFolder.make())/\(name).html" }
}
