import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("runs that are left and resumed")
struct CheckpointTests {
  @Test("a signal ends a run after its batch, with a checkpoint and the code that shells expect", arguments: [2, 15])
  func signals(_ signal: Int32) throws {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.0001}")
    let reference = try run.reference()
    let process = try run.start("run")
    try run.awaitCheckpoint("run", process)
    process.send(signal)
    try #require(process.wait() == 128 + signal)
    #expect(run.checkpoints("run").count == 2 || run.checkpoints("run").count == 1)
    #expect(!run.folder.exists("run/model.safetensors") && !run.folder.exists("run/summary.json"))
    let resumed = try Command("run", "--resume", run.folder.path("run"))
    try #require(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("resumed after"))
    #expect(try run.folder.bytes("run/model.safetensors") == reference)
    #expect(try run.folder.read("run/metrics.jsonl").split(separator: "\n").count == 6)
    let summary = try JSON(run.folder.read("run/summary.json"))
    #expect(summary["ending"].text == "completed" && summary["epochs"].number == 6)
  }

  @Test("an interrupted run says how it goes on, in words that a shell takes, with the plugins it had")
  func goingOn() throws {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.0001}")
    let process = try run.start(
      "it's my run", ["--plugin-path", run.folder.path], errors: .file(run.folder.path("errors")))
    try run.awaitCheckpoint("it's my run", process)
    process.send(SIGINT)
    process.wait()
    let words = try run.folder.read("errors").components(separatedBy: "to continue: nnkit ")
    try #require(words.count == 2 && words[1].contains("--plugin-path \(run.folder.path)"), "\(words)")
    let program = try Checkout.nnkit
    let line = try #require(words[1].split(separator: "\n").first)
    let resumed = try Command(program: "/bin/sh", ["-c", "\(program) \(line)"])
    #expect(resumed.code == 0 && run.folder.exists("it's my run/model.safetensors"), "\(resumed.errors)")
  }

  @Test("a signal comes through without any checkpoint being due, and a run without one begins again")
  func withoutCheckpoint() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1000}")
    let reference = try run.reference()
    // That of its end alone.
    #expect(run.checkpoints("reference").count == 1)
    let process = try run.start("run")
    while process.isRunning && !run.folder.exists("run") { usleep(500) }
    process.send(SIGKILL)
    process.wait()
    try run.expectSoundFiles("run")
    let resumed = try Command("run", "--resume", run.folder.path("run"), "--quiet")
    try #require(resumed.code == 0, "\(resumed.errors)")
    #expect(try run.folder.bytes("run/model.safetensors") == reference)
  }

  @Test("the last two checkpoints are kept; each leads to the same model")
  func lastTwo() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 2}")
    let reference = try run.reference()
    let names = run.checkpoints("reference")
    #expect(names.count == 2)
    for name in names {
      let copy = name.replacingOccurrences(of: "/", with: "-")
      try FileManager.default.copyItem(atPath: run.folder.path("reference"), toPath: run.folder.path(copy))
      for other in names where other != name {
        try FileManager.default.removeItem(
          atPath: run.folder.path(other.replacingOccurrences(of: "reference/", with: "\(copy)/")))
      }
      for end in ["model.safetensors", "summary.json"] {
        try FileManager.default.removeItem(atPath: run.folder.path("\(copy)/\(end)"))
      }
      let resumed = try Command("run", "--resume", run.folder.path(copy), "--quiet")
      try #require(resumed.code == 0, "\(resumed.errors)")
      #expect(try run.folder.bytes("\(copy)/model.safetensors") == reference)
    }
  }

  @Test("of a finished run resume says so; what it cannot do is wrong usage")
  func finished() throws {
    let run = try InterruptedRun(checkpoint: "automatic")
    _ = try run.reference()
    let command = try Command("run", "--resume", run.folder.path("reference"))
    #expect(command.code == 0 && command.output.contains("is finished"))
    #expect(try run.folder.read("reference/config.yaml").contains("checkpoint: automatic"))
    try Command("run", "--resume", run.folder.path("reference"), "--set", "seed=1").expectFailure(["--set"], code: 2)
    try Command("run", "--resume", run.folder.path("reference"), run.config).expectFailure(["--resume"], code: 2)
    try Command("run").expectFailure(["--resume"], code: 2)
    try Command("run", "--resume", run.folder.path).expectFailure(["is not a run folder"])
    for rule in ["often", "{}", "{epochs: 0}", "{seconds: 0}", "{seconds: -1}", "{hours: 1}"] {
      let wrong = try InterruptedRun(checkpoint: rule)
      try Command("check", wrong.config).expectFailure(["interrupted.yaml:11:", "training.checkpoint"])
    }
  }

  @Test("a run that another process is at is left alone")
  func lock() throws {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.0001}", "  shuffle: false")
    let process = try run.start("run")
    try run.awaitCheckpoint("run", process)
    process.send(SIGSTOP)
    try Command("run", "--resume", run.folder.path("run")).expectFailure(["another process"])
    process.send(SIGKILL)
    process.wait()
    #expect(try Command("run", "--resume", run.folder.path("run"), "--quiet").code == 0)
  }

  @Test("a damaged checkpoint is refused with its reason, and the one before it used")
  func damage() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 2}")
    let reference = try run.reference()
    let newest = try #require(run.checkpoints("reference").last)
    let sound = [UInt8](try run.folder.bytes(newest))
    func number(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) } }
    var flipped = sound
    flipped[sound.count - 100] ^= 0x10
    let damages: [(bytes: [UInt8], reason: String)] = [
      (flipped, "checksum"), (Array(sound.dropLast(10)), "truncated"), (Array(sound.prefix(20)), "truncated"),
      ([], "0 bytes"),
      (number(1 << 63 - 1) + sound[8...], "header claims"), (number(.max) + sound[8...], "header claims"),
      (try [UInt8](run.folder.bytes("reference/model.safetensors")), "is not a checkpoint of a run"),
    ]
    for (index, damage) in damages.enumerated() {
      let name = "damaged-\(index)"
      try FileManager.default.copyItem(atPath: run.folder.path("reference"), toPath: run.folder.path(name))
      try FileManager.default.removeItem(atPath: run.folder.path("\(name)/summary.json"))
      try FileManager.default.removeItem(atPath: run.folder.path("\(name)/model.safetensors"))
      try run.folder.write(damage.bytes, to: newest.replacingOccurrences(of: "reference", with: name))
      let resumed = try Command("run", "--resume", run.folder.path(name))
      try #require(resumed.code == 0, "\(resumed.errors)")
      #expect(resumed.output.contains(damage.reason) && resumed.output.contains("this checkpoint is not used"))
      #expect(resumed.output.contains("resumed after 4 epochs"), "\(resumed.output)")
      #expect(try run.folder.bytes("\(name)/model.safetensors") == reference)
    }
  }

  @Test(
    "a disk that is full at any write is a clear error, and what was good stays so",
    .disabled(if: Sanitizer.isOfThreads, "it keeps what it knows in a file, which may not grow either"),
    arguments: [1, 2, 3, 4, 6, 12, 22, 30])
  func fullDisk(_ blocks: Int) throws {
    // Files may not grow beyond so many blocks of 512 bytes.
    let run = try InterruptedRun(checkpoint: "{epochs: 1}")
    let program = try Checkout.nnkit
    let limited = try Command(
      program: "/bin/sh",
      [
        "-c", "ulimit -f \(blocks); exec \"$@\"", "sh", program, "run", run.config, "--quiet", "--set", "report=false",
        "--output", run.folder.path("run"),
      ])
    if limited.code != 0 { limited.expectFailure(["cannot be written: File too large"]) }
    #expect(blocks < 20 ? limited.code == 1 : blocks < 30 || limited.code == 0)
    try run.expectSoundFiles("run")
    let names = try FileManager.default.contentsOfDirectory(atPath: run.folder.path)
    #expect(!names.contains { $0.contains(".tmp-") })
    let again = try run.start("run")
    try #require(again.wait() == 0)
    #expect(try run.folder.bytes("run/model.safetensors") == run.reference())
  }

  @Test(
    "where the disk is full at the report, all else is there; resume writes it, once there is room",
    .disabled(if: Sanitizer.isOfThreads, "it keeps what it knows in a file, which may not grow either"))
  func fullDiskAtReport() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1}")
    let program = try Checkout.nnkit
    // Of all files the report alone is larger than 32 KiB.
    let limited = try Command(
      program: "/bin/sh",
      [
        "-c", "ulimit -f 64; exec \"$@\"", "sh", program, "run", run.config, "--quiet", "--output",
        run.folder.path("run"),
      ])
    limited.expectFailure(["report.html: cannot be written: File too large", "--resume \(run.folder.path("run"))"])
    #expect(run.folder.exists("run/summary.json") && !run.folder.exists("run/report.html"))
    let resumed = try Command("run", "--resume", run.folder.path("run"))
    #expect(resumed.code == 0 && resumed.output.contains("report.html was missing"), "\(resumed.errors)")
    let report = try run.folder.bytes("run/report.html")
    try #require(try Command("report", run.folder.path("run")).code == 0)
    #expect(try run.folder.bytes("run/report.html") == report)
    #expect(try run.folder.bytes("run/model.safetensors") == run.reference())
    // Where none is wanted, none is missing.
    try FileManager.default.removeItem(atPath: run.folder.path("run/report.html"))
    let config = try run.folder.read("run/config.yaml").replacingOccurrences(of: "report: true", with: "report: false")
    try run.folder.write(config, to: "run/config.yaml")
    let silent = try Command("run", "--resume", run.folder.path("run"))
    #expect(silent.code == 0 && !silent.output.contains("missing") && !run.folder.exists("run/report.html"))
  }
}
