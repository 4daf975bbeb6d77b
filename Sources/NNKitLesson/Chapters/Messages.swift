internal import NNKit

extension Chapter {
  static let messages = Chapter(
    number: 4, name: "messages", title: "Messages",
    summary: "Two layers: each neuron sends back how strongly the loss depends on its inputs. This is backpropagation.",
    prose: Resource.messages_md
  ) { engine in
    let mazur = try Mazur(engine)
    let trace = mazur.trace
    let (h, o) = (mazur.network.layers[0].neurons, mazur.network.layers[1].neurons)
    let own = try HiddenNeuron(engine)
    var numbers: [String: Double] = [
      "L": mazur.loss, "after": mazur.lossAfter, "m11": o[0].weights[0] * o[0].localGradients[0],
      "m21": o[1].weights[0] * o[1].localGradients[0], "r1": h[0].received[0],
      "f1": try h[0].activation.values(at: [h[0].weightedInputs[0]]).derivatives[0], "dh1": h[0].localGradients[0],
      "rate": Mazur.learningRate, "steps": Double(Mazur.steps), "end": try Mazur(engine).train(Mazur.steps),
      "ew1": HiddenNeuron.weights[0], "ew2": HiddenNeuron.weights[1], "ed1": HiddenNeuron.deltas[0],
      "ed2": HiddenNeuron.deltas[1], "ea": own.output, "er": own.received,
    ]
    for (name, value) in zip(["w5", "w6", "w7", "w8"], Mazur.output.weights.joined()) { numbers[name] = value }
    for (name, neuron) in zip(["o1", "o2"], o) { numbers["d\(name)"] = neuron.localGradients[0] }
    numbers["g1"] = h[0].weightGradients[0]
    numbers["x1"] = Mazur.inputs[0]
    numbers["w1"] = Mazur.hidden.weights[0][0]
    numbers["w1n"] = Mazur.hidden.weights[0][0] - Mazur.learningRate * h[0].weightGradients[0]
    return Content(
      numbers: numbers,
      parts: [
        LivePart(
          name: "trace", title: "Every number, and where it came from", controls: [], recorded: .all
        ) { _ in [.trace(trace)] }
      ],
      exercises: [
        Exercise(
          name: "received",
          question:
            "Another hidden neuron is heard by two neurons. Their weights for it are [=ew1] and [=ew2], and their δ are"
            + " [=ed1] and [=ed2]. What does it receive: ∂L/∂a?",
          answer: .number(
            own.received, tolerance: 0.0005,
            mistakes: [
              .init(own.messages[0], "That is the first message alone. Add the second."),
              .init(own.messages[1], "That is the second message alone. Add the first."),
              .init(
                HiddenNeuron.deltas.reduce(0, +), "You added the two δ. Each must be multiplied by its weight first."),
              .init(
                own.messages[0] - own.messages[1],
                "The sign of the second message is wrong: its weight is negative, so the message is."),
              .init(own.messages[0] * own.messages[1], "You multiplied the messages. They are added."),
            ]),
          right:
            "The messages are \(shown(own.messages[0])) and \(shown(own.messages[1])), and the neuron receives their sum.",
          hint: "Each message is weight times δ. Add both."),
        Exercise(
          name: "hidden",
          question: "That neuron is a sigmoid, and its output is a = [=ea]. It received [=er]. What is its δ?",
          answer: .number(
            own.delta, tolerance: 0.0002,
            mistakes: [
              .init(own.received, "You forgot f′(z). δ is what the neuron receives, times f′(z) = a (1 − a)."),
              .init(-own.delta, "The sign is wrong: what it receives is positive, and so is f′(z)."),
              .init(own.received * own.output, "You multiplied by a alone. The slope of the sigmoid is a (1 − a)."),
              .init(own.slope, "That is f′(z) alone. Multiply it by what the neuron received."),
              .init(own.delta * own.slope, "You multiplied by f′(z) twice."),
            ]),
          right: "The same rule as for an output neuron: received, times f′(z) = \(shown(own.slope)).",
          hint: "δ = received · f′(z), and f′(z) = a (1 − a)."),
      ], hasExplanation: true)
  }
}

/// A hidden sigmoid neuron that two others hear, whose δ are given.
private struct HiddenNeuron {
  static let weights = [0.4, -0.6]
  static let deltas = [0.25, 0.1]
  let output: Double
  let slope: Double
  let received: Double
  let delta: Double
  let messages: [Double]

