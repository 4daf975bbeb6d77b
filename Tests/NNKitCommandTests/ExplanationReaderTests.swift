import Foundation
import NNKit
import NNKitRuns
import Testing

/// Every line of an explanation, computed again by a reader that knows nothing of nnkit.
@Suite struct ExplanationReaderTests {
  /// Fifty networks: all losses, activations, optimizers and kinds of neurons.
  @Test("each of 50 networks' lines comes out to the last digit, from numbers that were shown or given")
  func fifty() throws {
    let plugins = try Plugins()
    var (checked, used) = (0, Set<String>())
    for number in 0..<50 {
      let one = try ExplainedNetwork(number, plugins)
      used.formUnion(one.names)
      let explanation = try Explanation(
        of: one.network, input: one.input, target: one.target, loss: one.loss, optimizer: one.optimizer,
        regularization: one.regularization, transforms: [one.clip].compactMap(\.self), steps: number % 5 == 0 ? 3 : 1)
      checked += try expectRight(explanation.text, given: one.given, one.description)
    }
    #expect(checked > 6000, "\(checked) lines were computed again")
    let functions = plugins.names(of: .activation) + plugins.names(of: .loss) + plugins.names(of: .neuron)
    #expect(functions.filter { !used.contains($0) } == [])
    print("\(checked) lines computed again")
  }

  @Test("so do a batch's, and those of networks that are explained in part")
  func batches() throws {
    for arguments in [
      [Checkout.example("xor"), "--samples", "0-3", "--steps", "2"],
      [Checkout.example("xor"), "--samples", "0-3", "--steps", "2", "--set", "training.clip={norm: 0.01}"],
      [Checkout.example("iris"), "--samples", "4-6", "--set", "training.clip.value=0.01"],
      [Checkout.example("iris"), "--samples", "4-6"],
      [Checkout.example("xor"), "--set", "training.optimizer=adam", "--set", "training.schedule=cosine"],
    ] {
      let command = try Command(["explain"] + arguments)
      try #require(command.code == 0, "\(command.errors)")
      let count = try expectRight(command.output, given: nil, arguments.joined(separator: " "))
      #expect(count > 40)
    }
  }

