internal import CNNKitSystem

/// Who but the owner may write to a file by its access control list (POSIX.1e), beyond what its mode says.
struct AccessList {
  /// Whether the file's own group may: with such a list, its mode shows the most that any entry gives.
  private(set) var groupMayWrite = false
  private(set) var users: [UInt32] = []
  private(set) var groups: [UInt32] = []

  /// nil for a file without such a list.
  init?(ofFileAt path: String) {
    // A version of 4 bytes, then for each entry a tag and its permissions, 2 bytes each, and a user or group, 4 bytes.
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = nnk_access_list(path, &bytes, bytes.count)
    guard count >= 4 else { return nil }
    func number(_ offset: Int, _ size: Int) -> UInt32 {
      (0..<size).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }
    for entry in stride(from: 4, through: count - 8, by: 8) where number(entry + 2, 2) & 2 != 0 {
      switch number(entry, 2) {
      case 0x02: users.append(number(entry + 4, 4))
      case 0x04: groupMayWrite = true
      case 0x08: groups.append(number(entry + 4, 4))
      default: break
      }
    }
  }
}
