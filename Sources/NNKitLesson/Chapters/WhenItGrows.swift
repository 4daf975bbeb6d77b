internal import NNKit

extension Chapter {
  static let whenItGrows = Chapter(
    number: 7, name: "when-it-grows", title: "When it grows",
    summary:
      "Gradients that vanish or explode from layer to layer, saturated and dead neurons; and how to begin better.",
    prose: Resource.when_it_grows_md
  ) { engine in
    let slope = try engine.plugins.activation("sigmoid").values(at: [0]).derivatives[0]
    let layers = 6
    var factor = 1.0
    for _ in 0..<layers { factor *= slope }
    let easy = try Saturation(engine, start: 0, loss: 0)
    let hard = try Saturation(engine, start: 1, loss: 0)
    let mended = try Saturation(engine, start: 1, loss: 1)
    return Content(
      numbers: [
        "slope": slope, "layers": Double(layers), "factor": factor, "epochs": Double(Saturation.epochs),
        "rate": Saturation.learningRate, "w0": Saturation.starts[0].w, "b0": Saturation.starts[0].b,
        "w1": Saturation.starts[1].w, "b1": Saturation.starts[1].b, "a0": easy.outputs[0], "a1": hard.outputs[0],
        "e0": easy.outputs[Saturation.epochs], "e1": hard.outputs[Saturation.epochs],
        "m1": mended.outputs[Saturation.epochs], "s1": hard.slope, "s0": easy.slope, "depth": Double(Depth.hidden),
        "width": Double(Depth.width), "vanished": try Depth(engine, 0, 0, 1).ratio,
        "exploded": try Depth(engine, 1, 0, 0).ratio,
      ],
      parts: [
        LivePart(
          name: "saturation", title: "One neuron that begins well, or badly",
          controls: [
            .menu("start", "first weight and bias", Saturation.starts.map { "\(shown($0.w)) and \(shown($0.b))" }),
            .menu("loss", "loss", ["half squared error", "cross-entropy"]),
          ], recorded: .all
        ) { values in
          let run = try Saturation(engine, start: values.choice("start"), loss: values.choice("loss"))
          return [
            .plot(
              .init(
                title: "The output; it should become 0", xLabel: "epoch",
                series: [.init("a", x: run.outputs.indices.map { Double($0) }, y: run.outputs, colour: 0)], height: 200,
                yRange: [0, 1])),
            .facts([
              .init("output at first", "a", run.outputs[0]), .init("slope at first", "f′(z)", run.slope),
              .init("output at the end", "a", run.outputs[Saturation.epochs]),
            ]),
          ]
        },
        LivePart(
          name: "depth", title: "A deep network, layer by layer",
          controls: [
            .menu("activation", "activation function", Depth.activations, 0),
            .menu("initializer", "first weights", Depth.initializers.map(\.name), 0),
            .menu("bias", "first biases", Depth.biases.map { shown($0) }, 1),
          ], recorded: .all
        ) { values in
          try Depth(engine, values.choice("activation"), values.choice("initializer"), values.choice("bias")).figures
        },
      ],
      exercises: [
        Exercise(
          name: "factor",
          question:
            "A message goes back through [=layers] layers of sigmoids. Each layer multiplies it by f′(z), which is at"
            + " most [=slope], and by a weight of 1. By which factor is it multiplied at most in all?",
          answer: .number(
            factor, tolerance: 0.000_005,
            mistakes: [
              .init(slope * Double(layers), "You added the slopes. The chain rule multiplies them."),
              .init(factor / slope, "One layer is missing: the slope must be multiplied \(layers) times."),
              .init(factor * slope, "That is one layer too many."),
              .init(slope, "That is one layer. The message goes through \(layers)."),
            ]),
          right: "Less than a thousandth is left. The first layers learn so much more slowly.",
          hint: "Multiply the slope by itself, once for each layer. Four digits that are not 0 are enough."),
        Exercise(
          name: "mend",
          question:
            "Mend the deep network above: choose settings with which δ is nearly as great in the first layer as in the"
            + " last, and at most half of the neurons of a layer are saturated or dead.",
          answer: .state(of: "depth"),
          right:
            "The function lets δ through, the weights neither shrink nor blow up the numbers, and the biases leave the"
            + " neurons awake. (With relu some neurons of a deep layer are dead even so. The others learn.)"),
      ])
  }
}

/// A sigmoid neuron with the input 1 that should answer 0: Nielsen's example of a neuron that is sure and wrong.
private struct Saturation {
  static let starts = [(w: 0.6, b: 0.9), (w: 2.0, b: 2.0)]
  static let epochs = 300
  static let learningRate = 0.15

  /// Before the first epoch, and after each.
  let outputs: [Double]
  /// f′(z) before the first epoch.
  let slope: Double

  init(_ engine: LessonEngine, start: Int, loss: Int) throws {
    let (w, b) = Self.starts[start]
    let network = try engine.network([LayerNumbers([[w]], [b], "sigmoid")])
    let loss = try engine.plugins.loss(["half_squared_error", "binary_cross_entropy"][loss])
    let optimizer = OptimizerState(.sgd(learningRate: Self.learningRate), for: network)
    var outputs = [try network.respond(to: [1])[0]]
    let neuron = network.layers[0].neurons[0]
    slope = try neuron.activation.values(at: [neuron.weightedInputs[0]]).derivatives[0]
    for _ in 0..<Self.epochs {
      _ = try network.passes([1], [0], loss)
      try optimizer.step(network, samples: 1)
      outputs.append(try network.respond(to: [1])[0])
    }
    self.outputs = outputs
  }
}

