import Foundation
import NNKit
import NNKitExchange
import Testing

/// Functions of plugins in ONNX files: by the plugin's own text, or as custom operators.
@Suite struct PluginTextTests {
  private static let late = """
    #include <nnkit/plugin.h>

    static int evaluate(const double *p, const nnkit_block *block, const double *z, double *a) {
      NNKIT_EACH(block, i) a[i] = z[i] <= p[0] ? 0 : z[i] - p[0];
      return 0;
    }
    static int backward(const double *p, const nnkit_block *block, const double *z, const double *a,
                        const double *received, double *delta) {
      NNKIT_EACH(block, i) delta[i] = z[i] > p[0] ? received[i] : 0;
      return 0;
    }
    static const nnkit_parameter parameters[] = {{"threshold", "where it begins to rise", 1, -10, 10, 0, 0}};
    static const nnkit_activation late = {
        .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, "late", "a relu that begins at a threshold",
                     "a = max(0, z - threshold)", NULL, parameters, 1, 0, {NULL, NULL, NULL, NULL}},
        .evaluate = evaluate, .backward = backward, .onnx = TEXT};
    NNKIT_PLUGIN("A Tester", "CC0-1.0", "0.1", &late.function)
    """

  /// A model whose activation is a plugin's, which gives a text for ONNX or NULL.
  private func withModel(text: String, _ body: (Model<Double>, Plugins) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nnkit-onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Self.late.write(to: folder.appending(path: "late.c"), atomically: true, encoding: .utf8)
    let header = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/CNNKit/include").path
    let process = try StartedProcess(
      "/usr/bin/env",
      ["cc", "-O2", "-shared", "-fPIC", "-I", header, "-DTEXT=\(text)", "late.c", "-o", "late.so"], in: folder.path)
    try #require(process.wait() == 0)
    let plugins = try Plugins(searching: SearchPath([folder.path], environment: [:]))
    let layers = [
      try Layer<Double>(
        neurons: 3, inputs: 2, activation: plugins.activation("late", parameters: ["threshold": 0.25])),
      try Layer<Double>(neurons: 1, inputs: 3, activation: plugins.activation("sigmoid")),
    ]
    try body(Model(Network(layers: layers, seed: 2)), plugins)
  }

  private func export(_ model: Model<Double>, _ plugins: Plugins, strict: Bool) throws -> ONNXExport {
    try ONNXExport(model, name: "net", precision: .float32, isStrict: strict, plugins: plugins)
  }

  @Test("a plugin's text becomes a function of the file, and comes back as the plugin's function")
  func text() throws {
    let text =
      "\"(z) => (a) { t = Constant <value_float: float = @threshold> () u = Sub (z, t) a = Relu (u) }\""
    try withModel(text: text) { model, plugins in
      let exported = try export(model, plugins, strict: true)
      #expect(exported.notes.isEmpty)
      var file = try ONNXImport(exported.encoded, path: "net.onnx", plugins: plugins)
      let again = try file.model(Double.self)
      #expect(again.network.layers[0].activation == model.network.layers[0].activation)
    }
  }

  @Test("a function without a text is a custom operator with a note, and refused where that is not wanted")
  func custom() throws {
    try withModel(text: "0") { model, plugins in
      let exported = try export(model, plugins, strict: false)
      #expect(exported.notes.count == 1 && exported.notes[0].contains("`nnkit.plugins::late`"))
      let error = #expect(throws: ExportError.self) { try export(model, plugins, strict: true) }
      #expect(error?.description.contains("the activation `late` has no counterpart in ONNX") == true)
      var file = try ONNXImport(exported.encoded, path: "net.onnx", plugins: plugins)
      #expect(try file.model(Double.self).network.layers[0].activation == model.network.layers[0].activation)
      var without = try ONNXImport(exported.encoded, path: "net.onnx", plugins: try bundled())
      #expect(throws: UnknownFunctionError.self) { try without.model(Double.self) }
    }
  }

  @Test(
    "a text that cannot be read is an error with its place",
    arguments: [
      ("(z) => (a) { a = Relu (y) }", "`y` is used before it is computed"),
      ("(z) => (a) { b = Relu (z) }", "the output `a` is not computed"),
      ("(z) => (a) { a = Relu (z) ", "expected a name"), ("(z) => (a) { a = Relu <alpha = @other> (z) }", "`@other`"),
      ("(z, x) => (a) { a = Add (z, x) }", "it has 2 inputs and 1 outputs, expected 1 and 1"),
      ("(z) => (a) { a = com.x.Relu (z) }", "is of another domain"), ("relu", "expected `(`"),
    ])
  func faults(text: String, message: String) throws {
    try withModel(text: "\"\(text)\"") { model, plugins in
      let error = #expect(throws: ExportError.self) { try export(model, plugins, strict: true) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
      #expect(error?.description.contains("late.so") == true)
    }
  }
}
