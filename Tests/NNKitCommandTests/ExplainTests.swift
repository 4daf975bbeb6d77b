import Foundation
import Testing

@Suite("nnkit explain")
struct ExplainTests {
  static let fixtures = (0..<40).map { String(repeating: "0", count: $0 < 10 ? 2 : 1) + "\($0)" }

  @Test("agrees with PyTorch's autograd to 1e-10, message by message and fused", arguments: fixtures)
  func autograd(_ name: String) throws {
    let folder = try #require(Bundle.module.resourcePath) + "/Fixtures/autograd"
    let answers = try JSON(String(contentsOfFile: "\(folder)/\(name).json", encoding: .utf8))
    for engine in ["neuron", "fused"] {
      let command = try Command(
        "explain", "\(folder)/\(name).yaml", "--format", "json", "--set", "engine=\(engine)")
      try #require(command.code == 0, "\(command.errors)")
      let explanation = try JSON(command.output)
      expectClose(explanation["loss"], answers["loss"], "loss")
      #expect(explanation["layers"].list.count == answers["layers"].list.count)
      for (index, layer) in answers["layers"].list.enumerated() {
        #expect(explanation["layers"][index]["neurons"].list.count == layer.list.count)
        for (number, neuron) in layer.list.enumerated() {
          let place = "\(engine), layer \(index), neuron \(number)"
          let told = explanation["layers"][index]["neurons"][number]
          for key in neuron.keys { expectClose(told[key], neuron[key], "\(place): \(key)") }
        }
      }
    }
  }

  private func expectClose(_ found: JSON, _ expected: JSON, _ place: String) {
    if let answer = expected.number {
      let number = found.number ?? .nan
      #expect(abs(number - answer) <= 1e-10 * max(1, abs(answer)), "\(place): \(number) instead of \(answer)")
    } else if expected.isNull {
      #expect(found.isNull, "\(place)")
    } else {
      #expect(!expected.numbers.isEmpty && found.numbers.count == expected.numbers.count, "\(place)")
      for (number, answer) in zip(found.numbers, expected.numbers) {
        #expect(abs(number - answer) <= 1e-10 * max(1, abs(answer)), "\(place): \(number) instead of \(answer)")
      }
    }
  }

