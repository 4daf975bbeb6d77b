import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Runs that are killed again and again; `make soak` has 200 of them.
@Suite("runs that are killed")
struct SoakTests {
  static let runs = ProcessInfo.processInfo.environment["NNKIT_SOAK_RUNS"].flatMap { Int($0) } ?? 5

  @Test("end with the model of a run that nobody killed, and never leave a file that cannot be read")
  func kills() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1, seconds: 0.0001}")
    let clock = ContinuousClock()
    let start = clock.now
    let reference = try run.reference()
    var whole = (clock.now - start) / .seconds(1)
    var (kills, duringWrites) = (0, 0)
    for number in 0..<Self.runs {
      let name = "run-\(number)"
      var (lives, wasKilled) = (0, false)
      while !run.folder.exists("\(name)/summary.json") {
        let process = try run.start(name)
        // Ever longer, so that each run ends one day.
        usleep(UInt32(Double.random(in: 0...1.2) * whole * (1 + Double(lives) / 10) * 1e6))
        process.send(SIGKILL)
        lives += 1
        if process.wait() == -SIGKILL {
          kills += 1
          wasKilled = true
        } else if !wasKilled {
          // It came to its end before its death: another one in its place, that is killed sooner.
          try FileManager.default.removeItem(atPath: run.folder.path(name))
          (whole, lives) = (whole * 0.9, 0)
          continue
        }
        duringWrites += try unfinished(run.folder.path(name))
        try run.expectSoundFiles(name)
      }
      #expect(try run.folder.bytes("\(name)/model.safetensors") == reference, "\(name)")
      let epochs = try run.folder.read("\(name)/metrics.jsonl").split(separator: "\n").map { try JSON(String($0)) }
      #expect(epochs.map { $0["epoch"].number } == (1...6).map(Double.init), "\(name)")
      try FileManager.default.removeItem(atPath: run.folder.path(name))
    }
    print("\(Self.runs) runs, \(kills) kills, \(duringWrites) of them while a file was being written: all models equal")
    #expect(kills >= Self.runs)
  }

  /// How many files were being written when the process died; takes them away.
  private func unfinished(_ folder: String) throws -> Int {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let some = all.filter { $0.contains(".tmp-") }
    for name in some { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    return some.count
  }
}