/// What one backward pass finds in each layer of a deep network with its first weights.
private struct Depth {
  static let activations = ["sigmoid", "tanh", "relu"]
  static let initializers: [(name: String, initializer: Initializer)] = [
    ("normal, deviation 1", .normal(deviation: 1)), ("normal, deviation 0.02", .normal(deviation: 0.02)),
    ("Glorot", .glorotNormal), ("He", .heNormal),
  ]
  static let biases = [0.0, -4]
  static let hidden = 8
  static let width = 30
  private static let samples = 40
  /// The share of saturated or dead neurons in a layer that a network can learn with.
  private static let idleLimit = 0.5

  private struct Row {
    let deviation: Double
    let delta: Double
    /// Saturated or dead: the share of neurons that hardly learn.
    let idle: Double
  }
  private let rows: [Row]
  private let activation: String

  init(_ engine: LessonEngine, _ activation: Int, _ initializer: Int, _ bias: Int) throws {
    self.activation = Self.activations[activation]
    let function = try engine.plugins.activation(self.activation)
    let layers = try (0..<Self.hidden).map { index in
      let layer = try Layer<Double>(neurons: Self.width, inputs: index == 0 ? 10 : Self.width, activation: function)
      layer.initializer = Self.initializers[initializer].initializer
      return layer
    }
    let last = try Layer<Double>(neurons: 1, inputs: Self.width, activation: engine.plugins.activation("sigmoid"))
    let network = try Network(layers: layers + [last], seed: 3)
    for layer in layers { for row in 0..<Self.width { layer.biases[row, 0] = Self.biases[bias] } }
    var random = RandomSource(seed: 5)
    let inputs = try Matrix((0..<Self.samples).map { _ in (0..<10).map { _ in random.normal() } })
    let targets = Matrix(row: (0..<Self.samples).map { Double($0 % 2) })
    let loss = try engine.plugins.loss("half_squared_error")
    let outputs = try network.forward(Inputs(samples: inputs))
    try network.backward(from: try loss.gradient(outputs, targets))
    rows = layers.map { layer in
      let (a, delta) = (layer.outputs.values, layer.localGradients.values)
      let all = Array(a.joined())
      let mean = all.reduce(0, +) / Double(all.count)
      let squares = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deltaSquares = delta.joined().reduce(0) { $0 + $1 * $1 }
      let idle = a.count { Self.isIdle($0, Self.activations[activation]) }
      return Row(
        deviation: (squares / Double(all.count)).squareRoot(), delta: (deltaSquares / Double(all.count)).squareRoot(),
        idle: Double(idle) / Double(a.count))
    }
  }

  /// Whether a neuron stands on a flat part of its function for nearly all samples.
  private static func isIdle(_ outputs: [Double], _ activation: String) -> Bool {
    let flat = outputs.count { a in
      switch activation {
      case "sigmoid": a < 0.02 || a > 0.98
      case "tanh": abs(a) > 0.96
      default: a == 0
      }
    }
    return Double(flat) >= 0.95 * Double(outputs.count)
  }

  /// δ of the first hidden layer, divided by that of the last.
  var ratio: Double { rows[0].delta / rows[rows.count - 1].delta }

  var figures: [Figure] {
    let x = rows.indices.map { Double($0 + 1) }
    let ratio = ratio
    let idle = rows.map(\.idle).max() ?? 0
    let isEven = ratio > 0.2 && ratio < 5
    let word = activation == "relu" ? "dead" : "saturated"
    let hint: String
    if idle > Self.idleLimit {
      hint =
        "In one layer \(shown((100 * idle).rounded())) % of the neurons are \(word). "
        + "Look at the first biases, and at the size of the first weights."
    } else if ratio.isNaN {
      hint =
        "δ is 0 in every layer: the numbers have grown so much from layer to layer that the output neuron is saturated."
        + " Are the weights too great?"
    } else if ratio <= 0.2 {
      hint =
        "δ in the first layer is only \(shown(ratio, 2)) of that in the last: it vanishes on the way back. Does the function let"
        + " it through? Are the weights too small?"
    } else {
      hint =
        "δ in the first layer is \(shown(ratio >= 10 ? ratio.rounded() : ratio, 2)) times that in the last: it explodes. Are the weights too great?"
    }
    return [
      .plot(
        .init(
          title: "The size of δ in each layer (root of the mean square), logarithmic", xLabel: "layer",
          series: [.init("δ", x: x, y: rows.map(\.delta), colour: 1)], log: true, dots: true, height: 190)),
      .table(
        .init(
          title: "The layers, from the first to the last hidden one",
          head: ["layer", "size of δ", "deviation of a", "\(word) neurons"],
          rows: rows.enumerated().map { index, row in
            ["\(index + 1)", shown(row.delta, 3), shown(row.deviation, 3), "\(shown((100 * row.idle).rounded())) %"]
          })),
      .facts([.init("first layer's δ, divided by the last's", "", ratio)]),
      .goal(isMet: isEven && idle <= Self.idleLimit, hint: hint),
    ]
  }
}
