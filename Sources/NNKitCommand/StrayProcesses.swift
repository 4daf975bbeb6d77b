import Glibc
import NNKit

/// Processes that a child has left behind, in whatever group or session they are.
struct StrayProcesses {
  private let known: Set<pid_t>

  /// From now on, until `end`, processes whose parent ends become children of this one.
  init() {
    OrphanAdoption.begin()
    known = Self.hasChildren ? Self.children() : []
  }

  /// Ends those that have come since, and those that they started.
  ///
  /// - Returns: Whether there were any.
  func end() -> Bool {
    defer { OrphanAdoption.end() }
    var wereAny = false
    while Self.hasChildren {
      let strays = Self.children().subtracting(known)
      if strays.isEmpty { break }
      wereAny = true
      for stray in strays {
        kill(stray, SIGKILL)
        while waitpid(stray, nil, 0) < 0 && errno == EINTR {}
      }
    }
    return wereAny
  }

  private static var hasChildren: Bool {
    var information = siginfo_t()
    return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0
  }

  private static func children() -> Set<pid_t> {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var children: Set<pid_t> = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if let process = pid_t(name), parent(of: process) == getpid() { children.insert(process) }
    }
    return children
  }

  private static func parent(of process: pid_t) -> pid_t? {
    guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = fread(&bytes, 1, bytes.count, file)
    // "pid (name) state parent …", and a name may hold anything.
    guard let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: bytes[(end + 1)..<count], as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? pid_t(fields[1]) : nil
  }
}
