internal import NNKit

extension Chapter {
  static let byHeart = Chapter(
    number: 10, name: "by-heart", title: "Not learning by heart",
    summary:
      "A network can know its samples by heart and be wrong about everything else. How to see it, and four remedies.",
    prose: Resource.by_heart_md
  ) { engine in
    let plain = try Wave(engine, remedy: .none)
    let history = [0.90, 0.61, 0.52, 0.55, 0.58, 0.57]
    let best = history.indices.min { history[$0] < history[$1] } ?? 0
    let patience = 3
    let (rate, output) = (0.2, 0.6)
    var numbers: [String: Double] = [
      "samples": Double(Wave.count), "neurons": Double(Wave.neurons), "epochs": Double(Wave.epochs),
      "train": plain.train, "validation": plain.validation, "best": plain.bestValidation,
      "bestEpoch": Double(plain.bestEpoch),
      "patience": Double(patience), "rate": rate, "output": output, "factor": 1 / (1 - rate),
    ]
    for remedy in Wave.Remedy.allCases { numbers[remedy.key] = try Wave(engine, remedy: remedy).validation }
    for (index, value) in history.enumerated() { numbers["h\(index + 1)"] = value }
    return Content(
      numbers: numbers,
      parts: [
        LivePart(
          name: "wave", title: "A curve through noisy points",
          controls: [.menu("remedy", "remedy", Wave.Remedy.allCases.map(\.rawValue))], recorded: .all
        ) { values in try Wave(engine, remedy: Wave.Remedy.allCases[values.choice("remedy")]).figures }
      ],
      exercises: [
        Exercise(
          name: "stop",
          question:
            "The validation loss after six epochs is [=h1], [=h2], [=h3], [=h4], [=h5], [=h6]. The patience is [=patience]."
            + " After which epoch were the weights that the network has at the end? (The first epoch is 1.)",
          answer: .number(
            Double(best + 1), tolerance: 0.1,
            mistakes: [
              .init(Double(history.count), "There the training stops. But it goes back to the best weights."),
              .init(Double(best), "Count from 1: the first epoch is 1."),
              .init(Double(best + 2), "There the loss grew already."),
            ]),
          right:
            "Epoch \(best + 1) has the smallest loss. After \(patience) epochs without a smaller one the training stops, and"
            + " takes these weights.",
          hint: "Look for the smallest validation loss."),
        Exercise(
          name: "dropout",
          question:
            "A layer has a dropout of [=rate]. In one pass of the training an output is [=output] and is not dropped. What"
            + " does the next layer hear?",
          answer: .number(
            output / (1 - rate), tolerance: 0.005,
            mistakes: [
              .init(output, "Outputs that stay are made greater, so that the mean does not change."),
              .init(output * (1 - rate), "You multiplied by 1 − p. Divide by it."),
              .init(output / (1 + rate), "Divide by 1 − p, not by 1 + p."),
              .init(output / rate, "You divided by p. Divide by 1 − p, the share that stays."),
            ]),
          right: "The share that stays is \(shown(1 - rate)), so it is divided by that.",
          hint: "Outputs that stay are multiplied by 1 / (1 − p)."),
      ])
  }
}

/// A network that learns a sine wave from few noisy points.
private struct Wave {
  enum Remedy: String, CaseIterable {
    case none = "none"
    case early = "early stopping"
    case l2 = "L2: small weights"
    case dropout = "dropout"
    case augmentation = "augmentation: more samples"

    /// What the prose calls its result.
    var key: String {
      switch self {
      case .none: "none"
      case .early: "early"
      case .l2: "l2"
      case .dropout: "dropout"
      case .augmentation: "augmentation"
      }
    }
  }

  static let count = 12
  static let neurons = 30
  static let epochs = 800
  private let points: (x: [Double], y: [Double])
  private let curve: (x: [Double], y: [Double])
  private let truth: [Double]
  private var losses: (train: [Double], validation: [Double]) = ([], [])

  var train: Double { losses.train[losses.train.count - 1] }
  /// The mean loss on the validation samples with the weights at the end.
  let validation: Double
  var bestEpoch: Int { (losses.validation.indices.min { losses.validation[$0] < losses.validation[$1] } ?? 0) + 1 }
  var bestValidation: Double { losses.validation[bestEpoch - 1] }

