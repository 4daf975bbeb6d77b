internal import CNNKitSystem
package import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The folder that a run leaves: what it did, how it went, and the model.
package struct RunFolder {
  /// Absolute.
  package let path: String

  /// The folder's own name.
  package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  package var configuration: String { "\(path)/config.yaml" }
  /// What a command that asks for the run's model reads: `model.safetensors`, or the checkpoint that was named.
  package var model: String { checkpoint ?? "\(path)/model.safetensors" }
  /// Absolute; nil unless a checkpoint was named instead of the folder.
  package let checkpoint: String?
  package var metrics: String { "\(path)/metrics.jsonl" }
  package var summary: String { "\(path)/summary.json" }
  package var checkpoints: String { "\(path)/checkpoints" }
  package var statistics: String { "\(path)/statistics.json" }
  package var report: String { "\(path)/report.html" }

  /// An existing run, by its folder, by its `model.safetensors` or by one of its checkpoints.
  ///
  /// - Throws: `FileError` if there is no folder with a run's configuration in it.
  package init(existing path: String) throws {
    let absolute = absolutePath(path)
    (self.path, checkpoint) = Self.isModel(path) ? Self.parts(ofModel: absolute) : (absolute, nil)
    guard access(configuration, R_OK) == 0 else {
      let place = Self.isModel(path) ? "does not lie in a run folder" : "is not a run folder"
      throw FileError(path, "\(place): \(configuration) cannot be read")
    }
  }

  /// The folder of the run that a model's file belongs to, and the file where it is not the run's last word.
  private static func parts(ofModel file: String) -> (folder: String, checkpoint: String?) {
    let names = file.split(separator: "/", omittingEmptySubsequences: false)
    if names.last == "model.safetensors" { return (names.dropLast().joined(separator: "/"), nil) }
    let depth = names.dropLast().last == "checkpoints" ? 2 : 1
    return (names.dropLast(depth).joined(separator: "/"), file)
  }

  /// The same run by its folder, for what a checkpoint alone is not enough for.
  ///
  /// - Throws: `FileError` if a checkpoint was named.
  package func whole(for purpose: String) throws -> RunFolder {
    guard let checkpoint else { return self }
    throw FileError(checkpoint, "is one checkpoint; \(purpose) needs the run's folder, \(path)")
  }

  /// Whether a path names a run, by its folder or one of its models, and not a configuration.
  package static func isRun(_ path: String) -> Bool {
    isFolder(path) || isModel(path)
  }

  /// Whether a path names a model's file that belongs to no run, whether or not there is such a file.
  package static func isModelAlone(_ path: String, formats: ModelFormats) -> Bool {
    guard !isFolder(path) else { return false }
    return formats.ofOtherTool(path) != nil || isModel(path) && (try? RunFolder(existing: path)) == nil
  }

  private static func isModel(_ path: String) -> Bool { path.hasSuffix(".safetensors") && !isFolder(path) }

  /// Whether a path names a folder.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  static func isFile(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// The text of one of the run's files.
  func text(_ path: String) throws -> String { String(decoding: try WholeFile.read(path), as: UTF8.self) }

  /// Refuses an output folder that exists, before any work is done for it.
  package static func check(output: String) throws {
    if access(output, F_OK) == 0 {
      throw FileError(output, "exists; name a folder that does not, or leave --output out")
    }
  }

  /// A new folder with a configuration in it: `output`, or else the first of `runs/NAME-1`, `-2`, … that does not exist.
  ///
  /// It is made under another name and then renamed, so that a run folder always has its configuration.
  package init(creating output: String?, name: String, configuration: String) throws {
    let path = output.map { absolutePath($0) } ?? absolutePath("runs/\(name)-1")
    try Self.makeParents(of: path)
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let (parent, last) = (path[..<slash], path[slash...].dropFirst())
    let unfinished = "\(parent)/.\(last)\(WholeFile.unfinishedMark)\(getpid())"
    Self.removeUnmade(in: String(parent))
    guard mkdir(unfinished, 0o777) == 0 else { throw FileError.system(path, "be made") }
    checkpoint = nil
    do {
      try WholeFile.write(Array(configuration.utf8), to: "\(unfinished)/config.yaml")
      self.path = try Self.rename(unfinished, output: output == nil ? nil : path, "\(parent)/\(name)")
    } catch {
      unlink("\(unfinished)/config.yaml")
      rmdir(unfinished)
      throw error
    }
  }

  /// Removes what processes left that were killed just before they gave a new folder its name, an hour ago or longer.
  private static func removeUnmade(in parent: String) {
    for name in namesOfFiles(in: parent) ?? [] where name.hasPrefix(".") && name.contains(WholeFile.unfinishedMark) {
      var status = stat()
      guard lstat("\(parent)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
        time(nil) - Int(nnk_modification_time("\(parent)/\(name)") / 1_000_000_000) > 3600
      else { continue }
      let files = (namesOfFiles(in: "\(parent)/\(name)") ?? []).filter { ![".", ".."].contains($0) }
      guard files.allSatisfy({ $0.hasPrefix("config.yaml") }) else { continue }
      for file in files { unlink("\(parent)/\(name)/\(file)") }
      rmdir("\(parent)/\(name)")
    }
  }

  private static func rename(_ unfinished: String, output: String?, _ numbered: String) throws -> String {
    var number = 1
    while true {
      let path = output ?? "\(numbered)-\(number)"
      // An empty folder would be replaced, which a run's never is.
      if access(path, F_OK) == 0 {
        if output != nil { try check(output: path) }
      } else {
        if Glibc.rename(unfinished, path) == 0 { return path }
        guard output == nil, [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) else {
          throw FileError.system(path, "be made")
        }
      }
      number += 1
    }
  }

  static func makeParents(of path: String) throws {
    var end = path.startIndex
    while let slash = path[path.index(after: end)...].firstIndex(of: "/") {
      let parent = String(path[..<slash])
      if mkdir(parent, 0o777) != 0 && errno != EEXIST { throw FileError.system(parent, "be made") }
      end = slash
    }
  }

  package func write(_ text: String, to path: String) throws { try WholeFile.write(Array(text.utf8), to: path) }

  /// Adds an epoch's line to metrics.jsonl, whole or not at all.
  package func append(_ report: EpochReport) throws {
    let line = Array((Self.line(report).text() + "\n").utf8)
    // A folder that came from elsewhere may have a link there, or a pipe without a reader.
    let descriptor = open(metrics, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw FileError.system(metrics, "be written") }
    defer { close(descriptor) }
    let length = lseek(descriptor, 0, SEEK_END)
    let written = Glibc.write(descriptor, line, line.count)
    if written == line.count { return }
    if written >= 0 { errno = ENOSPC }
    let error = FileError.system(metrics, "be written")
    ftruncate(descriptor, length)
    throw FileError(metrics, "\(error.reason); the run can be resumed")
  }

  /// Has metrics.jsonl reach the disk, where it is there.
  func synchronizeMetrics() throws {
    let descriptor = open(metrics, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if descriptor < 0 { return }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError.system(metrics, "be written") }
  }

  /// How far a run has come.
  package enum State {
    case unfinished
    /// It has ended, and its model is sound; with why, where numbers ceased to be finite.
    case finished(failure: String?)
    /// It had ended, but what it wrote is damaged.
    case damaged(String)
  }

  private struct Summary: Decodable {
    let ending: String
    let failure: String?
  }

  /// - Throws: `FileError` if the system does not let it be read.
  package func state() throws -> State {
    guard access(summary, F_OK) == 0, access(model, F_OK) == 0 else { return .unfinished }
    // What cannot be read now may be sound all the same.
    let (summaryBytes, bytes) = (try WholeFile.read(summary), try WholeFile.read(model))
    guard let summary = try? JSONDecoder().decode(Summary.self, from: Data(summaryBytes)) else {
      return .damaged("\(summary): does not say how the run ended")
    }
    let file: Safetensors
    do { file = try Safetensors(bytes, path: model) } catch { return .damaged("\(error)") }
    return file.isSealed ? .finished(failure: summary.failure) : .damaged("\(model): its checksum is missing")
  }

  /// Marks the run as not ended while it continues; the model of its former end stays until the next.
  func reopen() throws {
    guard unlink(summary) == 0 || errno == ENOENT else { throw FileError.system(summary, "be removed") }
  }

  /// A file by which another process asks the one at this run to end it.
  private var request: String { "\(path)/finish-requested" }

  /// Asks the process that is at the run to end it.
  package func requestFinish() throws { try WholeFile.write([], to: request, isDurable: false) }

  private static let eventFilePrefix = "events.out.tfevents."

  /// The run's file for TensorBoard, if it has one.
  var eventFile: String? {
    (namesOfFiles(in: path) ?? []).sorted()
      .first { $0.hasPrefix(Self.eventFilePrefix) && !$0.contains(WholeFile.unfinishedMark) }.map { "\(path)/\($0)" }
  }

  /// Where a run that begins at some second since 1970 has it.
  func newEventFile(at seconds: Int) -> String { "\(path)/\(Self.eventFilePrefix)\(seconds).nnkit" }

  /// Whether the run's end is asked for; the question is then answered.
  func takeRequest() -> Bool { unlink(request) == 0 }

  /// Removes a question that was meant for a process that has ended.
  package func forgetRequest() { unlink(request) }

  private struct Origin: Decodable { let folder: String }

  /// Where the run lay whose configuration is at `path` when it ended; nil where no run has ended there.
  package static func formerFolder(ofConfiguration path: String) -> String? {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard let bytes = try? WholeFile.read("\(folder)/summary.json") else { return nil }
    return try? JSONDecoder().decode(Origin.self, from: Data(bytes)).folder
  }

  package var hasModel: Bool { access(model, F_OK) == 0 }
  /// Whether the run has a model, but has been continued since.
  package var isReopened: Bool { checkpoint == nil && hasModel && access(summary, F_OK) != 0 }
  package var hasReport: Bool { access(report, F_OK) == 0 }

  /// Removes what a process that was killed left half written.
  func removeUnfinished() {
    let marks = [model, metrics, summary, statistics, report].map { "\($0)\(WholeFile.unfinishedMark)" }
    for path in (namesOfFiles(in: path) ?? []).map({ "\(self.path)/\($0)" }) where marks.contains(where: path.hasPrefix)
    {
      unlink(path)
    }
  }

  /// Shortens metrics.jsonl to its first `count` epochs: what came after a checkpoint comes again.
  ///
  /// - Returns: What is missing there, in a line.
  /// - Throws: `FileError` if a line does not hold an epoch's metrics: the report at the end will need it.
  func keepMetrics(ofFirst count: Int) throws -> [String] {
    let bytes = access(metrics, F_OK) == 0 ? try WholeFile.read(metrics) : []
    var (end, lines) = (0, 0)
    while lines < count, let newline = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) {
      lines += 1
      guard Curves.isEpoch(bytes[end..<newline]) else {
        throw FileError(
          metrics, "line \(lines) does not hold an epoch's metrics; remove the line or the file to continue without it")
      }
      end = newline + 1
    }
    if !bytes.isEmpty { try WholeFile.write(Array(bytes[..<end]), to: metrics) }
    return lines < count ? ["\(metrics) has \(lines) of the \(count) epochs that have ended; the others are lost"] : []
  }

  private static func line(_ report: EpochReport) -> JSONText {
    var pairs: [(String, JSONText)] = [("epoch", .integer(report.epoch + 1))]
    for (name, metrics) in [("train", report.train), ("validation", report.validation), ("test", report.test)] {
      pairs += metrics?.pairs(name) ?? []
    }
    pairs += [
      ("learning_rate", .number(report.learningRate)), ("seconds", .number(report.seconds)),
      ("samples_per_second", .number(report.samplesPerSecond)),
    ]
    return .object(pairs)
  }
}

extension Metrics {
  /// `test_loss` and, for classes, `test_accuracy`.
  package func pairs(_ name: String) -> [(String, JSONText)] {
    [("\(name)_loss", .number(loss))] + (accuracy.map { [("\(name)_accuracy", .number($0))] } ?? [])
      + (bitFail.map { [("\(name)_bit_fail", .integer($0))] } ?? [])
  }
}

extension RunFolder {
  /// Whether a process is at the run now.
  package func isBusy() throws -> Bool { try RunLock.isHeld(self) }

  /// What the configuration says otherwise now than when the run was trained; nil where that is the same, or not known.
  package func change(to configuration: Configuration) throws -> String? {
    struct Trained: Decodable { let identity: RunIdentity }
    let state = try Checkpoints(in: self).newest()?.metadata(Trained.self, for: Checkpoints.runKey)
    return try state?.identity.change(to: configuration)
  }
}
