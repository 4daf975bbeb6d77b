import CNNKitSystem
import NNKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is written to the standard streams of this process.
enum StandardStreams {
  /// - Parameter body: What may write, to standard output or standard error; it does not come out there.
  /// - Returns: How many bytes it wrote.
  /// - Throws: What `body` throws; `FileError` if the system gives no file.
  static func bytesWritten(by body: () throws -> Void) throws -> Int {
    // In memory, since a disk may be full.
    let file = nnk_memory_file()
    guard file >= 0 else { throw FileError.system("a file in memory", "be made") }
    defer { close(file) }
    fflush(nil)
    let streams = [STDOUT_FILENO, STDERR_FILENO]
    let saved = streams.map { dup($0) }
    for stream in streams { dup2(file, stream) }
    defer {
      // What C's streams still hold belongs to the file, too.
      fflush(nil)
      for (copy, stream) in zip(saved, streams) where copy >= 0 {
        dup2(copy, stream)
        close(copy)
      }
    }
    try body()
    fflush(nil)
    return lseek(file, 0, SEEK_END)
  }
}
