internal import CNNKitSystem

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Memory that the ranks of one machine share: each has a file that lies in no folder, and all read those of the others.
///
/// What a rank already has in memory stays at its address, only the pages there become those of its file. So the others read
/// it without a copy. Of what all ranks have alike, one copy may do: then these pages are those of the first rank's file.
final class SharedMemory {
  /// A piece of a rank's own memory, of whole pages.
  struct Piece {
    let base: UnsafeMutableRawPointer
    let bytes: Int
    /// Whether the ranks, which all have the same there, are to have one copy of it.
    let isCommon: Bool
    /// Where it begins in the file.
    fileprivate(set) var offset = 0

    init(_ base: UnsafeMutableRawPointer, bytes: Int, isCommon: Bool = false) {
      (self.base, self.bytes, self.isCommon) = (base, bytes, isCommon)
    }

    fileprivate var wholeBytes: Int { SharedMemory.whole(bytes) }
  }

  private let ranks: Ranks
  private let file: Int32
  /// This rank's pieces, in the order in which they were given.
  let pieces: [Piece]
  /// Those whose pages are a file's.
  private var shared: [Piece] = []
  /// The files of all ranks.
  private var maps: [UnsafeMutableRawPointer] = []
  private let bytes: Int
  private static let gateBytes = 256

  /// Shares memory with all other ranks, which all call this; nil, on all of them, where they cannot share memory.
  ///
  /// - Parameters:
  ///   - ranks: All of them.
  ///   - own: This rank's memory; the other ranks' pieces have the same sizes.
  ///   - room: How many bytes each rank's file has besides, at first 0, from `roomOffset`.
  /// - Throws: `RanksError`, `CommunicatorFailure`.
  init?(_ ranks: Ranks, own: [Piece], room: Int) throws {
    guard ranks.areOnOneMachine else { return nil }
    self.ranks = ranks
    var offset = Self.roomOffset + Self.whole(room)
    pieces = own.map { piece in
      defer { offset += piece.wholeBytes }
      var piece = piece
      piece.offset = offset
      return piece
    }
    bytes = offset
    file = ranks.sharesMemory ? nnk_memory_file() : -1
    var isReady = file >= 0 && nnk_extend_file(file, bytes) == 0
    for piece in pieces where isReady && (ranks.rank == 0 || !piece.isCommon) {
      isReady = nnk_share_pages(piece.base, piece.wholeBytes, file, piece.offset) == 0
      if isReady { shared.append(piece) }
    }
    let all = try ranks.gather([isReady ? 1 : 0, Double(getpid()), Double(file), Double(bytes)])
    if all.allSatisfy({ $0[0] == 1 && $0[3] == Double(bytes) }) {
      isReady = map(all.map { "/proc/\(Int($0[1]))/fd/\(Int($0[2]))" })
    }
    guard try ranks.sum([isReady && maps.count == ranks.count ? 0 : 1])[0] == 0 else { return nil }
  }

  /// Maps the files of all ranks, and the first one's in place of what is common; false where that fails.
  private func map(_ paths: [String]) -> Bool {
    for path in paths {
      guard let map = nnk_map_file(path, bytes) else { return false }
      maps.append(map)
    }
    for piece in pieces where ranks.rank > 0 && piece.isCommon {
      guard nnk_map_pages(piece.base, piece.wholeBytes, paths[0], piece.offset) == 0 else { return false }
      shared.append(piece)
    }
    return true
  }

  deinit {
    // Where that fails for want of memory, the pages stay those of the file.
    for piece in shared { _ = nnk_unshare_pages(piece.base, piece.wholeBytes) }
    for map in maps { nnk_unmap_file(map, bytes) }
    if file >= 0 { close(file) }
  }

  /// Where the room of each rank's file begins, after the gate.
  static var roomOffset: Int { whole(gateBytes) }

  static func whole(_ bytes: Int) -> Int {
    let page = MatrixStorage<Float>.page
    return (bytes + page - 1) / page * page
  }

  /// What stands in a rank's file from a place on.
  func numbers<Number>(_: Number.Type, of rank: Int, at offset: Int) -> UnsafeMutablePointer<Number> {
    (maps[rank] + offset).assumingMemoryBound(to: Number.self)
  }

  /// Waits until all ranks are here; what each has written before, all see afterwards.
  ///
  /// - Throws: `RanksError` if one has ended or does not come in time.
  func meet() throws {
    let turn = nnk_gate_arrive(maps[0], UInt32(ranks.count))
    if nnk_gate_wait(maps[0], turn, 0) != 0 { return }
    try ranks.wait { nnk_gate_wait(maps[0], turn, $0) != 0 }
  }
}
