import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("nnkit run --resume RUN --epochs N")
struct ExtendedRunTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func configure(_ training: String, _ more: String = "") throws {
    try folder.write(
      """
      seed: 3
      data: {train: {generator: {name: spirals, samples: 300, noise: 0.05}}, validation: 0.2, scale: standard}
      network: {layers: [{neurons: 12, activation: tanh}, {neurons: 2, activation: softmax}]}
      loss: cross_entropy
      threads: 1
      report: false
      training: {epochs: 4, batch: 7, \(training)}
      \(more)
      """, to: "config.yaml")
  }

  private func run(_ name: String, _ options: String...) throws {
    let command = try Command(
      ["run", folder.path("config.yaml"), "--quiet", "--output", folder.path(name)] + options)
    try #require(command.code == 0, "\(command.errors)")
  }

  private func extend(_ name: String, _ epochs: Int, _ options: String...) throws -> Command {
    try Command(["run", "--resume", folder.path(name), "--epochs", "\(epochs)"] + options)
  }

  @Test(
    "gives a finished run byte for byte what as many epochs at once give, and its metrics",
    arguments: [
      "optimizer: {name: adam, learning_rate: 0.01}",
      "optimizer: {name: sgd, momentum: 0.9, learning_rate: 0.05}, shuffle: false",
      "optimizer: rprop", "optimizer: adamw, schedule: {name: step, every: 3, warmup: 1}",
      "optimizer: rmsprop, schedule: exponential, early_stopping: {metric: train_loss, patience: 9}",
    ])
  func finished(_ training: String) throws {
    try configure(training)
    try run("whole", "--epochs", "9")
    try run("run")
    for epochs in [6, 9] {
      let extended = try extend("run", epochs)
      try #require(extended.code == 0, "\(extended.errors)")
      #expect(extended.output.contains("resumed after \(epochs == 6 ? 4 : 6) epochs and 0 batches"))
    }
    #expect(try folder.bytes("run/model.safetensors") == folder.bytes("whole/model.safetensors"))
    #expect(try folder.read("run/config.yaml").contains("epochs: 9"))
    let summary = try JSON(folder.read("run/summary.json"))
    #expect(summary["ending"].text == "completed" && summary["epochs"].number == 9)
    let epochs = try folder.read("run/metrics.jsonl").split(separator: "\n").map {
      try JSON(String($0))["epoch"].number
    }
    #expect(epochs == (1...9).map { Double($0) })
  }

  @Test("gives an interrupted run the same, in the middle of an epoch too, and can be interrupted itself")
  func interrupted() throws {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.0001}", "report: false")
    let whole = try Command(
      "run", run.config, "--quiet", "--output", run.folder.path("whole"), "--set", "training.epochs=90", "--set",
      "training.early_stopping=null")
    try #require(whole.code == 0, "\(whole.errors)")
    let process = try run.start("run", ["--set", "training.epochs=80", "--set", "training.early_stopping=null"])
    try run.awaitCheckpoint("run", process)
    process.send(SIGTERM)
    try #require(process.wait() == 128 + SIGTERM)
    let text = try run.folder.read("run/config.yaml")
    try run.folder.write(
      text.replacingOccurrences(of: "checkpoint: {seconds: 0.0001}", with: "checkpoint: {epochs: 20}"),
      to: "run/config.yaml")
    let extended = try run.start("run", ["--epochs", "90"])
    let before = run.checkpoints("run").last
    while extended.isRunning && run.checkpoints("run").last == before { usleep(500) }
    extended.send(SIGKILL)
    extended.wait()
    let resumed = try Command("run", "--resume", run.folder.path("run"))
    try #require(resumed.code == 0, "\(resumed.errors)")
    #expect(try run.folder.bytes("run/model.safetensors") == run.folder.bytes("whole/model.safetensors"))
    #expect(try run.folder.read("run/metrics.jsonl").split(separator: "\n").count == 90)
  }

  @Test("trains a run whose checkpoints are gone from its first epoch, and says so")
  func withoutState() throws {
    try configure("optimizer: adam")
    try run("whole", "--epochs", "6")
    try run("run")
    try FileManager.default.removeItem(atPath: folder.path("run/checkpoints"))
    let extended = try extend("run", 6)
    #expect(extended.code == 0 && extended.output.contains("has left no state"), "\(extended.errors)")
    #expect(try folder.bytes("run/model.safetensors") == folder.bytes("whole/model.safetensors"))
    #expect(try folder.read("run/metrics.jsonl").split(separator: "\n").count == 6)
  }

  @Test("refuses a schedule that depends on how many epochs there are; another schedule is taken, with a note")
  func schedule() throws {
    try configure("optimizer: adam, schedule: {name: cosine, warmup: 1}")
    try run("run")
    let model = try folder.bytes("run/model.safetensors")
    try extend("run", 8).expectFailure(["follows a cosine over all 4 epochs", "--set training.schedule=constant"])
    #expect(try folder.bytes("run/model.safetensors") == model && folder.read("run/config.yaml").contains("epochs: 4"))
    let constant = try extend("run", 8, "--set", "training.schedule=constant")
    #expect(constant.code == 0, "\(constant.errors)")
    #expect(constant.output.contains("note: the schedule is constant from here on, it was cosine"))
    let rates = try folder.read("run/metrics.jsonl").split(separator: "\n").map {
      try JSON(String($0))["learning_rate"].number
    }
    #expect(rates.count == 8 && rates.suffix(4).allSatisfy { $0 == 0.001 } && rates[3] != 0.001)
    // What it then is can be extended like any other.
    #expect(try extend("run", 9).code == 0)
  }

  @Test("refuses what would change nothing or something else, and leaves the run as it is")
  func refused() throws {
    try configure("optimizer: adam")
    try run("run")
    try extend("run", 4).expectFailure(["has had 4 epochs", "found 4"])
    try extend("run", 3).expectFailure(["has had 4 epochs", "found 3"])
    try extend("run", 9, "--set", "seed=2").expectFailure(
      ["training.schedule, training.early_stopping or training.stop"], code: 2)
    try extend("run", 9, "--threads", "2").expectFailure(["--threads"], code: 2)
    try Command("run", "--resume", folder.path("run"), "--set", "training.schedule=constant")
      .expectFailure(["--epochs N"], code: 2)
    #expect(try Command("run", "--resume", folder.path("run")).output.contains("is finished"))
    let text = try folder.read("run/config.yaml")
    try folder.write(text.replacingOccurrences(of: "seed: 3", with: "seed: 4"), to: "run/config.yaml")
    try extend("run", 9).expectFailure(["then `seed: 3`, now `seed: 4`"])
  }

  @Test(
    "of a finished run whose configuration has been changed since, resume says what has",
    arguments: [
      ("epochs: 4", "epochs: 7", true), ("batch: 7", "batch: 8", true), ("neurons: 12", "neurons: 13", true),
      ("validation: 0.2", "validation: 0.3", true), ("scale: standard", "scale: unit", true),
      ("checkpoint: automatic", "checkpoint: {epochs: 1}", false), ("report: false", "report: true", false),
    ])
  func changed(_ old: String, _ new: String, _ isOther: Bool) throws {
    try configure("optimizer: adam")
    try run("run")
    let model = try folder.bytes("run/model.safetensors")
    let text = try folder.read("run/config.yaml")
    try #require(text.contains(old))
    try folder.write(text.replacingOccurrences(of: old, with: new), to: "run/config.yaml")
    let resumed = try Command("run", "--resume", folder.path("run"))
    if isOther {
      resumed.expectFailure(["config.yaml: the run has ended", "then `", "\(old)`, now `", "\(new)`", "--epochs N"])
    } else {
      #expect(resumed.code == 0 && resumed.output.contains("is finished"), "\(resumed.errors)")
    }
    #expect(try folder.bytes("run/model.safetensors") == model)
  }

  @Test("a run that early stopping ended goes on with more patience or without it, else it says that it would not")
  func earlyStopping() throws {
    try configure("optimizer: {name: adam, learning_rate: 0.5}, early_stopping: {metric: validation_loss, patience: 1}")
    try run("run", "--epochs", "200")
    let ended = try JSON(folder.read("run/summary.json"))["epochs"].number
    try #require(ended ?? 200 < 200)
    try extend("run", 300).expectFailure(["early stopping ended the run", "--set training.early_stopping=null"])
    try extend("run", 300, "--set", "training.early_stopping.metric=train_loss").expectFailure(["cannot be compared"])
    let more = try extend("run", 300, "--set", "training.early_stopping.patience=3")
    #expect(more.code == 0 && more.output.contains("note: early stopping is another one"), "\(more.errors)")
    let without = try extend("run", 320, "--set", "training.early_stopping=null")
    #expect(without.code == 0, "\(without.errors)")
    let summary = try JSON(folder.read("run/summary.json"))
    #expect(summary["epochs"].number == 320 && summary["best_epoch"].number == nil)
    #expect(try !folder.read("run/config.yaml").contains("early_stopping"))
  }

  @Test("while a run is being extended its former model answers, with a note, and is replaced at the end")
  func reopened() throws {
    try configure("optimizer: adam, checkpoint: {epochs: 1}")
    try run("run")
    let model = try folder.bytes("run/model.safetensors")
    let process = try StartedProcess(
      Checkout.nnkit, ["run", "--resume", folder.path("run"), "--epochs", "1000000", "--quiet"])
    while process.isRunning && folder.exists("run/summary.json") { usleep(500) }
    let evaluated = try Command("evaluate", folder.path("run"))
    #expect(evaluated.code == 0 && evaluated.errors.contains("of a former end of the run"), "\(evaluated.errors)")
    process.send(SIGTERM)
    process.wait()
    #expect(try folder.bytes("run/model.safetensors") == model)
    #expect(try Command("finish", folder.path("run"), "--quiet").code == 0)
    #expect(try folder.bytes("run/model.safetensors") != model)
  }

  @Test("without --resume, --epochs says how many epochs a new run has")
  func newRun() throws {
    try configure("optimizer: adam")
    try run("run", "--epochs", "2")
    #expect(try folder.read("run/config.yaml").contains("epochs: 2"))
    #expect(try folder.read("run/metrics.jsonl").split(separator: "\n").count == 2)
  }
}
