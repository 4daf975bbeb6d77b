internal import CZlib
internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// The bytes of a file, a pipe or standard input, read as they come; gzip data are unpacked on the way.
final class ByteSource {
  /// What messages call it.
  let name: String
  /// nil for standard input.
  let path: String?
  private let descriptor: Int32
  private var chunk = [UInt8](repeating: 0, count: 1 << 18)
  private var gzip: GzipStream?
  private var isAtStart = true
  private(set) var isAtEnd = false

  /// - Parameter path: `-` is standard input.
  /// - Throws: `DataError` if it cannot be opened.
  init(path: String) throws {
    self.path = path == "-" ? nil : path
    name = path == "-" ? "standard input" : path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DataError("cannot be read: \(String(cString: strerror(errno))); check the path", file: name)
    }
  }

  /// Whether it can be read again from its start.
  var isFile: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  deinit { if path != nil { close(descriptor) } }

  /// Whether more can be read without waiting for the other side of a pipe; true at the end of the data as well.
  var hasMore: Bool {
    if gzip?.hasInput == true { return true }
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 0) != 0
  }

  /// Appends what has come, after waiting for at least one byte; nothing at the end of the data.
  ///
  /// - Throws: `DataError` if it cannot be read, or is damaged.
  func read(into bytes: inout [UInt8]) throws {
    let before = bytes.count
    while bytes.count == before && !isAtEnd {
      if let gzip, gzip.hasInput {
        try gzip.unpack(into: &bytes, file: name)
        continue
      }
      var count = try readChunk(at: 0)
      if isAtStart {
        isAtStart = false
        // gzip's mark has two bytes.
        if count == 1, chunk[0] == GzipStream.mark[0] { count += try readChunk(at: 1) }
        if chunk.prefix(count).starts(with: GzipStream.mark) { gzip = try GzipStream() }
      }
      if count == 0 {
        isAtEnd = true
        guard gzip?.isComplete ?? true else {
          throw DataError("the gzip data breaks off; copy the file again", file: name)
        }
      } else if let gzip {
        gzip.take(chunk[..<count])
      } else {
        bytes += chunk[..<count]
      }
    }
  }

  private func readChunk(at offset: Int) throws -> Int {
    while true {
      let count = chunk[offset...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&request, 1, -1)
      default: throw DataError("cannot be read: \(String(cString: strerror(errno)))", file: name)
      }
    }
  }
}

/// gzip data unpacked piece by piece; several packed files one behind the other are one text, as for `gunzip`.
private final class GzipStream {
  static let mark: [UInt8] = [0x1F, 0x8B]
  /// zlib keeps its address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var input: [UInt8] = []
  private var used = 0
  private var output = [UInt8](repeating: 0, count: 1 << 18)
  /// Whether the last packed file has come to its end mark.
  private(set) var isComplete = false
  var hasInput: Bool { used < input.count }

  init() throws {
    stream.initialize(to: z_stream())
    // 16: gzip's header and checksum are expected, and nothing else.
    guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw DataError("there is not enough memory to unpack gzip data")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func take(_ bytes: ArraySlice<UInt8>) {
    input = Array(input[used...] + bytes)
    used = 0
  }

  func unpack(into bytes: inout [UInt8], file: String) throws {
    if isComplete {
      guard input[used] == Self.mark[0] else {
        // Bytes behind the last packed file are passed over, as gunzip does.
        used = input.count
        return
      }
      inflateReset(stream)
      isComplete = false
    }
    var code = Z_OK
    let room = output.count
    let (taken, made) = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.pointee.next_in = input.baseAddress.map { $0 + used }
        stream.pointee.avail_in = UInt32(input.count - used)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(room)
        code = inflate(stream, Z_NO_FLUSH)
        return (input.count - used - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out))
      }
    }
    used += taken
    bytes += output[..<made]
    guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR && taken + made > 0 else {
      let words = stream.pointee.msg.map { String(cString: $0) } ?? "error \(code)"
      throw DataError("the gzip data is damaged (\(words)); copy the file again", file: file)
    }
    isComplete = code == Z_STREAM_END
  }
}
