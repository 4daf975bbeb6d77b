import Dispatch
import Foundation
import NNKit
import Synchronization
import Testing

/// Files in a plugin folder that are no sound shared libraries: errors with the true cause, never a crash.
@Suite struct PluginFileTests {
  private let folder = Result { try TemporaryFolder() }

  /// What is wrong with the one file in the folder, by a survey and by a strict load.
  private func problem() throws -> PluginError {
    let path = try folder.get().path
    let survey = Plugins(surveying: SearchPath([path], environment: [:]))
    #expect(survey.faults.count == 1)
    let error = try #require(survey.faults.first)
    let strict = #expect(throws: PluginErrors.self) { try Plugins(searching: SearchPath([path], environment: [:])) }
    #expect(strict?.errors == [error])
    return error
  }

  private func library(_ name: String = "odd.so") throws -> URL { try folder.get().file(name) }

  private func bytesOfSoundPlugin() throws -> Data {
    let place = try folder.get().folder("sound").appending(path: "square.so")
    try CCompiler.compile(PluginSource.square, to: place)
    return try Data(contentsOf: place)
  }

  @Test("a file that is not an ELF file, or empty", arguments: ["", "x", "#!/bin/sh\necho hello\n", "\u{7F}EL"])
  func notElf(_ text: String) throws {
    try Data(text.utf8).write(to: library())
    let error = try problem()
    #expect(try error.description.contains(library().path))
    #expect(error.problem == .notElf)
    #expect(error.description.contains("not a shared library"))
  }

  @Test("a library that was cut off, at any length, is refused before the loader can die of it")
  func truncated() throws {
    let bytes = try bytesOfSoundPlugin()
    for count in [4, 5, 63, 64, 65, 200, 1000, 4096, bytes.count / 2, bytes.count - 100, bytes.count - 1] {
      try bytes.prefix(count).write(to: library())
      let error = try problem()
      guard case .truncated(_, let found) = error.problem else {
        Issue.record("\(count) of \(bytes.count) bytes: \(error)")
        continue
      }
      #expect(found == count && error.description.contains("truncated") && error.description.contains("\(count)"))
    }
  }

  @Test("a library for another machine or of another class")
  func wrongMachine() throws {
    for (offset, value) in [(4, 1), (5, 2), (16, 2), (18, 40)] {
      var bytes = try bytesOfSoundPlugin()
      bytes[offset] = UInt8(value)
      try bytes.write(to: library())
      #expect(try problem().problem == .wrongMachine, "byte \(offset)")
    }
  }

  @Test("headers that point beyond everything are no reason to crash")
  func wildHeaders() throws {
    for offset in [32, 40, 54, 56, 58, 60] {
      var bytes = try bytesOfSoundPlugin()
      for index in 0..<(offset < 54 ? 8 : 2) { bytes[offset + index] = 0xFF }
      try bytes.write(to: library())
      #expect(!(try problem().description.isEmpty))
    }
    // No program headers, said to lie beyond everything.
    var bytes = try bytesOfSoundPlugin()
    for index in 0..<8 { bytes[32 + index] = 0xFF }
    (bytes[56], bytes[57]) = (0, 0)
    try bytes.write(to: library())
    #expect(try problem().problem == .wrongMachine)
  }

