internal import NNKit

extension Chapter {
  static let aNeuron = Chapter(
    number: 1, name: "a-neuron", title: "A neuron",
    summary: "A weighted sum and a function, by hand; and three bugs that a first attempt often has.",
    prose: Resource.a_neuron_md
  ) { engine in
    let (x, w, b) = ([2.0, 1.0], [0.4, -0.6], 0.3)
    let (z, a) = try engine.neuron(w, b, "sigmoid").hear(x)
    let own = (x: [3.0, -2.0], w: [0.5, 0.25], b: -0.2)
    let ownZ = try engine.neuron(own.w, own.b, "sigmoid").hear(own.x)
    let attempt = FirstAttempt(engine)
    let right = try attempt.outputs(.none)
    let sign = try attempt.outputs(.sign)
    return Content(
      numbers: [
        "x1": x[0], "x2": x[1], "w1": w[0], "w2": w[1], "b": b, "z": z, "a": a, "p1": w[0] * x[0], "p2": w[1] * x[1],
        "ox1": own.x[0], "ox2": own.x[1], "ow1": own.w[0], "ow2": own.w[1], "ob": own.b, "oz": ownZ.z, "oa": ownZ.a,
        "right": right[0], "wrong": sign[0],
      ],
      parts: [
        LivePart(
          name: "neuron", title: "A neuron to play with",
          controls: [
            .slider("x1", "input x₁", -3...3, step: 0.1, x[0]), .slider("x2", "input x₂", -3...3, step: 0.1, x[1]),
            .slider("w1", "weight w₁", -3...3, step: 0.1, w[0]), .slider("w2", "weight w₂", -3...3, step: 0.1, w[1]),
            .slider("b", "bias b", -3...3, step: 0.1, b), .menu("f", "activation function f", functions),
          ],
          recorded: .steps([
            .init("The neuron of the text."),
            .init("A greater weight of the first input: z and a become greater.", ["w1": 1.2]),
            .init("The same with a negative weight: the input now pulls z down.", ["w1": -1.2]),
            .init("An input of 0 has no effect, whatever its weight.", ["x1": 0, "w1": -1.2]),
            .init("The bias moves z, whatever the inputs are.", ["x1": 0, "x2": 0, "b": 2]),
            .init("Far out, the sigmoid is flat: z grows, and a stays close to 1.", ["x1": 3, "w1": 3]),
            .init("The function relu keeps a positive z as it is.", ["f": 2, "w1": 1.2]),
            .init("A negative z becomes 0.", ["f": 2, "w1": -1.2]),
          ])
        ) { values in
          let neuron = try engine.neuron([values["w1"], values["w2"]], values["b"], functions[values.choice("f")])
          return try figures(of: neuron, [values["x1"], values["x2"]], functions[values.choice("f")], engine)
        },
        LivePart(
          name: "bugs", title: "Three bugs, and what they do",
          controls: [.menu("bug", "the network", FirstAttempt.Bug.allCases.map(\.rawValue))], recorded: .all
        ) { values in try attempt.figures(FirstAttempt.Bug.allCases[values.choice("bug")]) },
      ],
      exercises: [
        Exercise(
          name: "sum",
          question: "A neuron has the weights [=ow1] and [=ow2] and the bias [=ob]. Its inputs are [=ox1] and [=ox2]."
            + " What is its weighted input z?",
          answer: .number(
            ownZ.z, tolerance: 0.005,
            mistakes: [
              .init(ownZ.z - own.b, "You left out the bias. Add it to the sum of the products."),
              .init(ownZ.z - 2 * own.b, "You subtracted the bias. It is negative already: add it."),
              .init(
                own.w[0] * own.x[0] - own.w[1] * own.x[1] + own.b,
                "The sign of the second product is wrong: its input is negative, so the product is negative."),
              .init(ownZ.a, "That is the output a of a sigmoid. The question is for z, before the function."),
              .init(
                own.w[0] * own.x[1] + own.w[1] * own.x[0] + own.b,
                "You multiplied each weight by the other input. The first weight belongs to the first input."),
            ]),
          right:
            "The products are \(shown(own.w[0] * own.x[0])) and \(shown(own.w[1] * own.x[1])); with the bias that is"
            + " \(shown(ownZ.z)).",
          hint: "Multiply each input by its weight, add the two products, and add the bias."),
        Exercise(
          name: "which",
          question:
            "You build a network with 2 inputs, 3 neurons and 1 output. It answers with 4 numbers. Which bug is it?",
          answer: .choice([
            .init(
              "The weights have the wrong shape.",
              "Then numbers are wrong, or a row is missing. The number of neurons stays as it was."),
            .init("All layers share one list of neurons."),
            .init("A sign is missing in the sigmoid.", "A sign changes the numbers, but not how many there are."),
          ]),
          right: "Each layer put its neurons into the same list: 3 and 1 are 4 neurons, and each layer has all of them."
        ),
      ])
  }
}

private let functions = ["sigmoid", "tanh", "relu", "identity"]