  @Test("gives every number of Mazur's example", arguments: ["neuron", "fused"])
  func mazur(_ engine: String) throws {
    let command = try Command(
      "explain", Checkout.example("mazur"), "--format", "json", "--set", "engine=\(engine)")
    let told = try JSON(command.output)
    func close(_ found: [Double], _ expected: [Double]) -> Bool {
      found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }
    }
    #expect(close([try #require(told["loss"].number)], [0.2983711087600027]))
    let layers = told["layers"].list.map { $0["neurons"].list }
    #expect(close(layers[0][0]["updated_weights"].numbers, [0.1497807161327628, 0.19956143226552567]))
    #expect(close(layers[0][1]["updated_weights"].numbers, [0.24975114363236958, 0.29950228726473915]))
    #expect(close(layers[1][0]["updated_weights"].numbers, [0.35891647971788465, 0.4086661860762334]))
    #expect(close(layers[1][1]["updated_weights"].numbers, [0.5113012702387375, 0.5613701211079891]))
    #expect(layers[0][0]["updated_bias"].number == 0.35 && layers[1][1]["updated_bias"].number == 0.6)
    // Each hidden neuron received the sum of the messages sent to it.
    for hidden in 0..<2 {
      let sum = layers[1].reduce(0) { $0 + $1["messages"].numbers[hidden] }
      #expect(close([try #require(layers[0][hidden]["received"].number)], [sum]))
    }
    #expect(
      layers[0][0].keys == [
        "bias", "bias_gradient", "derivative", "formulas", "index", "inputs", "local_gradient", "messages", "output",
        "received", "steps", "updated_bias", "updated_weights", "weight_gradient", "weighted_input", "weights",
      ])
  }

  @Test("explains the same in words: formulas, their numbers, and what comes out")
  func words() throws {
    let text = try Command("explain", Checkout.example("mazur")).output
    for line in [
      "z = Σ w·x + b = 0.15·0.05 + 0.2·0.1 + 0.35 = 0.3775",
      "a = 1 / (1 + exp(-z)) = 1 / (1 + exp(-0.3775)) = 0.593269992",
      "(0.75136507 - 0.01)^2 / 2 + (0.772928465 - 0.99)^2 / 2 = 0.298371109",
      "∂L/∂a0 = a - y = 0.75136507 - 0.01 = 0.74136507",
      "f′(z) = a (1 - a) = 0.75136507·(1 - 0.75136507) = 0.186815602",
      "δ = ∂L/∂a·f′(z) = 0.74136507·0.186815602 = 0.138498562",
      "received ∂L/∂a = sum of the messages = 0.055399425 - 0.01904912 = 0.0363503",
      "w0 ← w0 - 0.5·∂L/∂w0 = 0.15 - 0.5·0.000438568 = 0.149780716",
      "The same sample again: L = 0.298371109 → 0.291027774",
    ] {
      #expect(text.contains(line), "\(line)")
    }
  }

  @Test("says how each optimizer takes its first step, regularization included")
  func steps() throws {
    let config = Checkout.example("mazur")
    for (optimizer, words) in [
      ("{name: sgd, learning_rate: 0.5}", "w ← w − 0.5·∂L/∂w."),
      ("{name: sgd, learning_rate: 0.5, momentum: 0.9}", "w ← w − 0.5·∂L/∂w (no momentum yet)"),
      ("{name: sgd, learning_rate: 0.5, momentum: 0.9, nesterov: true}", "w ← w − 0.5·1.9·∂L/∂w (Nesterov"),
      ("adam", "w ← w − 0.001·∂L/∂w / (|∂L/∂w| + 1e-08)."),
      ("adamw", "w ← (1 − 0.001·0.01)·w − 0.001·∂L/∂w / (|∂L/∂w| + 1e-08)."),
      ("rmsprop", "w ← w − 0.01·∂L/∂w / (√(0.01·(∂L/∂w)²) + 1e-08)."),
      ("adagrad", "w ← w − 0.01·∂L/∂w / (|∂L/∂w| + 1e-10)."), ("rprop", "w ← w − 0.01·sign ∂L/∂w."),
      ("lion", "w ← w − 0.0001·sign ∂L/∂w."), ("irpropm", "w ← w − 0.12·sign ∂L/∂w."),
      ("quickprop", "w ← w − 0.7·(∂L/∂w + 0.0001·w / n) for batches of n samples."),
    ] {
      let text = try Command("explain", config, "--set", "training.optimizer=\(optimizer)").output
      #expect(text.contains(words), "\(words)")
    }
    let text = try Command("explain", config, "--set", "training.regularization={l1: 0.2, l2: 0.1}").output
    #expect(text.contains("w ← w − 0.5·g, with g = ∂L/∂w + 0.2·sign w + 0.1·w for weights and ∂L/∂b for biases."))
  }

  @Test("shows null, and says why, where the loss is infinitely steep under a canonical pair")
  func nullReceived() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(
      """
      precision: float64
      data: {train: {inline: [{input: [1000], target: [0, 1]}]}}
      network: {layers: [{neurons: 2, activation: softmax, weights: [[1], [-1]], biases: [0, 0]}]}
      loss: cross_entropy
      training: {optimizer: {name: sgd, learning_rate: 0.1}}
      """, to: "steep.yaml")
    let neurons = try JSON(Command("explain", config, "--format", "json").output)["layers"][0]["neurons"]
    #expect(neurons[1]["received"].isNull)
    #expect(neurons[1]["local_gradient"].number == -1)
    #expect(try Command("explain", config).output.contains("not finite"))
  }

  @Test("explains a run's trained network, and any sample of it")
  func trained() throws {
    let folder = try TemporaryFolder()
    let run = try Command("run", Checkout.example("xor"), "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    let told = try JSON(Command("explain", folder.path("run"), "--sample", "2", "--format", "json").output)
    #expect(told["sample"].number == 2 && told["input"].numbers == [1, 0] && told["target"].numbers == [1])
    #expect(try #require(told["loss"].number) < 1e-3)
    try Command("explain", folder.path("run"), "--sample", "4").expectFailure(["no sample 4", "4, numbered from 0"])
  }

  @Test("by default explains the first sample that has a gradient in every layer, in double precision")
  func choice() throws {
    // The input (0, 0) gives the first layer's weights no gradient.
    let text = try Command("explain", Checkout.example("xor")).output
    #expect(
      text.hasPrefix("Sample 1: input 0, 1, target 1\nIt is the first sample that has a gradient in every layer."))
    #expect(try JSON(Command("explain", Checkout.example("xor"), "--format", "json").output)["sample"].number == 1)
    let folder = try TemporaryFolder()
    let config = try folder.write(
      """
      precision: float32
      data: {train: {inline: [{input: [0.3, 0], target: [0.7]}]}}
      network: {layers: [{neurons: 1, activation: identity, weights: [[0.1, -0.2]], biases: [0.2]}]}
      loss: half_squared_error
      training: {optimizer: {name: sgd, learning_rate: 0.1}}
      """, to: "float.yaml")
    let exact = try Command("explain", config).output
    #expect(exact.contains("z = Σ w·x + b = 0.1·0.3 - 0.2·0 + 0.2 = 0.23\n"))
    #expect(exact.contains("∂L/∂w1 = δ·x1 = -0.47·0 = 0\n") && !exact.contains("-0\n"))
    let dead = try folder.write(
      """
      data: {train: {inline: [{input: [1], target: [0]}, {input: [2], target: [1]}]}}
      network: {layers: [{neurons: 1, activation: step, weights: [[1]], biases: [0]}]}
      loss: half_squared_error
      """, to: "dead.yaml")
    #expect(
      try Command("explain", dead).output.contains("None of the first 2 samples has a gradient in every layer"))
  }

  @Test("a batch's gradients are averaged, further steps follow, and the loss after each is told")
  func batch() throws {
    let text = try Command("explain", Checkout.example("mazur"), "--steps", "2").output
    for line in [
      "STEP 1 OF 2", "The same sample again: L = 0.298371109 → 0.291027774", "STEP 2 OF 2",
      "The same sample again: L = 0.291027774 → 0.283547133",
    ] { #expect(text.contains(line), "\(line)") }
    let xor = ["explain", Checkout.example("xor"), "--samples", "0-3"]
    let json = try JSON(Command(xor + ["--format", "json"]).output)
    #expect(json["samples"].list.map { $0["sample"].number } == [0, 1, 2, 3])
    let gradients = json["samples"].list.map { $0["layers"][1]["neurons"][0]["weight_gradient"].numbers }
    #expect(gradients.count == 4 && json["losses_after"].numbers.count == 4)
    let batch = try Command(xor).output
    #expect(batch.contains("mean ∂L/∂w0 = sum over the samples / 4 = ("))
    #expect(batch.contains("Sample 3 again: L = "))
    for (arguments, words) in [
      (["--samples", "3-9"], ["no sample 9"]), (["--samples", "3-1"], ["3-1"]), (["--samples", "x"], ["K-M"]),
      (["--samples", "0-1", "--sample", "0"], ["not both"]), (["--steps", "0"], ["--steps"]),
      (["--samples", "0-1", "--steps", "33", "--format", "html"], ["at most 64 passes"]),
    ] {
      let command = try Command(["explain", Checkout.example("xor")] + arguments)
      #expect(command.code != 0 && words.allSatisfy(command.errors.contains), "\(arguments): \(command.errors)")
    }
  }

  @Test("--layer and --neuron narrow it to lines that the whole explanation has; which there are is said of others")
  func narrowed() throws {
    let mazur = ["explain", Checkout.example("mazur"), "--steps", "2"]
    let whole = try Command(mazur).output
    let text = try Command(mazur + ["--layer", "1", "--neuron", "1"]).output
    let lines = Set(whole.split(separator: "\n"))
    #expect(text.split(separator: "\n").allSatisfy(lines.contains) && text.count < whole.count / 2)
    for line in ["Layer 1: 2 neurons", "  neuron 1\n", "∂L/∂a1 = ", "L = 0.291027774"] { #expect(text.contains(line)) }
    for line in ["Layer 0: ", "neuron 0\n", "∂L/∂a0 = "] { #expect(!text.contains(line), "\(line)") }
    // What the loss says of outputs is nothing that a hidden layer's neurons take.
    #expect(try !Command(mazur + ["--layer", "0"]).output.contains("∂L/∂a0 = "))
    let column = try Command(mazur + ["--neuron", "0"]).output
    #expect(column.contains("Layer 0: ") && column.contains("Layer 1: ") && !column.contains("neuron 1\n"))

    let all = try JSON(Command(mazur + ["--format", "json"]).output)
    let json = try JSON(Command(mazur + ["--format", "json", "--layer", "1", "--neuron", "1"]).output)
    #expect(json["layers"].list.count == 1 && json["layers"][0]["neurons"].list.count == 1)
    #expect(json["layers"][0]["index"].number == 1 && json["layers"][0]["neurons"][0]["index"].number == 1)
    for key in ["output", "local_gradient", "updated_bias"] {
      #expect(json["layers"][0]["neurons"][0][key].number == all["layers"][1]["neurons"][1][key].number)
    }
    #expect(json["moves"].list.count == 1 && json["moves"][0].list.count == 1 && json["further_steps"].list.count == 1)

    for (arguments, words) in [
      (["--layer", "2"], ["no layer 2", "2 layers, numbered from 0 to 1"]),
      (["--layer", "1", "--neuron", "2"], ["no neuron 2 in layer 1", "2 neurons, numbered from 0 to 1"]),
      (["--neuron", "7"], ["no neuron 7 in any layer", "the widest has 2 neurons"]),
      (["--layer=-1"], ["no layer -1"]), (["--neuron=-1"], ["no neuron -1"]),
    ] { try Command(mazur + arguments).expectFailure(words) }
  }
}