  init(_ engine: LessonEngine) throws {
    // The sigmoid of this bias is 0.4; the input counts nothing.
    let hidden = LayerNumbers([[0]], [-0.4054651081081644], "sigmoid")
    let network = try engine.network([hidden, LayerNumbers(Self.weights.map { [$0] }, [0, 0], "identity")])
    _ = try network.respond(to: [1])
    output = network.layers[0].outputs[0, 0]
    try network.backward(from: Matrix(column: Self.deltas))
    let neuron = network.layers[0].neurons[0]
    (received, delta) = (neuron.received[0], neuron.localGradients[0])
    slope = try neuron.activation.values(at: [neuron.weightedInputs[0]]).derivatives[0]
    messages = network.layers[1].neurons.map { $0.weights[0] * $0.localGradients[0] }
  }
}

/// Matt Mazur's example: two inputs, two hidden and two output neurons, and one sample.
struct Mazur {
  static let inputs = [0.05, 0.10]
  static let targets = [0.01, 0.99]
  static let learningRate = 0.5
  static let steps = 10_000
  static let hidden = LayerNumbers([[0.15, 0.20], [0.25, 0.30]], [0.35, 0.35], "sigmoid")
  static let output = LayerNumbers([[0.40, 0.45], [0.50, 0.55]], [0.60, 0.60], "sigmoid")

  /// After both passes over the sample.
  let network: Network<Double>
  let loss: Double
  let lossAfter: Double
  let trace: Figure.Trace
  private let lossFunction: Loss

  init(_ engine: LessonEngine) throws {
    lossFunction = try engine.plugins.loss("half_squared_error")
    let make = { (engine: LessonEngine) throws -> Network<Double> in
      let network = try engine.network([Self.hidden, Self.output])
      for layer in network.layers { layer.frozen = .biases }
      return network
    }
    network = try make(engine)
    loss = try network.passes(Self.inputs, Self.targets, lossFunction)
    let moved = try make(engine)
    _ = try moved.passes(Self.inputs, Self.targets, lossFunction)
    try OptimizerState(.sgd(learningRate: Self.learningRate), for: moved).step(moved, samples: 1)
    let newWeights = moved.layers.map { $0.weights.values }
    lossAfter = try engine.value(lossFunction, moved.respond(to: Self.inputs), Self.targets)
    trace = try Self.trace(network, loss, newWeights, engine)
  }

  /// The loss after so many steps.
  func train(_ steps: Int) throws -> Double {
    let samples = try Samples(inputs: [Self.inputs], targets: [Self.targets])
    let settings = TrainingSettings(epochs: steps, batch: 1, optimizer: .sgd(learningRate: Self.learningRate))
    let reports = try network.train(on: samples, loss: lossFunction, settings: settings)
    return reports.last?.train.loss ?? .nan
  }

  /// The losses after so many steps, in rising order, of the same network with biases that learn.
  static func losses(_ engine: LessonEngine, after counts: [Int]) throws -> [Double] {
    let network = try engine.network([hidden, output])
    let loss = try engine.plugins.loss("half_squared_error")
    let optimizer = OptimizerState(.sgd(learningRate: learningRate), for: network)
    var done = 0
    return try counts.map { count in
      for _ in done..<count {
        _ = try network.passes(inputs, targets, loss)
        try optimizer.step(network, samples: 1)
      }
      done = count
      return try engine.value(loss, network.respond(to: inputs), targets)
    }
  }

