import NNKit
import Testing

@Suite("what nnkit plugins check says of what it could not check")
struct PluginReportTests {
  private let folder: TemporaryFolder
  private let future = """
    #include <nnkit/plugin.h>
    static const nnkit_function later = {sizeof(nnkit_function), 99, "later", "of a kind to come", "?"};
    """
  private let sound = """
    static int evaluate(const double *p, const nnkit_block *b, const double *z, double *a) {
      NNKIT_EACH(b, i) a[i] = z[i]; return 0; }
    static int backward(const double *p, const nnkit_block *b, const double *z, const double *a,
                        const double *received, double *delta) { NNKIT_EACH(b, i) delta[i] = received[i]; return 0; }
    static const nnkit_activation now = {
      .function = NNKIT_FUNCTION(nnkit_activation, NNKIT_ACTIVATION, "now", "a = z", "a = z"),
      .evaluate = evaluate, .backward = backward };
    """

  init() throws { folder = try TemporaryFolder() }

  private func check(_ source: String, _ options: String...) throws -> Command {
    try Checkout.compile(source, to: folder.path("it.so"))
    return try Command(["plugins", "check", folder.path("it.so")] + options)
  }

  @Test("a plugin of which nothing can be checked does not pass")
  func nothing() throws {
    let source = future + "NNKIT_PLUGIN(\"a tester\", \"CC0-1.0\", \"1\", &later)"
    let command = try check(source)
    #expect(command.code == 1)
    #expect(command.output.contains("not checked: later, of a kind that this nnkit does not know"))
    #expect(command.output.hasSuffix("nothing was checked\n"))
    let json = try JSON(check(source, "--json").output)
    #expect(json["skipped"].list.map(\.text) == ["later"] && json["passed"].number == 0)
  }

  @Test("what passes beside a function that cannot be checked is said to be a part")
  func part() throws {
    let command = try check(future + sound + "NNKIT_PLUGIN(\"a tester\", \"CC0-1.0\", \"1\", &later, &now.function)")
    #expect(command.code == 0)
    #expect(command.output.contains("not checked: later"))
    #expect(command.output.hasSuffix("all checks that could be made passed\n"))
  }

  @Test("a backend that finds no library is not checked, and says why")
  func backend() throws {
    let source = """
      #include <nnkit/plugin.h>
      static int start(char *text, size_t size) { text[0] = '?'; text[1] = 0; return 1; }
      static int product(size_t m, size_t n, size_t k, double alpha, const double *a, size_t a_row, size_t a_column,
                         const double *b, size_t b_row, size_t b_column, double beta, double *c, size_t c_row) { return 1; }
      static const nnkit_backend lost = {
        .function = NNKIT_FUNCTION(nnkit_backend, NNKIT_BACKEND, "lost", "finds nothing", "C = A B"),
        .start = start, .product = product};
      NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &lost.function)
      """
    let absent = try check(source)
    #expect(absent.code == 1)
    #expect(
      absent.output.contains("not checked: it cannot work here: ?") && !absent.output.contains("all checks passed"))
    let idle = try check(source.replacing("return 1; }\n", with: "return 0; }\n", maxReplacements: 1))
    #expect(
      idle.code == 1 && idle.output.contains("not checked: it leaves every product to the host"), "\(idle.output)")
  }

  @Test("a mistyped name is told from names of every kind")
  func suggestions() throws {
    try Command("plugins", "check", "cross_entrop").expectFailure([
      "no plugin offers the loss function `cross_entrop`", "did you mean `cross_entropy`",
    ])
    try Command("plugins", "bench", "radial_bais").expectFailure([
      "no plugin offers the neuron function `radial_bais`", "did you mean `radial_basis`",
    ])
    try Command("plugins", "check", "zzzzzzzzzz").expectFailure(["no plugin offers a function `zzzzzzzzzz`"])
  }

  @Test("a finding about the file says once what was expected, and no advice that cannot help")
  func file() throws {
    let device = try Command("plugins", "check", "/dev/null")
    #expect(device.code == 1 && device.output.contains("is not a regular file") && !device.output.contains("chmod"))
    let text = try Command("plugins", "check", folder.write("no plugin", to: "text.so"))
    #expect(text.output.contains("expected what `cc -shared` makes\n"), "\(text.output)")
    let weights = try check(BadPlugin.kind("", "", count: "(size_t)1 << 60").source)
    #expect(weights.output.contains("1152921504606846976 weights, expected 0 to 68719476736\n"), "\(weights.output)")
  }

  @Test("values too rough for differences are counted truly")
  func rough() throws {
    let value = "(a[i] - y[i]) * (a[i] - y[i]) / 2 + fabs(sin(1e9 * a[i]))"
    let command = try check(BadPlugin.loss("", "", value: value).source, "--seconds", "60")
    let line = try #require(command.output.split(separator: "\n").first { $0.contains("differences say nothing at") })
    let numbers = line.split(separator: " ").compactMap { Int($0) }
    #expect(line.contains("value gave") && line.contains("a smooth function at 3 points of 5 or more"))
    #expect(numbers.count >= 2 && numbers[0] <= numbers[1] && 5 * numbers[0] > 2 * numbers[1], "\(line)")
  }

  @Test("a process that left its group and its session is found and ended, too")
  func daemon() throws {
    // A number that tells this test's processes from all others.
    let number = Int.random(in: 500_000..<900_000)
    let plugin = BadPlugin.activation(
      "", "", evaluate: "NNKIT_EACH(b, i) a[i] = z[i]; if (!once++) (void)!system(\"setsid sleep \(number) &\");",
      functions: "static int once;")
    let command = try check(plugin.source)
    #expect(command.code == 1 && command.output.contains("another process"), "\(command.output)")
    let processes = try Command(program: "/bin/sh", ["-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"])
    #expect(!processes.output.contains("sleep \(number)"))
  }

  @Test("memory that is lost with each call is found", .enabled(if: !Sanitizer.isOn))
  func leak() throws {
    for (name, plugin) in [
      (
        "evaluate",
        BadPlugin.activation(
          "", "", evaluate: "char *volatile lost = malloc(4096); (void)lost; NNKIT_EACH(b, i) a[i] = z[i];")
      ), ("send", BadPlugin.neuron("", "", send: "char *volatile lost = malloc(4096); (void)lost;")),
    ] {
      let command = try check(plugin.source)
      #expect(command.code == 1 && command.output.contains("FAILED  environment"), "\(command.output)")
      #expect(command.output.contains("\(name) ") && command.output.contains("a heap that grows by 4"))
    }
  }
}
