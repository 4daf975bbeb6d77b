import Foundation
import Testing

@Suite("plugins on the command line")
struct PluginCommandTests {
  @Test("list shows every bundled function with kind, name, summary and file")
  func list() throws {
    let lines = try Command("plugins", "list").output.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("activation ") } == 31)
    #expect(lines.count { $0.hasPrefix("loss ") } == 12)
    #expect(lines.contains { $0.contains("gelu") && $0.contains("Gaussian") && $0.hasSuffix("libnnkit-gelu.so") })
  }

  @Test("show tells formula, range, parameters, version and file, and draws both curves")
  func show() throws {
    let text = try Command("plugins", "show", "leaky_relu").output
    for part in [
      "a = if(z >= 0, z, slope z)", "f'(z) = if(z > 0, 1, slope)", "[−∞, ∞]", "slope = 0.01", "1.0.0",
      "libnnkit-leaky_relu.so", "f′(z)",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    // The curves: dots of Braille patterns other than the empty one.
    #expect(text.unicodeScalars.count { (0x2801...0x28FF).contains($0.value) } > 60)
    #expect(try Command("plugins", "show", "cross_entropy").output.contains("one formula with softmax"))
    try Command("plugins", "show", "gellu").expectFailure(["`gellu`", "did you mean `gelu`"])
    try Command("plugins", "show", "huberr").expectFailure(["loss function `huberr`", "did you mean `huber`"])
  }

  @Test("the README's activation is under twenty lines of C; dropped into a folder, a config can name it")
  func dropIn() throws {
    let source = try #require(Checkout.readmeBlocks("c").first)
    #expect(source.split(separator: "\n").count < 20)
    let folder = try TemporaryFolder()
    try Checkout.compile(source, to: folder.path("bent.so"))
    let options = ["--plugin-path", folder.path, "--set", "network.layers.0.activation=bent"]
    let check = try Command(["gradcheck", Checkout.example("xor")] + options)
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    let run = try Command(["run", Checkout.example("xor"), "--quiet", "--output", folder.path("run")] + options)
    try #require(run.code == 0, "\(run.errors)")
    let summary = try JSON(folder.read("run/summary.json"))
    #expect(summary["final_train_accuracy"].number == 1)
    #expect(
      summary["plugins"].list.contains { $0["file"].text == folder.path("bent.so") && $0["version"].text == "1.0" })
    // A run needs its plugins again, and says which one is missing.
    #expect(try Command("evaluate", folder.path("run"), "--plugin-path", folder.path).code == 0)
    try Command("evaluate", folder.path("run")).expectFailure(["`bent`", "searched:"])
  }

  @Test("a loss dropped into a folder is used, through NNKIT_PLUGIN_PATH too")
  func dropInLoss() throws {
    let folder = try TemporaryFolder()
    try Checkout.compile(
      """
      #include <nnkit/plugin.h>
      #include <math.h>
      static int value(const double *p, const nnkit_block *b, const double *a, const double *y, double *values) {
        for (size_t c = 0; c < b->columns; ++c) {
          values[c] = 0;
          for (size_t j = 0; j < b->neurons; ++j)
            values[c] += pow(a[j * b->row_stride + c] - y[j * b->row_stride + c], 4);
        }
        return 0;
      }
      static int gradient(const double *p, const nnkit_block *b, const double *a, const double *y, double *received) {
        NNKIT_EACH(b, i) received[i] = 4 * pow(a[i] - y[i], 3);
        return 0;
      }
      static const nnkit_loss quartic = {
        .function = NNKIT_FUNCTION(nnkit_loss, NNKIT_LOSS, "quartic", "fourth power", "L = Σ (a - y)^4"),
        .output_minimum = -INFINITY, .output_maximum = INFINITY, .target_minimum = -INFINITY,
        .target_maximum = INFINITY, .target_off = 0, .target_on = 1, .value = value, .gradient = gradient,
      };
      NNKIT_PLUGIN("test", "Apache-2.0", "0.1", &quartic.function)
      """, to: folder.path("quartic.so"))
    let environment = ["NNKIT_PLUGIN_PATH": folder.path]
    let check = try Command(
      "gradcheck", Checkout.example("iris"), "--set", "loss=quartic", environment: environment)
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    let told = try JSON(
      Command(
        "explain", Checkout.example("mazur"), "--format", "json", "--set", "loss=quartic", environment: environment
      ).output)
    let expected = pow(0.75136507 - 0.01, 4) + pow(0.772928465 - 0.99, 4)
    #expect(abs(try #require(told["loss"].number) - expected) < 1e-8)
  }

  @Test("a function of an earlier folder hides one of the same name, and list says so")
  func hiding() throws {
    let folder = try TemporaryFolder()
    let source = try #require(Checkout.readmeBlocks("c").first)
    try Checkout.compile(source.replacingOccurrences(of: "\"bent\"", with: "\"relu\""), to: folder.path("mine.so"))
    let list = try Command("plugins", "list", "--plugin-path", folder.path)
    #expect(list.code == 0)
    #expect(list.output.contains("hidden: activation relu of"))
    #expect(try Command("plugins", "show", "relu", "--plugin-path", folder.path).output.contains("bent identity"))
  }

  @Test("two files of one folder that offer the same name are an error naming both")
  func duplicates() throws {
    let folder = try TemporaryFolder()
    let source = try #require(Checkout.readmeBlocks("c").first)
    try Checkout.compile(source, to: folder.path("one.so"))
    try Checkout.compile(source, to: folder.path("two.so"))
    try Command("plugins", "list", "--plugin-path", folder.path).expectFailure(["one.so", "two.so", "`bent`"])
    try Command("check", Checkout.example("xor"), "--plugin-path", folder.path).expectFailure(["one.so", "two.so"])
  }

  @Test("a damaged plugin ends a command with its reason, never with a crash", arguments: [0, 3, 40, 200, 4000, 9000])
  func truncated(_ length: Int) throws {
    let folder = try TemporaryFolder()
    try Checkout.compile(try #require(Checkout.readmeBlocks("c").first), to: folder.path("whole.so"))
    let bytes = [UInt8](try folder.bytes("whole.so"))
    try FileManager.default.removeItem(atPath: folder.path("whole.so"))
    try folder.write(Array(bytes.prefix(length)), to: "cut.so")
    try Command("check", Checkout.example("xor"), "--plugin-path", folder.path)
      .expectFailure([length < 4 ? "not a shared library" : "truncated", "cut.so"])
  }

  @Test("an undefined symbol is refused at load, by name")
  func undefinedSymbol() throws {
    let folder = try TemporaryFolder()
    let source = try #require(Checkout.readmeBlocks("c").first)
      .replacingOccurrences(of: "static int evaluate", with: "double mystery(double);\nstatic int evaluate")
      .replacingOccurrences(of: "a[i] = (sqrt", with: "a[i] = mystery(z[i]) + (sqrt")
    let file = try folder.write(source, to: "plugin.c")
    let compiler = try Command(
      program: "/usr/bin/cc", ["-shared", "-fPIC", "-I", Checkout.header, file, "-lm", "-o", folder.path("lazy.so")])
    try #require(compiler.code == 0, "\(compiler.errors)")
    try Command("check", Checkout.example("xor"), "--plugin-path", folder.path).expectFailure(["mystery", "lazy.so"])
  }

  @Test("a function that no plugin offers is told with nearest names and the folders searched")
  func unknown() throws {
    try Command("check", Checkout.example("xor"), "--set", "network.layers.0.activation=tahn")
      .expectFailure(["--set network.layers.0.activation=tahn", "did you mean `tanh`", "searched: /", "nnkit-tanh"])
    try Command("check", Checkout.example("xor"), "--plugin-path", "/no/such/folder")
      .expectFailure(["/no/such/folder", "cannot be read"])
  }
}
