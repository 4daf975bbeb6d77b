extension ElfImage {
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
}
