internal import NNKit

extension Chapter {
  static let aStep = Chapter(
    number: 5, name: "a-step", title: "A step, and another",
    summary: "The learning rate: too small, right, too large. Momentum. And curves that say which of them it is.",
    prose: Resource.a_step_md
  ) { engine in
    let rates = [0.1, 1, 3.8, 4.1]
    let momenta = [0, 0.5, 0.9]
    let start = [-3.0, 3.5]
    // Two samples that make a long valley: the slope across is ten times that along it.
    let valley = try Landscape(engine, inputs: [[1, 0], [0, 0.3]], targets: [1, 0.3], activation: "identity")
    let steps = 60
    let slow = try valley.walk(from: start, steps: steps, learningRate: rates[0])
    let good = try valley.walk(from: start, steps: steps, learningRate: rates[1])
    let pushed = try valley.walk(from: start, steps: steps, learningRate: rates[1], momentum: momenta[1])
    let swung = try valley.walk(from: start, steps: steps, learningRate: rates[1], momentum: momenta[2])
    let carried = try valley.walk(from: start, steps: steps, learningRate: rates[0], momentum: momenta[2])
    let wild = try valley.walk(from: start, steps: steps, learningRate: rates[3])
    // The loss is a parabola: twice the reciprocal of its curvature across the valley is where steps begin to grow.
    let across = try [0, 1, 2].map { try valley.loss(at: [$0, 1]) }
    let limit = 2 / (across[0] - 2 * across[1] + across[2])
    let (w, g, rate) = (0.8, -0.25, 0.4)
    let moved = try step(engine, w: w, g: g, rate: rate, momentum: 0, times: 1)[0]
    let example = (w: 0.5, g: 0.2, rate: 0.1)
    let (mu, own) = (0.5, (w: 1.0, g: 0.2, rate: 0.1))
    let twice = try step(engine, w: own.w, g: own.g, rate: own.rate, momentum: mu, times: 2)
    let mazur = try Mazur.losses(engine, after: [0, 1, Mazur.steps])
    return Content(
      numbers: [
        "ow": own.w, "og": own.g, "orate": own.rate, "mu": mu, "one": twice[0], "w": w, "g": g, "rate": rate,
        "moved": moved, "ew": example.w, "eg": example.g, "erate": example.rate,
        "emoved": try step(engine, w: example.w, g: example.g, rate: example.rate, momentum: 0, times: 1)[0],
        "steps": Double(steps), "r0": rates[0], "r1": rates[1], "r2": rates[2], "r3": rates[3], "m2": momenta[2],
        "slow": try valley.loss(at: slow[steps]), "good": try valley.loss(at: good[steps]),
        "pushed": try valley.loss(at: pushed[steps]), "first": try valley.loss(at: start),
        "wild": try valley.loss(at: wild[steps]), "limit": limit, "m1": momenta[1],
        "mazurRate": Mazur.learningRate, "mazurFirst": mazur[0], "mazurOne": mazur[1], "mazurEnd": mazur[2],
        "mazurSteps": Double(Mazur.steps), "swung": try valley.loss(at: swung[steps]),
        "carried": try valley.loss(at: carried[steps]),
      ],
      parts: [
        LivePart(
          name: "valley", title: "Steps in a long valley",
          controls: [
            .menu("rate", "learning rate η", rates.map { shown($0) }, 1),
            .menu("momentum", "momentum μ", momenta.map { shown($0) }),
          ], recorded: .all
        ) { values in
          let (rate, momentum) = (rates[values.choice("rate")], momenta[values.choice("momentum")])
          let path = try valley.walk(from: start, steps: steps, learningRate: rate, momentum: momentum)
          let losses = try path.map { try valley.loss(at: $0) }
          return [
            .surface(valley.picture(path)),
            .plot(
              .init(
                title: "The loss after each step, logarithmic", xLabel: "step",
                series: [.init("L", x: losses.indices.map { Double($0) }, y: losses, colour: 0)], log: true, height: 180
              )),
            .facts([
              .init("loss at first", "L", losses[0]),
              .init("loss after \(losses.count - 1) steps", "L", losses[losses.count - 1]),
            ]),
          ]
        },
        LivePart(
          name: "xor", title: "A network learns exclusive or",
          controls: [
            .menu("rate", "learning rate η", xorRates.map { shown($0) }, 1),
            .menu("momentum", "momentum μ", ["0", "0.9"]),
          ], recorded: .all
        ) { values in
          try xor(engine, rate: xorRates[values.choice("rate")], momentum: values.choice("momentum") == 0 ? 0 : 0.9)
        },
      ],
      exercises: [
        Exercise(
          name: "step",
          question:
            "A weight is [=w], its gradient is [=g], and the learning rate is [=rate]. What is the weight after the step?",
          answer: .number(
            moved, tolerance: 0.005,
            mistakes: [
              .init(w + rate * g, "The sign is wrong: the step goes *against* the gradient. Subtract."),
              .init(w - g, "You forgot the learning rate. Multiply the gradient by it first."),
              .init(w + g, "You forgot the learning rate, and the sign is wrong."),
              .init(-rate * g, "That is how far the weight moves. The question is where it is then."),
            ]),
          right: "The gradient is negative, so a greater weight makes the loss smaller, and the weight grows.",
          hint: "New weight = weight − learning rate · gradient."),
        Exercise(
          name: "momentum",
          question:
            "A weight is [=ow]; its gradient is [=og] in both of the next two steps. The learning rate is [=orate] and"
            + " the momentum [=mu]. After the first step the weight is [=one]. Where is it after the second?",
          answer: .number(
            twice[1], tolerance: 0.0005,
            mistakes: [
              .init(own.w - 2 * own.rate * own.g, "That is without momentum. The velocity grows in the second step."),
              .init(
                twice[0] - own.rate * mu * own.g,
                "You left the new gradient out of the velocity, which is v = μ·v + gradient; or you began from the first"
                  + " weight again."),
              .init(twice[0] + own.rate * (mu * own.g + own.g), "The sign is wrong: subtract η·v."),
              .init(twice[0] - (mu * own.g + own.g), "You forgot the learning rate."),
            ]),
          right: "The velocity is first \(shown(own.g)), then \(shown(mu))·\(shown(own.g)) + \(shown(own.g)) ="
            + " \(shown(mu * own.g + own.g)).",
          hint: "First the velocity: v = μ·v + gradient. Then the weight: w − η·v."),
      ])
  }
}

