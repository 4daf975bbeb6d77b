package import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// The folder that a run leaves: what it did, how it went, and the model.
package struct RunFolder {
  /// Absolute.
  package let path: String

  /// The folder's own name.
  package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  package var configuration: String { "\(path)/config.yaml" }
  package var model: String { "\(path)/model.safetensors" }
  package var metrics: String { "\(path)/metrics.jsonl" }
  package var summary: String { "\(path)/summary.json" }
  package var statistics: String { "\(path)/statistics.json" }
  package var report: String { "\(path)/report.html" }

  /// An existing run.
  ///
  /// - Throws: `FileError` if `path` is no folder with a run's configuration in it.
  package init(existing path: String) throws {
    self.path = absolutePath(path)
    guard access(configuration, R_OK) == 0 else {
      throw FileError(path, "is no run folder: it has no readable config.yaml")
    }
  }

  /// Whether a path names a folder: then a run is meant, not a configuration.
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

  /// A new folder: `output`, or else the first of `runs/NAME-1`, `-2`, … that does not exist.
  package init(creating output: String?, name: String) throws {
    if let output {
      path = absolutePath(output)
      try Self.check(output: path)
      try Self.makeParents(of: path)
      guard mkdir(path, 0o777) == 0 else { throw FileError.system(path, "be made") }
      return
    }
    let parent = absolutePath("runs")
    if mkdir(parent, 0o777) != 0 && errno != EEXIST { throw FileError.system(parent, "be made") }
    var number = 1
    while mkdir("\(parent)/\(name)-\(number)", 0o777) != 0 {
      guard errno == EEXIST else { throw FileError.system("\(parent)/\(name)-\(number)", "be made") }
      number += 1
    }
    path = "\(parent)/\(name)-\(number)"
  }

  private static func makeParents(of path: String) throws {
    var end = path.startIndex
    while let slash = path[path.index(after: end)...].firstIndex(of: "/") {
      let parent = String(path[..<slash])
      if mkdir(parent, 0o777) != 0 && errno != EEXIST { throw FileError.system(parent, "be made") }
      end = slash
    }
  }

  package func write(_ text: String, to path: String) throws { try WholeFile.write(Array(text.utf8), to: path) }

  /// Adds an epoch's line to metrics.jsonl, each in one write.
  package func append(_ report: EpochReport) throws {
    let line = Array((Self.line(report).text() + "\n").utf8)
    let descriptor = open(metrics, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.system(metrics, "be written") }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, line, line.count) == line.count else { throw FileError.system(metrics, "be written") }
  }

  private static func line(_ report: EpochReport) -> JSONText {
    var pairs: [(String, JSONText)] = [("epoch", .integer(report.epoch + 1))]
    for (name, metrics) in [("train", report.train), ("validation", report.validation), ("test", report.test)] {
      pairs += metrics?.pairs(name) ?? []
    }
    pairs += [
      ("rate", .number(report.rate)), ("seconds", .number(report.seconds)),
      ("samples_per_second", .number(report.samplesPerSecond)),
    ]
    return .object(pairs)
  }
}

extension Metrics {
  /// `test_loss` and, for classes, `test_accuracy`.
  package func pairs(_ name: String) -> [(String, JSONText)] {
    [("\(name)_loss", .number(loss))] + (accuracy.map { [("\(name)_accuracy", .number($0))] } ?? [])
  }
}
