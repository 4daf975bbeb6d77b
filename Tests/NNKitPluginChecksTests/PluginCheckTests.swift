import Foundation
import NNKit
import Testing

extension BadPlugin {
  private static let floats = """
    static int evaluate_float(const double *p, const nnkit_block *b, const float *z, float *a) {
      NNKIT_EACH(b, i) a[i] = z[i] * FACTOR; return 0; }
    static int backward_float(const double *p, const nnkit_block *b, const float *z, const float *a,
                              const float *received, float *delta) {
      NNKIT_EACH(b, i) delta[i] = received[i]; return 0; }
    """
  private static let useFloats = ".evaluate_float = evaluate_float, .backward_float = backward_float,"

  static let all: [BadPlugin] = [
    activation("crash", "values", status: "crashed", evaluate: "*(volatile int *)16 = 1;"),
    activation("abort", "values", status: "crashed", backward: "abort();"),
    activation("exit", "values", status: "exited", evaluate: "_exit(0);"),
    activation("polite exit", "values", status: "exited", evaluate: "exit(0);"),
    activation("hang", "values", status: "hung", evaluate: "for (volatile int i = 1; i;) {}"),
    activation("error code", "values", evaluate: "return 7;"),
    activation("NaN far out", "values", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] > 1e5 ? NAN : z[i];"),
    activation(
      "NaN as slope", "values", backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (z[i] * 1e200 * 1e200 * 0 + 1);"),
    activation("wrong derivative", "derivative", backward: "NNKIT_EACH(b, i) delta[i] = received[i] * 1.001;"),
    activation("sign lost", "derivative", backward: "NNKIT_EACH(b, i) delta[i] = -received[i];"),
    activation("slope 0 far out", "derivative", backward: "NNKIT_EACH(b, i) delta[i] = z[i] > 1e4 ? 0 : received[i];"),
    activation("received squared", "derivative", backward: "NNKIT_EACH(b, i) delta[i] = received[i] * received[i];"),
    activation(
      "hidden kink", "derivative", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] > 0 ? z[i] : 0;",
      backward: "NNKIT_EACH(b, i) delta[i] = z[i] > 0 ? received[i] : 0;"),
    activation(
      "lie about its range", "range", more: ".describe = describe,",
      functions: "static int describe(const double *p, nnkit_shape *s) { s->minimum = -5; s->maximum = 5; return 0; }"),
    activation(
      "range upside down", "descriptor", more: ".describe = describe,",
      functions: "static int describe(const double *p, nnkit_shape *s) { s->minimum = 1; s->maximum = 0; return 0; }"),
    activation(
      "too many kinks", "descriptor", more: ".describe = describe,",
      functions: "static int describe(const double *p, nnkit_shape *s) { s->kink_count = 17; return 0; }"),
    activation(
      "wrong at a parameter's bound", "parameters", evaluate: "NNKIT_EACH(b, i) a[i] = z[i] * p[0];",
      backward: "NNKIT_EACH(b, i) delta[i] = received[i] * (p[0] == 4 ? 3 : p[0]);",
      functions: "static const nnkit_parameter list[] = {{\"slope\", NULL, 1, 0.5, 4, 0, 0}};", parameters: "list, 1"),
    activation(
      "wrong in float", "float", more: useFloats,
      functions: floats.replacingOccurrences(of: "FACTOR", with: "1.01f")),
    activation(
      "first column alone", "blocks", evaluate: "NNKIT_EACH(b, i) a[i] = b->columns == 16 && i == 3 ? 0 : z[i];"),
    activation(
      "neighbours mixed", "blocks",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (b->neurons == 4 && b->columns > 1) a[0] = z[1];"),
    activation(
      "state between calls", "repetition",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i] + (b->columns == 64 ? 1e-9 * calls++ : 0);",
      functions: "static int calls;"),
    activation(
      "shared scratch memory", "threads",
      evaluate: """
        NNKIT_EACH(b, i) scratch[i % 4096] = z[i];
        if (b->columns == 256) usleep(100);
        NNKIT_EACH(b, j) a[j] = b->columns == 256 ? scratch[j % 4096] : z[j];
        """, functions: "static double scratch[4096];"),
    activation(
      "writes its input", "inputs",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (b->neurons == 3) ((double *)z)[1] = 0;"),
    activation(
      "write before the block", "bounds", status: "crashed", evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; a[-1] = 0;"),
    activation(
      "write behind the block", "bounds", status: "crashed",
      evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (b->columns == 9) a[9 + b->row_stride - 9] = 0;"),
    activation(
      "read behind the block", "bounds", status: "crashed",
      evaluate: "volatile double x = 0; NNKIT_EACH(b, i) a[i] = z[i]; x = z[b->neurons * b->row_stride];"),
    activation(
      "flat loop over a strided block", "bounds",
      evaluate: "for (size_t i = 0; i + 1 < b->neurons * b->row_stride + 1; ++i) a[i] = z[i];"),
    activation(
      "crash on NaN", "non_finite", status: "crashed",
      evaluate: "NNKIT_EACH(b, i) { if (z[i] != z[i]) abort(); a[i] = z[i]; }"),
    activation(
      "hang on infinity", "non_finite", status: "hung",
      evaluate: "NNKIT_EACH(b, i) { for (volatile double x = z[i]; x - x != 0 && x == x;) {} a[i] = z[i]; }"),
    loss("negative", "value", value: "(a[i] - y[i]) * (a[i] - y[i]) / 2 - 0.1"),
    loss("wrong gradient", "gradient", gradient: "2 * (a[i] - y[i])"),
    loss("NaN as value", "values", value: "sqrt(a[i] - y[i])", flags: "0"),
    loss(
      "canonical pair that is none", "canonical",
      more: """
        .canonical_activation = "sigmoid", .canonical_value = value, .canonical_delta = canonical_delta,
        """,
      functions: """
        static int canonical_delta(const double *p, const nnkit_block *b, const double *z, const double *a,
                                   const double *y, double *delta) { NNKIT_EACH(b, i) delta[i] = a[i] - y[i]; return 0; }
        """),
    backend("beta left out", "product", element: "alpha * x"),
    backend("C read where beta is 0", "product", element: "alpha * x + beta * *place"),
    backend(
      "rows taken to touch", "product", element: "alpha * x + (beta == 0 ? 0 : beta * *place)",
      more: "if (j + 1 == n && c_row > n) place[1] = 0;"),
  ]
}

@Suite("nnkit plugins check")
struct PluginCheckTests {
  @Test("all bundled functions pass")
  func bundled() throws {
    let folder = try #require(SearchPath.programFolder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      // `make mpi` may have put a communicator there, whose ranks a machine need not be able to start.
      .filter { $0.hasPrefix("libnnkit-") && $0.hasSuffix(".so") && $0 != "libnnkit-mpi.so" }
    #expect(files.count >= 43)
    for file in files.sorted() {
      let command = try Command("plugins", "check", "\(folder)/\(file)", "--seconds", "60")
      // A library that a backend needs may not be there.
      let cannotWork = command.output.contains("not checked: it cannot work here")
      #expect(command.code == (cannotWork ? 1 : 0), "\(command.output)\(command.errors)")
      #expect(command.output.hasSuffix(cannotWork ? "nothing was checked\n" : "all checks passed\n"))
    }
  }

  @Test(
    "a bad plugin is found out by the right check, which says what was called and what came back",
    arguments: BadPlugin.all + BadPlugin.neurons + BadPlugin.subtleActivations + BadPlugin.subtleLosses
      + BadPlugin.subtleKinds + BadPlugin.unwritten + BadPlugin.slightlyWrong + BadPlugin.sideEffects
      + BadPlugin.keptStates + BadPlugin.describesThatDoMore + BadPlugin.smallBuffers + BadPlugin.hiddenNaN
      + BadPlugin.wrongInPlaces + BadPlugin.otherParameters)
  func bad(_ plugin: BadPlugin) throws {
    let folder = try TemporaryFolder()
    try Checkout.compile(plugin.source, to: folder.path("bad.so"))
    let seconds = plugin.status == "hung" ? "1" : "30"
    let command = try Command("plugins", "check", folder.path("bad.so"), "--json", "--seconds", seconds)
    #expect(command.code == 1)
    let report = try JSON(command.output)
    let checks = report["functions"][0]["checks"].list
    let outcome = try #require(checks.first { $0["check"].text == plugin.check }, "\(command.output)\(command.errors)")
    #expect(Sanitizer.statuses(plugin.status).contains(outcome["status"].text ?? ""), "\(command.output)")
    for part in ["called", "found", "expected"] { #expect(outcome["finding"][part].text?.isEmpty == false) }
    // A plugin that breaks one promise keeps the others that do not follow from it.
    if plugin.check != "values" {
      let first = checks.first { $0["status"].text != "passed" }
      #expect(first?["check"].text == plugin.check, "\(command.output)")
    }
  }

  @Test(
    "an unusual plugin that keeps every promise passes",
    arguments: BadPlugin.unusualActivations + BadPlugin.unusualLosses + BadPlugin.unusualKinks
      + BadPlugin.dependentParameters)
  func unusual(_ plugin: BadPlugin) throws {
    let folder = try TemporaryFolder()
    try Checkout.compile(plugin.source, to: folder.path("good.so"))
    let command = try Command("plugins", "check", folder.path("good.so"), "--seconds", "30")
    #expect(command.code == 0, "\(command.output)\(command.errors)")
  }

  @Test("a finding tells which call it was, with its block, its parameters and its numbers, crashes too")
  func attribution() throws {
    let crash = BadPlugin.activation(
      "", "", evaluate: "NNKIT_EACH(b, i) { if (z[i] > 2 && p[0] == 4) abort(); a[i] = z[i]; }",
      functions: "static const nnkit_parameter list[] = {{\"slope\", NULL, 1, 0.5, 4, 0, 0}};", parameters: "list, 1")
    let combine = BadPlugin.kind("", "", z: "double z = bias; if (n == 8) abort(); return z;")
    let hang = BadPlugin.activation(
      "", "", backward: "NNKIT_EACH(b, i) delta[i] = received[i]; if (b->neurons == 7) for (volatile int i = 1; i;) {}")
    let prepared = BadPlugin.activation(
      "", "", evaluate: "if (b->columns == 256) abort(); NNKIT_EACH(b, i) a[i] = z[i];")
    let killed = BadPlugin.activation("", "", evaluate: "kill(getpid(), 9);", functions: "#include <signal.h>")
    let added = BadPlugin.loss(
      "", "", wholeGradient: "NNKIT_EACH(b, i) if (a[i] < y[i] || a[i] > y[i] + 1e-3) received[i] = a[i] - y[i];")
    let process = BadPlugin.activation(
      "", "", backward: "NNKIT_EACH(b, i) delta[i] = received[i]; if (z[0] > 3 && z[0] < 4) (void)!system(\":\");")
    let cases: [(BadPlugin, [String])] = [
      (crash, ["FAILED  parameters", "evaluate of bad(slope: 4.0) with a block of 1 × 8: z = ["]),
      (combine, ["FAILED  values", "combine for ", "fan-in 8", "w = [", "x = ["]),
      (prepared, ["FAILED  threads", "evaluate with a block of 8 × 256: z = [", "signal 6"]),
      (killed, ["FAILED  values", "evaluate with a block of 1 × 8", "signal 9", "where memory runs out"]),
      (added, ["FAILED  written", "0.0 where 0 was before, 1.0 where 1 was, nan where NaN was", "left as it was"]),
      (process, ["FAILED  values", "backward with a block of 1 × 8", "another process"]),
      (hang, ["FAILED  inputs", "backward with a block of 7 × 1, row_stride 5: z = [", "a = [", "received = ["]),
    ]
    for (plugin, parts) in cases {
      let folder = try TemporaryFolder()
      try Checkout.compile(plugin.source, to: folder.path("bad.so"))
      let command = try Command("plugins", "check", folder.path("bad.so"), "--seconds", "1")
      #expect(command.code == 1)
      for part in parts { #expect(command.output.contains(part), "\(part): \(command.output)") }
    }
  }

  @Test("one call may take as long as is asked, a check of many calls six times as long, and then it was not checked")
  func manyCalls() throws {
    // Each check makes hundreds of calls: none hangs.
    let slow = BadPlugin.activation("", "", evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; usleep(3000);")
    let folder = try TemporaryFolder()
    try Checkout.compile(slow.source, to: folder.path("slow.so"))
    let command = try Command("plugins", "check", folder.path("slow.so"), "--seconds", "0.4")
    #expect(!command.output.contains("hung") && !command.output.contains("FAILED"), "\(command.output)")
    #expect(command.output.contains("not checked: it was not done within six times the 0.4 s"), "\(command.output)")
    let many = (0..<20).map { "{\"p_\($0)\", NULL, 1, -4, 4, 0, 0}" }.joined(separator: ", ")
    let sound = BadPlugin.activation(
      "", "", functions: "static const nnkit_parameter list[] = {\(many)};", parameters: "list, 20")
    try Checkout.compile(sound.source, to: folder.path("sound.so"))
    let longer = try Command("plugins", "check", folder.path("sound.so"), "--seconds", "0.5")
    #expect(longer.output.contains("parameters") && !longer.output.contains("hung"), "\(longer.output)")
  }

  @Test(
    "a plugin that closes files that are not its own is found out",
    arguments: [(3, "one of its calls"), (4, "with a block of 7 × 1")])
  func closedFiles(_ descriptor: Int, _ call: String) throws {
    let plugin = BadPlugin.activation(
      "", "", evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (b->neurons == 7) close(\(descriptor));")
    let folder = try TemporaryFolder()
    try Checkout.compile(plugin.source, to: folder.path("bad.so"))
    let command = try Command("plugins", "check", folder.path("bad.so"))
    #expect(command.code == 1)
    #expect(command.output.contains(call), "\(command.output)")
    #expect(command.output.contains("nnkit's own files closed"), "\(command.output)")
  }

  @Test("no process that a plugin has started is left, whether the check ended or ran out of time", arguments: [9, 0])
  func noProcessLeft(_ seconds: Int) throws {
    // A number that tells this test's processes from all others.
    let number = Int.random(in: 500_000..<900_000)
    let plugin = BadPlugin.activation(
      "", "",
      evaluate: """
        NNKIT_EACH(b, i) a[i] = z[i];
        if (b->columns == 8 && !once++ && system("sleep \(number) &") == 0 && \(seconds) == 0) sleep(60);
        """, functions: "static int once;")
    let folder = try TemporaryFolder()
    try Checkout.compile(plugin.source, to: folder.path("bad.so"))
    let command = try Command("plugins", "check", folder.path("bad.so"), "--seconds", seconds == 0 ? "0.3" : "30")
    #expect(command.code == 1)
    #expect(command.output.contains(seconds == 0 ? "hung" : "another process"))
    let processes = try Command(program: "/bin/sh", ["-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"])
    #expect(!processes.output.contains("sleep \(number)"))
  }

  @Test("a file that dies when it is opened, or is no plugin, is a finding too")
  func unopenable() throws {
    let folder = try TemporaryFolder()
    let source = try #require(Checkout.readmeBlocks("c").first)
    let crash = "__attribute__((constructor)) static void start(void) { *(volatile int *)8 = 1; }\n"
    try Checkout.compile(source + "\n" + crash, to: folder.path("dies.so"))
    let dies = try Command("plugins", "check", folder.path("dies.so"))
    #expect(dies.code == 1 && (dies.output.contains("signal 11") || Sanitizer.isOn), "\(dies.output)")
    try folder.write("no plugin", to: "text.so")
    let text = try Command("plugins", "check", folder.path("text.so"))
    #expect(text.code == 1 && text.output.contains("not a shared library"), "\(text.output)")
    let sound = try Command("plugins", "check", "relu")
    #expect(sound.code == 0 && sound.output.contains("all checks passed"))
    try Command("plugins", "check", "rellu").expectFailure(["did you mean `relu`"])
  }
}
