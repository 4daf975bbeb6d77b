internal import NNKit

extension Chapter {
  static let images = Chapter(
    number: 9, name: "images", title: "Images",
    summary: "A neuron that fires everywhere: the same few weights at each place of a picture, learned by themselves.",
    prose: Resource.images_md
  ) { engine in
    let layer = try Lines.firstLayer(engine)
    let dense = try Layer<Double>(
      neurons: Lines.kernels, inputs: Lines.size * Lines.size, activation: engine.plugins.activation("relu"))
    let positions = layer.positions
    return Content(
      numbers: [
        "size": Double(Lines.size), "pixels": Double(Lines.size * Lines.size), "kernel": Double(Lines.kernel),
        "taps": Double(Lines.kernel * Lines.kernel), "positions": Double(positions),
        "side": Double(layer.outputShape?.image.height ?? 0), "parameters": Double(layer.parameterCount),
        "dense": Double(dense.parameterCount), "kernels": Double(Lines.kernels), "epochs": Double(Lines.epochs),
      ],
      parts: [
        LivePart(
          name: "kernel", title: "One neuron, at every place of a picture",
          controls: [
            .menu("kernel", "the neuron's weights", Kernels.all.map(\.name)),
            .menu("picture", "the picture", Kernels.pictures.map(\.name)),
          ], recorded: .all
        ) { values in try Kernels.figures(engine, values.choice("kernel"), values.choice("picture")) },
        LivePart(
          name: "learn", title: "Kernels that are learned",
          controls: [.menu("seed", "the random beginning", ["first", "second", "third"])], recorded: .all
        ) { values in [Lines.examples, .frames(try Lines.frames(engine, seed: UInt64(values.choice("seed") + 1)))] },
      ],
      exercises: [
        Exercise(
          name: "positions",
          question:
            "A window of [=kernel] × [=kernel] pixels slides over a picture of [=size] × [=size], one pixel at a time, and"
            + " never beyond the edge. At how many places does the neuron fire?",
          answer: .number(
            Double(positions), tolerance: 0.1,
            mistakes: [
              .init(Double(Lines.size * Lines.size), "The window would reach beyond the edge at some of these places."),
              .init(
                Double((Lines.size - Lines.kernel) * (Lines.size - Lines.kernel)),
                "One row and one column are missing: count the first place and the last."),
              .init(
                Double(Lines.size - Lines.kernel + 1),
                "That is the number of places in one row. There are as many rows."),
              .init(
                Double((Lines.size / Lines.kernel) * (Lines.size / Lines.kernel)),
                "That is without overlap. The window moves by one pixel only."),
            ]),
          right: "\(Lines.size - Lines.kernel + 1) places in each row, and as many rows.",
          hint: "Count the places of the window's left edge in one row, then the rows."),
        Exercise(
          name: "parameters",
          question: "A layer has [=kernels] such neurons. How many weights and biases does it have together?",
          answer: .number(
            Double(layer.parameterCount), tolerance: 0.1,
            mistakes: [
              .init(
                Double(Lines.kernels * Lines.kernel * Lines.kernel),
                "These are the weights. Each neuron has a bias too."),
              .init(
                Double(layer.parameterCount * positions),
                "You counted weights for each place. The neuron has the same weights at all places."),
              .init(
                Double(dense.parameterCount), "That is a layer in which each neuron hears the whole picture."),
            ]),
          right: "Each neuron has \(Lines.kernel * Lines.kernel) weights and a bias, however large the picture is.",
          hint: "A neuron has a weight for each pixel of the window, and a bias."),
      ])
  }
}

/// Kernels made by hand, and small pictures.
private enum Kernels {
  static let all: [(name: String, weights: [Double])] = [
    ("vertical edge", [-1, 0, 1, -1, 0, 1, -1, 0, 1]), ("horizontal edge", [-1, -1, -1, 0, 0, 0, 1, 1, 1]),
    ("blur", [Double](repeating: 1.0 / 9, count: 9)), ("point", [-1, -1, -1, -1, 8, -1, -1, -1, -1]),
  ]
  static let pictures: [(name: String, rows: [String])] = [
    (
      "a square",
      [
        "..........", "..........", "..######..", "..######..", "..######..", "..######..", "..######..", "..######..",
        "..........", "..........",
      ]
    ),
    (
      "a letter",
      [
        "..........", "..##......", "..##......", "..##......", "..##......", "..##......", "..##......", "..######..",
        "..######..", "..........",
      ]
    ),
    (
      "two points",
      [
        "..........", "..........", "..#.......", "..........", "..........", "..........", "......#...", "..........",
        "..........", "..........",
      ]
    ),
  ]

