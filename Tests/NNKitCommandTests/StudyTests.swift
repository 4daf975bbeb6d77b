import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("studies: many runs of one configuration")
struct StudyTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let config = """
    seed: 3
    data:
      train: {csv: {path: iris.csv, target: species}}
      scale: standard
    network:
      layers:
        - {neurons: 3, activation: tanh}
        - {neurons: 3, activation: softmax}
    loss: cross_entropy
    training: {epochs: 6, batch: 10, optimizer: {name: adam, learning_rate: 0.05}}
    report: false

    """

  private func write(_ config: String = config, validation: Bool = false, sweep: String = "") throws {
    try folder.write(String(contentsOfFile: "\(Checkout.path)/Examples/iris.csv", encoding: .utf8), to: "iris.csv")
    let data = validation ? "data:\n  validation: 0.3\n" : "data:\n"
    try folder.write(config.replacing("data:\n", with: data) + sweep, to: "config.yaml")
  }

  private func nnkit(_ arguments: String...) throws -> Command { try Command(arguments, in: folder.path) }

  private func rows(_ study: String) throws -> [[String: String]] {
    let lines = try folder.read("\(study)/results.csv").split(separator: "\n").map(String.init)
    let names = lines[0].split(separator: ",").map(String.init)
    return lines.dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(uniqueKeysWithValues: zip(names, cells))
    }
  }

  // MARK: Cross-validation

  @Test("folds are held out once each; mean and deviation are theirs; each fold is an ordinary run")
  func folds() throws {
    try write()
    let study = try nnkit("cross-validate", "config.yaml", "--folds", "4", "--stratified", "--output", "cv")
    try #require(study.code == 0, "\(study.errors)")
    let rows = try rows("cv")
    let accuracies = rows.compactMap { $0["validation_accuracy"].flatMap(Double.init) }
    #expect(accuracies.count == 4)
    let mean = accuracies.reduce(0, +) / 4
    let deviation = (accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
    let figures = try JSON(folder.read("cv/summary.json"))["figures"]["validation_accuracy"]
    #expect(abs((figures["mean"].number ?? 0) - mean) < 1e-12)
    #expect(abs((figures["deviation"].number ?? 0) - deviation) < 1e-12)
    #expect(study.output.contains("deviation") && study.output.contains("validation_accuracy"))
    #expect(try folder.read("cv/report.html").contains("<svg") && !folder.read("cv/report.html").contains("<script"))
    // The same run by hand.
    let fold = "data.fold={number: 2, of: 4, stratified: true}"
    let run = try nnkit("run", "config.yaml", "--set", fold, "--output", "by-hand", "--threads", "1", "--quiet")
    try #require(run.code == 0, "\(run.errors)")
    #expect(try folder.bytes("by-hand/model.safetensors") == folder.bytes("cv/runs/2/model.safetensors"))
    let evaluated = try nnkit("evaluate", "cv/runs/2")
    #expect(evaluated.output.contains("validation loss"), "\(evaluated.errors)")
    // Each class has its share of each fold: 50 samples in 4 folds.
    let samples = evaluated.output.components(separatedBy: "\n").filter { $0.contains("setosa") }
    #expect(!samples.isEmpty)
  }

  @Test("however many runs are trained at once, and after an interruption, the study comes to the same")
  func sameBytes() throws {
    try write()
    for (output, jobs) in [("one", "1"), ("two", "3")] {
      let study = try nnkit(
        "cross-validate", "config.yaml", "--folds", "3", "--output", output, "--jobs", jobs, "--quiet")
      try #require(study.code == 0, "\(study.errors)")
      #expect(study.output.contains("validation_accuracy"))
    }
    #expect(try folder.read("one/results.csv") == folder.read("two/results.csv"))
    // A study that ended after its first fold.
    for name in ["2", "3"] { try FileManager.default.removeItem(atPath: folder.path("two/runs/\(name)")) }
    try FileManager.default.removeItem(atPath: folder.path("two/results.csv"))
    let before = try FileManager.default.attributesOfItem(atPath: folder.path("two/runs/1/model.safetensors"))
    let resumed = try nnkit("cross-validate", "--resume", "two")
    try #require(resumed.code == 0, "\(resumed.errors)")
    let after = try FileManager.default.attributesOfItem(atPath: folder.path("two/runs/1/model.safetensors"))
    #expect(before[.modificationDate] as? Date == after[.modificationDate] as? Date)
    #expect(try folder.read("one/results.csv") == folder.read("two/results.csv"))
    try nnkit("sweep", "--resume", "two").expectFailure(["a study of another kind: cross-validation"])
    let taken = try nnkit("cross-validate", "config.yaml", "--output", "two")
    taken.expectFailure(["error: two: exists; name a folder that does not"])
    #expect(!taken.errors.contains("CommandError"))
  }

  @Test("what cannot be cross-validated is refused before any run")
  func refusedFolds() throws {
    try write()
    try nnkit("cross-validate", "config.yaml", "--folds", "151").expectFailure(["150 samples, too few for 151 folds"])
    try nnkit("cross-validate", "config.yaml", "--folds", "1").expectFailure(["at least 2"], code: 2)
    try nnkit("cross-validate", "config.yaml", "--leave-one-out", "--folds", "3").expectFailure(
      ["--leave-one-out"], code: 2)
    try nnkit("cross-validate").expectFailure(["give a configuration, or --resume"], code: 2)
    try nnkit("cross-validate", "config.yaml", "--set", "training.epoch=2").expectFailure(["did you mean `epochs`"])
    for (value, part) in [
      ("{number: 5, of: 4}", "a whole number in 1...4"), ("{number: 1, of: 1}", "a whole number >= 2"),
      ("{number: 1}", "lacks the key `of`"), ("{number: 1, off: 2}", "did you mean `of`"), ("3", "expected a mapping"),
    ] {
      try nnkit("run", "config.yaml", "--set", "data.fold=\(value)").expectFailure(["--set data.fold", part])
    }
    try nnkit("run", "config.yaml", "--set", "data.train_samples=151").expectFailure(["there are 150 samples"])
    try nnkit("run", "config.yaml", "--set", "data.fold={number: 1, of: 3}", "--set", "data.validation=0.1")
      .expectFailure(["leave one out"])
    #expect(!folder.exists("studies") && !folder.exists("runs"))
  }

  // MARK: Sweeps

  @Test("a grid has a run for every combination, sorted by the figure; the page has its lines and curves")
  func grid() throws {
    try write(
      validation: true,
      sweep: """
        sweep:
          parameters:
            network.layers.0.neurons: [2, 4]
            training.optimizer.learning_rate: {from: 0.001, to: 0.1, scale: log, count: 3}
        """)
    try nnkit("run", "config.yaml").expectFailure(["config.yaml:", "`sweep` is for `nnkit sweep`", "--set sweep=null"])
    let study = try nnkit("sweep", "config.yaml", "--output", "sweep")
    try #require(study.code == 0, "\(study.errors)")
    let rows = try rows("sweep")
    #expect(rows.map { $0["neurons"] } == ["2", "2", "2", "4", "4", "4"])
    let rates = rows.prefix(3).compactMap { $0["learning_rate"].flatMap(Double.init) }
    #expect(zip(rates, [0.001, 0.01, 0.1]).allSatisfy { abs($0 - $1) < 1e-12 })
    let losses = rows.compactMap { $0["validation_loss"].flatMap(Double.init) }
    let summary = try JSON(folder.read("sweep/summary.json"))
    #expect(abs((summary["best_validation_loss"].number ?? 0) - (losses.min() ?? 1)) < 1e-12 && losses.count == 6)
    let table = study.output.split(separator: "\n").drop { !$0.contains("neurons") || !$0.contains("validation_loss") }
    let first = table.dropFirst().first?.split(separator: " ").first.map(String.init)
    #expect(first == summary["best_run"].text, "\(study.output)")
    let page = try folder.read("sweep/report.html")
    #expect(page.components(separatedBy: "<svg").count == 3 && page.contains("run 1: neurons 2, learning_rate 0.001"))
  }

  @Test("random runs follow from the seed; ranges of whole numbers have whole numbers")
  func random() throws {
    let sweep = """
      sweep:
        parameters:
          network.layers.0.neurons: {from: 2, to: 9}
          training.optimizer: [sgd, {name: adam, learning_rate: 0.01}]
        method: random
        runs: 5
        metric: validation_accuracy
      """
    try write(validation: true, sweep: sweep)
    for output in ["one", "two"] {
      let study = try nnkit("sweep", "config.yaml", "--output", output, "--quiet")
      try #require(study.code == 0, "\(study.errors)")
    }
    let found = try folder.read("one/results.csv")
    #expect(try found == folder.read("two/results.csv"))
    #expect(try rows("one").allSatisfy { 2...9 ~= (Int($0["neurons"] ?? "") ?? 0) })
    #expect(try nnkit("sweep", "config.yaml", "--output", "three", "--set", "seed=4", "--quiet").code == 0)
    #expect(try folder.read("three/results.csv") != found)
  }

  @Test("halving: all begin with few epochs, the better ones go on, to the bytes of a run at once")
  func halving() throws {
    try write(
      validation: true,
      sweep: """
        sweep:
          parameters:
            training.optimizer.learning_rate: {from: 0.0001, to: 0.3, scale: log}
          method: halving
          runs: 9
        """)
    let study = try nnkit("sweep", "config.yaml", "--output", "sweep", "--set", "training.epochs=9")
    try #require(study.code == 0, "\(study.errors)")
    let epochs = try rows("sweep").compactMap { $0["epochs"].flatMap { Int($0) } }
    #expect(epochs.sorted() == [1, 1, 1, 1, 1, 1, 3, 3, 9], "\(study.output)")
    let best = try rows("sweep")[epochs.firstIndex(of: 9) ?? 0]
    let run = try nnkit(
      "run", "config.yaml", "--set", "sweep=null", "--set", "training.epochs=9", "--set",
      "training.optimizer.learning_rate=\(best["learning_rate"] ?? "")", "--output", "once", "--threads", "1", "--quiet"
    )
    try #require(run.code == 0, "\(run.errors)")
    #expect(
      try folder.bytes("once/model.safetensors") == folder.bytes("sweep/runs/\(best["run"] ?? "")/model.safetensors"))
  }

  @Test("a sweep that cannot be is refused with its place, before any run")
  func refusedSweeps() throws {
    let cases: [(String, [String])] = [
      ("sweep: {}", ["lacks the key `parameters`"]), ("sweep: {parameters: {}}", ["at least one key"]),
      ("sweep: {parameters: {training.batch: []}}", ["at least one value"]),
      ("sweep: {parameters: {training.batch: [8, 8]}}", ["given twice"]),
      ("sweep: {parameters: {training.batch: 8}}", ["a list of values, or {from"]),
      ("sweep: {parameters: {training.batch: {from: 4, to: 2, count: 2}}}", ["expected less than `to`"]),
      ("sweep: {parameters: {training.batch: {from: 0, to: 2, scale: log, count: 2}}}", ["a number > 0"]),
      ("sweep: {parameters: {training.batch: {from: 1, to: 4}}}", ["`count: 5`"]),
      ("sweep: {parameters: {training.bach: [8]}}", ["config.yaml:13:22", "did you mean `batch`"]),
      ("sweep: {parameters: {training.batch: [0]}}", ["config.yaml:13:22", "a whole number >= 1"]),
      ("sweep: {parameters: {training.batch: [8]}, metod: grid}", ["did you mean `method`"]),
      ("sweep: {parameters: {training.batch: [8]}, method: gird}", ["did you mean `grid`"]),
      ("sweep: {parameters: {training.batch: [8]}, method: random}", ["lacks the key `runs`"]),
      ("sweep: {parameters: {training.batch: [8]}, method: random, runs: 2}", ["only 1 different combinations"]),
      ("sweep: {parameters: {training.batch: [8]}, runs: 2}", ["leave `runs` out"]),
      ("sweep: {parameters: {training.batch: [8]}, metric: test_loss}", ["there are no test data"]),
      ("sweep: {parameters: {loss: [cross_entropy, squared_error]}}", ["losses of different kinds"]),
      (
        "sweep: {parameters: {training.epochs: [1, 2]}, method: halving, runs: 2}",
        ["halving needs", "`training.epochs`"]
      ),
    ]
    for (sweep, parts) in cases {
      try write(validation: true, sweep: sweep)
      let command = try nnkit("sweep", "config.yaml")
      #expect(command.code == 1 && parts.contains { command.errors.contains($0) }, "\(sweep): \(command.errors)")
      if !parts.contains("halving needs") { command.expectFailure(parts) }
    }
    try write(sweep: "sweep: {parameters: {training.batch: [8]}}")
    try nnkit("sweep", "config.yaml").expectFailure(["config.yaml:12:8", "no validation data", "metric: train_loss"])
    try write()
    try nnkit("sweep", "config.yaml").expectFailure(["the configuration has no `sweep`"])
    #expect(!folder.exists("studies"))
  }

  @Test("a run that fails is said, and the others are trained")
  func failing() throws {
    try write(
      validation: true,
      sweep: "sweep: {parameters: {training.optimizer: [{name: sgd, learning_rate: 1e300}, adam]}}")
    let study = try nnkit("sweep", "config.yaml", "--output", "sweep")
    study.expectFailure(["run 1 failed", "no finite number", "1 of 2 runs failed"])
    #expect(try rows("sweep")[1]["validation_loss"].flatMap(Double.init) != nil)
  }

  // MARK: Learning curve, learning rate

  @Test("a run whose files are damaged is said, and the other runs are trained")
  func damagedRun() throws {
    try write(validation: true, sweep: "sweep: {parameters: {training.batch: [10, 20]}}\n")
    try #require(nnkit("sweep", "config.yaml", "--output", "study").code == 0)
    try folder.write("no line of an epoch\n", to: "study/runs/1/metrics.jsonl")
    try FileManager.default.removeItem(atPath: folder.path("study/runs/2"))
    let resumed = try nnkit("sweep", "--resume", "study")
    #expect(resumed.code == 1)
    #expect(resumed.errors.contains("line 1 does not hold an epoch's metrics"), "\(resumed.errors)")
    #expect(resumed.errors.contains("error: 1 of 2 runs failed"))
    #expect(try rows("study").map { $0["failure"]?.isEmpty } == [false, true])
  }

  @Test("a learning curve has more samples from run to run, measured on the same validation data")
  func learningCurve() throws {
    try write(validation: true)
    let study = try nnkit("learning-curve", "config.yaml", "--sizes", "12,40,105", "--output", "curve")
    try #require(study.code == 0, "\(study.errors)")
    #expect(try rows("curve").map { $0["samples"] } == ["12", "40", "105"])
    #expect(try folder.read("curve/report.html").contains("by the number of training samples"))
    try nnkit("learning-curve", "config.yaml", "--sizes", "12,400").expectFailure(["--sizes has 400", "105 samples"])
    try nnkit("learning-curve", "config.yaml", "--sizes", "12,x").expectFailure(["whole numbers"], code: 2)
    try write()
    try nnkit("learning-curve", "config.yaml").expectFailure(["neither validation nor test data"])
  }

  @Test("find-rate suggests a learning rate at which training works, and is the same each time")
  func findRate() throws {
    try write()
    let found = try nnkit("find-rate", "config.yaml", "--output", "rate")
    try #require(found.code == 0, "\(found.errors)")
    let summary = try JSON(folder.read("rate/summary.json"))
    let rate = try #require(summary["suggestion"].number)
    #expect(1e-4...1 ~= rate && found.output.contains("suggestion: learning_rate"))
    #expect(found.output.contains("│") && folder.exists("rate/report.html"))
    let run = try nnkit(
      "run", "config.yaml", "--set", "training.optimizer.learning_rate=\(rate)", "--output", "run", "--quiet")
    #expect(run.code == 0)
    #expect(try JSON(folder.read("run/summary.json"))["final_train_accuracy"].number ?? 0 > 0.9)
    #expect(try nnkit("find-rate", "config.yaml", "--output", "again").code == 0)
    #expect(try folder.read("again/rates.csv") == folder.read("rate/rates.csv"))
    try nnkit("find-rate", "config.yaml", "--set", "training.optimizer=irpropm").expectFailure(
      ["finds the size of each step itself"])
    try nnkit("find-rate", "config.yaml", "--from", "1", "--to", "0.1").expectFailure(["--from"], code: 2)
  }

  // MARK: Interruptions

  /// Starts a study, ends it by Ctrl-C as soon as `isThere`, and checks what it leaves.
  ///
  /// - Returns: Whether it was ended before its end.
  private func interrupt(_ arguments: [String], when isThere: () throws -> Bool) throws -> Bool {
    let process = try StartedProcess(
      Checkout.nnkit, arguments, in: folder.path, output: .nowhere, errors: .file(folder.path("errors")))
    while process.isRunning, try !isThere() { usleep(500) }
    process.send(SIGINT)
    let code = process.wait()
    let said = try folder.read("errors")
    #expect([0, 130].contains(code), "\(said)")
    if code == 130 { #expect(said.contains("the study was interrupted; to continue: ")) }
    return code == 130
  }

  /// No process of the study is left, and every file that has its final name is whole.
  private func expectWhole(_ study: String) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("\(study)/runs")) {
      guard !name.hasSuffix(".log") else { continue }
      let run = "\(study)/runs/\(name)"
      #expect(try folder.read("\(run)/config.yaml").contains("seed: 3"))
      if folder.exists("\(run)/model.safetensors") {
        #expect(try Safetensors(contentsOf: folder.path("\(run)/model.safetensors")).isSealed)
      }
      let states = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("\(run)/checkpoints"))) ?? []
      for state in states where state.hasSuffix(".safetensors") {
        #expect(try Safetensors(contentsOf: folder.path("\(run)/checkpoints/\(state)")).isSealed)
      }
      // A run that still trains holds its lock.
      let resumed = try nnkit("finish", run)
      #expect(!resumed.errors.contains("another process"), "\(resumed.errors)")
    }
  }

  @Test("Ctrl-C ends a study with its runs' state whole; resumed, it comes to the bytes of one without interruption")
  func controlC() throws {
    try write(Self.config.replacing("epochs: 6", with: "epochs: 150"))
    #expect(try nnkit("cross-validate", "config.yaml", "--folds", "4", "--output", "whole", "--quiet").code == 0)
    let isEnded = try interrupt(["cross-validate", "config.yaml", "--folds", "4", "--output", "cut", "--jobs", "2"]) {
      // In the middle of the first runs.
      try folder.exists("cut/runs/1/metrics.jsonl")
        && folder.read("cut/runs/1/metrics.jsonl").split(separator: "\n").count > 10
    }
    #expect(isEnded, "the study was over before it could be ended")
    #expect(!folder.exists("cut/results.csv"))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("cut/runs"))
    let kept = "copy"
    try FileManager.default.copyItem(atPath: folder.path("cut"), toPath: folder.path(kept))
    try expectWhole(kept)
    let resumed = try nnkit("cross-validate", "--resume", "cut", "--quiet")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(left.count < 8)
    #expect(try folder.read("cut/results.csv") == folder.read("whole/results.csv"))
    for fold in 1...4 {
      #expect(
        try folder.bytes("cut/runs/\(fold)/model.safetensors") == folder.bytes("whole/runs/\(fold)/model.safetensors"))
    }
  }

  @Test("halving that Ctrl-C ends within its second stage continues there, with the same runs to the same bytes")
  func halvingResumed() throws {
    try write(
      Self.config.replacing("epochs: 6", with: "epochs: 270"), validation: true,
      sweep: """
        sweep:
          parameters:
            training.optimizer.learning_rate: {from: 0.0001, to: 0.3, scale: log}
          method: halving
          runs: 9
        """)
    #expect(try nnkit("sweep", "config.yaml", "--output", "whole", "--quiet").code == 0)
    let isEnded = try interrupt(["sweep", "config.yaml", "--output", "cut", "--jobs", "1"]) {
      guard folder.exists("cut/stages.json"),
        let stages = try? JSONDecoder().decode([[String]].self, from: folder.bytes("cut/stages.json")),
        let first = stages.first?.first
      else { return false }
      // More epochs than the first stage has.
      let metrics = (try? folder.read("cut/runs/\(first)/metrics.jsonl")) ?? ""
      return metrics.split(separator: "\n").count > 35
    }
    #expect(isEnded, "the study was over before it could be ended")
    let chosen = try folder.read("cut/stages.json")
    let resumed = try nnkit("sweep", "--resume", "cut", "--quiet")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try folder.read("cut/stages.json").hasPrefix(chosen.dropLast()))
    #expect(try folder.read("cut/stages.json") == folder.read("whole/stages.json"))
    #expect(try folder.read("cut/results.csv") == folder.read("whole/results.csv"))
    for run in 1...9 {
      #expect(
        try folder.bytes("cut/runs/\(run)/model.safetensors") == folder.bytes("whole/runs/\(run)/model.safetensors"))
    }
  }
}