  @Test("its entry is called by one thread at a time")
  func entry() throws {
    let source = PluginSource.square.replacingOccurrences(
      of: "NNKIT_PLUGIN(", with: "#define nnkit_plugin_entry described\nNNKIT_PLUGIN(")
    try CCompiler.compile(
      """
      \(source)
      #undef nnkit_plugin_entry
      #include <unistd.h>
      const nnkit_plugin *nnkit_plugin_entry(uint32_t host_abi_major) {
        static int callers;
        const int others = __atomic_fetch_add(&callers, 1, __ATOMIC_SEQ_CST);
        usleep(20000);
        __atomic_fetch_sub(&callers, 1, __ATOMIC_SEQ_CST);
        return others ? NULL : described(host_abi_major);
      }
      """, to: library())
    let search = SearchPath([try folder.get().path], environment: [:])
    let faults = Mutex<[PluginError]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      let survey = Plugins(surveying: search)
      faults.withLock { $0 += survey.faults }
    }
    #expect(faults.withLock { $0 }.isEmpty)
  }

  @Test("a library without the entry symbol")
  func missingEntry() throws {
    try CCompiler.compile("int some_function(void) { return 1; }", to: library())
    let error = try problem()
    #expect(error.problem == .missingEntry && error.description.contains("nnkit_plugin_entry"))
    // The name alone, in a text of the library, is not the symbol.
    try CCompiler.compile(
      #"__attribute__((visibility("default"))) const char odd[] = "\0nnkit_plugin_entry";"#, to: library("text.so"))
    try FileManager.default.removeItem(at: library())
    #expect(try problem().problem == .missingEntry)
  }

  @Test("an undefined symbol is named at load, not at the first call")
  func undefinedSymbol() throws {
    var plugin = PluginSource.Activation()
    plugin.value = "some_undefined_function(z[i])"
    try CCompiler.compile(
      "double some_undefined_function(double);\n" + plugin.source, to: library(),
      flags: ["-fvisibility=hidden", "-Wl,-z,lazy"])
    let error = try problem()
    guard case .loader(let words) = error.problem else {
      Issue.record("\(error)")
      return
    }
    #expect(words.contains("some_undefined_function"))
    #expect(try error.description.contains(library().path))
  }

  @Test("a library that it needs and that is missing is named")
  func missingLibrary() throws {
    let needed = try folder.get().folder("needed").appending(path: "libneeded-by-odd.so")
    try CCompiler.compile(
      "__attribute__((visibility(\"default\"))) double twice(double z) { return z + z; }", to: needed)
    var plugin = PluginSource.Activation()
    plugin.value = "twice(z[i])"
    try CCompiler.compile(
      "double twice(double);\n" + plugin.source, to: library(),
      flags: [
        "-fvisibility=hidden", "-Wl,--no-as-needed", "-L", needed.deletingLastPathComponent().path, "-lneeded-by-odd",
      ])
    #expect(try problem().description.contains("libneeded-by-odd.so"))
  }

  @Test("a file that cannot be read, and a folder in its place")
  func unreadable() throws {
    try FileManager.default.createDirectory(at: library(), withIntermediateDirectories: true)
    #expect(try problem().description.contains("not a regular file"))
    try FileManager.default.removeItem(at: library())
    try FileManager.default.createSymbolicLink(
      atPath: library().path, withDestinationPath: folder.get().file("nowhere").path)
    #expect(try problem().description.contains("No such file"))
  }

  @Test("several bad files are all told, and the sound ones are still there for a survey")
  func several() throws {
    try Data("a".utf8).write(to: library("a.so"))
    try Data("b".utf8).write(to: library("b.so"))
    try CCompiler.compile(PluginSource.square, to: library("square.so"))
    let search = SearchPath([try folder.get().path], environment: [:])
    let survey = Plugins(surveying: search)
    #expect(survey.faults.map { $0.file.suffix(4) } == ["a.so", "b.so"])
    #expect(survey.functions["square"] != nil)
    let error = #expect(throws: PluginErrors.self) { try Plugins(searching: search) }
    #expect(error?.description.contains("a.so") == true && error?.description.contains("b.so") == true)
  }

  @Test("files that are no libraries by name are left alone")
  func otherFiles() throws {
    for name in ["notes.txt", "plugin.so.bak", ".hidden.so", "libfoo.a"] { try Data("x".utf8).write(to: library(name)) }
    #expect(Plugins(surveying: SearchPath([try folder.get().path], environment: [:])).faults.isEmpty)
  }
}
