import Foundation
import NNKit
import Testing

/// The program as users run it: a process, its output, its exit code.
struct Command {
  let output: String
  let errors: String
  let code: Int32

  /// Runs `nnkit` with `arguments`.
  init(
    _ arguments: String..., input: String? = nil, in folder: String? = nil, environment: [String: String] = [:]
  ) throws {
    try self.init(arguments, input: input, in: folder, environment: environment)
  }

  init(
    _ arguments: [String], input: String? = nil, in folder: String? = nil, environment: [String: String] = [:]
  ) throws {
    try self.init(program: Checkout.nnkit, arguments, input: input, in: folder, environment: environment)
  }

  /// Runs any program.
  ///
  /// Output goes through files, so that no pipe can fill up.
  init(
    program: String, _ arguments: [String], input: String? = nil, in folder: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    let scratch = try TemporaryFolder()
    try scratch.write(input ?? "", to: "input")
    let process = try StartedProcess(
      program, arguments, in: folder, environment: environment, input: .file(scratch.path("input")),
      output: .file(scratch.path("output")), errors: .file(scratch.path("errors")))
    code = process.wait()
    output = try scratch.read("output")
    errors = try scratch.read("errors")
  }

  /// Expects a failure with exit code `code` whose message contains each of `parts`, and that no trap shows through.
  func expectFailure(
    _ parts: [String], code expected: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(code == expected, "\(errors)", sourceLocation: sourceLocation)
    for part in parts { #expect(errors.contains(part), "\(errors)", sourceLocation: sourceLocation) }
    for word in ["Optional(", "Fatal error", "Stack dump", "NSError", "Domain="] {
      #expect(!errors.contains(word), "\(errors)", sourceLocation: sourceLocation)
    }
  }
}

/// A folder that is gone when the test is.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/nnkit-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    return path(name)
  }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}

/// Places in the checkout that the tests belong to.
enum Checkout {
  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  static let header = "\(path)/Sources/CNNKit/include"

  /// The program nnkit, beside the tests.
  static var nnkit: String { get throws { try #require(SearchPath.programFolder) + "/nnkit" } }

  static func example(_ name: String) -> String { "\(path)/Examples/\(name).yaml" }

  static func readmeBlocks(_ language: String) throws -> [String] { try blocks(language, in: "README.md") }

  /// The code blocks of a page in a language.
  static func blocks(_ language: String, in page: String) throws -> [String] {
    let text = try String(contentsOfFile: "\(path)/\(page)", encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  /// Compiles a plugin with the command that the README gives.
  static func compile(_ source: String, to library: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(source, to: "plugin.c")
    let compiler = try Command(
      program: "/usr/bin/cc",
      [
        "-O3", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC", "-fvisibility=hidden",
        "-Wl,-z,defs,-z,now", "-I", header, file, "-lm", "-o", library,
      ])
    try #require(compiler.code == 0, "\(compiler.errors)")
  }
}

/// A JSON value, looked into by keys and indices.
struct JSON {
  let value: Any?

  init(_ text: String) throws { value = try JSONSerialization.jsonObject(with: Data(text.utf8)) }
  private init(value: Any?) { self.value = value }

  subscript(key: String) -> JSON { JSON(value: (value as? [String: Any])?[key]) }
  subscript(index: Int) -> JSON {
    let list = value as? [Any] ?? []
    return JSON(value: list.indices.contains(index) ? list[index] : nil)
  }
  var number: Double? { (value as? NSNumber)?.doubleValue }
  var text: String? { value as? String }
  var numbers: [Double] { (value as? [NSNumber] ?? []).map(\.doubleValue) }
  var list: [JSON] { (value as? [Any] ?? []).map { JSON(value: $0) } }
  var keys: [String] { (value as? [String: Any] ?? [:]).keys.sorted() }
  var isNull: Bool { value is NSNull }
}
