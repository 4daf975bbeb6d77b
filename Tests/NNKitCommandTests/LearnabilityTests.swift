import Foundation
import Testing

@Suite("what cannot be learned is said before the training")
struct LearnabilityTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ data: String, _ layers: String, _ loss: String, _ training: String = "epochs: 3") throws {
    try folder.write(
      "data:\n\(data)\nnetwork:\n  layers: [\(layers)]\nloss: \(loss)\ntraining: {\(training)}\n", to: "config.yaml")
  }

  /// Refused by check and by run, which leaves nothing.
  private func expectRefused(_ parts: [String]) throws {
    try Command("check", "config.yaml", in: folder.path).expectFailure(parts)
    try Command("run", "config.yaml", "--output", "run", in: folder.path).expectFailure(parts)
    #expect(!folder.exists("run"))
  }

  /// Warned of by check; and once by run, before the first epoch, whose summary and report have it too.
  private func expectWarned(_ parts: [String], _ name: String = "run") throws {
    let check = try Command("check", "config.yaml", in: folder.path)
    let run = try Command("run", "config.yaml", "--output", name, in: folder.path)
    try #require(check.code == 0 && run.code == 0, "\(check.errors)\(run.errors)")
    let summary = try folder.read("\(name)/summary.json")
    for part in parts {
      #expect(check.errors.contains(part) && summary.contains(part), "\(check.errors) \(summary)")
      #expect(run.errors.components(separatedBy: part).count == 2, "\(run.errors)")
      #expect(try folder.read("\(name)/report.html").contains(part))
    }
  }

  private static let moons = "  train: {generator: {name: moons, samples: 60}}"

  private func inline(_ samples: [([Double], [Double])]) -> String {
    "  train:\n    inline:\n" + samples.map { "      - {input: \($0), target: \($1)}" }.joined(separator: "\n")
  }

  // MARK: Errors

  @Test("a function of the whole layer over one neuron", arguments: ["binary_cross_entropy", "mean_squared_error"])
  func oneNeuron(_ loss: String) throws {
    try write(Self.moons, "{neurons: 3, activation: tanh}, {neurons: 1, activation: softmax}", loss)
    try expectRefused(["config.yaml:4:", "softmax", "single neuron", "always gives 1.0"])
    try write(Self.moons, "{neurons: 1, activation: log_softmax}, {neurons: 2, activation: softmax}", "cross_entropy")
    try expectRefused(["log_softmax", "always gives 0.0"])
  }

  @Test("cross_entropy and its like behind outputs, or with targets, that do not add up to 1")
  func shares() throws {
    let labelled = inline([([0, 1], [1, 1]), ([1, 0], [0, 0]), ([1, 1], [1, 0])])
    for (loss, activation) in [
      ("cross_entropy", "sigmoid"), ("negative_log_likelihood", "log_sigmoid"), ("kl_divergence", "sigmoid"),
    ] {
      try write(Self.moons, "{neurons: 2, activation: \(activation)}", loss)
      try expectRefused(["config.yaml:4:", loss, activation, "add up to 1", "binary_cross_entropy"])
    }
    for (loss, activation) in [("cross_entropy", "softmax"), ("negative_log_likelihood", "log_softmax")] {
      try write(labelled, "{neurons: 2, activation: \(activation)}", loss)
      try expectRefused(["sample 0 add up to 2", loss, "binary_cross_entropy"])
      try write(Self.moons, "{neurons: 2, activation: \(activation)}", loss)
      #expect(try Command("check", "config.yaml", in: folder.path).code == 0)
    }
    for loss in ["binary_cross_entropy", "mean_squared_error", "hinge", "huber"] {
      let activation = loss == "hinge" ? "tanh" : "sigmoid"
      try write(labelled, "{neurons: 2, activation: \(activation)}", loss)
      let told = try Command("check", "config.yaml", in: folder.path)
      #expect(told.code == 0 && told.output.contains("labels"), "\(told.errors)")
    }
  }

  @Test("targets that the last activation does not reach")
  func ranges() throws {
    try write(
      inline((1...4).map { ([Double($0)], [Double($0) + 2]) }), "{neurons: 1, activation: sigmoid}",
      "mean_squared_error")
    try expectRefused(["config.yaml:9:", "4 of 4 targets", "0…1", "sigmoid", "identity", "data.scale"])
    // No output of sigmoid is below 0, where hinge takes a sample to be off; of several the greatest counts all the same.
    try write(Self.moons, "{neurons: 2, activation: softmax}", "hinge")
    try expectWarned(["30 of 60 targets of output 0 lie outside 0…1"], "several")
    try write(Self.moons, "{neurons: 1, activation: sigmoid}", "hinge")
    try expectRefused(["sigmoid", "goes with these classes"])
    try write(
      inline((0..<8).map { ([Double($0)], [$0 == 0 ? 1.25 : 0.125 * Double($0)]) }), "{neurons: 1, activation: tanh}",
      "mean_squared_error")
    try expectWarned(["1 of 8 targets"])
  }

  @Test("classes of which there is one alone, or none in the training data")
  func classes() throws {
    let layers = "{neurons: 2, activation: softmax}"
    try folder.write("a,red,blue\n0.1,1,0\n0.9,1,0\n", to: "one.csv")
    try folder.write("a,red,blue,green\n0.1,1,0,0\n0.9,0,1,0\n", to: "two.csv")
    try folder.write("a,red,blue,green\n0.1,1,0,0\n0.9,0,0,1\n", to: "three.csv")
    try write("  train: {csv: {path: one.csv, target: [red, blue]}}", layers, "cross_entropy")
    try expectRefused(["config.yaml:2:", "one class, `red`"])
    try folder.write("a,y\n0.1,0\n0.9,0\n", to: "zero.csv")
    try write(
      "  train: {csv: {path: zero.csv, target: y}}", "{neurons: 1, activation: sigmoid}", "binary_cross_entropy")
    try expectRefused(["one class, `0`"])
    let three = "{neurons: 3, activation: softmax}"
    try write(
      """
        train: {csv: {path: two.csv, target: [red, blue, green]}}
        test: {csv: {path: three.csv, target: [red, blue, green]}}
      """, three, "cross_entropy")
    try expectRefused(["the test data have samples of `green`", "training data have none"])
    try write("  train: {csv: {path: two.csv, target: [red, blue, green]}}", three, "cross_entropy")
    try expectWarned(["no sample of `green`"], "green")
    try write(inline([([0], [1])]), "{neurons: 1, activation: sigmoid}", "binary_cross_entropy")
    try expectWarned(["one class, `1`"], "lesson")
  }

  // MARK: Warnings

  @Test("inputs and targets that are not scaled are warned of with `data.scale`")
  func scale() throws {
    let rows = (0..<20).map { ($0, Double($0 * 7 % 20) / 20) }
    try folder.write("a,b,price\n" + rows.map { "\($0),\($1),\(400_000 + 1000 * $0)\n" }.joined(), to: "prices.csv")
    let data = "  train: {csv: {path: prices.csv, target: price}}"
    let training = "epochs: 6, optimizer: {name: adam}"
    try write(data, "{neurons: 1, activation: identity}", "mean_squared_error", training)
    try expectWarned(
      [
        "`a` goes up to 19, `b` to 0.95; `data.scale: standard`", "`price` goes up to 419000",
      ])
    #expect(try folder.read("run/summary.json").contains("The loss has hardly moved"))
    #expect(try folder.read("run/report.html").contains("The loss has hardly moved"))
    #expect(!(try folder.read("run/report.html").contains("No gradients vanish")))
    // `scale: standard` scales them both, and predictions come back in the targets' own size.
    try write(
      data + "\n  scale: standard", "{neurons: 1, activation: identity}", "mean_squared_error",
      "epochs: 300, batch: 5, optimizer: {name: adam, learning_rate: 0.05}")
    let run = try Command("run", "config.yaml", "--output", "scaled", in: folder.path)
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    let told = try Command("predict", "scaled", "--input", "-", input: "[10, 0.5]\n", in: folder.path)
    #expect(abs((try JSON(told.output)["outputs"][0].number ?? 0) - 410_000) < 300, "\(told.output)\(told.errors)")
    // Where outputs or loss do not take any number, targets stay as they are.
    try write(data + "\n  scale: standard", "{neurons: 1, activation: softplus}", "poisson")
    try expectWarned(["`price` goes up to 419000"], "rates")
  }

  @Test(
    "times in seconds are told apart in single precision once they are scaled, in training and in predictions alike")
  func times() throws {
    let rows = (0..<16).map { "\(1_700_000_000 + $0),\($0 < 8 ? "early" : "late")\n" }
    try folder.write("time,when\n" + rows.joined(), to: "times.csv")
    try write(
      "  train: {csv: {path: times.csv, target: when}}\n  scale: standard",
      "{neurons: 2, activation: softmax}", "cross_entropy",
      "epochs: 200, batch: 4, optimizer: {name: adam, learning_rate: 0.1}")
    let run = try Command("run", "config.yaml", "--output", "run", in: folder.path)
    #expect(run.output.contains("accuracy 1.0000") && run.errors.isEmpty, "\(run.errors)")
    let told = try Command(
      "predict", "run", "--input", "-", input: "[1700000007]\n[1700000008]\n", in: folder.path)
    #expect(try told.output.split(separator: "\n").map { try JSON(String($0))["class"].text } == ["early", "late"])
    let unscaled = try Command("check", "config.yaml", "--set", "data.scale=none", in: folder.path)
    #expect(unscaled.errors.contains("`time` lie close together far from 0, where float32 has few digits"))
  }

  @Test("a warm-up that is longer than the training, and a patience that does not run out in it")
  func timing() throws {
    try write(
      Self.moons, "{neurons: 2, activation: softmax}", "cross_entropy",
      "epochs: 3, schedule: {name: constant, warmup: 5}, early_stopping: {metric: train_loss, patience: 3}")
    try expectWarned(["warm-up takes 5 epochs, the training has 3", "patience of 3 epochs does not run out in 3"])
    try write(
      Self.moons, "{neurons: 2, activation: softmax}", "cross_entropy",
      "epochs: 3, schedule: {name: constant, warmup: 3}, early_stopping: {metric: train_loss, patience: 2}")
    let told = try Command("check", "config.yaml", in: folder.path)
    #expect(told.code == 0 && told.errors.isEmpty, "\(told.errors)")
  }

  @Test("a loss that only grew is said in terminal and report")
  func growing() throws {
    try write(
      inline((0..<6).map { ([Double($0)], [Double($0)]) }), "{neurons: 1, activation: identity}", "mean_squared_error",
      "epochs: 6, batch: 6, optimizer: {name: sgd, learning_rate: 0.11}")
    let run = try Command("run", "config.yaml", "--output", "run", in: folder.path)
    #expect(run.code == 0 && run.errors.contains("warning: The loss only grew"), "\(run.output)\(run.errors)")
    #expect(try folder.read("run/summary.json").contains("The loss only grew"))
  }

  @Test("validation samples of classes are a share of each class, which is said")
  func stratified() throws {
    let rows = (0..<50).map { "\(Double($0) / 50),\($0 < 46 ? "common" : "rare")\n" }
    try folder.write("a,y\n" + rows.joined(), to: "rare.csv")
    try write(
      "  train: {csv: {path: rare.csv, target: y}}\n  validation: 0.2",
      "{neurons: 2, activation: softmax}", "cross_entropy")
    let told = try Command("check", "config.yaml", in: folder.path)
    #expect(
      told.output.contains("validation: 10 of 50 samples: 0.2 of each class, but at least one sample"),
      "\(told.output)")
    for seed in 1...5 {
      let run = try Command(
        "run", "config.yaml", "--output", "run\(seed)", "--set", "seed=\(seed)", "--set", "training.epochs=1",
        in: folder.path)
      let row = try #require(run.output.split(separator: "\n").first { $0.split(separator: " ").first == "rare" })
      #expect(row.split(separator: " ").dropFirst().compactMap { Int($0) }.reduce(0, +) == 1, "\(run.output)")
    }
  }
}