  static func figures(_ engine: LessonEngine, _ kernel: Int, _ picture: Int) throws -> [Figure] {
    let pixels = pictures[picture].rows.flatMap { $0.map { $0 == "#" ? 1.0 : 0 } }
    let window = try SlidingWindow(channels: 1, height: 10, width: 10, kernel: 3)
    let layer = try Layer<Double>(neurons: 1, window: window, activation: engine.plugins.activation("identity"))
    layer.weights.row(0).assign(all[kernel].weights)
    // A network has one answer for a sample: behind the layer, one that takes its mean.
    let mean = try Layer<Double>(
      pool: engine.plugins.neuron("average"), window: SlidingWindow(channels: 1, height: 8, width: 8, kernel: 8),
      activation: engine.plugins.activation("identity"))
    try Network(keepingWeightsOf: [layer, mean]).forward(Inputs(samples: try Matrix([pixels])))
    let z = Array(layer.outputs.values.joined())
    let strongest = z.indices.max { abs(z[$0]) < abs(z[$1]) } ?? 0
    let (row, column) = (strongest / 8, strongest % 8)
    let terms = (0..<9).map { i in
      (all[kernel].weights[i], pixels[(row + i / 3) * 10 + column + i % 3])
    }
    return [
      .pictures([
        .init(title: "the picture", rows: 10, columns: 10, values: pixels, isGrey: true),
        .init(title: "the weights", rows: 3, columns: 3, values: all[kernel].weights),
        .init(title: "its outputs", rows: 8, columns: 8, values: z),
      ]),
      .lines([
        "It responds most in row \(row + 1), column \(column + 1): z = "
          + terms.map { "\(bracketed(($0.0 * 1000).rounded() / 1000))·\(shown($0.1))" }.joined(separator: " + ")
          + " = \(shown(z[strongest]))"
      ]),
    ]
  }
}

/// Pictures of lines that lie, stand or lean, and a network that learns to distinguish them.
private enum Lines {
  static let size = 8
  static let kernel = 3
  static let kernels = 3
  static let epochs = 30
  private static let names = ["lying", "standing", "leaning"]

  static func firstLayer(_ engine: LessonEngine) throws -> Layer<Double> {
    try Layer(
      neurons: kernels, window: SlidingWindow(channels: 1, height: size, width: size, kernel: ImageSize(kernel)),
      activation: engine.plugins.activation("relu"))
  }

  private static func picture(_ kind: Int, _ random: inout RandomSource) -> [Double] {
    var pixels = (0..<size * size).map { _ in 0.1 * random.normal() }
    let length = 5
    func below(_ limit: Int) -> Int { min(limit - 1, Int(random.uniform() * Double(limit))) }
    let (row, column) =
      switch kind {
      case 0: (below(size), below(size - length + 1))
      case 1: (below(size - length + 1), below(size))
      default: (below(size - length + 1), below(size - length + 1))
      }
    for step in 0..<length {
      pixels[(row + (kind == 0 ? 0 : step)) * size + column + (kind == 1 ? 0 : step)] += 1
    }
    return pixels
  }

  private static func samples(_ count: Int, seed: UInt64) throws -> Samples<Double> {
    var random = RandomSource(seed: seed)
    let inputs = (0..<count).map { picture($0 % 3, &random) }
    let targets = (0..<count).map { sample in (0..<3).map { $0 == sample % 3 ? 1.0 : 0 } }
    return try Samples(inputs: inputs, targets: targets, targetKind: .classes)
  }

  /// The kernels before the training and after some of its epochs.
  static func frames(_ engine: LessonEngine, seed: UInt64) throws -> [Figure.Frame] {
    let plugins = engine.plugins
    let first = try firstLayer(engine)
    let side = size - kernel + 1
    let pool = try Layer<Double>(
      pool: plugins.neuron("maximum"),
      window: SlidingWindow(channels: kernels, height: side, width: side, kernel: ImageSize(side), groups: kernels),
      activation: plugins.activation("identity"))
    let last = try Layer<Double>(neurons: 3, inputs: kernels, activation: plugins.activation("softmax"))
    let network = try Network(layers: [first, pool, last], seed: seed)
    let (train, test) = (try samples(150, seed: 20), try samples(60, seed: 21))
    func frame(_ caption: String, _ accuracy: Double?) -> Figure.Frame {
      let pictures = first.neurons.map { neuron -> Figure.Picture in
        let preferred = (0..<3).max { last.weights[$0, neuron.index] < last.weights[$1, neuron.index] } ?? 0
        return .init(
          title: "for \(names[preferred])", rows: kernel, columns: kernel, values: Array(neuron.weights))
      }
      return .init(
        caption: caption,
        figures: [
          .pictures(pictures), .facts([.init("accuracy on new pictures", "", accuracy ?? .nan)]),
        ])
    }
    var frames = [frame("before the training: random weights", nil)]
    let trainer = try Trainer(
      network, loss: plugins.loss("cross_entropy"),
      settings: TrainingSettings(epochs: epochs, batch: 10, optimizer: .adam(learningRate: 0.02), seed: seed))
    try trainer.train(on: train, test: test) { report in
      if report.epoch % 2 == 1 { frames.append(frame("after epoch \(report.epoch + 1)", report.test?.accuracy)) }
      return .proceed
    }
    return frames
  }

  /// A picture of each kind.
  static var examples: Figure {
    var random = RandomSource(seed: 22)
    return .pictures(
      (0..<3).map { kind in
        .init(title: names[kind], rows: size, columns: size, values: picture(kind, &random), isGrey: true)
      })
  }
}
