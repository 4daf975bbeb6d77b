import Foundation
import NNKit
import Testing

/// Plugins that end the program when they are called: only plugins that cannot even be opened are known before.
@Suite("plugins that end the program")
struct UnexpectedEndTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func install(_ statement: String, functions: String = "") throws {
    try FileManager.default.createDirectory(atPath: folder.path("plugins"), withIntermediateDirectories: true)
    let source = try #require(Checkout.readmeBlocks("c").first)
    try Checkout.compile(
      "#include <stdlib.h>\n#include <string.h>\n\(functions)\n"
        + source.replacingOccurrences(of: "  NNKIT_EACH", with: "  \(statement)\n  NNKIT_EACH"),
      to: folder.path("plugins/bent.so"))
  }

  private func commands() -> [[String]] {
    let options = ["--plugin-path", folder.path("plugins")]
    let bent = ["--set", "network.layers.0.activation=bent"] + options
    return [
      ["run", Checkout.example("xor"), "--quiet", "--output", folder.path("run")] + bent,
      ["gradcheck", Checkout.example("xor")] + bent, ["plugins", "bench", "bent"] + options,
    ]
  }

  @Test("exit() in a plugin is an error with the plugin's name, not a quiet success", arguments: [0, 3])
  func exits(_ code: Int) throws {
    try install("exit(\(code));")
    for command in commands() {
      try Command(command).expectFailure([
        "plugins/bent.so: the plugin has ended the program with exit()", "nnkit plugins check",
      ])
    }
  }

  @Test(
    "a crash in a plugin, or in what it calls, names the plugin and shows no stack",
    .disabled(if: Sanitizer.isOn, "a sanitizer tells of crashes itself"),
    arguments: [
      ("*(volatile int *)8 = 1;", Int32(11), "segmentation fault"),
      ("void *volatile nowhere = (void *)16; memset(nowhere, 0, 64);", 11, "segmentation fault"),
      ("abort();", 6, "abort()"),
    ])
  func crashes(_ statement: String, _ signal: Int32, _ words: String) throws {
    try install(statement)
    for command in commands() {
      let command = try Command(command)
      command.expectFailure(["plugins/bent.so: the plugin has crashed (\(words))"], code: -signal)
      #expect(command.errors.split(separator: "\n").count == 1, "\(command.errors)")
    }
  }

  @Test(
    "buffers that are too small for a real layer are told with the plugin's file, in a run that is long under way",
    .disabled(if: Sanitizer.isOn, "a sanitizer tells of crashes itself"),
    arguments: [
      "volatile double room[1024];", "static volatile double room[1024];",
      "static _Thread_local volatile double room[1024];",
      "volatile double *room = malloc(1024 * sizeof(double));", "volatile double room[block->neurons * 200000];",
    ])
  func fixedBuffers(_ buffer: String) throws {
    let free = buffer.contains("malloc") ? "free((void *)room);" : ""
    try install("\(buffer) size_t n = 0; NNKIT_EACH(block, i) room[n++] = z[i]; \(free)")
    let command = try Command(try wideRun())
    #expect(command.code < 0)
    // Behind static buffers lie the loader's and the thread's own data, by which the plugin is found.
    let isFound = command.errors.contains("plugins/bent.so: the plugin has crashed (")
    #expect(isFound || buffer.hasPrefix("static"), "\(command.errors)")
    #expect(command.errors.contains("has crashed (") && command.errors.contains("plugins/bent.so"), "\(command.errors)")
    #expect(command.errors.contains("nnkit plugins check") && !command.errors.contains("mistake in nnkit"))
  }

  @Test(
    "a crash is reported although the plugin has written over its thread's own data",
    .disabled(if: Sanitizer.isOn, "a sanitizer tells of crashes itself"),
    arguments: [1, 2],
    [
      "for (;;) *own++ = 85;", "for (int i = 0; i < 2000; i++) own[i] = 85; *(volatile int *)8 = 1;",
      "for (int i = -4096; i < 4000; i++) own[i] = 85; *(volatile int *)8 = 1;",
    ])
  func overwrittenThread(_ threads: Int, _ statements: String) throws {
    try install("volatile char *own = __builtin_thread_pointer(); \(statements)")
    let command = try Command(try wideRun() + ["--threads", "\(threads)"])
    command.expectFailure(["has crashed (segmentation fault)", "plugins/bent.so", "nnkit plugins check"], code: -11)
    #expect(command.errors.split(separator: "\n").count == 1, "\(command.errors)")
  }

  @Test(
    "a crash ends the program although its place cannot be found, and whatever signals were blocked at the start",
    .disabled(if: Sanitizer.isOn, "a sanitizer tells of crashes itself"))
  func loaderHeld() throws {
    // While a library is being opened, the loader tells no other thread which file an address belongs to.
    try Checkout.compile(
      "#include <unistd.h>\n__attribute__((constructor)) static void start(void) { for (;;) pause(); }",
      to: folder.path("slow.so"))
    try install(
      "pthread_t thread; pthread_create(&thread, NULL, load, NULL); usleep(300000); *(volatile int *)8 = 1;",
      functions: """
        #include <dlfcn.h>
        #include <pthread.h>
        #include <unistd.h>
        static void *load(void *none) { return dlopen("\(folder.path("slow.so"))", RTLD_NOW); }
        """)
    let command = try Command(
      program: "/usr/bin/env", ["--block-signal=ALRM", "--block-signal=SEGV", Checkout.nnkit] + commands()[0])
    command.expectFailure(["error: nnkit has crashed (segmentation fault)", "plugins/bent.so"], code: -11)
  }

  @Test(
    "a crash in nnkit itself names the plugins that may have written over its memory",
    .disabled(if: Sanitizer.isOn, "a sanitizer tells of crashes itself"))
  func overwritten() throws {
    // Its second page of outputs is the host's, which ends when it reads them.
    let source = """
      #include <nnkit/plugin.h>
      #include <sys/mman.h>
      static int evaluate(const double *p, const nnkit_block *b, const double *z, double *a) {
        NNKIT_EACH(b, i) a[i] = z[i];
        mprotect((void *)(((size_t)a + 8191) & ~4095ul), 4096, PROT_NONE);
        return 0;
      }
      static int backward(const double *p, const nnkit_block *b, const double *z, const double *a,
                          const double *received, double *delta) { NNKIT_EACH(b, i) delta[i] = received[i]; return 0; }
      static const nnkit_activation bad = {
        .function = NNKIT_FUNCTION(nnkit_activation, NNKIT_ACTIVATION, "bad", "bad", "a = z"),
        .evaluate = evaluate, .backward = backward};
      NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &bad.function)
      """
    try FileManager.default.createDirectory(atPath: folder.path("plugins"), withIntermediateDirectories: true)
    try Checkout.compile(source, to: folder.path("plugins/bent.so"))
    let command = try Command(try wideRun("bad"))
    command.expectFailure(
      ["error: nnkit has crashed (", "a plugin has written outside of its arrays", "plugins/bent.so"], code: -11)
    #expect(!command.errors.contains("mistake in nnkit"))
  }

  @Test(
    "a network too large for the memory that the process may have is refused; a crash under such a limit tells of it",
    .disabled(if: Sanitizer.isOn, "a sanitizer needs terabytes of addresses"),
    arguments: [
      (4000, "needs 0.5 GB of memory, this process can have 0.3 GB"),
      // It needs 19 MB less than the limit, and the program itself more than that.
      (3000, "), perhaps for lack of memory: a limit is set for this process"),
    ])
  func limitedMemory(_ neurons: Int, _ words: String) throws {
    let config = try folder.write(
      """
      seed: 1
      precision: float64
      data: {train: {generator: xor}}
      network: {layers: [{neurons: \(neurons), activation: tanh}, {neurons: \(neurons), activation: tanh}]}
      loss: half_squared_error
      training: {epochs: 1, optimizer: rprop}
      """, to: "large.yaml")
    let arguments = [
      "-c", "ulimit -v 300000; exec \"$@\"", "sh", try Checkout.nnkit, "run", config, "--quiet", "--output",
      folder.path("large"),
    ]
    let command = try Command(program: "/bin/sh", arguments)
    #expect(command.code != 0 && command.errors.contains(words), "\(command.errors)")
  }

  /// Trains a layer of 2,000 neurons with batches of 50.
  private func wideRun(_ activation: String = "bent") throws -> [String] {
    let config = try folder.write(
      """
      seed: 1
      precision: float64
      threads: 1
      data: {train: {generator: {name: moons, samples: 200}}}
      network: {layers: [{neurons: 2000, activation: \(activation)}, {neurons: 1, activation: sigmoid}]}
      loss: binary_cross_entropy
      training: {epochs: 2, batch: 50}
      """, to: "wide.yaml")
    return ["run", config, "--quiet", "--output", folder.path("wide"), "--plugin-path", folder.path("plugins")]
  }
}
