import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Run folders that somebody has been at between a run's end and its going on.
@Suite("runs that are another one now")
struct ChangedRunTests {
  private let folder: TemporaryFolder

  /// Leaves `run`, done with all of its epochs but not finished, with a checkpoint of the second one.
  init() throws {
    folder = try TemporaryFolder()
    for set in ["train", "test"] {
      try folder.write("a,b,y\n" + (0..<40).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }.joined(), to: "\(set).csv")
    }
    try folder.write(
      """
      seed: 1
      data: {train: {csv: {path: train.csv, target: y}}, test: {csv: {path: test.csv, target: y}}}
      network: {layers: [{neurons: 4, activation: tanh}, {neurons: 2, activation: softmax}]}
      loss: cross_entropy
      training: {epochs: 4, batch: 10, checkpoint: {epochs: 2}}
      """, to: "config.yaml")
    let run = try Command("run", folder.path("config.yaml"), "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
  }

  private func leave() throws {
    let newest = try #require(try checkpoints().last)
    for name in ["model.safetensors", "summary.json", "checkpoints/\(newest)"] {
      try FileManager.default.removeItem(atPath: folder.path("run/\(name)"))
    }
  }

  private func checkpoints() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints")).sorted()
  }

  private func resume() throws -> Command { try Command("run", "--resume", folder.path("run")) }

  private func edit(_ file: String, _ old: String, _ new: String) throws {
    let text = try folder.read(file)
    try #require(text.contains(old))
    try folder.write(text.replacingOccurrences(of: old, with: new), to: file)
  }

  @Test(
    "where a share is held out, and both parts are others, an earlier nnkit's way to draw it is named, and the way out")
  func otherShare() throws {
    try FileManager.default.removeItem(atPath: folder.path("run"))
    try edit("config.yaml", ", test: {csv: {path: test.csv, target: y}}}", ", validation: 0.2}")
    let run = try Command("run", folder.path("config.yaml"), "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    try leave()
    // As if both parts had been drawn otherwise: a class has changed, and so the shares of both.
    let text = try folder.read("train.csv")
    try folder.write(
      text.replacingOccurrences(of: ",1\n", with: ",2\n").replacing("0,0,0\n", with: "0,0,2\n"), to: "train.csv")
    let checkpoint = folder.path("run/checkpoints/\(try #require(try checkpoints().last))")
    try resume().expectFailure([
      "the run's data have changed since: train, validation;", "bring that back",
      "drew that share whatever the classes",
      "network: {from: \"\(checkpoint)\"}",
    ])
    // The way out that it names.
    try folder.write(text, to: "train.csv")
    let config = try folder.read("config.yaml").replacingOccurrences(
      of: "network: {layers: [{neurons: 4, activation: tanh}, {neurons: 2, activation: softmax}]}",
      with: "network: {from: \"\(checkpoint)\"}")
    try folder.write(config, to: "again.yaml")
    #expect(try Command("check", folder.path("again.yaml")).code == 0)
  }

  @Test("data edited in place are refused, and nothing is lost", arguments: ["train", "test"])
  func data(_ set: String) throws {
    let model = try folder.bytes("run/model.safetensors")
    try leave()
    let (left, metrics) = (try checkpoints(), try folder.read("run/metrics.jsonl"))
    try edit("\(set).csv", "6,3,1\n", "6,4,1\n")
    try resume().expectFailure(["the run's data have changed since: \(set);", "bring that back"])
    #expect(try checkpoints() == left && folder.read("run/metrics.jsonl") == metrics)
    try edit("\(set).csv", "6,4,1\n", "6,3,1\n")
    #expect(try resume().code == 0)
    #expect(try folder.bytes("run/model.safetensors") == model)
  }

  @Test(
    "a configuration that would come to another model is refused, and nothing is lost",
    arguments: [
      ("epochs: 4", "epochs: 2"), ("epochs: 4", "epochs: 9"), ("batch: 10", "batch: 20"), ("seed: 1", "seed: 2"),
      ("neurons: 4", "neurons: 5"), ("precision: float32", "precision: float64"), ("\"tanh\"", "\"relu\""),
      ("shuffle: true", "shuffle: false"),
    ])
  func configuration(_ old: String, _ new: String) throws {
    try leave()
    let left = try checkpoints()
    try edit("run/config.yaml", old, new)
    try resume().expectFailure(["the run's configuration has changed since", old, new])
    #expect(try checkpoints() == left && !left.isEmpty)
  }

  @Test("what does not decide the model may be changed: where data lie, the report, when checkpoints are written")
  func indifferent() throws {
    let model = try folder.bytes("run/model.safetensors")
    try leave()
    try FileManager.default.moveItem(atPath: folder.path("train.csv"), toPath: folder.path("elsewhere.csv"))
    for (old, new) in [
      ("train.csv", "elsewhere.csv"), ("report: true", "report: false"), ("epochs: 2", "epochs: 1"),
    ] { try edit("run/config.yaml", old, new) }
    let resumed = try resume()
    #expect(resumed.code == 0 && resumed.output.contains("resumed after 2 epochs"), "\(resumed.errors)")
    #expect(try folder.bytes("run/model.safetensors") == model)
  }

  @Test("a checkpoint of another run is refused")
  func swapped() throws {
    let other = try Command(
      "run", folder.path("config.yaml"), "--quiet", "--set", "seed=7", "--output", folder.path("other"))
    try #require(other.code == 0)
    try leave()
    for name in try checkpoints() {
      try FileManager.default.removeItem(atPath: folder.path("run/checkpoints/\(name)"))
      try FileManager.default.copyItem(
        atPath: folder.path("other/checkpoints/\(name)"), toPath: folder.path("run/checkpoints/\(name)"))
    }
    try resume().expectFailure(["then `seed: 7`, now `seed: 1`"])
  }

  @Test(
    "a finished run whose model or summary is damaged is mended from its checkpoints",
    arguments: ["model.safetensors", "summary.json"])
  func damaged(_ name: String) throws {
    let model = try folder.bytes("run/model.safetensors")
    if name == "summary.json" {
      try folder.write("", to: "run/summary.json")
    } else {
      var bytes = [UInt8](model)
      bytes[bytes.count - 3] ^= 4
      try folder.write(bytes, to: "run/model.safetensors")
    }
    let resumed = try resume()
    #expect(resumed.code == 0 && resumed.errors.contains("\(name): "), "\(resumed.errors)")
    #expect(resumed.errors.contains("made again") && resumed.output.contains("resumed after 4 epochs"))
    #expect(try folder.bytes("run/model.safetensors") == model)
    #expect(try JSON(folder.read("run/summary.json"))["ending"].text == "completed")
    #expect(try resume().output.contains("is finished"))
  }

  @Test("of a run that ended in numbers that are not finite, that is said again")
  func nonFinite() throws {
    let path = folder.path("diverging")
    let run = try Command(
      "run", folder.path("config.yaml"), "--quiet", "--output", path, "--set", "training.optimizer.name=sgd", "--set",
      "training.optimizer.learning_rate=1e38", "--set", "loss=mean_squared_error", "--set",
      "network.layers.1.activation=identity")
    try #require(run.code == 1 && run.errors.contains("finite"), "\(run.errors)")
    let resumed = try Command("run", "--resume", path)
    #expect(resumed.code == 0 && resumed.output.contains("is finished") && resumed.output.contains("it ended early: "))
  }

  @Test("metrics that are gone are told of; those that are none are refused before the training")
  func metrics() throws {
    try leave()
    try edit("run/metrics.jsonl", "{\"epoch\": 1,", "{\"epok\": 1,")
    try resume().expectFailure(["metrics.jsonl: line 1 does not hold an epoch's metrics"])
    try FileManager.default.removeItem(atPath: folder.path("run/metrics.jsonl"))
    let resumed = try resume()
    #expect(resumed.code == 0 && resumed.output.contains("0 of the 2 epochs that have ended"), "\(resumed.output)")
  }

  @Test("a link in place of the checkpoints' folder is refused, and what it leads to stays")
  func link() throws {
    try leave()
    try FileManager.default.moveItem(atPath: folder.path("run/checkpoints"), toPath: folder.path("away"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("run/checkpoints"), withDestinationPath: folder.path("away"))
    let there = try FileManager.default.contentsOfDirectory(atPath: folder.path("away"))
    try resume().expectFailure(["run/checkpoints: is not a folder in the run's folder"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("away")) == there && !there.isEmpty)
  }

  @Test(
    "commands that want a model say of an unfinished run how it goes on", arguments: ["evaluate", "explain", "report"])
  func unfinished(_ command: String) throws {
    try leave()
    try Command(command, folder.path("run")).expectFailure(["the run has no model", "nnkit run --resume "])
  }

  @Test("what a process left that was killed while it made a run's folder is gone an hour later, all else stays")
  func unmade() throws {
    for (name, file, age) in [
      (".old-1.tmp-77", "config.yaml", 7200.0), (".new-1.tmp-78", "config.yaml", 60), (".mine.tmp-1", "notes", 7200),
    ] {
      try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
      try folder.write("", to: "\(name)/\(file)")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: folder.path(name))
    }
    try #require(
      try Command("run", folder.path("config.yaml"), "--quiet", "--output", folder.path("another")).code == 0)
    #expect(!folder.exists(".old-1.tmp-77") && folder.exists(".new-1.tmp-78") && folder.exists(".mine.tmp-1/notes"))
  }

  @Test("a run stays locked when an editor replaces its configuration")
  func locked() throws {
    let run = try InterruptedRun(checkpoint: "{seconds: 0.001}")
    let process = try run.start(
      "run", ["--set", "training.epochs=100000", "--set", "training.early_stopping.patience=100000"])
    defer { process.send(SIGKILL) }
    try run.awaitCheckpoint("run", process)
    try #require(process.isRunning)
    let text = try run.folder.read("run/config.yaml")
    try text.write(toFile: run.folder.path("run/config.yaml"), atomically: true, encoding: .utf8)
    try Command("run", "--resume", run.folder.path("run")).expectFailure(["another process is at this run"])
    #expect(process.isRunning)
  }
}
