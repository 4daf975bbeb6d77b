import CZlib
import NNKit

/// What a checkpoint belongs to: a training goes on with the configuration and the samples that it was begun with.
struct RunIdentity: Codable, Equatable {
  /// All that decides how the training goes, beside the samples.
  private let configuration: String
  /// Of each set's inputs and targets, by the names that a configuration gives the sets.
  private let checksums: [String: UInt32]

  init<Scalar: NetworkScalar>(_ configuration: Configuration, _ data: DataSets<Scalar>) throws {
    self.configuration = try configuration.decisive()
    let sets = [("train", data.train), ("validation", data.validation), ("test", data.test)]
    checksums = Dictionary(
      uniqueKeysWithValues: sets.compactMap { name, samples in
        samples.map { (name, $0.targets.checksum(after: $0.inputs.checksum(after: 0))) }
      })
  }

  /// Refuses a run that is another one now than it was when its checkpoint `path` was written.
  ///
  /// - Throws: `ChangedRun`.
  func check(asIn former: RunIdentity, _ path: String) throws {
    if former.configuration != configuration {
      let (then, now) = (former.lines, lines)
      let place = zip(then, now).enumerated().first { $1.0 != $1.1 }?.offset ?? min(then.count, now.count)
      func line(_ lines: [String]) -> String { place < lines.count ? "`\(lines[place])`" : "nothing more" }
      throw ChangedRun(
        path: path, reason: "the run's configuration has changed since: then \(line(then)), now \(line(now))")
    }
    let names = checksums.keys.sorted().filter { former.checksums[$0] != checksums[$0] }
    if checksums != former.checksums {
      throw ChangedRun(path: path, reason: "the run's data have changed since: \(names.joined(separator: ", "))")
    }
  }

  private var lines: [String] {
    configuration.split(separator: "\n").map { String($0.trimmingPrefix { $0 == " " }) }
  }
}

/// A run that cannot go on from its checkpoints, since something else would come of it.
struct ChangedRun: Error, CustomStringConvertible {
  /// The checkpoint.
  let path: String
  let reason: String

  var description: String {
    "\(path): \(reason); bring that back to go on, or begin a new run (nothing in this one has been touched)"
  }
}

extension Matrix {
  /// The CRC-32 of the numbers' bytes, behind bytes that gave `before`.
  fileprivate func checksum(after before: UInt32) -> UInt32 {
    withElements { values in
      let bytes = UnsafeRawBufferPointer(values)
      return UInt32(truncatingIfNeeded: crc32_z(UInt(before), bytes.baseAddress, bytes.count))
    }
  }
}
