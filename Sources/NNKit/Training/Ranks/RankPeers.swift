internal import CNNKitSystem

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Which processes the ranks are, and which of them run on this machine: of those it can be seen whether they are alive.
struct RankPeers {
  /// What a rank says of itself, numbers that double precision holds exactly.
  static var own: [Double] {
    let machine = hash((text("/proc/sys/kernel/random/boot_id") + link("/proc/self/ns/pid")).utf8)
    var processors = [UInt8](repeating: 0, count: 1024)
    nnk_processors(&processors, processors.count)
    // Ranks in different network namespaces are as on different hosts, but for what can be seen of their processes.
    let names = ["pid", "net"].map { link("/proc/self/ns/\($0)") }
    let host = hash((text("/proc/sys/kernel/random/boot_id") + names.joined()).utf8)
    return [machine, hash(processors), Double(getpid()), host]
  }

  private let machines: [Double]
  private let processors: [Double]
  private let processes: [Int32]
  private let hosts: [Double]
  private let rank: Int

  /// - Parameters:
  ///   - all: What each rank says of itself.
  ///   - rank: This one.
  init(_ all: [[Double]], rank: Int) {
    machines = all.map { $0[0] }
    processors = all.map { $0[1] }
    processes = all.map { Int32($0[2]) }
    hosts = all.map { $0[3] }
    self.rank = rank
  }

  /// How many ranks share the processors on which this one may run, itself included.
  var sharers: Int {
    machines.indices.count { machines[$0] == machines[rank] && processors[$0] == processors[rank] }
  }

  /// Whether all ranks are on one machine, where they can share memory.
  var areOnOneMachine: Bool { hosts.allSatisfy { $0 == hosts[0] } }

  enum State { case ended, stopped }

  typealias Missing = (rank: Int, process: Int32, state: State)

  /// The ranks on this machine that do not run.
  var missing: [Missing] {
    machines.indices.compactMap { other in
      guard other != rank, machines[other] == machines[rank] else { return nil }
      let process = processes[other]
      if kill(process, 0) != 0, errno == ESRCH { return (other, process, .ended) }
      // PID (name) STATE …
      let words = Self.text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ")
      switch words?.first {
      case "Z"?, "X"?: return (other, process, .ended)
      case "T"?, "t"?: return (other, process, .stopped)
      default: return nil
      }
    }
  }

  /// 52 bits that follow from some bytes (FNV-1a).
  private static func hash(_ bytes: some Sequence<UInt8>) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Double(hash >> 12)
  }

  private static func text(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private static func link(_ path: String) -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
