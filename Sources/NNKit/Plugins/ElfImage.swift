/// Looks at a shared library as a file, before the dynamic loader sees it.
///
/// The loader maps a truncated library and dies of SIGBUS inside `dlopen`; and opening a library runs its constructors.
/// So a file is opened only if it is whole, built for this machine, and mentions the entry symbol.
/// Layout: System V ABI, "ELF-64 Object File Format", version 1.5.
enum ElfImage {
  /// Why the file at `path` cannot be opened as a plugin, or nil if it can.
  static func problem(ofFileAt path: String) -> PluginError.Problem? {
    do throws(FileError) {
      return problem(in: try WholeFile.read(path))
    } catch {
      return .unreadable(error.reason)
    }
  }

  static func problem(in bytes: [UInt8]) -> PluginError.Problem? {
    guard bytes.count >= 4, Array(bytes[0..<4]) == [0x7F, 0x45, 0x4C, 0x46] else { return .notElf }
    guard bytes.count >= 64 else { return .truncated(expected: 64, found: bytes.count) }
    guard bytes[4] == 2, bytes[5] == 1, word(bytes, 16, 2) == 3, word(bytes, 18, 2) == thisMachine else {
      return .wrongMachine
    }
    // Program headers say what the loader maps; section headers lie at the end of a file as a linker leaves it.
    let tables = [(offset: 32, size: 54, count: 56), (offset: 40, size: 58, count: 60)]
    for table in tables {
      let (size, count) = (word(bytes, table.size, 2), word(bytes, table.count, 2))
      if let fault = truncation(bytes, start: word(bytes, table.offset, 8), length: size * count) { return fault }
    }
    let (size, count) = (Int(word(bytes, 54, 2)), Int(word(bytes, 56, 2)))
    guard size >= 56, count > 0 else { return .wrongMachine }
    let start = Int(word(bytes, 32, 8))
    for header in (0..<count).map({ start + $0 * size }) where header + 56 <= bytes.count {
      let fault = truncation(bytes, start: word(bytes, header + 8, 8), length: word(bytes, header + 32, 8))
      if let fault { return fault }
    }
    return mentions(PluginFile.entrySymbol, in: bytes) ? nil : .missingEntry
  }

  private static func truncation(_ bytes: [UInt8], start: UInt64, length: UInt64) -> PluginError.Problem? {
    if length == 0 { return nil }
    let (end, overflow) = start.addingReportingOverflow(length)
    if overflow || end > UInt64(Int.max) { return .truncated(expected: Int.max, found: bytes.count) }
    return end > UInt64(bytes.count) ? .truncated(expected: Int(end), found: bytes.count) : nil
  }

  private static func word(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
  }

  private static func mentions(_ symbol: String, in bytes: [UInt8]) -> Bool {
    let name = [0] + Array(symbol.utf8) + [0]
    return bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      while start + name.count <= bytes.count {
        if bytes[start + 2] == name[2], bytes[start..<start + name.count].elementsEqual(name) { return true }
        start += 1
      }
      return false
    }
  }

  private static var thisMachine: UInt64 {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #elseif arch(riscv64)
      243
    #else
      0
    #endif
  }
}
