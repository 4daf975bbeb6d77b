import Foundation
import Testing

/// A folder of a test's own, gone when the test is.
final class TemporaryFolder {
  let url: URL
  var path: String { url.path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "nnkit-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// A folder inside this one.
  func folder(_ name: String) throws -> URL {
    let folder = url.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  func file(_ name: String) -> URL { url.appending(path: name) }
}

/// What compiles plugins in tests as a user would: the system's C compiler and the one header.
enum CCompiler {
  /// `Sources/CNNKit/include` of this checkout.
  static let headers = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/CNNKit/include")

  /// Compiles `source` to a shared library, by the recipe of `nnkit/plugin.h`.
  static func compile(
    _ source: String, to library: URL,
    flags: [String] = ["-fvisibility=hidden", "-Wall", "-Werror", "-Wno-unused", "-Wl,-z,defs,-z,now"]
  ) throws {
    let file = library.deletingPathExtension().appendingPathExtension("c")
    try Data(source.utf8).write(to: file)
    let optimization = ["-O3", "-fno-math-errno", "-fno-trapping-math"]
    try run(
      "cc", optimization + ["-shared", "-fPIC"] + flags + ["-I", headers.path, file.path, "-lm", "-o", library.path])
  }

  /// Runs a compiler, and expects that it has no objection.
  static func run(_ compiler: String, _ arguments: [String]) throws {
    let errors = Pipe()
    let process = try StartedProcess("/usr/bin/env", [compiler] + arguments, errors: .pipe(errors))
    let text = try errors.fileHandleForReading.readToEnd() ?? Data()
    try #require(process.wait() == 0, "\(String(decoding: text, as: UTF8.self))")
  }
}