  @Test("a long explanation computes with no number that it does not show, and says exactly what it leaves out")
  func long() throws {
    let plugins = try Plugins()
    let (softmax, identity) = (try plugins.activation("softmax"), try plugins.activation("identity"))
    for (kind, last, loss) in [
      ("weighted_sum", softmax, "cross_entropy"), ("radial_basis", softmax, "mean_squared_error"),
      ("quadratic", identity, "half_squared_error"),
    ] {
      func neurons(_ count: Int, _ inputs: Int, _ activation: Activation) throws -> [Neuron<Double>] {
        try (0..<count).map { index in
          index % 2 == 0 || kind == "weighted_sum"
            ? Neuron(inputs: inputs, activation: activation)
            : try PluginNeuron(inputs: inputs, activation: activation, kind: plugins.neuron(kind))
        }
      }
      let network = try Network(
        layers: [Layer(neurons(20, 40, plugins.activation("tanh"))), Layer(neurons(12, 20, last))], seed: 3)
      let (input, target) = ((0..<40).map { Double($0 % 7) / 8 - 0.25 }, (0..<12).map { $0 == 5 ? 1.0 : 0 })
      let explanation = try Explanation(
        of: network, input: input, target: target, loss: plugins.loss(loss), optimizer: .adam(), steps: 2)
      let text = explanation.text
      let given =
        input + target + [1.0 / 12, 12, 2, 0.001, 0.9, 0.999, 1e-8]
        + network.layers.flatMap { $0.neurons.flatMap { Array($0.weights) + [$0.bias] } }
      #expect(try expectRight(text, given: given, "\(kind), \(loss)") > 800)
      #expect(text.hasPrefix("The network has ") && text.contains("`--format json` those of all.\n"))
      // Every output's ∂L/∂a, every neuron's δ.
      #expect((0..<12).allSatisfy { text.contains("∂L/∂a\($0) = ") })
      let once = try Explanation(of: network, input: input, target: target, loss: plugins.loss(loss)).text
      try expectRests(once, network, input)
      if kind == "weighted_sum" { #expect(text.contains("the long way: δ = ")) }
    }
  }

  @Test("one neuron that is asked for is explained in full, however large the network")
  func inFull() throws {
    let layers = ["neurons: 60, activation: tanh", "neurons: 40, activation: tanh", "neurons: 1, activation: sigmoid"]
    let text = try Command(
      "explain", Checkout.example("xor"), "--layer", "1", "--neuron", "7", "--set",
      "network.layers=[\(layers.map { "{\($0)}" }.joined(separator: ", "))]"
    ).output
    #expect(!text.contains("left out: ") && !text.contains(" besides numbers ") && !text.contains("Of a sum"))
    #expect(text.matches(of: #/∂L/∂w\d+ = /#).count == 60)
    #expect(text.matches(of: #/message to layer 0/#).count == 60)
    #expect(text.matches(of: #/w\d+ ← /#).count == 60)
    let sum = try #require(text.split(separator: "\n").first { $0.contains("z = Σ w·x + b = ") })
    #expect(sum.matches(of: /·/).count == 61)
    _ = try expectRight(text, given: nil, "one neuron")
  }

  @Test("the learning rate of a schedule's batch is computed line by line")
  func schedules() throws {
    // xor has 4 samples: in batches of 2, n / B is 0, 0.5, 1, 1.5; r = 0.2 and 60 epochs.
    let wave: [Double] = [0, 1, 2, 3].map { 0.1 + 0.05 * (1 + cos(Double.pi * $0 / 120)) }
    let cases: [(String, [Double])] = [
      ("{name: step, every: 1, factor: 0.5}", [0.2, 0.2, 0.1, 0.1]),
      ("{name: exponential, factor: 0.25}", [0.2, 0.1, 0.05, 0.025]), ("{name: cosine, minimum: 0.1}", wave),
      ("{name: constant, warmup: 1.5}", [0.2 / 3, 0.4 / 3, 0.2, 0.2]),
    ]
    for (schedule, rates) in cases {
      let arguments = [
        "explain", Checkout.example("xor"), "--steps", "4", "--set", "training.schedule=\(schedule)", "--set",
        "training.optimizer={name: sgd, learning_rate: 0.2}", "--set", "training.batch=2", "--set",
        "training.epochs=60",
      ]
      let command = try Command(arguments)
      try #require(command.code == 0, "\(command.errors)")
      _ = try expectRight(command.output, given: nil, schedule)
      let lines = command.output.components(separatedBy: "\n").filter { $0.hasPrefix("  learning rate = ") }
      let found: [Double] = lines.compactMap { line in
        let ends = line.components(separatedBy: ", more exactly ")[0].components(separatedBy: " = ")
        return ends.last.flatMap { Double($0) }
      }
      #expect(found.count == 4 && zip(found, rates).allSatisfy { abs($0 - $1) < 1e-8 }, "\(lines)")
      let json = try JSON(Command(arguments + ["--format", "json"]).output)
      let told = [json["learning_rate"].number] + json["further_steps"].list.map { $0["learning_rate"].number }
      #expect(zip(told, rates).allSatisfy { abs(($0 ?? .nan) - $1) < 1e-12 })
    }
    #expect(try !Command("explain", Checkout.example("xor")).output.contains("  learning rate = "))
  }

  /// What a plain neuron of the first layer leaves out of its sum and of its gradients is all that it does not show.
  private func expectRests(_ text: String, _ network: Network<Double>, _ input: [Double]) throws {
    let weights = network.layers[0].neurons[0].weights
    let rest = try #require(text.firstMatch(of: /the 32 terms besides numbers ([0-9, and]+), added = (\S+)/))
    let shown = rest.output.1.matches(of: /\d+/).compactMap { Int($0.output) }
    let sum = input.indices.filter { !shown.contains($0) }.reduce(0) { $0 + weights[$1] * input[$1] }
    let printed = try #require(Double(rest.output.2))
    #expect(shown.count == 8 && abs(sum - printed) < 1e-8, "\(sum) \(printed)")
    let smallest = try #require(shown.map { abs(weights[$0] * input[$0]) }.min())
    #expect(input.indices.allSatisfy { shown.contains($0) || abs(weights[$0] * input[$0]) <= smallest })

    let backward = try #require(text.components(separatedBy: "BACKWARD").dropFirst().first)
    let layer = try #require(backward.components(separatedBy: "Layer 0: ").dropFirst().first)
    let neuron = layer.components(separatedBy: "  neuron 1\n")[0]
    let gradients = neuron.matches(of: /∂L\/∂w(\d+) =/).compactMap { Int($0.output.1) }
    #expect(gradients.count == 8 && neuron.contains("left out: ∂L/∂w of the other 32 weights\n"))
    let least = try #require(gradients.map { abs(input[$0]) }.min())
    #expect(input.indices.allSatisfy { gradients.contains($0) || abs(input[$0]) <= least })
    #expect(neuron.matches(of: /message to input/).count == 8)
    #expect(neuron.contains("left out: the messages to the other 32 inputs\n"))
    #expect(text.contains("left out: the steps of the other 32 weights\n") && text.contains("(left out: x8 to x39)"))
  }

  /// Returns how many lines were computed again.
  private func expectRight(_ text: String, given: [Double]?, _ name: String) throws -> Int {
    let reader = PencilReader(text)
    for line in reader.lines {
      let slack = PencilReader.halfDigit(line.result) * 1.000001 + 1e-15 * abs(line.value)
      let result = try #require(Double(line.result))
      #expect(abs(line.value - result) <= slack, "\(name): \(line.text): \(line.value)")
      guard let given else { continue }
      let constants = Set(PencilReader.numbers(in: line.formula)).union(["0", "1"])
      for number in PencilReader.numbers(in: line.numbers) {
        if reader.results.contains(number) || reader.results.contains("-\(number)") || constants.contains(number) {
          continue
        }
        let (value, slack) = (Double(number) ?? .nan, PencilReader.halfDigit(number) * 1.000001)
        let isKnown = value == .pi || given.contains { abs(abs($0) - value) <= slack }
        #expect(isKnown, "\(name): where is \(number) from? \(line.text)")
      }
    }
    for line in text.split(separator: "\n") where line.contains("as the code computes it") {
      // Of a saturated tanh, whose a is ±1 but for its last bit, 1 − a² has no right digit.
      let value = line.firstMatch(of: /f′\(z\) = (\S+),/).flatMap { Double($0.output.1) }
      #expect(value.map { 0 < $0 && $0 < 1e-15 } == true && line.contains("`1 - a²`"), "\(name): \(line)")
    }
    return reader.lines.count
  }
}

/// One of the networks that are explained.
private struct ExplainedNetwork {
  let network: Network<Double>
  let loss: Loss
  let input, target: [Double]
  let optimizer: any Optimizer
  let regularization: Regularization
  let clip: GradientClipping?
  let description: String
  let names: [String]
  /// All numbers that come from outside.
  let given: [Double]

