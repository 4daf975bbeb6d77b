import CNNKitSystem
import Glibc
import NNKit
import Synchronization

/// Processes that a child has left behind, in whatever group or session they are.
///
/// They are known by a mark in the environment that the child is given; others are left alone.
///
/// The program nnkit becomes the parent of processes whose own parents end, so that it finds all of them. A program of
/// another kind that uses the checks must not: it would get children of other programs, for which it does not wait. There
/// the mark is looked for in all processes.
struct StrayProcesses {
  /// For the child's environment; its value is another one for each child.
  static let variable = "NNKIT_EXAMINED_BY"
  let mark: String
  private let adopts: Bool
  /// How many of these there are: several threads may run child processes at once.
  private static let count = Mutex((now: 0, ever: 0))

  /// From now on, until `end`, strays can be found.
  ///
  /// - Parameter adopts: Whether processes whose parent ends become children of this one.
  init(adopts: Bool) {
    self.adopts = adopts
    let number = Self.count.withLock { count in
      if adopts && count.now == 0 { nnk_adopt_orphans(1) }
      count = (count.now + (adopts ? 1 : 0), count.ever + 1)
      return count.ever
    }
    mark = "\(getpid())-\(number)-\(ContinuousClock.now)"
  }

  /// Ends those that are there, and those that they started.
  ///
  /// - Returns: Whether there were any.
  func end() -> Bool {
    defer {
      if adopts {
        Self.count.withLock { count in
          count.now -= 1
          if count.now == 0 { nnk_adopt_orphans(0) }
        }
      }
    }
    var wereAny = false
    var patience = 200
    while !adopts || Self.hasChildren {
      let processes = adopts ? Self.children() : Self.processes()
      let strays = processes.filter(isMarked)
      if strays.isEmpty {
        // A process that is just becoming another program shows no mark; it will in a moment.
        guard adopts, patience > 0, processes.contains(where: Self.isBecomingAnother) else { break }
        patience -= 1
        usleep(1000)
        continue
      }
      wereAny = true
      for stray in strays {
        kill(stray, SIGKILL)
        // Another process's child is gone, or a zombie without an environment, soon after the signal.
        if adopts { while waitpid(stray, nil, 0) < 0 && errno == EINTR {} } else { usleep(1000) }
      }
    }
    return wereAny
  }

  private func isMarked(_ process: pid_t) -> Bool {
    guard let bytes = Self.contents(of: "/proc/\(process)/environ", limit: 1 << 21) else { return false }
    return bytes.split(separator: 0).contains { $0.elementsEqual("\(Self.variable)=\(mark)".utf8) }
  }

  /// Whether a process runs but has no environment (yet).
  private static func isBecomingAnother(_ process: pid_t) -> Bool {
    contents(of: "/proc/\(process)/environ", limit: 1)?.isEmpty == true && fields(of: process)?.state != "Z"
  }

  private static var hasChildren: Bool {
    var information = siginfo_t()
    return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0
  }

  private static func processes() -> [pid_t] { (namesOfFiles(in: "/proc") ?? []).compactMap { pid_t($0) } }

  /// As the system lists them for each thread; where it was built without that, found among all processes.
  private static func children() -> [pid_t] {
    let lists = (namesOfFiles(in: "/proc/self/task") ?? []).compactMap {
      contents(of: "/proc/self/task/\($0)/children", limit: 1 << 16)
    }
    if lists.isEmpty { return processes().filter { fields(of: $0)?.parent == getpid() } }
    return lists.flatMap { $0.split(separator: UInt8(ascii: " ")).compactMap(number) }
  }

  private static func fields(of process: pid_t) -> (state: Character, parent: pid_t)? {
    // "pid (name) state parent …", and a name may hold anything.
    guard let bytes = contents(of: "/proc/\(process)/stat", limit: 512),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 2)
    guard fields.count > 1, let state = fields[0].first, let parent = number(fields[1]) else { return nil }
    return (Character(UnicodeScalar(state)), parent)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> pid_t? { pid_t(String(decoding: digits, as: UTF8.self)) }

  private static func contents(of path: String, limit: Int) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var (bytes, part) = ([UInt8](), [UInt8](repeating: 0, count: min(limit, 1 << 14)))
    while bytes.count < limit, case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
    return bytes
  }
}
