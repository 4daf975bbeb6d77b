import CZlib

/// The files in a zip archive (https://pkware.com/appnote), as NumPy's `savez` writes them: stored, or packed with deflate.
struct ZipArchive {
  private struct Entry {
    let method: Int
    let packedSize, size: Int
    let checksum: UInt32
    /// Where its local header begins.
    let offset: Int
  }

  let file: MappedFile
  private var entries: [String: Entry] = [:]

  /// The names of its files, sorted.
  var names: [String] { entries.keys.sorted() }

  /// - Throws: `DataError` if it is no archive, or not a sound one.
  init(path: String) throws {
    file = try MappedFile(path: path)
    let end = try endRecord()
    let (count, size, offset) = (try number(end + 10, 2), try number(end + 12, 4), try number(end + 16, 4))
    guard count != 0xFFFF, offset != 0xFFFF_FFFF else { throw fault("it has more entries than nnkit reads") }
    guard offset + size <= end else { throw fault("its directory lies outside of it; it may be truncated") }
    var place = offset
    for _ in 0..<count { place = try readEntry(at: place, end: end) }
  }

  private func fault(_ what: String) -> DataError {
    DataError("is not a sound .npz archive: \(what)", file: file.path)
  }

  /// The unsigned number in some bytes.
  private func number(_ offset: Int, _ count: Int) throws -> Int {
    guard offset >= 0, offset <= file.bytes.count - count else { throw fault("it ends at byte \(file.bytes.count)") }
    let value = (0..<count).reduce(UInt64(0)) { $0 | UInt64(file.bytes[offset + $1]) << (8 * $1) }
    guard value <= UInt64(Int.max / 4) else { throw fault("a size in it is impossible") }
    return Int(value)
  }

  /// Where the record lies that ends an archive; behind it there may be a comment.
  private func endRecord() throws -> Int {
    let bytes = file.bytes
    for place in stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 65_535), by: -1)
    where bytes.count >= 22 && bytes[place..<place + 4].elementsEqual([0x50, 0x4B, 5, 6]) {
      return place
    }
    throw fault("it does not end as a zip archive does; it may be truncated")
  }

  private mutating func readEntry(at place: Int, end: Int) throws -> Int {
    guard try number(place, 4) == 0x0201_4B50 else { throw fault("an entry of its directory is damaged") }
    let (nameLength, extraLength) = (try number(place + 28, 2), try number(place + 30, 2))
    let next = place + 46 + nameLength + extraLength + (try number(place + 32, 2))
    guard next <= end else { throw fault("an entry of its directory is damaged") }
    let name = String(decoding: file.bytes[place + 46..<place + 46 + nameLength], as: UTF8.self)
    guard try number(place + 8, 2) & 1 == 0 else { throw fault("\(shown(name)) is encrypted") }
    var sizes = [try number(place + 24, 4), try number(place + 20, 4), try number(place + 42, 4)]
    // What does not fit into four bytes stands in an additional field, in this order.
    var extra = place + 46 + nameLength
    while extra + 4 <= place + 46 + nameLength + extraLength {
      let (kind, length) = (try number(extra, 2), try number(extra + 2, 2))
      var value = extra + 4
      for index in sizes.indices where kind == 1 && sizes[index] == 0xFFFF_FFFF && value + 8 <= extra + 4 + length {
        sizes[index] = try number(value, 8)
        value += 8
      }
      extra += 4 + length
    }
    entries[name] = Entry(
      method: try number(place + 10, 2), packedSize: sizes[1], size: sizes[0],
      checksum: UInt32(try number(place + 16, 4)), offset: sizes[2])
    return next
  }

  /// The array that is called `name`, with or without `.npy` behind it.
  ///
  /// - Throws: `DataError` if there is none, or if it is damaged.
  func array(_ name: String) throws -> NPYArray {
    guard let entry = entries[name + ".npy"] ?? entries[name] else {
      let known = names.map { $0.hasSuffix(".npy") ? String($0.dropLast(4)) : $0 }
      throw DataError(
        "has no array \(shown(name)); it has \(listed(known))\(suggestion(for: name, among: known))", file: file.path)
    }
    let place = "\(file.path):\(name)"
    guard try number(entry.offset, 4) == 0x0403_4B50 else {
      throw fault("\(shown(name)) does not begin where it should")
    }
    let start = entry.offset + 30 + (try number(entry.offset + 26, 2)) + (try number(entry.offset + 28, 2))
    guard start <= file.bytes.count, entry.packedSize <= file.bytes.count - start else {
      throw fault("\(shown(name)) reaches beyond its end; it may be truncated")
    }
    let packed = UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + entry.packedSize])
    switch entry.method {
    case 0:
      guard entry.size == entry.packedSize else { throw fault("the sizes of \(shown(name)) contradict each other") }
      try check(packed, entry, name)
      return try NPYArray(packed, owner: file, place: place)
    case 8:
      let bytes = try unpacked(packed, entry, name)
      try check(bytes.bytes, entry, name)
      return try NPYArray(bytes.bytes, owner: bytes, place: place)
    default: throw fault("\(shown(name)) is packed by the method \(entry.method), expected 0 or 8 (deflate)")
    }
  }

  private func check(_ bytes: UnsafeRawBufferPointer, _ entry: Entry, _ name: String) throws {
    guard
      UInt32(truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
        == entry.checksum
    else { throw fault("the bytes of \(shown(name)) do not give its checksum; copy the file again") }
  }

  /// Memory of a given size.
  private final class Buffer {
    let bytes: UnsafeRawBufferPointer
    let memory: UnsafeMutableRawBufferPointer
    init(_ count: Int) {
      memory = .allocate(byteCount: count, alignment: 8)
      bytes = UnsafeRawBufferPointer(memory)
    }
    deinit { memory.deallocate() }
  }

  /// Unpacks into as much memory as the entry promises, and deflate could fill.
  private func unpacked(_ packed: UnsafeRawBufferPointer, _ entry: Entry, _ name: String) throws -> Buffer {
    let damaged = fault("the packed data of \(shown(name)) are damaged; copy the file again")
    // Deflate packs at most 1032 bytes into one.
    guard entry.size / 1032 <= entry.packedSize else { throw damaged }
    guard entry.size < 1 << 32, packed.count < 1 << 32 else {
      throw fault("\(shown(name)) is larger than 4 GB; store it unpacked")
    }
    let buffer = Buffer(entry.size)
    var stream = z_stream()
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw damaged }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: packed.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(packed.count)
    stream.next_out = buffer.memory.bindMemory(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(entry.size)
    guard inflate(&stream, Z_FINISH) == Z_STREAM_END, stream.avail_out == 0 else { throw damaged }
    return buffer
  }
}