  init(_ number: Int, _ plugins: Plugins) throws {
    func pick<Item>(_ items: [Item], _ stride: Int = 1) -> Item { items[number * stride % items.count] }
    let hidden = pick(plugins.names(of: .activation))
    let kind = pick(plugins.names(of: .neuron))
    let (lossName, last, target) = pick(Self.losses)
    var parameters: [String: Double] = [:]
    if hidden == "leaky_relu" { parameters = ["slope": 0.2] }
    if hidden == "elu" || hidden == "celu" { parameters = ["alpha": 1.5] }
    let activation = try plugins.activation(hidden, parameters: parameters)
    let lossParameters: [String: Double] = lossName == "huber" && number % 2 == 0 ? ["delta": 0.25] : [:]
    loss = try plugins.loss(lossName, parameters: lossParameters)
    let neurons = try (0..<3).map { index in
      index == 2 || kind == "weighted_sum"
        ? Neuron<Double>(inputs: 3, activation: activation)
        : try PluginNeuron<Double>(inputs: 3, activation: activation, kind: plugins.neuron(kind))
    }
    let network = try Network(
      layers: [Layer(neurons), Layer(neurons: target.count, inputs: 3, activation: plugins.activation(last))],
      seed: UInt64(number))
    for neuron in network.layers.flatMap(\.neurons) { neuron.bias = Double(neuron.index + 1) / 8 }
    if number % 7 == 3 { network.layers[1].frozen = .biases }
    input = [0.3, -1.25, Double(number) / 16]
    self.target = target
    optimizer = pick(Self.optimizers)
    regularization = number % 4 == 1 ? Regularization(l1: 0.01, l2: 0.1) : Regularization()
    clip = number % 3 == 1 ? .norm(0.5) : number % 3 == 2 ? .value(0.02) : nil
    names = [hidden, kind, lossName, last]
    description = "network \(number), \(names.joined(separator: ", ")), \(optimizer)"
    self.network = network
    given =
      input + target + [regularization.l1, regularization.l2, Double(target.count), 1 / Double(target.count)]
      + network.layers.flatMap { $0.neurons.flatMap { Array($0.weights) + [$0.bias] } }
      + Array(parameters.values) + loss.parameters + Self.settings
  }

  private static let losses: [(loss: String, last: String, target: [Double])] = [
    ("half_squared_error", "sigmoid", [0.01, 0.99]), ("cross_entropy", "softmax", [0, 1, 0]),
    ("binary_cross_entropy", "sigmoid", [1, 0, 0.25]), ("mean_squared_error", "identity", [0.5, -2]),
    ("negative_log_likelihood", "log_softmax", [0, 0, 1]), ("squared_error", "tanh", [0.5]),
    ("hinge", "identity", [1, -1]), ("huber", "softsign", [0.2, 3, -1]), ("kl_divergence", "softmax", [0.25, 0.75]),
    ("log_cosh", "gelu", [0.3, -0.7]), ("mean_absolute_error", "softplus", [0.5, 2]),
    ("poisson", "exponential", [2, 0]),
    ("cross_entropy", "sigmoid", [0.2, 0.8]), ("cross_entropy", "softmax", [0.5, 0.7]),
  ]
  private static let optimizers: [any Optimizer] = [
    .sgd(learningRate: 0.5), .sgd(learningRate: 0.1, momentum: 0.9),
    .sgd(learningRate: 0.1, momentum: 0.8, nesterov: true), .rmsprop(),
    .adagrad(), .adam(), .adamw(learningRate: 0.01, weightDecay: 0.02), .rprop(),
    .nadam(), .lion(learningRate: 0.01, weightDecay: 0.1), .quickprop(learningRate: 0.5), .irpropm(),
  ]
  /// What optimizers have besides their learning rates.
  private static let settings = [
    0.5, 0.1, 0.9, 0.8, 0.99, 0.01, 1e-8, 1e-10, 0.001, 0.999, 0.02, 0.5, 1.2, 1e-6, 50, 2, 3, 0.002, 0.96, 0.004, 1e-4,
    1.75,
  ]
}
