import Glibc
import NNKit

/// Some bytes, which may lie beside a page that may not be touched: a read or write beyond that end ends the process by
/// SIGSEGV.
final class CheckedMemory {
  /// The first byte.
  let base: UnsafeMutableRawPointer
  private let count: Int
  /// Pages from the first guard to the last, where there are any.
  private let pages: (start: UnsafeMutableRawPointer, length: Int)?

  /// How many bytes lie around those of ordinary memory, and behind those with a margin.
  private static let margin = 1024

  /// So many bytes, which are 0.
  ///
  /// - Parameters:
  ///   - count: How many; with a margin some more follow, which belong to what is compared and protected.
  ///   - placement: Where they lie.
  /// - Throws: `FileError` if the system gives no memory.
  init(count: Int, _ placement: Placement) throws {
    let margin = Self.margin
    guard placement != .ordinary else {
      // A plugin that writes too far is found by `bounds`, and does no damage before that for which another check would
      // be blamed.
      guard let memory = calloc(1, margin + count + margin) else { throw FileError.system("memory", "be allocated") }
      (base, self.count, pages) = (memory + margin, count, nil)
      return
    }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let size = placement == .withMargin ? count + margin : count
    let inside = max(1, (size + page - 1) / page) * page
    let length = inside + 2 * page
    let protection = PROT_READ | PROT_WRITE
    guard let start = mmap(nil, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED,
      mprotect(start, page, PROT_NONE) == 0, mprotect(start + page + inside, page, PROT_NONE) == 0
    else { throw FileError.system("memory", "be mapped") }
    pages = (start, length)
    self.count = size
    base = start + page + (placement == .behindGuard ? 0 : inside - size)
  }

  /// A copy of some bytes.
  convenience init(_ content: [UInt8], _ placement: Placement) throws {
    try self.init(count: content.count, placement)
    content.withUnsafeBytes { if let from = $0.baseAddress { base.copyMemory(from: from, byteCount: content.count) } }
  }

  deinit { if let pages { munmap(pages.start, pages.length) } else { free(base - Self.margin) } }

  /// Whether its bytes may be written: if not, a write ends the process by SIGSEGV.
  ///
  /// Those of ordinary memory always may.
  func allowWriting(_ isAllowed: Bool) throws {
    guard let pages else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    guard mprotect(pages.start + page, pages.length - 2 * page, isAllowed ? PROT_READ | PROT_WRITE : PROT_READ) == 0
    else { throw FileError.system("memory", "be protected") }
  }

  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: count)) }

  func holds(_ bytes: [UInt8]) -> Bool { bytes.count == count && memcmp(base, bytes, count) == 0 }

  func pointer<Element>(to _: Element.Type) -> UnsafeMutablePointer<Element> {
    base.assumingMemoryBound(to: Element.self)
  }
}