private let xorRates = [0.02, 0.5, 5, 60]

/// A weight after each of some steps, all with the same gradient.
private func step(
  _ engine: LessonEngine, w: Double, g: Double, rate: Double, momentum: Double, times: Int
) throws -> [Double] {
  // A neuron with the input 1 whose δ is g: its weight has the gradient g.
  let network = try engine.network([LayerNumbers([[w]], [0], "identity")])
  network.layers[0].frozen = .biases
  let optimizer = OptimizerState(.sgd(learningRate: rate, momentum: momentum), for: network)
  return try (0..<times).map { _ in
    _ = try network.respond(to: [1])
    try network.backward(from: Matrix(column: [g]))
    try optimizer.step(network, samples: 1)
    return network.layers[0].weights[0, 0]
  }
}

private func xor(_ engine: LessonEngine, rate: Double, momentum: Double) throws -> [Figure] {
  let (tanh, sigmoid) = (try engine.plugins.activation("tanh"), try engine.plugins.activation("sigmoid"))
  let network = try Network<Double>(
    layers: [Layer(neurons: 3, inputs: 2, activation: tanh), Layer(neurons: 1, inputs: 3, activation: sigmoid)], seed: 1
  )
  let loss = try engine.plugins.loss("binary_cross_entropy")
  let inputs: [[Double]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
  let samples = try Samples<Double>(inputs: inputs, targets: [[0], [1], [1], [0]], targetKind: .classes)
  var losses: [Double] = []
  do {
    try network.train(
      on: samples, loss: loss,
      settings: TrainingSettings(
        epochs: 300, batch: 4, optimizer: .sgd(learningRate: rate, momentum: momentum), seed: 1)
    ) { report in
      losses.append(report.train.loss)
      return .proceed
    }
  } catch is NonFiniteError {
    // The curve ends where the numbers do.
  }
  let rows = try zip(inputs, ["0", "1", "1", "0"]).map { x, y in
    [x.map { shown($0) }.joined(separator: ", "), y, shown(try network.respond(to: x)[0])]
  }
  return [
    .plot(
      .init(
        title: "The loss in each epoch", xLabel: "epoch",
        series: [.init("L", x: losses.indices.map { Double($0 + 1) }, y: losses, colour: 0)], height: 200)),
    .table(.init(title: "The answers after the training", head: ["inputs", "target", "output"], rows: rows)),
  ]
}
