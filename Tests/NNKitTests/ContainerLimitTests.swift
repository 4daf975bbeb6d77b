import CNNKitSystem
import Foundation
import Testing

/// Folders as Linux shows them in containers stand for the machine's (cgroups(7)).
@Suite("The limits of a container")
struct ContainerLimitTests {
  /// The machine without any limit, as the other figures are compared with it.
  private static let processors = nnk_processor_count("/there-is-no-such-folder")
  private static let memory = nnk_memory("/there-is-no-such-folder")

  /// What a function says of a machine with these files.
  private static func ask<Result>(_ limit: (String) -> Result, _ files: [String: String]) throws -> Result {
    let root = try TemporaryFolder()
    for (path, text) in files {
      let file = root.file(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return withExtendedLifetime(root) { limit(root.path) }
  }

  private static func quota(_ files: [String: String]) throws -> Double { try ask({ nnk_processor_quota($0) }, files) }

  private static func memory(_ files: [String: String]) throws -> UInt64 { try ask({ nnk_memory($0) }, files) }

  @Test("there are as many processors as the system says, and at least one")
  func unlimited() {
    #expect((1...ProcessInfo.processInfo.processorCount).contains(Self.processors))
    #expect(nnk_processor_count("") <= Self.processors)
  }

  @Test(
    "a group's share of time counts as that many processors, rounded, and as one at least",
    arguments: [
      ("200000 100000", 2), ("150000 100000", 1.5), ("140000 100000", 1.4), ("100000 100000", 1), ("5000 100000", 0.05),
      ("50000 25000", 2), ("6400000 100000", 64), ("max 100000", .infinity), ("", .infinity), ("none", .infinity),
      ("100000", .infinity), ("100000 0", .infinity),
    ])
  func quota(_ text: String, _ processors: Double) throws {
    let files = ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": text + "\n"]
    #expect(try Self.quota(files) == processors)
    let whole = max(1, min(processors, 1e6).rounded())
    #expect(try Self.ask({ nnk_processor_count($0) }, files) == min(Int(whole), Self.processors))
  }

  @Test(
    "version 1 says the same in two files, and names the controller in a list",
    arguments: ["cpu", "cpu,cpuacct", "cpuset,cpu", "cpuacct,cpu,cpuset"])
  func first(_ list: String) throws {
    let groups = "5:cpuset:/\n4:\(list):/jobs/one\n0::/\n"
    let files = [
      "proc/self/cgroup": groups, "sys/fs/cgroup/cpu/jobs/one/cpu.cfs_quota_us": "100000\n",
      "sys/fs/cgroup/cpu/jobs/one/cpu.cfs_period_us": "100000\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ]
    #expect(try Self.quota(files) == 1)
    let others = files.merging(["proc/self/cgroup": "3:cpuset:/jobs/one\n2:cpuacct:/jobs/one\n"]) { $1 }
    #expect(try Self.quota(others) == .infinity)
  }

  @Test("the least of a group and of those that it is part of counts, whether or not their folders can be seen")
  func groups() throws {
    let groups = ["proc/self/cgroup": "0::/outer/inner\n"]
    for folder in ["", "/outer", "/outer/inner"] {
      let limit = ["sys/fs/cgroup\(folder)/cpu.max": "100000 100000\n", "sys/fs/cgroup\(folder)/memory.max": "4096\n"]
      let files = groups.merging(limit) { $1 }
      #expect(try Self.quota(files) == 1)
      #expect(try Self.memory(files) == 4096)
    }
    let several = [
      "sys/fs/cgroup/outer/memory.max": "8192\n", "sys/fs/cgroup/outer/inner/memory.max": "max\n",
      "sys/fs/cgroup/memory.max": "16384\n",
    ]
    #expect(try Self.memory(groups.merging(several) { $1 }) == 8192)
  }

  @Test("without a limit of a group, the memory is what the process can have")
  func memory() throws {
    let none = ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"]
    #expect(try Self.memory(none) == Self.memory)
    let first = [
      "proc/self/cgroup": "7:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ]
    #expect(try Self.memory(first) == Self.memory)
    let limited = first.merging(["sys/fs/cgroup/memory/memory.limit_in_bytes": "1048576\n"]) { $1 }
    #expect(try Self.memory(limited) == 1_048_576)
  }
}
