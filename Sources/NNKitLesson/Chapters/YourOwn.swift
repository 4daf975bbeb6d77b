internal import NNKit

extension Chapter {
  static let yourOwn = Chapter(
    number: 11, name: "your-own", title: "Your own",
    summary:
      "A function of your own in twenty lines of C, a neuron of your own in Swift, and the check that finds your bug.",
    prose: Resource.your_own_md
  ) { engine in
    let plugins = try engine.survey()
    let names = plugins.names(of: .activation).filter { (try? plugins.activation($0).isWholeLayer) == false }
    let first = names.firstIndex(of: "bent") ?? names.firstIndex(of: "tanh") ?? 0
    let lines = try Excerpt("bent.c", from: nil, to: nil).lines
    let wrong = try Trial(engine, .sign)
    return Content(
      numbers: [
        "lines": Double(lines.filter { !$0.isEmpty }.count), "checked": Double(wrong.check.checked),
        "tolerance": Trial.tolerance,
      ],
      parts: [
        LivePart(
          name: "functions", title: "All activation functions there are",
          controls: [.menu("f", "activation function", names, first)], recorded: .all
        ) { values in try figures(of: names[values.choice("f")], try engine.survey()) },
        LivePart(
          name: "gradcheck", title: "Four neurons of a reader, and what the check says",
          controls: [.menu("neuron", "neuron", Trial.Bug.allCases.indices.map { "version \($0 + 1)" })], recorded: .all
        ) { values in try Trial(engine, Trial.Bug.allCases[values.choice("neuron")]).figures },
      ],
      exercises: [
        Exercise(
          name: "method",
          question:
            "The check says that the bias of a neuron is wrong: backward pass 0, central difference not 0. All weights and"
            + " inputs agree. Which method do you look at?",
          answer: .choice([
            .init(
              "`combine`", "If combine were wrong, it would be another function, but its slopes could still agree."),
            .init("`accumulateGradients`"),
            .init("`sendMessages`", "Its mistakes show in the inputs, and in the layers before. Those agree."),
          ]),
          right: "It adds up the gradients of the weights and of the bias. One line is missing."),
        Exercise(
          name: "which",
          question: "In which of the four versions is `sendMessages` wrong?",
          answer: .choice(
            Trial.Bug.allCases.enumerated().map { index, bug in
              .init(
                "version \(index + 1)",
                bug == .sign
                  ? nil
                  : bug == .none
                    ? "In this version everything agrees."
                    : "Look at what is named: a weight, a bias, or an input of the sample?"
              )
            }),
          right: "The check names an input of the sample: this is where the messages of the first layer arrive."),
      ])
  }
}

private func figures(of name: String, _ plugins: Plugins) throws -> [Figure] {
  let activation = try plugins.activation(name)
  let z = (0...160).map { -5 + Double($0) / 16 }
  let (f, slope) = try activation.values(at: z)
  // A little off the points of the plot, where functions have their kinks.
  let (places, h) = (z.map { $0 + 0.0123 }, 1e-4)
  let (up, down) = (
    try activation.values(at: places.map { $0 + h }).outputs, try activation.values(at: places.map { $0 - h }).outputs
  )
  let own = try activation.values(at: places).derivatives
  let differences = places.indices.map { abs(own[$0] - (up[$0] - down[$0]) / (2 * h)) }
  let information = activation.function.information
  return [
    .plot(
      .init(
        title: "\(name): \(information.summary)", xLabel: "z",
        series: [.init("f", x: z, y: f, colour: 0), .init("f′", x: z, y: slope, colour: 1, dash: "5 4")], height: 210)),
    .lines([information.formula]),
    .facts([.init("greatest difference between f′ and a central difference", "", differences.max() ?? .nan)]),
  ]
}

/// A radial neuron of a reader, with one bug or none, and what the comparison with central differences says.
private struct Trial {
  enum Bug: CaseIterable {
    case factor, none, sign, bias
  }

  static let tolerance = 1e-6
  let check: GradientCheck

  init(_ engine: LessonEngine, _ bug: Bug) throws {
    let function = try engine.plugins.activation("exponential")
    let neurons: [Neuron<Double>] = [
      Neuron(inputs: 2, activation: function), TrialNeuron(inputs: 2, activation: function, bug: bug),
    ]
    let network = try Network<Double>(
      layers: [
        Layer(neurons), Layer(neurons: 1, inputs: 2, activation: engine.plugins.activation("sigmoid")),
      ], seed: 7)
    let samples = try Samples<Double>(inputs: [[0.4, -0.3], [0.9, 0.6]], targets: [[1], [0]])
    check = try network.checkGradients(engine.plugins.loss("half_squared_error"), on: samples)
  }

  var figures: [Figure] {
    guard let worst = check.worst else { return [.note("Nothing could be compared.")] }
    let agrees = worst.relativeError <= Self.tolerance
    return [
      .table(
        .init(
          title: "\(check.checked) gradients compared with central differences; the worst of them",
          head: ["gradient of", "backward pass", "central difference", "relative error"],
          rows: [
            [
              worst.parameter.description, shown(worst.gradient, 5), shown(worst.difference, 5),
              shown(worst.relativeError, 2),
            ]
          ])),
      .note(
        agrees
          ? "All agree." : "The backward pass disagrees with the loss. Look at the \(worst.parameter.description)."),
    ]
  }

  /// z = −b · ‖x − w‖², as in the example `RadialNeuron`.
  private final class TrialNeuron: Neuron<Double> {
    private let bug: Bug

    init(inputs: Int, activation: Activation, bug: Bug) {
      self.bug = bug
      super.init(inputs: inputs, activation: activation)
    }

    override func combine() {
      for c in weightedInputs.indices { weightedInputs[c] = -bias * squaredDistance(c) }
    }

    override func accumulateGradients() {
      let factor = bug == .factor ? bias : 2 * bias
      for c in localGradients.indices {
        for i in 0..<fanIn { weightGradients[i] += localGradients[c] * factor * (inputs[i, c] - weights[i]) }
        if bug != .bias { biasGradient -= localGradients[c] * squaredDistance(c) }
      }
    }

    override func sendMessages(to messages: Messages<Double>) {
      let sign: Double = bug == .sign ? 1 : -1
      for c in localGradients.indices {
        for i in 0..<fanIn {
          messages[i, c] += sign * localGradients[c] * 2 * bias * (inputs[i, c] - weights[i])
        }
      }
    }

    override func initialize(by initializer: Initializer, fanOut: Int, random: inout RandomSource) {
      super.initialize(by: initializer, fanOut: fanOut, random: &random)
      bias = 1
    }

    private func squaredDistance(_ c: Int) -> Double {
      (0..<fanIn).sum { i in (inputs[i, c] - weights[i]) * (inputs[i, c] - weights[i]) }
    }
  }
}
