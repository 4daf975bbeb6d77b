import Glibc

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file in which child processes say which of a plugin's functions they call next, and, a line each, what they have found.
struct ExaminationReport {
  /// The latest call; nil where nothing was called.
  let call: String?
  /// In the order of time, whichever process wrote them.
  let lines: [ExaminationLine]

  /// Where a child has its report; its standard streams lead nowhere.
  static let descriptor: Int32 = 3

  /// The file begins with room for one call, each written over the one before: there are tens of thousands.
  private static let roomForCall = 1 << 16
  private static let lineEnd = UInt8(ascii: "\n")

  /// What the file holds when the first child is started.
  static let beginning = [UInt8](repeating: 0, count: roomForCall)

  /// Reads what children have written, and leaves out what is no line.
  init(_ bytes: [UInt8]) {
    let call = bytes.prefix(Self.roomForCall).prefix { $0 != Self.lineEnd && $0 != 0 }
    self.call = call.isEmpty ? nil : String(decoding: call, as: UTF8.self)
    lines = bytes.dropFirst(Self.roomForCall).split(separator: Self.lineEnd).compactMap {
      try? JSONDecoder().decode(ExaminationLine.self, from: Data($0))
    }
  }

  // MARK: In the child

  /// A second descriptor, without O_APPEND: with it, pwrite(2) would append, too.
  private static let callDescriptor = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_CLOEXEC)

  static func announce(_ call: String) {
    let isShort = call.utf8.count < roomForCall
    let text = isShort ? call : String(decoding: call.utf8.prefix(roomForCall - 8), as: UTF8.self) + "…"
    let line = [UInt8](text.utf8) + [lineEnd]
    let count = line.withUnsafeBytes { pwrite(callDescriptor, $0.baseAddress, $0.count, 0) }
    if count < 0, errno == EBADF { _exit(ChildEnding.closedCode) }
  }

  static func add(_ line: ExaminationLine) {
    guard let line = try? JSONEncoder().encode(line) else { return }
    let bytes = [UInt8](line) + [lineEnd]
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent) }
      // A signal may come in between.
      if count > 0 {
        sent += count
      } else if errno == EBADF {
        announce("one of its calls")
        _exit(ChildEnding.closedCode)
      } else if errno != EINTR {
        return
      }
    }
  }
}
