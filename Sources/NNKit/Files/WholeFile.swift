internal import CNNKitSystem

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif
internal import Synchronization

/// A file or folder that could not be read or written.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, as it was named.
  public let path: String
  /// What is wrong.
  public let reason: String
  package init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }
  /// What is wrong, where, and what to do.
  public var description: String { "\(path): \(reason)" }

  /// The system's words for the call that just failed.
  package static func system(_ path: String, _ action: String) -> FileError {
    FileError(path, "cannot \(action): \(String(cString: strerror(errno)))")
  }
}

/// Files read whole, and written whole or not at all.
package enum WholeFile {
  /// How many bytes of memory this process can have.
  package static let memory = Int(clamping: nnk_memory(""))

  /// What follows a file's name, before the number of the process and of the file, while it is being written.
  package static let unfinishedMark = ".tmp-"

  /// All bytes of a regular file.
  package static func read(_ path: String) throws(FileError) -> [UInt8] {
    // Opening a pipe would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(path, "be read") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path, "be read") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path, "is not a regular file") }
    // A sparse file may claim any size.
    guard status.st_size <= memory else {
      throw FileError(path, "has \(status.st_size) bytes, more than this process can have of memory")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes[filled...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw .system(path, "be read") }
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// How many temporary files this process has made, so that each of its threads has one of its own.
  private static let made = Atomic<Int>(0)

  /// Writes `bytes` to a temporary file beside `path`, which then takes its name: a reader never finds half of it.
  ///
  /// A file that is there keeps its permissions, and where `path` is a symbolic link, what it leads to is replaced. A file
  /// that is not `isDurable` may be lost if the power fails within some seconds.
  ///
  /// - Throws: `FileError` if the file cannot be written, or if `path` is a folder, a device or another thing than a file.
  package static func write(_ bytes: [UInt8], to path: String, isDurable: Bool = true) throws(FileError) {
    let target = try followingLinks(path)
    var former = stat()
    let isThere = stat(target, &former) == 0
    if isThere, former.st_mode & S_IFMT != S_IFREG { throw FileError(path, "is not a regular file") }
    var (temporary, descriptor) = ("", Int32(-1))
    repeat {
      let number = made.wrappingAdd(1, ordering: .relaxed).newValue
      temporary = "\(target)\(unfinishedMark)\(getpid())-\(number)"
      descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    } while descriptor < 0 && errno == EEXIST
    guard descriptor >= 0 else { throw .system(path, "be written") }
    if isThere {
      // Another owner can be kept by the superuser alone.
      if former.st_uid != geteuid() || former.st_gid != getegid() {
        _ = fchown(descriptor, former.st_uid, former.st_gid)
      }
      fchmod(descriptor, former.st_mode & 0o7777)
    }
    var written = 0
    var failed = false
    while written < bytes.count && !failed {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { failed = true } else { written += count }
    }
    failed = failed || isDurable && fsync(descriptor) != 0
    let code = errno
    failed = close(descriptor) != 0 || failed
    if !failed && rename(temporary, target) == 0 {
      synchronize(folderOf: target)
      return
    }
    if failed { errno = code }
    let error = FileError.system(path, "be written")
    unlink(temporary)
    throw error
  }

  /// The path that a chain of symbolic links leads to; what is there may be missing.
  private static func followingLinks(_ path: String) throws(FileError) -> String {
    var target = path
    for _ in 0..<40 {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(target, &buffer, buffer.count)
      if count < 0 { return target }
      let link = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      let folder = target.lastIndex(of: "/").map { target[...$0] } ?? ""
      target = link.hasPrefix("/") ? link : folder + link
    }
    throw FileError(path, "cannot be written: too many symbolic links")
  }

  /// Has the folder's new entry reach the disk; where a file system cannot, the file is as safe as it can be there.
  private static func synchronize(folderOf path: String) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