  private static func trace(
    _ network: Network<Double>, _ loss: Double, _ newWeights: [[[Double]]], _ engine: LessonEngine
  ) throws -> Figure.Trace {
    var entries: [Figure.Trace.Entry] = []
    func add(_ id: String, _ group: String, _ symbol: String, _ value: Double, _ formula: String, _ words: String) {
      entries.append(.init(id: id, group: group, symbol: symbol, value: value, formula: formula, words: words))
    }
    let names = [["h1", "h2"], ["o1", "o2"]]
    let symbols = [["h₁", "h₂"], ["o₁", "o₂"]]
    for i in 0..<2 { add("x\(i + 1)", "given", "x\(subscripted(i + 1))", inputs[i], "", "an input of the network") }
    for i in 0..<2 { add("y\(i + 1)", "given", "y\(subscripted(i + 1))", targets[i], "", "a target") }
    for (l, layer) in network.layers.enumerated() {
      for neuron in layer.neurons {
        for i in 0..<2 {
          let number = 4 * l + 2 * neuron.index + i + 1
          let from = l == 0 ? "the input x\(subscripted(i + 1))" : "the output of \(symbols[0][i])"
          add(
            "w\(number)", "given", "w\(subscripted(number))", neuron.weights[i], "",
            "the weight of \(symbols[l][neuron.index]) for \(from)")
        }
      }
      add(
        "b\(l + 1)", "given", "b\(subscripted(l + 1))", layer.biases[0, 0], "",
        "the bias of both neurons of layer \(l + 1)")
    }
    for (l, layer) in network.layers.enumerated() {
      for neuron in layer.neurons {
        let (name, symbol) = (names[l][neuron.index], symbols[l][neuron.index])
        let before = l == 0 ? ["x1", "x2"] : ["a_h1", "a_h2"]
        let first = 4 * l + 2 * neuron.index + 1
        add(
          "z_\(name)", "forward", "z(\(symbol))", neuron.weightedInputs[0],
          "|w\(first)|·|\(before[0])| + |w\(first + 1)|·|\(before[1])| + |b\(l + 1)|", "the weighted input of \(symbol)"
        )
        add(
          "a_\(name)", "forward", "a(\(symbol))", neuron.outputs[0], "f(|z_\(name)|)",
          "the output of \(symbol), with the sigmoid f")
      }
    }
    for k in 0..<2 {
      let a = network.output.outputs[k, 0]
      let value = try engine.value(try engine.plugins.loss("half_squared_error"), [a], [targets[k]])
      add(
        "L\(k + 1)", "forward", "L\(subscripted(k + 1))", value, "(|a_o\(k + 1)| − |y\(k + 1)|)² / 2",
        "the loss of output \(k + 1)")
    }
    add("L", "forward", "L", loss, "|L1| + |L2|", "the loss of the sample")
    for (l, layer) in network.layers.enumerated().reversed() {
      for neuron in layer.neurons {
        let (name, symbol) = (names[l][neuron.index], symbols[l][neuron.index])
        let number = neuron.index + 1
        let slope = try neuron.activation.values(at: [neuron.weightedInputs[0]]).derivatives[0]
        add(
          "r_\(name)", "backward", "∂L/∂a(\(symbol))", neuron.received[0],
          l == 1 ? "|a_o\(number)| − |y\(number)|" : "|m_o1_\(name)| + |m_o2_\(name)|",
          l == 1
            ? "what the loss sends to \(symbol)" : "what \(symbol) receives: the sum of the messages from o₁ and o₂")
        add(
          "f_\(name)", "backward", "f′(z(\(symbol)))", slope, "|a_\(name)|·(1 − |a_\(name)|)",
          "the slope of the sigmoid there")
        add(
          "d_\(name)", "backward", "δ(\(symbol))", neuron.localGradients[0], "|r_\(name)|·|f_\(name)|",
          "the local gradient of \(symbol)")
        for i in 0..<2 where l == 1 {
          let weight = 4 + 2 * neuron.index + i + 1
          add(
            "m_\(name)_h\(i + 1)", "backward", "\(symbol) → \(symbols[0][i])",
            neuron.weights[i] * neuron.localGradients[0],
            "|w\(weight)|·|d_\(name)|", "the message from \(symbol) to \(symbols[0][i])")
        }
      }
    }
    for (l, layer) in network.layers.enumerated() {
      for neuron in layer.neurons {
        for i in 0..<2 {
          let number = 4 * l + 2 * neuron.index + i + 1
          let input = l == 0 ? "x\(i + 1)" : "a_h\(i + 1)"
          add(
            "g\(number)", "gradients", "∂L/∂w\(subscripted(number))", neuron.weightGradients[i],
            "|d_\(names[l][neuron.index])|·|\(input)|", "the gradient of w\(subscripted(number))")
        }
      }
    }
    for (l, weights) in newWeights.enumerated() {
      for (i, value) in weights.joined().enumerated() {
        let number = 4 * l + i + 1
        add(
          "n\(number)", "after a step", "new w\(subscripted(number))", value,
          "|w\(number)| − \(shown(learningRate))·|g\(number)|", "the weight after a step against its gradient")
      }
    }
    return .init(title: "Mazur's example", first: "n1", entries: entries)
  }
}
