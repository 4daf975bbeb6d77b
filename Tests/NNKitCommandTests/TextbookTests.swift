import Foundation
import NNKit
import Testing

/// Russell and Norvig, Artificial Intelligence: A Modern Approach, chapter 18, with the results that it gives or that follow
/// from a closed form.
@Suite struct TextbookTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func nnkit(_ arguments: String...) throws -> Command { try Command(arguments, in: folder.path) }

  private func run(_ config: String, to output: String, _ more: String...) throws -> JSON {
    let run = try Command(["run", config, "--output", output, "--quiet"] + more, in: folder.path)
    try #require(run.code == 0, "\(run.errors)")
    return try JSON(folder.read("\(output)/summary.json"))
  }

  private func write(_ rows: [[Double]], to name: String) throws {
    let names = rows[0].indices.map { $0 == rows[0].count - 1 ? "y" : "x\($0)" }
    let lines = [names.joined(separator: ",")] + rows.map { $0.map { "\($0)" }.joined(separator: ",") }
    try folder.write(lines.joined(separator: "\n") + "\n", to: name)
  }

  @Test(
    "the restaurant: back-propagation learns all 12 examples; left out one by one, it finds half of them, the majority none"
  )
  func restaurant() throws {
    let config = Checkout.example("restaurant")
    #expect(try run(config, to: "run")["final_train_accuracy"].number == 1)
    let study = try nnkit(
      "cross-validate", config, "--leave-one-out", "--output", "cv", "--quiet", "--set", "report=false", "--set",
      "data.train.csv.unseen=input")
    try #require(study.code == 0, "\(study.errors)")
    let summary = try JSON(folder.read("cv/summary.json"))
    #expect(summary["runs"].number == 12)
    // Six of the twelve wait, so that the majority of the others is always wrong.
    #expect(summary["figures"]["validation_accuracy"]["mean"].number ?? 0 >= 0.5)
  }

  private static let perceptron = """
    data: {train: {csv: {path: data.csv, target: y}}}
    network: {layers: [{neurons: 1, activation: sigmoid}]}
    loss: binary_cross_entropy
    training: {epochs: 300, batch: 32, optimizer: {name: adam, learning_rate: 0.05}}
    report: false
    """

  @Test("a perceptron learns the majority of eleven inputs and no parity (figure 18.22's point)")
  func perceptron() throws {
    try folder.write(Self.perceptron, to: "config.yaml")
    var random = RandomSource(seed: 5)
    let inputs = (0..<200).map { _ in (0..<11).map { _ in random.uniform() < 0.5 ? 0.0 : 1 } }
    try write(inputs.map { $0 + [$0.reduce(0, +) > 5 ? 1 : 0] }, to: "data.csv")
    #expect(try run("config.yaml", to: "majority")["final_train_accuracy"].number == 1)
    let parity = (0..<8).map { row in (0..<3).map { Double(row >> $0 & 1) } + [Double(row.nonzeroBitCount % 2)] }
    try write(parity, to: "data.csv")
    // No line separates it: six of eight are the most that a perceptron can have.
    #expect(try run("config.yaml", to: "parity")["final_train_accuracy"].number ?? 1 <= 0.75)
  }

  @Test("linear regression: a neuron without activation comes to the weights of the normal equations")
  func linearRegression() throws {
    var random = RandomSource(seed: 6)
    let rows = (0..<60).map { _ -> [Double] in
      let (a, b) = (random.uniform() * 2 - 1, random.uniform() * 2 - 1)
      return [a, b, 3 * a - 2 * b + 0.5 + 0.3 * random.normal()]
    }
    try write(rows, to: "data.csv")
    try folder.write(
      """
      precision: float64
      data: {train: {csv: {path: data.csv, target: y}}}
      network: {layers: [{neurons: 1, activation: identity}]}
      loss: mean_squared_error
      training: {epochs: 600, batch: 60, optimizer: {name: sgd, learning_rate: 0.3}}
      report: false
      """, to: "config.yaml")
    _ = try run("config.yaml", to: "run")
    let model = try Model<Double>(contentsOf: URL(filePath: folder.path("run/model.safetensors")))
    let neuron = model.network.output.neurons[0]
    let expected = Self.solve(rows.map { [$0[0], $0[1], 1] }, rows.map { $0[2] }, weights: rows.map { _ in 1 })
    for (found, wanted) in zip(Array(neuron.weights) + [neuron.bias], expected) { #expect(abs(found - wanted) < 1e-9) }
  }

  @Test("logistic regression: a sigmoid neuron comes to the weights of Newton's method")
  func logisticRegression() throws {
    var random = RandomSource(seed: 7)
    let rows = (0..<80).map { _ -> [Double] in
      let (a, b) = (random.normal(), random.normal())
      return [a, b, random.uniform() < 1 / (1 + exp(-(1.5 * a - b + 0.5))) ? 1 : 0]
    }
    try write(rows, to: "data.csv")
    try folder.write(
      "precision: float64\n"
        + Self.perceptron.replacing(
          "{epochs: 300, batch: 32, optimizer: {name: adam, learning_rate: 0.05}}",
          with: "{epochs: 3000, batch: 80, optimizer: {name: sgd, learning_rate: 2}}"), to: "config.yaml")
    _ = try run("config.yaml", to: "run")
    let model = try Model<Double>(contentsOf: URL(filePath: folder.path("run/model.safetensors")))
    let neuron = model.network.output.neurons[0]
    // Iteratively reweighted least squares.
    let inputs = rows.map { [$0[0], $0[1], 1] }
    var w = [0.0, 0, 0]
    for _ in 0..<30 {
      let z = inputs.map { zip($0, w).reduce(0) { $0 + $1.0 * $1.1 } }
      let a = z.map { 1 / (1 + exp(-$0)) }
      let slopes = a.map { $0 * (1 - $0) }
      let targets = rows.indices.map { z[$0] + (rows[$0][2] - a[$0]) / slopes[$0] }
      w = Self.solve(inputs, targets, weights: slopes)
    }
    for (found, wanted) in zip(Array(neuron.weights) + [neuron.bias], w) { #expect(abs(found - wanted) < 1e-8) }
  }

  @Test("k-fold cross-validation chooses a network's size: a sweep over sizes and folds")
  func choiceOfSize() throws {
    try folder.write(
      """
      data: {train: {generator: {name: circles, samples: 120, noise: 0.05}}}
      network: {layers: [{neurons: 1, activation: tanh}, {neurons: 1, activation: sigmoid}]}
      loss: binary_cross_entropy
      training: {epochs: 80, batch: 20, optimizer: {name: adam, learning_rate: 0.05}}
      report: false
      sweep:
        parameters:
          network.layers.0.neurons: [1, 8]
          data.fold: [{number: 1, of: 3}, {number: 2, of: 3}, {number: 3, of: 3}]
        metric: validation_accuracy
      """, to: "config.yaml")
    let study = try nnkit(
      "sweep", "config.yaml", "--output", "sweep", "--quiet", "--set", "data.fold={number: 1, of: 3}")
    try #require(study.code == 0, "\(study.errors)")
    let lines = try folder.read("sweep/results.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    var sums = ["1": 0.0, "8": 0.0]
    // The folds' texts have commas in them, and quotes.
    let names = lines[0]
    let place = try #require(names.firstIndex(of: "validation_accuracy")) - names.count
    for line in lines.dropFirst() { sums[line[1], default: 0] += Double(line[line.count + place]) ?? .nan }
    // One neuron draws a single line, which cannot enclose a circle.
    #expect(sums["8"] ?? 0 > (sums["1"] ?? 3) + 0.5, "\(lines)")
  }

  /// The weighted least squares solution of X w = y, by the normal equations.
  private static func solve(_ x: [[Double]], _ y: [Double], weights: [Double]) -> [Double] {
    let n = x[0].count
    var rows = (0..<n).map { i in
      (0..<n).map { j in x.indices.reduce(0) { $0 + weights[$1] * x[$1][i] * x[$1][j] } }
        + [x.indices.reduce(0) { $0 + weights[$1] * x[$1][i] * y[$1] }]
    }
    for i in 0..<n {
      for k in 0..<n where k != i {
        let factor = rows[k][i] / rows[i][i]
        for j in 0...n { rows[k][j] -= factor * rows[i][j] }
      }
    }
    return (0..<n).map { rows[$0][n] / rows[$0][$0] }
  }
}
