import CNNKitSystem
import Foundation
import Testing

@Suite("nnkit run and what it leaves")
struct RunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ config: String, _ output: String, _ more: String...) throws -> Command {
    try Command(["run", config, "--output", folder.path(output)] + more)
  }

  @Test("leaves the resolved configuration, metrics, a summary and the model")
  func runFolder() throws {
    let command = try run(Checkout.example("circles"), "run", "--set", "training.epochs=3")
    try #require(command.code == 0, "\(command.errors)")
    #expect(command.output.contains("epoch 3/3") && command.output.contains("confusion matrix"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("run")).sorted()
    #expect(
      names == [
        "checkpoints", "config.yaml", "metrics.jsonl", "model.safetensors", "report.html", "statistics.json",
        "summary.json",
      ])
    let lines = try folder.read("run/metrics.jsonl").split(separator: "\n").map { try JSON(String($0)) }
    #expect(lines.count == 3 && lines.map { $0["epoch"].number } == [1, 2, 3])
    #expect(
      lines[0].keys == [
        "epoch", "learning_rate", "samples_per_second", "seconds", "train_accuracy", "train_loss",
        "validation_accuracy",
        "validation_loss",
      ])
    #expect(try folder.read("run/config.yaml").contains("momentum: 0.9"))
    #expect(try JSON(folder.read("run/summary.json"))["ending"].text == "completed")
  }

  @Test("numbers its folders runs/NAME-1, -2, … and never writes over one")
  func numbering() throws {
    for number in 1...2 {
      let command = try Command("run", Checkout.example("xor"), "--quiet", in: folder.path)
      #expect(command.code == 0 && folder.exists("runs/xor-\(number)/model.safetensors"), "\(command.errors)")
    }
    try run(Checkout.example("xor"), "runs").expectFailure(["runs: exists"])
    #expect(!folder.exists("runs/model.safetensors"))
  }

  @Test(
    "the same seed gives the same bytes, another seed others; so does the resolved configuration",
    arguments: [
      "spirals", "iris",
    ])
  func sameBytes(_ name: String) throws {
    let few = ["--quiet", "--set", "training.epochs=3"]
    for output in ["a", "b"] {
      _ = try Command(["run", Checkout.example(name), "--output", folder.path(output)] + few)
    }
    _ = try Command(["run", Checkout.example(name), "--output", folder.path("c"), "--set", "seed=2"] + few)
    _ = try run(folder.path("a/config.yaml"), "d", "--quiet")
    let first = try folder.bytes("a/model.safetensors")
    #expect(try folder.bytes("b/model.safetensors") == first)
    #expect(try folder.bytes("c/model.safetensors") != first)
    #expect(try folder.bytes("d/model.safetensors") == first)
    #expect(try folder.read("d/config.yaml") == folder.read("a/config.yaml"))
  }

  @Test("the same number of threads and the same backend give the same bytes")
  func threads() throws {
    let config = try folder.write(
      """
      data: {train: {generator: {name: blobs, samples: 400, classes: 10}}}
      network: {layers: [{neurons: 200, activation: relu}, {neurons: 200, activation: relu}, {neurons: 10, activation: softmax}]}
      loss: cross_entropy
      training: {epochs: 2, batch: 100, optimizer: {name: sgd, learning_rate: 0.05}}
      """, to: "wide.yaml")
    for backend in ["auto", "builtin"] {
      for turn in ["1", "2"] {
        _ = try run(config, backend + turn, "--quiet", "--threads", "2", "--backend", backend)
      }
      #expect(try folder.bytes("\(backend)1/model.safetensors") == folder.bytes("\(backend)2/model.safetensors"))
    }
    #expect(try folder.read("builtin1/summary.json").contains("\"backend\": \"builtin\""))
  }

  @Test("threads that have one processor leave the same bytes; given all of them, each may run on all")
  func processors() throws {
    let config = try folder.write(
      """
      data: {train: {generator: {name: blobs, samples: 400, classes: 10}}}
      network: {layers: [{neurons: 200, activation: relu}, {neurons: 10, activation: softmax}]}
      loss: cross_entropy
      training: {epochs: 20, batch: 100, optimizer: {name: sgd, learning_rate: 0.05}}
      """, to: "wide.yaml")
    let all = try allowedProcessors("self")
    let one = String(all.prefix { $0.isNumber })
    let words = [try Checkout.nnkit, "run", config, "--quiet", "--threads", "2", "--output"]
    let narrow = try Command(program: "/usr/bin/taskset", ["-c", one] + words + [folder.path("narrow")])
    #expect(narrow.code == 0, "\(narrow.errors)")
    _ = try run(config, "wide", "--quiet", "--threads", "2")
    #expect(try folder.bytes("narrow/model.safetensors") == folder.bytes("wide/model.safetensors"))

    let process = try StartedProcess(
      "/usr/bin/taskset",
      ["-c", one] + words + [folder.path("long"), "--set", "training.epochs=1000000"], errors: .nowhere)
    while process.isRunning && !folder.exists("long/metrics.jsonl") { usleep(500) }
    let widened = try Command(program: "/usr/bin/taskset", ["-a", "-p", "-c", all, "\(process.number)"])
    #expect(widened.code == 0, "\(widened.errors)")
    // A thread that moves out of the way may run on a part of them for a moment.
    usleep(500_000)
    #expect(try (0..<5).contains { _ in try allowedProcessors("\(process.number)") == all })
    process.send(SIGKILL)
  }

  @Test("without --threads there are as many as processors that may be used, and the run's configuration says so")
  func ownThreads() throws {
    let config = Checkout.example("iris")
    let one = String(try allowedProcessors("self").prefix { $0.isNumber })
    let words = ["-c", one, try Checkout.nnkit, "run", config, "--quiet", "--set", "training.epochs=1", "--output"]
    let narrow = try Command(program: "/usr/bin/taskset", words + [folder.path("narrow")])
    #expect(narrow.code == 0, "\(narrow.errors)")
    #expect(try folder.read("narrow/config.yaml").contains("threads: 1\n"))
    _ = try run(config, "wide", "--quiet", "--set", "training.epochs=1")
    #expect(try folder.read("wide/config.yaml").contains("threads: \(nnk_processor_count(""))\n"))
  }

  /// The processors on which the threads of a process may run, as Linux lists them; where they differ, each list once.
  private func allowedProcessors(_ process: String) throws -> String {
    let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
    let lists = threads.compactMap { thread -> String? in
      // Some may have ended meanwhile.
      let status = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
      return line?.split(separator: "\t").last.map(String.init)
    }
    return Set(lists).sorted().joined(separator: " ")
  }

  @Test("the model is a safetensors file with the tensors' names and shapes")
  func safetensors() throws {
    _ = try run(Checkout.example("iris"), "run", "--quiet", "--set", "training.epochs=1")
    let bytes = [UInt8](try folder.bytes("run/model.safetensors"))
    let length = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSON(String(decoding: bytes[8..<8 + length], as: UTF8.self))
    #expect(header["layers.0.weights"]["shape"].numbers == [8, 4] && header["layers.1.biases"]["shape"].numbers == [3])
    #expect(header["layers.0.weights"]["dtype"].text == "F32")
    let description = try JSON(try #require(header["__metadata__"]["nnkit"].text))
    #expect(description["classes"].list.map(\.text) == ["setosa", "versicolor", "virginica"])
    #expect(description["inputScaling"]["offset"].numbers.count == 4)
    #expect(bytes.count == 8 + length + 4 * (8 * 4 + 8 + 3 * 8 + 3))
  }

  @Test("a loss that is no longer finite ends the run by name, and keeps the last good model")
  func nonFinite() throws {
    let command = try run(
      Checkout.example("spirals"), "run", "--set", "training.optimizer={name: sgd, learning_rate: 1e30}", "--set",
      "network.layers.0.activation=identity", "--set", "network.layers.1.activation=identity")
    command.expectFailure(["epoch 1, batch", "layer", "neuron", "lower the learning rate"])
    #expect(try JSON(folder.read("run/summary.json"))["ending"].text == "non_finite")
    // Nothing was learned before it: the last good model is the first one.
    let fresh = try JSON(
      Command(
        "explain", Checkout.example("spirals"), "--format", "json", "--set", "network.layers.0.activation=identity",
        "--set", "network.layers.1.activation=identity"
      ).output)
    let kept = try JSON(Command("explain", folder.path("run"), "--format", "json").output)
    let weights = { (told: JSON) in told["layers"][0]["neurons"][5]["weights"].numbers }
    // The run's are in single precision, those that explain draws in double.
    #expect(!weights(kept).isEmpty && weights(kept).count == weights(fresh).count)
    #expect(zip(weights(kept), weights(fresh)).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
  }

  @Test("evaluate measures what the run measured")
  func evaluate() throws {
    _ = try run(Checkout.example("spirals"), "run", "--quiet", "--set", "training.epochs=5")
    let accuracy = try #require(try JSON(folder.read("run/summary.json"))["test_accuracy"].number)
    let command = try Command("evaluate", folder.path("run"))
    #expect(
      command.code == 0 && command.output.contains(String(format: "accuracy %.4f", accuracy)), "\(command.output)")
    try Command("evaluate", folder.path("nothing")).expectFailure(["is not a run folder"])
  }

  @Test("predict takes CSV with and without header, JSON lines and standard input, and scales as in training")
  func predict() throws {
    _ = try run(Checkout.example("iris"), "run", "--quiet")
    let inputs = [
      "sepal_length,sepal_width,petal_length,petal_width,species\n5.1,3.5,1.4,0.2,setosa\n6.3,3.3,6.0,2.5,virginica\n",
      "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n", "[5.1, 3.5, 1.4, 0.2]\n{\"input\": [6.3, 3.3, 6.0, 2.5]}\n",
    ]
    var answers: [String] = []
    for (index, text) in inputs.enumerated() {
      let file = try folder.write(text, to: "input\(index)")
      let options = index == 1 ? ["--no-header"] : []
      answers.append(try Command(["predict", folder.path("run"), "--input", file] + options).output)
      answers.append(try Command(["predict", folder.path("run"), "--input", "-"] + options, input: text).output)
    }
    #expect(Set(answers).count == 1)
    let lines = try answers[0].split(separator: "\n").map { try JSON(String($0)) }
    #expect(lines.map { $0["class"].text } == ["setosa", "virginica"])
    #expect(abs(lines[0]["outputs"].numbers.reduce(0, +) - 1) < 1e-5)
    try Command("predict", folder.path("run"), "--input", "-", input: "[1, 2]")
      .expectFailure(["standard input:1:1", "found 2 numbers, the model takes 4"])
    try Command("predict", folder.path("run"), "--no-header", "--input", "-", input: "5.1,3.5,1.4,0.2\n1,2,x,4\n")
      .expectFailure(["standard input:2:5", "`x`"])
  }

  @Test("scaled targets are brought back in predictions")
  func targetScaling() throws {
    let rows = (0..<40).map { "\($0),\(1000 + 50 * $0)" }.joined(separator: "\n")
    try folder.write("x,price\n\(rows)\n", to: "prices.csv")
    let config = try folder.write(
      """
      precision: float64
      data: {train: {csv: {path: prices.csv, target: price}}, scale: {inputs: standard, targets: standard}}
      network: {layers: [{neurons: 1, activation: identity}]}
      loss: half_squared_error
      training: {epochs: 200, batch: 10, optimizer: {name: sgd, learning_rate: 0.1}}
      """, to: "prices.yaml")
    _ = try run(config, "run", "--quiet")
    let answer = try JSON(Command("predict", folder.path("run"), "--input", "-", input: "[20]").output)
    #expect(abs(try #require(answer["outputs"].numbers.first) - 2000) < 1e-6)
  }

  @Test("a trained network can be the start of another run")
  func fromModel() throws {
    _ = try run(Checkout.example("xor"), "run", "--quiet")
    let config = try folder.write(
      """
      precision: float64
      data: {train: {generator: xor}}
      network: {from: run/model.safetensors}
      loss: binary_cross_entropy
      training: {epochs: 0}
      """, to: "more.yaml")
    let again = try run(config, "again", "--quiet")
    try #require(again.code == 0, "\(again.errors)")
    #expect(try folder.bytes("again/model.safetensors") == folder.bytes("run/model.safetensors"))
  }

  @Test("early stopping ends a run and gives back its best weights")
  func earlyStopping() throws {
    let command = try run(
      Checkout.example("circles"), "run", "--quiet", "--set", "training.early_stopping.patience=2", "--set",
      "training.optimizer.learning_rate=1.5")
    try #require(command.code == 0, "\(command.errors)")
    let losses = try folder.read("run/metrics.jsonl").split(separator: "\n")
      .compactMap { try JSON(String($0))["validation_loss"].number }
    #expect(losses.count < 100)
    let summary = try JSON(folder.read("run/summary.json"))
    #expect(summary["ending"].text == "early_stopping")
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(try abs(#require(summary["final_validation_loss"].number) - losses[best]) < 1e-6)
    #expect(summary["best_epoch"].number == Double(best + 1))
  }

  @Test("an output folder that cannot be made is an error before any training")
  func unwritable() throws {
    try folder.write("", to: "file")
    try Command("run", Checkout.example("xor"), "--output", folder.path("file/run")).expectFailure([
      "cannot be made", "Not a directory",
    ])
    try Command("run", Checkout.example("xor"), "--output", "/proc/run").expectFailure(["/proc/run"])
  }
}
