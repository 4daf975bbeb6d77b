import Foundation
import NNKit
import Testing

/// What a plugin says of itself, held against the rules of `nnkit/plugin.h`.
@Suite struct PluginDescriptionTests {
  private typealias Plugin = PluginSource.Activation

  private func survey(_ source: String) throws -> Plugins {
    let folder = try TemporaryFolder()
    try CCompiler.compile(source, to: folder.file("odd.so"), flags: ["-fvisibility=hidden", "-w"])
    return Plugins(surveying: SearchPath([folder.path], environment: [:]))
  }

  private func change(_ body: (inout Plugin) -> Void) -> String {
    var plugin = Plugin()
    body(&plugin)
    return plugin.source
  }

  /// The plugin must be refused, and the reason say each of the words.
  private func expectFault(
    _ words: String..., location: SourceLocation = #_sourceLocation, _ body: (inout Plugin) -> Void
  ) throws {
    let faults = try survey(change(body)).faults
    #expect(faults.count == 1, sourceLocation: location)
    for word in ["odd.so"] + words {
      #expect(
        faults.first?.description.contains(word) == true, "\(faults) does not say `\(word)`", sourceLocation: location)
    }
  }

  @Test("the sound plugin that these tests spoil is accepted")
  func sound() throws {
    let plugins = try survey(Plugin().source)
    #expect(plugins.faults.isEmpty)
    #expect(try plugins.activation("odd").values(at: [2]).outputs == [2])
    let file = try #require(plugins.files.first { $0.functions.contains { $0.name == "odd" } })
    #expect(file.author == "A Tester" && file.license == "CC0-1.0" && file.version == "0.1")
  }

  @Test("another major version is refused, whoever notices it first")
  func otherMajor() throws {
    try expectFault("ABI 2", "1.5") {
      $0.entry = PluginSource.entry(
        "static const nnkit_function *const f[] = {&odd.now.function};"
          + "static const nnkit_plugin p = {sizeof p, 2, 0, 1, 0, 0, 0, f}; return &p;")
    }
    try expectFault("refuses", "ABI 1.5") {
      $0.entry = PluginSource.entry("return host_abi_major == 2 ? (void *)1 : NULL;")
    }
    try expectFault("refuses") { $0.entry = PluginSource.entry("return NULL;") }
  }

  @Test("a struct that is too small to hold what the ABI requires")
  func tooSmall() throws {
    try expectFault("struct_size", "nnkit_plugin", "8") {
      $0.entry = PluginSource.entry(
        "static const nnkit_plugin p = {8, NNKIT_ABI_MAJOR, 0, 0}; return &p;")
    }
    for size in ["0", "4", "sizeof(nnkit_function)", "offsetof(nnkit_activation, backward)"] {
      try expectFault("struct_size") { $0.size = size }
    }
  }

  @Test("a struct that ends where an older minor version ended is accepted without what is missing")
  func older() throws {
    let plugins = try survey(
      change {
        $0.size = "offsetof(nnkit_activation, evaluate_float)"
        // Beyond the size that the plugin gives nothing may be read.
        $0.more = ".evaluate_float = (void *)1, .backward_float = (void *)1"
      })
    #expect(plugins.faults.isEmpty)
    let network: Network<Float> = try mirror(plugins.activation("odd"), width: 1)
    #expect(try network.outputs(for: [2.5]) == [2.5])
  }

  @Test("a larger struct of a later minor version is accepted, and what is new is ignored")
  func future() throws {
    let plugins = try survey(change { $0.future = "double news[40]; int (*later)(void);" })
    #expect(plugins.faults.isEmpty)
    #expect(try plugins.activation("odd").values(at: [3]).outputs == [3])
  }

  @Test("a required function that is NULL")
  func nullFunctions() throws {
    try expectFault("evaluate", "odd", "NULL") { $0.evaluate = "NULL" }
    try expectFault("backward", "odd", "NULL") { $0.backward = "NULL" }
    try expectFault("evaluate_float", "both or none") { $0.more = ".backward_float = (void *)1" }
    try expectFault("function 0 is NULL") {
      $0.entry = "NNKIT_PLUGIN(\"A Tester\", \"CC0-1.0\", \"0.1\", NULL)"
    }
  }

  @Test("a name that configurations could not write", arguments: ["", "Upper", "1st", "with-dash", "with space", "ñ"])
  func names(_ name: String) throws { try expectFault("name") { $0.name = "\"\(name)\"" } }

  @Test("a name or summary that is missing or not UTF-8")
  func texts() throws {
    try expectFault("name of function 0") { $0.name = "NULL" }
    try expectFault("summary of `odd`") { $0.summary = "NULL" }
    try expectFault("summary of `odd`", "UTF-8") { $0.summary = "\"\\xff\\xfe\"" }
  }

  @Test("a parameter whose default is not in its range, or that has a bad name")
  func parameters() throws {
    func parameter(_ name: String, _ numbers: String) -> String { "{\"\(name)\", \"a number\", \(numbers), 0, 0}" }
    for numbers in ["5, 0, 1", "-1, 0, 1", "0, 1, -1", "NAN, 0, 1", "0, NAN, 1", "INFINITY, 0, INFINITY"] {
      try expectFault("parameter 0 of `odd`", "default") { $0.parameters = [parameter("alpha", numbers)] }
    }
    for name in ["", "Alpha", "name", "a b"] {
      try expectFault("parameter 0 of `odd`") { $0.parameters = [parameter(name, "0, 0, 1")] }
    }
    try expectFault("`alpha` twice") {
      $0.parameters = [parameter("alpha", "0, 0, 1"), parameter("alpha", "0, 0, 1")]
    }
  }

  @Test("counts that no plugin has are refused before anything is read by them")
  func counts() throws {
    try expectFault("300 parameters", "256") {
      $0.parameters = (0..<300).map { "{\"p\($0)\", \"a number\", 0, 0, 1, 0, 0}" }
    }
    try expectFault("4000000000 functions", "65536") {
      $0.entry = PluginSource.entry(
        "static const nnkit_function *const f[] = {&odd.now.function};"
          + "static const nnkit_plugin p = {sizeof p, NNKIT_ABI_MAJOR, 0, 4000000000u, 0, 0, 0, f}; return &p;")
    }
  }

  @Test("a plugin's parameters reach its functions in their order, and out of range they are refused")
  func parameterValues() throws {
    let plugins = try survey(
      change {
        $0.parameters = ["{\"one\", NULL, 1, 0, 10, 0, 0}", "{\"two\", NULL, 2, -INFINITY, INFINITY, 0, 0}"]
        $0.value = "p[0] * z[i] + p[1]"
        $0.slope = "p[0]"
      })
    #expect(try plugins.activation("odd").values(at: [3]).outputs == [5])
    #expect(try plugins.activation("odd", parameters: ["two": 100, "one": 10]).values(at: [3]).outputs == [130])
    for value in [-0.5, 10.5, .nan] {
      let error = #expect(throws: ParameterError.self) { try plugins.activation("odd", parameters: ["one": value]) }
      #expect(error?.description.contains("0.0...10.0") == true && error?.parameter == "one")
    }
    let unknown = #expect(throws: ParameterError.self) { try plugins.activation("odd", parameters: ["tow": 1]) }
    #expect(unknown?.description.contains("did you mean `two`") == true)
  }

  @Test("a function of a kind that this host does not know is listed and skipped")
  func unknownKind() throws {
    let plugins = try survey(change { $0.kind = "77" })
    #expect(plugins.faults.isEmpty && plugins.functions["odd"] == nil)
    #expect(plugins.files.contains { $0.skipped == ["odd"] })
  }

  @Test("a plugin that offers nothing, or one name twice")
  func offers() throws {
    try expectFault("offers no function") {
      $0.entry = PluginSource.entry(
        "static const nnkit_plugin p = {sizeof p, NNKIT_ABI_MAJOR, 0, 0, 0, 0, 0, 0}; return &p;")
    }
    try expectFault("`odd` twice") {
      $0.entry = "NNKIT_PLUGIN(\"A Tester\", \"CC0-1.0\", \"0.1\", &odd.now.function, &odd.now.function)"
    }
  }

  @Test("a loss must have value, gradient, ranges that hold its class targets, and whole canonical pairs")
  func losses() throws {
    let changes = [
      (".value = value,", "", "value"), (".gradient = gradient", "", "gradient"),
      (".target_on = 1", ".target_on = 0", "target_off"),
      (".target_minimum = -INFINITY", ".target_minimum = 0.5", "target"),
      (".output_minimum = -INFINITY", ".output_minimum = NAN", "minimum"),
      (".gradient = gradient", ".gradient = gradient, .canonical_activation = \"tanh\"", "canonical"),
      (".gradient = gradient", ".gradient = gradient, .canonical_delta = (void *)1", "canonical"),
      (".gradient = gradient", ".gradient = gradient, .value_float = (void *)1", "both or none"),
    ]
    for (old, new, word) in changes {
      let faults = try survey(PluginSource.quartic.replacingOccurrences(of: old, with: new)).faults
      #expect(faults.count == 1 && faults[0].description.contains(word), "\(new): \(faults)")
    }
  }
}
