import CZlib
import NNKit

/// What a checkpoint belongs to: a training continues only with the configuration and the samples that it began with.
struct RunIdentity: Codable, Equatable {
  /// All that decides how the training goes, beside the samples.
  private let configuration: String
  /// Of each set's inputs and targets, by the names that a configuration gives the sets.
  private let checksums: [String: UInt32]
  /// Where the samples come from and how they are prepared; absent in checkpoints of earlier versions.
  private let data: String?
  /// How the training changes its images; nil where it does not.
  private let augmentation: String?

  init<Scalar: NetworkScalar>(_ configuration: Configuration, _ data: DataSets<Scalar>) throws {
    self.configuration = try configuration.decisive()
    self.data = try configuration.dataText()
    augmentation = try configuration.augmentText()
    let sets = [("train", data.train), ("validation", data.validation), ("test", data.test)]
    checksums = Dictionary(
      uniqueKeysWithValues: sets.compactMap { name, samples in
        samples.map { samples in
          if name == "train", let all = data.trainChecksum { return (name, all) }
          var checksum: UInt32 = 0
          samples.source.forEachBlock { rows, _ in checksum = rows.checksum(after: checksum) }
          checksum = samples.targets.checksum(after: checksum)
          // Samples that all count alike have the checksum that they had before there were weights.
          return (name, samples.weights.map { Matrix(row: $0).checksum(after: checksum) } ?? checksum)
        }
      })
  }

  /// What ranks that train together have in common, each with a number that follows from it.
  var digests: [(what: String, digest: UInt64)] {
    [("the configuration", digest(of: configuration.utf8))]
      + ["train", "validation", "test"].map { set in
        ("the \(set == "train" ? "training" : set) samples", checksums[set].map { UInt64($0) + 1 } ?? 0)
      }
  }

  /// The same samples with another configuration.
  init(_ configuration: Configuration, samplesOf other: RunIdentity) throws {
    self.configuration = try configuration.decisive()
    data = try configuration.dataText()
    augmentation = try configuration.augmentText()
    checksums = other.checksums
  }

  /// The configuration as this version writes it, with the keys and the defaults that came since.
  private var presentConfiguration: String {
    let data = self.data ?? "data: {train: {inline: [{input: [0], target: [0]}]}}\n"
    let read = try? Configuration(configuration + data, file: "/checkpoint/config.yaml", isOfRun: true)
    return (try? read?.decisive()) ?? configuration
  }

  /// Whether it is the same run, by whichever versions both were written.
  static func == (left: RunIdentity, right: RunIdentity) -> Bool {
    left.presentConfiguration == right.presentConfiguration && left.checksums == right.checksums
      && left.data == right.data
  }

  /// Refuses a run that is another one now than it was when its checkpoint `path` was written.
  ///
  /// - Throws: `ChangedRun`.
  func check(asIn former: RunIdentity, _ path: String) throws {
    if let change = Self.change(from: former.presentConfiguration, to: configuration) {
      throw ChangedRun(path: path, reason: "the run's configuration has changed since: \(change)")
    }
    if let change = Self.change(from: former.augmentation ?? "", to: augmentation ?? "") {
      throw ChangedRun(path: path, reason: "the run's configuration has changed since: \(change)")
    }
    let names = checksums.keys.sorted().filter { former.checksums[$0] != checksums[$0] }
    if checksums != former.checksums {
      throw ChangedRun(
        path: path, reason: "the run's data have changed since: \(names.joined(separator: ", "))",
        advice: names == ["train", "validation"] ? Self.otherShare(path) : "")
    }
  }

  /// Why both sets may differ although no file does.
  private static func otherShare(_ path: String) -> String {
    ". If no file has changed, and a share of the samples is held out for validation, an earlier nnkit began this run: it"
      + " drew that share whatever the classes, so the same share has other samples now. That nnkit can continue it; this"
      + " one can begin a run with its weights, `network: {from: \"\(path)\"}`"
  }

  /// What a configuration says otherwise now than when the run was trained; nil where that makes no other run of it.
  ///
  /// The samples are not read for this, so files may lie elsewhere now.
  func change(to configuration: Configuration) throws -> String? {
    if let change = Self.change(from: presentConfiguration, to: try configuration.decisive()) { return change }
    return try data.flatMap { Self.change(from: $0, to: try configuration.dataText(), leavingOut: Self.places) }
  }

  private static let places = ["path:", "images:", "labels:", "inputs:", "targets:"]

  /// The first line that differs.
  private static func change(from then: String, to now: String, leavingOut beginnings: [String] = []) -> String? {
    func lines(_ text: String) -> [String] {
      text.split(separator: "\n").map { String($0.trimmingPrefix { $0 == " " }) }.filter { line in
        !beginnings.contains(where: line.hasPrefix)
      }
    }
    let (then, now) = (lines(then), lines(now))
    if then == now { return nil }
    let place = zip(then, now).enumerated().first { $1.0 != $1.1 }?.offset ?? min(then.count, now.count)
    func line(_ lines: [String]) -> String { place < lines.count ? "`\(lines[place])`" : "nothing more" }
    return "then \(line(then)), now \(line(now))"
  }
}

/// A run that cannot continue from its checkpoints, since its result would be another one.
struct ChangedRun: Error, CustomStringConvertible {
  /// The checkpoint.
  let path: String
  let reason: String
  var advice = ""

  var description: String {
    "\(path): \(reason); bring that back to continue, or begin a new run (nothing in this one has been touched)\(advice)"
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
