import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("nnkit finish, and checkpoints as models")
struct FinishedRunTests {
  /// A run that was left in the middle of an epoch, if it has come so far, with more epochs than anybody waits for.
  private func left(_ options: [String] = []) throws -> InterruptedRun {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.0001}")
    let process = try run.start(
      "run", ["--set", "training.epochs=100000", "--set", "training.early_stopping=null"] + options)
    while process.isRunning && !run.folder.exists("run/metrics.jsonl") { usleep(500) }
    process.send(SIGTERM)
    try #require(process.wait() == 128 + SIGTERM)
    return run
  }

  @Test("a run that was left gets model, summary and report from its newest checkpoint")
  func stopped() throws {
    let run = try left()
    let checkpoint = try #require(run.checkpoints("run").last)
    let finished = try Command("finish", run.folder.path("run"))
    #expect(finished.code == 0 && finished.output.contains("The training was ended after"), "\(finished.errors)")
    for file in ["model.safetensors", "summary.json", "report.html"] { #expect(run.folder.exists("run/\(file)")) }
    let summary = try JSON(run.folder.read("run/summary.json"))
    #expect(summary["ending"].text == "stopped")
    let lines = try run.folder.read("run/metrics.jsonl").split(separator: "\n").count
    #expect(summary["epochs"].number == Double(lines) && lines > 0)
    let model = try Safetensors(contentsOf: run.folder.path("run/model.safetensors"))
    let state = try Safetensors(contentsOf: run.folder.path(checkpoint))
    for name in model.tensors.keys where name.hasSuffix("weights") {
      #expect(model.tensors[name]?.bytes == state.tensors[name]?.bytes)
    }
    let again = try Command("finish", run.folder.path("run"))
    #expect(again.code == 0 && again.output.contains("is finished"))
  }

  @Test("a process that is at the run ends it in order when asked, and says so with code 0")
  func busy() throws {
    let run = try InterruptedRun(checkpoint: "{epochs: 1000}", "report: false")
    let process = try run.start("run", ["--set", "training.epochs=1000000", "--set", "training.early_stopping=null"])
    defer { process.send(SIGKILL) }
    while process.isRunning && !run.folder.exists("run/metrics.jsonl") { usleep(500) }
    let finished = try Command("finish", run.folder.path("run"))
    #expect(finished.code == 0 && finished.output.contains("is finished"), "\(finished.errors)")
    #expect(process.wait() == 0)
    #expect(try JSON(run.folder.read("run/summary.json"))["ending"].text == "stopped")
    #expect(run.folder.exists("run/model.safetensors") && !run.folder.exists("run/finish-requested"))
    // What was ended so is not lost: it can have more epochs.
    let epochs = Int(try JSON(run.folder.read("run/summary.json"))["epochs"].number ?? 0)
    let more = try Command("run", "--resume", run.folder.path("run"), "--epochs", "\(epochs + 2)", "--quiet")
    #expect(more.code == 0, "\(more.errors)")
  }

  @Test("with early stopping the best epoch's weights are kept, and the request of a process that died is forgotten")
  func best() throws {
    let run = try left(["--set", "training.early_stopping={metric: train_loss, patience: 100000}"])
    try run.folder.write("", to: "run/finish-requested")
    let checkpoint = try Safetensors(contentsOf: run.folder.path(try #require(run.checkpoints("run").last)))
    let finished = try Command("finish", run.folder.path("run"))
    #expect(finished.code == 0 && finished.output.contains("which has the best train_loss"), "\(finished.errors)")
    let model = try Safetensors(contentsOf: run.folder.path("run/model.safetensors"))
    #expect(model.tensors["layers.0.weights"]?.bytes == checkpoint.tensors["best.layers.0.weights"]?.bytes)
    #expect(!run.folder.exists("run/finish-requested"))
  }

  @Test("what has left no state, or is not a run, is refused")
  func refused() throws {
    let run = try InterruptedRun(checkpoint: "automatic")
    try Command("finish", run.folder.path).expectFailure(["is not a run folder"])
    _ = try run.reference()
    for name in ["model.safetensors", "summary.json", "checkpoints"] {
      try FileManager.default.removeItem(atPath: run.folder.path("reference/\(name)"))
    }
    try Command("finish", run.folder.path("reference")).expectFailure(["has left no state"])
  }

  @Test("predict, evaluate, explain and network.from take a checkpoint as they take a model")
  func checkpointsAsModels() throws {
    let run = try left()
    let checkpoint = run.folder.path(try #require(run.checkpoints("run").last))
    let asked = try run.folder.write("[0.1,0.2]\n[0.3,-0.4]\n", to: "ask.jsonl")
    let early = try Command("predict", checkpoint, "--input", asked)
    #expect(early.code == 0, "\(early.errors)")
    let evaluated = try Command("evaluate", checkpoint)
    #expect(evaluated.code == 0, "\(evaluated.errors)")
    let explained = try Command("explain", checkpoint, "--sample", "3")
    #expect(explained.code == 0, "\(explained.errors)")
    let config = try run.folder.read("interrupted.yaml")
    let start = try #require(config.range(of: "network: "))
    let end = try #require(config.range(of: "\nloss"))
    try run.folder.write(
      config.replacingCharacters(in: start.upperBound..<end.lowerBound, with: "{from: \(checkpoint)}"), to: "from.yaml")
    let from = try Command(
      "run", run.folder.path("from.yaml"), "--quiet", "--output", run.folder.path("from"), "--epochs", "0")
    #expect(from.code == 0, "\(from.errors)")
    // The same answers as the model that the run is given of it.
    try #require(try Command("finish", run.folder.path("run"), "--quiet").code == 0)
    #expect(try Command("predict", run.folder.path("run"), "--input", asked).output == early.output)
    #expect(try Command("predict", run.folder.path("run/model.safetensors"), "--input", asked).output == early.output)
    #expect(try Command("predict", run.folder.path("from"), "--input", asked).output == early.output)
    #expect(try Command("explain", run.folder.path("run"), "--sample", "3").output == explained.output)
    for arguments in [["run", "--resume", checkpoint], ["finish", checkpoint]] {
      try Command(arguments).expectFailure(["is one checkpoint", run.folder.path("run")])
    }
    try Command("evaluate", run.config + ".safetensors").expectFailure(["does not lie in a run folder"])
  }

  @Test("an unfinished run says how it gets a model, and a finished one leaves no empty folder")
  func hints() throws {
    let run = try left()
    try Command("evaluate", run.folder.path("run")).expectFailure(["nnkit run --resume", "nnkit finish", "checkpoints"])
    let diverging = try Command(
      "run", run.config, "--quiet", "--output", run.folder.path("diverging"), "--set",
      "training.optimizer={name: sgd, learning_rate: 1e38}", "--set", "loss=mean_squared_error", "--set",
      "training.checkpoint={epochs: 1000}")
    try #require(diverging.code == 1)
    #expect(!run.folder.exists("diverging/checkpoints"))
  }
}
