import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Runs of every kind, left in the middle of an epoch and resumed; and run folders that somebody has been at.
@Suite("resumed runs")
struct ResumedRunTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let kinds: [(name: String, training: String, more: String)] = [
    ("sgd", "optimizer: sgd, batch: 1", ""),
    ("sgd in double precision", "optimizer: {name: sgd, learning_rate: 0.05}, batch: 1", "precision: float64"),
    (
      "momentum",
      "optimizer: {name: sgd, learning_rate: 0.02, momentum: 0.9, nesterov: true}, schedule: {name: cosine, warmup: 1}",
      "engine: neuron"
    ),
    ("rmsprop", "optimizer: rmsprop, regularization: {l1: 0.001, l2: 0.001}", "threads: 2"),
    (
      "adagrad",
      "optimizer: adagrad, schedule: {name: step, every: 2}, early_stopping: {metric: validation_accuracy, patience: 20}",
      "engine: fused"
    ),
    ("adam", "optimizer: adam, batch: 1, shuffle: false, schedule: exponential", ""),
    (
      "adamw", "optimizer: {name: adamw, weight_decay: 0.1}, batch: 64, schedule: {name: exponential, factor: 0.9}",
      "backend: builtin"
    ),
    (
      "nadam with a plateau",
      "optimizer: {name: nadam, learning_rate: 0.05}, schedule: {name: plateau, factor: 0.5, patience: 1, warmup: 1.5}",
      ""
    ), ("lion", "optimizer: lion, batch: 32, schedule: {name: plateau, metric: train_accuracy, patience: 2}", ""),
    ("quickprop", "optimizer: {name: quickprop, learning_rate: 0.1}, batch: 1600", ""),
    ("irpropm", "optimizer: irpropm, batch: 1600", "precision: float64"),
    ("rprop", "optimizer: rprop, batch: 20, early_stopping: {metric: train_loss, patience: 20}", ""),
  ]

  @Test("end with the same bytes whatever the optimizer, and say the same of their epochs", arguments: 0..<kinds.count)
  func everyKind(_ index: Int) throws {
    let kind = Self.kinds[index]
    let config = try folder.write(
      """
      seed: 5
      data: {train: {generator: {name: spirals, samples: 2000, noise: 0.1}}, validation: 0.2, scale: standard}
      network: {layers: [{neurons: 24, activation: tanh}, {neurons: 2, activation: softmax}]}
      loss: cross_entropy
      report: false
      training: {epochs: 60, checkpoint: {seconds: 0.002}, \(kind.training)}
      \(kind.more)
      """, to: "config.yaml")
    func metrics(_ name: String) throws -> [[Double?]] {
      try folder.read("\(name)/metrics.jsonl").split(separator: "\n").map { line in
        let epoch = try JSON(String(line))
        return ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"].map
        {
          epoch[$0].number
        }
      }
    }
    let whole = try Command("run", config, "--quiet", "--output", folder.path("whole"))
    try #require(whole.code == 0, "\(whole.errors)")

    var (lives, left) = (0, 0)
    while !folder.exists("run/summary.json") {
      let before = newest()
      let run = folder.exists("run") ? ["--resume", folder.path("run")] : [config, "--output", folder.path("run")]
      let process = try StartedProcess(Checkout.nnkit, ["run", "--quiet"] + run, errors: .nowhere)
      // It may go on by some batches; the last life comes to its end.
      if left < 3 {
        while process.isRunning && newest() == before { usleep(200) }
        process.send(left == 1 ? SIGTERM : SIGKILL)
      }
      process.wait()
      lives += 1
      left += folder.exists("run/summary.json") ? 0 : 1
      if left == 0 {
        // It came to its end before its death: once more.
        try FileManager.default.removeItem(atPath: folder.path("run"))
        try #require(lives < 50, "it was never left")
      }
    }
    #expect(try folder.bytes("run/model.safetensors") == folder.bytes("whole/model.safetensors"))
    #expect(try metrics("run") == metrics("whole"))
  }

  /// The newest checkpoint's name.
  private func newest() -> String? {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints")))?
      .filter { $0.hasSuffix(".safetensors") }.max()
  }

  @Test(
    "a second signal ends a run at once, in the middle of a batch that never ends",
    .disabled(if: Sanitizer.isOfThreads, "it hands signals on at calls, which a plugin's loop has none of"),
    arguments: [SIGINT, SIGTERM])
  func secondSignal(_ signal: Int32) throws {
    try FileManager.default.createDirectory(atPath: folder.path("plugins"), withIntermediateDirectories: true)
    let source = try #require(Checkout.readmeBlocks("c").first)
    try Checkout.compile(
      source.replacingOccurrences(of: "  NNKIT_EACH", with: "  for (volatile int i = 1; i;) {}\n  NNKIT_EACH"),
      to: folder.path("plugins/bent.so"))
    let process = try StartedProcess(
      Checkout.nnkit,
      [
        "run", Checkout.example("xor"), "--set", "network.layers.0.activation=bent", "--quiet", "--output",
        folder.path("run"), "--plugin-path", folder.path("plugins"),
      ])
    defer { process.send(SIGKILL) }
    while process.isRunning && !folder.exists("run") { usleep(1000) }
    process.send(signal)
    usleep(300_000)
    try #require(process.isRunning)
    let start = ContinuousClock.now
    process.send(signal)
    while process.isRunning && ContinuousClock.now - start < .seconds(5) { usleep(1000) }
    try #require(!process.isRunning)
    #expect(process.wait() == 128 + signal)
    // What there is can be resumed: with a function that returns, from the beginning.
    try Checkout.compile(source, to: folder.path("plugins/bent.so"))
    let resumed = try Command(
      "run", "--resume", folder.path("run"), "--quiet", "--plugin-path", folder.path("plugins"))
    #expect(resumed.code == 0 && folder.exists("run/model.safetensors"), "\(resumed.errors)")
  }

  @Test("go on with the threads, the engine and the backend that they were begun with")
  func recorded() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1}")
    let begun = try Command(
      "run", run.config, "--quiet", "--output", run.folder.path("run"), "--threads", "3", "--backend", "builtin",
      "--set", "engine=neuron")
    try #require(begun.code == 0, "\(begun.errors)")
    let model = try run.folder.bytes("run/model.safetensors")
    try FileManager.default.removeItem(atPath: run.folder.path("run/model.safetensors"))
    try FileManager.default.removeItem(atPath: run.folder.path("run/summary.json"))
    try FileManager.default.removeItem(atPath: run.folder.path(try #require(run.checkpoints("run").last)))
    let resumed = try Command("run", "--resume", run.folder.path("run"))
    try #require(resumed.code == 0 && resumed.output.contains("resumed after 5 epochs"), "\(resumed.errors)")
    let summary = try JSON(run.folder.read("run/summary.json"))
    #expect(
      summary["threads"].number == 3 && summary["engine"].text == "neuron" && summary["backend"].text == "builtin")
    #expect(try run.folder.bytes("run/model.safetensors") == model)
  }

  @Test("files of others among the checkpoints stay, what was left half written goes")
  func others() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1}")
    let reference = try run.reference()
    try FileManager.default.copyItem(atPath: run.folder.path("reference"), toPath: run.folder.path("run"))
    for name in ["model.safetensors", "summary.json"] {
      try FileManager.default.removeItem(atPath: run.folder.path("run/\(name)"))
    }
    let newest = try #require(run.checkpoints("run").last)
    try FileManager.default.removeItem(atPath: run.folder.path(newest))
    let others = ["mine.safetensors", "000000000001.safetensors.old", "1.safetensors", "notes.txt"]
    for name in others { try run.folder.write("mine", to: "run/checkpoints/\(name)") }
    let halves = ["run/model.safetensors.tmp-99", "run/report.html.tmp-99", "\(newest).tmp-99"]
    for name in halves { try run.folder.write("half", to: name) }
    let resumed = try Command("run", "--resume", run.folder.path("run"))
    try #require(resumed.code == 0 && resumed.output.contains("resumed after 5 epochs"), "\(resumed.errors)")
    #expect(try run.folder.bytes("run/model.safetensors") == reference)
    for name in others { #expect(run.folder.exists("run/checkpoints/\(name)"), "\(name)") }
    for name in halves { #expect(!run.folder.exists(name), "\(name)") }
  }

  @Test("a link in the place of the metrics leads nowhere")
  func link() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1}")
    _ = try run.reference()
    for name in ["metrics.jsonl", "model.safetensors", "summary.json", "checkpoints"] {
      try FileManager.default.removeItem(atPath: run.folder.path("reference/\(name)"))
    }
    let elsewhere = run.folder.path("elsewhere")
    try FileManager.default.createSymbolicLink(
      atPath: run.folder.path("reference/metrics.jsonl"), withDestinationPath: elsewhere)
    try Command("run", "--resume", run.folder.path("reference"), "--quiet").expectFailure([
      "metrics.jsonl", "cannot be written",
    ])
    #expect(!run.folder.exists("elsewhere"))
  }

  @Test("a run whose model was removed makes it again from its last checkpoint")
  func lostModel() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1}")
    let reference = try run.reference()
    try FileManager.default.removeItem(atPath: run.folder.path("reference/model.safetensors"))
    let resumed = try Command("run", "--resume", run.folder.path("reference"))
    try #require(resumed.code == 0 && resumed.output.contains("resumed after 6 epochs"), "\(resumed.errors)")
    #expect(try run.folder.bytes("reference/model.safetensors") == reference)
  }

  @Test(
    "a checkpoint with a true checksum and an impossible history is refused",
    arguments: [
      ("\"epochs\":6", "\"epochs\":9223372036854775807"), ("\"epochs\":6", "\"epochs\":5"),
      ("\"samples\":2880", "\"samples\":9223372036854775807"), ("\"epochs\":6", "\"epochs\":-1"),
    ])
  func forged(_ old: String, _ new: String) throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1}")
    let reference = try run.reference()
    for name in ["model.safetensors", "summary.json"] {
      try FileManager.default.removeItem(atPath: run.folder.path("reference/\(name)"))
    }
    let newest = run.folder.path(try #require(run.checkpoints("reference").last))
    var file = try Safetensors(contentsOf: newest)
    let history = try #require(file.metadata["run"])
    try #require(history.contains(old), "\(history)")
    file.metadata["run"] = history.replacingOccurrences(of: old, with: new)
    file.metadata["sha256"] = nil
    try WholeFile.write(file.encoded(), to: newest)
    let resumed = try Command("run", "--resume", run.folder.path("reference"))
    try #require(resumed.code == 0 && resumed.output.contains("does not fit"), "\(resumed.output)\(resumed.errors)")
    #expect(try run.folder.bytes("reference/model.safetensors") == reference)
  }
}