private func figures(
  of neuron: Neuron<Double>, _ x: [Double], _ name: String, _ engine: LessonEngine
) throws -> [Figure] {
  let (z, a) = try neuron.hear(x)
  let (w, b) = (Array(neuron.weights), neuron.bias)
  let curve = try engine.curve(name, from: min(-6, z), to: max(6, z))
  return [
    .network(
      .init(
        label: "Two inputs and a neuron",
        columns: [
          .init(
            title: "inputs",
            nodes: [.init(key: "x1", name: "x₁", value: shown(x[0])), .init(key: "x2", name: "x₂", value: shown(x[1]))]),
          .init(title: name, nodes: [.init(key: "n", name: "z \(shown(z))", value: "a \(shown(a))")]),
        ], lines: [.init("x1", "n", w[0]), .init("x2", "n", w[1])])),
    .lines([
      "z = w₁·x₁ + w₂·x₂ + b = \(shown(w[0]))·\(bracketed(x[0])) + \(bracketed(w[1]))·\(bracketed(x[1])) + \(bracketed(b))"
        + " = \(shown(z, 6))",
      "a = f(z) = f(\(shown(z, 6))) = \(shown(a, 6))",
    ]),
    .plot(
      .init(
        title: "\(name), and where this neuron stands on it", xLabel: "z",
        series: [.init("f", x: curve.z, y: curve.f, colour: 0)], marks: [.init(x: z, y: a, text: "a = \(shown(a))")],
        height: 180)),
  ]
}

/// A network as people first write it, with one bug at a time: two inputs, two neurons, one output.
private struct FirstAttempt: Sendable {
  enum Bug: String, CaseIterable {
    case none = "without a bug"
    case sharedList = "all layers share one list of neurons"
    case sign = "a sign is missing in the sigmoid"
    case shape = "the weights have the wrong shape"
  }

  private static let x = [1.0, 0.5]
  private let engine: LessonEngine
  init(_ engine: LessonEngine) { self.engine = engine }

  private static let hidden = LayerNumbers([[0.2, -0.4], [0.7, 0.1]], [0.1, -0.3], "sigmoid")
  private static let output = LayerNumbers([[0.5, -0.6]], [0.2], "sigmoid")

  func outputs(_ bug: Bug) throws -> [Double] {
    try layers(bug).last ?? []
  }

  /// The outputs of each layer.
  private func layers(_ bug: Bug) throws -> [[Double]] {
    var signals = [Self.x]
    for layer in layerNumbers(bug) {
      let inputs = signals[signals.count - 1]
      signals.append(
        try zip(layer.weights, layer.biases).map { weights, bias in
          // Python's zip ends with the shorter list.
          let count = min(weights.count, inputs.count)
          let sign: Double = bug == .sign ? -1 : 1
          // 1 / (1 + e^z) is the sigmoid of −z.
          return try engine.neuron(weights.prefix(count).map { sign * $0 }, sign * bias, "sigmoid")
            .hear(Array(inputs.prefix(count))).a
        })
    }
    return Array(signals.dropFirst())
  }

  private func layerNumbers(_ bug: Bug) -> [LayerNumbers] {
    let (hidden, output) = (Self.hidden, Self.output)
    switch bug {
    case .none, .sign: return [hidden, output]
    case .sharedList:
      let all = LayerNumbers(hidden.weights + output.weights, hidden.biases + output.biases, "sigmoid")
      return [all, all]
    case .shape:
      let turned = (0..<2).map { row in hidden.weights.map { $0[row] } }
      return [LayerNumbers(turned, hidden.biases, "sigmoid"), output]
    }
  }

  func figures(_ bug: Bug) throws -> [Figure] {
    let (signals, right) = (try layers(bug), try layers(.none))
    let numbers = layerNumbers(bug)
    let first = Figure.NetworkFigure.Column(
      title: "inputs",
      nodes: Self.x.enumerated().map { .init(key: "in.\($0)", name: "x\(subscripted($0 + 1))", value: shown($1)) })
    let columns = signals.enumerated().map { index, values in
      Figure.NetworkFigure.Column(
        title: "layer \(index + 1)",
        nodes: values.enumerated().map { .init(key: "\(index).\($0)", name: "a", value: shown($1)) })
    }
    let lines = numbers.enumerated().flatMap { index, layer in
      layer.weights.enumerated().flatMap { to, weights in
        weights.enumerated().map {
          Figure.NetworkFigure.Line("\(index == 0 ? "in" : "\(index - 1)").\($0)", "\(index).\(to)", $1)
        }
      }
    }
    func list(_ values: [Double]) -> String { values.map { shown($0) }.joined(separator: ", ") }
    return [
      .network(.init(label: "The network: \(bug.rawValue)", columns: [first] + columns, lines: lines)),
      .table(
        .init(
          title: "What each layer gives", head: ["", "it should be", "it is"],
          rows: [0, 1].map { ["layer \($0 + 1)", list(right[$0]), list(signals[$0])] })),
      .note(words(bug)),
    ]
  }

  private func words(_ bug: Bug) -> String {
    switch bug {
    case .none: "Each layer has its own neurons: two, then one. The answer is one number."
    case .sharedList:
      "Both layers have all three neurons, and the network answers with three numbers. No error is reported: a neuron with"
        + " two weights leaves out a third input."
    case .sign:
      "Each neuron turns its answer round: where it should respond strongly, it responds weakly. All numbers lie between 0"
        + " and 1 and look right."
    case .shape:
      "The layer has a row of weights for each input, where it should have one for each neuron. Here both are two, so that"
        + " nothing fails: each neuron has weights that belong to others. With three neurons a row would be missing."
    }
  }
}