  init(_ engine: LessonEngine, remedy: Remedy) throws {
    var random = RandomSource(seed: 8)
    // What the network should find: a bit more than a wave.
    func wave(_ x: [Double]) throws -> [Double] {
      try engine.plugins.activation("sine").values(at: x.map { 4 * $0 }).outputs
    }
    func points(_ x: [Double]) throws -> (x: [Double], y: [Double]) {
      (x, try wave(x).map { $0 + 0.35 * random.normal() })
    }
    let some = try points((0..<Self.count).map { (2 * Double($0) + 1) / Double(Self.count) - 1 })
    let held = try points((0..<60).map { _ in 2 * random.uniform() - 1 })
    self.points = some
    var samples = some
    if remedy == .augmentation {
      // Each sample eight times, moved a little.
      samples = (
        some.x.flatMap { x in (0..<8).map { _ in x + 0.1 * random.normal() } },
        some.y.flatMap { y in [Double](repeating: y, count: 8) }
      )
    }
    let hidden = try Layer<Double>(neurons: Self.neurons, inputs: 1, activation: engine.plugins.activation("tanh"))
    hidden.initializer = .normal(deviation: 6)
    if remedy == .dropout { hidden.dropout = 0.2 }
    let output = try Layer<Double>(neurons: 1, inputs: Self.neurons, activation: engine.plugins.activation("identity"))
    let network = try Network(layers: [hidden, output], seed: 6)
    for neuron in hidden.neurons { neuron.bias = 3 * random.normal() }
    var settings = TrainingSettings(
      epochs: Self.epochs, batch: samples.x.count, optimizer: .adam(learningRate: 0.02), seed: 1)
    if remedy == .early { settings.earlyStopping = EarlyStopping(metric: .validationLoss, patience: 100) }
    if remedy == .l2 { settings.regularization.l2 = 0.004 }
    func make(_ points: (x: [Double], y: [Double])) throws -> Samples<Double> {
      try Samples(inputs: points.x.map { [$0] }, targets: points.y.map { [$0] })
    }
    let loss = try engine.plugins.loss("half_squared_error")
    var losses: (train: [Double], validation: [Double]) = ([], [])
    let validation = try make(held)
    try Trainer(network, loss: loss, settings: settings).train(on: make(samples), validation: validation) { report in
      losses.train.append(report.train.loss)
      losses.validation.append(report.validation?.loss ?? .nan)
      return .proceed
    }
    self.losses = losses
    let answers = try network.forward(Inputs(samples: validation.inputs))
    let values = try loss.values(answers, Matrix(row: held.y))
    self.validation = values.reduce(0, +) / Double(values.count)
    let x = (0...120).map { -1 + Double($0) / 60 }
    curve = (x, try x.map { try network.respond(to: [$0])[0] })
    truth = try wave(x)
  }

  var figures: [Figure] {
    let steps = stride(from: 0, to: losses.train.count, by: max(1, losses.train.count / 200)).map { $0 }
    let epochs = steps.map { Double($0 + 1) }
    return [
      .plot(
        .init(
          title: "The samples, and the curve that the network has learned", xLabel: "x",
          series: [
            .init("network", x: curve.x, y: curve.y, colour: 0),
            .init("truth", x: curve.x, y: truth, colour: 2, dash: "5 4"),
          ], marks: zip(points.x, points.y).map { .init(x: $0, y: $1, text: "") }, height: 240, yRange: [-1.8, 1.8])),
      .plot(
        .init(
          title: "The loss in each epoch", xLabel: "epoch",
          series: [
            .init("training", x: epochs, y: steps.map { losses.train[$0] }, colour: 0),
            .init("validation", x: epochs, y: steps.map { losses.validation[$0] }, colour: 1, dash: "6 4"),
          ], height: 200, yRange: [0, 0.2])),
      .facts([
        .init("training loss of the last epoch", "", train),
        .init("validation loss of the final weights", "", validation),
        .init("epochs", "", Double(losses.train.count)),
      ]),
    ]
  }
}
