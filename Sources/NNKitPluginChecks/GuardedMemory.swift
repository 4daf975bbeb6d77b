import NNKit
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Some bytes between two pages that nobody may touch: who reads or writes beyond one end is ended by SIGSEGV.
final class GuardedMemory {
  /// The first byte.
  let base: UnsafeMutableRawPointer
  private let count: Int
  private let start: UnsafeMutableRawPointer
  private let length: Int

  /// - Parameters:
  ///   - content: The bytes.
  ///   - atEnd: Whether the last byte is followed by a guard page; otherwise the first one follows a guard page.
  /// - Throws: `FileError` if the system gives no memory.
  convenience init(_ content: [UInt8], atEnd: Bool) throws {
    try self.init(count: content.count, atEnd: atEnd)
    content.withUnsafeBytes { if let from = $0.baseAddress { base.copyMemory(from: from, byteCount: content.count) } }
  }

  /// So many bytes, which are 0.
  init(count: Int, atEnd: Bool) throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let inside = max(1, (count + page - 1) / page) * page
    length = inside + 2 * page
    let protection = PROT_READ | PROT_WRITE
    guard let start = mmap(nil, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED,
      mprotect(start, page, PROT_NONE) == 0, mprotect(start + page + inside, page, PROT_NONE) == 0
    else { throw FileError.system("memory", "be mapped") }
    self.start = start
    self.count = count
    base = start + page + (atEnd ? inside - count : 0)
  }

  deinit { munmap(start, length) }

  /// Whether its bytes may be written: who does so all the same is ended by SIGSEGV.
  func allowWriting(_ isAllowed: Bool) throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    guard mprotect(start + page, length - 2 * page, isAllowed ? PROT_READ | PROT_WRITE : PROT_READ) == 0 else {
      throw FileError.system("memory", "be protected")
    }
  }

  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: count)) }

  func holds(_ bytes: [UInt8]) -> Bool { bytes.count == count && memcmp(base, bytes, count) == 0 }

  func pointer<Element>(to _: Element.Type) -> UnsafeMutablePointer<Element> {
    base.assumingMemoryBound(to: Element.self)
  }
}
