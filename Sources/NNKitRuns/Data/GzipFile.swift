import CZlib

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file read from its start to its end; what gzip packed is unpacked on the way, whatever the file is called.
final class GzipFile {
  let path: String
  /// What the file takes on the disk, in bytes; nil where that says nothing of its content (a pipe).
  let sizeOnDisk: Int?
  let isCompressed: Bool
  /// Whether the end came before gzip's own end mark.
  private(set) var breaksOff = false
  private let handle: gzFile

  /// - Throws: `DataError` if there is no such file or it cannot be read.
  init(path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw GzipFile.unreadable(path, errno) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw GzipFile.unreadable(path, EISDIR) }
    guard let handle = gzopen(path, "rb") else { throw GzipFile.unreadable(path, errno) }
    gzbuffer(handle, 1 << 18)
    self.path = path
    self.handle = handle
    sizeOnDisk = kind == S_IFREG ? Int(status.st_size) : nil
    isCompressed = gzdirect(handle) == 0
  }

  deinit { gzclose(handle) }

  /// Reads up to `count` bytes, fewer only at the end of the file, to the start of `chunk`.
  ///
  /// - Returns: How many bytes were read.
  /// - Throws: `DataError` if the file cannot be read or its gzip data is damaged.
  func read(_ count: Int, into chunk: inout [UInt8]) throws -> Int {
    precondition(count <= chunk.count && count <= Int32.max, "the chunk takes no more")
    let found = chunk.withUnsafeMutableBytes { gzread(handle, $0.baseAddress, UInt32(count)) }
    if found == count { return count }
    var code = Z_OK
    let words = gzerror(handle, &code).map { String(cString: $0) } ?? ""
    if found >= 0 && (code == Z_OK || code == Z_BUF_ERROR) {
      breaksOff = code == Z_BUF_ERROR
      return Int(found)
    }
    let reason = words.hasPrefix("\(path): ") ? String(words.dropFirst(path.count + 2)) : words
    throw DataError(
      code == Z_ERRNO ? "cannot be read: \(reason)" : "the gzip data is damaged (\(reason)); copy the file again",
      file: path)
  }

  /// Goes back to the start.
  func rewind() { gzrewind(handle) }

  private static func unreadable(_ path: String, _ code: Int32) -> DataError {
    DataError("cannot be read: \(String(cString: strerror(code))); check the path", file: path)
  }
}
