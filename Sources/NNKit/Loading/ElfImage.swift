/// Looks at a shared library as a file, before the dynamic loader sees it.
///
/// The loader maps a truncated library and dies of SIGBUS inside `dlopen`; and opening a library runs its constructors.
/// So a file is opened only if it is whole, built for this machine, and mentions the entry symbol.
/// Layout: System V ABI, "ELF-64 Object File Format", version 1.5.
package enum ElfImage {
  /// Why the file at `path` cannot be opened as a plugin, or nil if it can.
  static func problem(ofFileAt path: String) -> PluginError.Problem? {
    do throws(FileError) {
      return problem(in: try WholeFile.read(path))
    } catch {
      return .unreadable(error.reason)
    }
  }

  package static func problem(in bytes: [UInt8]) -> PluginError.Problem? {
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

  /// Which libraries a library has the loader look for, and in which folders before all others, as it is written there.
  package struct Needs: Equatable {
    package fileprivate(set) var names: [String] = []
    package fileprivate(set) var folders: [String] = []
  }

  /// Reads the dynamic section; what does not lie within the file is taken as not there.
  package static func needs(of bytes: [UInt8]) -> Needs {
    func number(_ offset: Int, _ size: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - size else { return nil }
      return Int(exactly: (0..<size).reduce(0 as UInt64) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) })
    }
    func text(_ offset: Int) -> String? {
      guard 0..<bytes.count ~= offset, let end = bytes[offset...].firstIndex(of: 0) else { return nil }
      return String(decoding: bytes[offset..<end], as: UTF8.self)
    }
    guard let start = number(32, 8), let size = number(54, 2), let count = number(56, 2), start <= bytes.count else {
      return Needs()
    }
    // Program headers: type, where in the file, where in memory, how many bytes of the file.
    let segments = (0..<count).compactMap { index -> (type: Int, offset: Int, address: Int, length: Int)? in
      let header = start + index * size
      guard let type = number(header, 4), let offset = number(header + 8, 8), let address = number(header + 16, 8),
        let length = number(header + 32, 8), offset <= bytes.count, length <= bytes.count
      else { return nil }
      return (type, offset, address, length)
    }
    guard let dynamic = segments.first(where: { $0.type == 2 }) else { return Needs() }
    let entries = (0..<dynamic.length / 16).compactMap { index -> (tag: Int, value: Int)? in
      let place = dynamic.offset + index * 16
      guard let tag = number(place, 8), let value = number(place + 8, 8) else { return nil }
      return (tag, value)
    }.prefix { $0.tag != 0 }
    guard let table = entries.first(where: { $0.tag == 5 })?.value,
      let segment = segments.first(where: { $0.type == 1 && table >= $0.address && table - $0.address < $0.length })
    else { return Needs() }
    let strings = segment.offset + (table - segment.address)
    func texts(_ tag: Int) -> [String] {
      entries.filter { $0.tag == tag && $0.value <= bytes.count }.compactMap { text(strings + $0.value) }
    }
    // DT_NEEDED; DT_RUNPATH, and DT_RPATH where that is not there.
    let paths = texts(29).isEmpty ? texts(15) : texts(29)
    return Needs(names: texts(1), folders: paths.flatMap { $0.split(separator: ":").map(String.init) })
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
