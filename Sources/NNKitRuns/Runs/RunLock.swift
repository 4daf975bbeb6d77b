internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// What keeps two processes from running one run: a lock on its folder, gone with the process.
final class RunLock {
  private let descriptor: Int32

  /// - Throws: `FileError` if another process has it.
  init(_ folder: RunFolder) throws {
    descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(folder.path, "be read") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw FileError(folder.path, "another process is at this run; wait for it, or end it")
    }
  }

  /// Whether a process is at the run, as far as can be seen.
  static func isHeld(_ folder: RunFolder) throws -> Bool {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(folder.path, "be read") }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  deinit { close(descriptor) }
}
