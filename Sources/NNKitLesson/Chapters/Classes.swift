internal import NNKit

extension Chapter {
  static let classes = Chapter(
    number: 8, name: "classes", title: "Classes",
    summary:
      "Softmax turns numbers into shares, cross-entropy measures them, and together they have the simplest δ of all.",
    prose: Resource.classes_md
  ) { engine in
    let z = [2.0, 1.0, 0.1]
    let shares = try Softmax(engine, z, right: 1)
    let other = try Softmax(engine, z, right: 2)
    let row = [40, 8, 2]
    let count = row.reduce(0, +)
    let found = Double(row[0]) / Double(count)
    return Content(
      numbers: [
        "z1": z[0], "z2": z[1], "z3": z[2], "a1": shares.a[0], "a2": shares.a[1], "a3": shares.a[2], "L": shares.loss,
        "d1": shares.delta[0], "d2": shares.delta[1], "d3": shares.delta[2],
        "half": try Softmax.lossOf(engine, share: 0.5),
        "tenth": try Softmax.lossOf(engine, share: 0.1), "sure": try Softmax.lossOf(engine, share: 0.99),
        "c1": Double(row[0]), "c2": Double(row[1]), "c3": Double(row[2]),
      ],
      parts: [
        LivePart(
          name: "softmax", title: "Three outputs that share one whole",
          controls: [
            .slider("z1", "z of class A", -4...4, step: 0.1, z[0]),
            .slider("z2", "z of class B", -4...4, step: 0.1, z[1]),
            .slider("z3", "z of class C", -4...4, step: 0.1, z[2]),
            .menu("right", "the right class", ["A", "B", "C"], 1),
          ],
          recorded: .steps([
            .init("The numbers of the text."),
            .init("A greater z of the right class: its share grows, and the others shrink.", ["z2": 3]),
            .init("All z greater by the same number: nothing changes.", ["z1": 3, "z2": 2, "z3": 1.1]),
            .init("Very sure and wrong: the loss is great, and so is δ.", ["z1": 4, "z2": -3]),
            .init("Very sure and right: the loss is nearly 0, and so is δ.", ["z1": -3, "z2": 4]),
          ])
        ) { values in
          try Softmax(engine, [values["z1"], values["z2"], values["z3"]], right: values.choice("right")).figures
        },
        LivePart(
          name: "confusion", title: "A network learns three classes",
          controls: [.menu("scatter", "how far the samples of a class scatter", ["little", "some", "much"], 1)],
          recorded: .all
        ) { values in [.frames(try Blobs(engine, scatter: [0.5, 0.9, 1.6][values.choice("scatter")]).frames)] },
      ],
      exercises: [
        Exercise(
          name: "delta",
          question:
            "The shares are again [=a1], [=a2] and [=a3], but now the right class is the third. What is δ of the third output?",
          answer: .number(
            other.delta[2], tolerance: 0.001,
            mistakes: [
              .init(other.a[2], "You forgot to subtract the target, which is 1 for the right class."),
              .init(-other.delta[2], "The sign is wrong: δ is a − y, not y − a."),
              .init(
                other.delta[2] * other.a[2] * (1 - other.a[2]),
                "You multiplied by a (1 − a). With softmax and cross-entropy this factor cancels out."),
              .init(-1 / other.a[2], "That is ∂L/∂a. The question is for δ, the slope with respect to z."),
            ]),
          right: "It is negative: z of the right class should grow.", hint: "δ = a − y, and y is 1 for the right class."
        ),
        Exercise(
          name: "recall",
          question:
            "In a confusion matrix, the row of class A is [=c1], [=c2], [=c3]. Which share of the samples of A was found?",
          answer: .number(
            found, tolerance: 0.005,
            mistakes: [
              .init(1 - found, "That is the share that was missed."),
              .init(Double(row[0]), "That is how many were found. Divide by how many there are."),
              .init(
                Double(row[0]) / Double(row[1] + row[2]), "You divided by the others alone. Divide by all samples of A."
              ),
            ]),
          right: "\(row[0]) of \(count). This is called the recall of the class.",
          hint: "Found are those on the diagonal; all samples of A are the whole row."),
      ])
  }
}

/// Softmax and cross-entropy on three numbers.
private struct Softmax {
  let z: [Double]
  let a: [Double]
  let y: [Double]
  let loss: Double
  let delta: [Double]

  init(_ engine: LessonEngine, _ z: [Double], right: Int) throws {
    self.z = z
    y = z.indices.map { $0 == right ? 1 : 0 }
    // The inputs count nothing: the biases are z.
    let network = try engine.network([LayerNumbers(z.map { _ in [0] }, z, "softmax")])
    loss = try network.passes([1], y, try engine.plugins.loss("cross_entropy"))
    a = Array(network.output.outputs.values.joined())
    delta = Array(network.output.localGradients.values.joined())
  }

  /// The loss where the right class has this share.
  static func lossOf(_ engine: LessonEngine, share: Double) throws -> Double {
    try engine.value(try engine.plugins.loss("cross_entropy"), [share, 1 - share], [1, 0])
  }

  var figures: [Figure] {
    let right = y.firstIndex(of: 1) ?? 0
    return [
      .table(
        .init(
          title: "The outputs", head: ["class", "z", "share a", "target y", "δ = a − y"],
          rows: ["A", "B", "C"].enumerated().map { index, name in
            [name, shown(z[index]), shown(a[index]), shown(y[index]), shown(delta[index])]
          })),
      .lines([
        "L = −ln a of the right class = −ln \(shown(a[right], 6)) = \(shown(loss, 6))",
        "sum of the shares: \(shown(a.reduce(0, +)));  sum of all δ: \(shown((delta.reduce(0, +) * 1e9).rounded() / 1e9))",
      ]),
    ]
  }
}

/// Three classes of points in the plane.
private struct Blobs {
  let frames: [Figure.Frame]

  init(_ engine: LessonEngine, scatter: Double) throws {
    var random = RandomSource(seed: 4)
    let centres = [(1.6, 0.0), (-0.8, 1.4), (-0.8, -1.4)]
    var (inputs, targets): ([[Double]], [[Double]]) = ([], [])
    for sample in 0..<150 {
      let (x, y) = centres[sample % 3]
      inputs.append([x + scatter * random.normal(), y + scatter * random.normal()])
      targets.append((0..<3).map { $0 == sample % 3 ? 1 : 0 })
    }
    let samples = try Samples(inputs: inputs, targets: targets, targetKind: .classes)
    let network = try Network<Double>(
      layers: [
        Layer(neurons: 5, inputs: 2, activation: engine.plugins.activation("tanh")),
        Layer(neurons: 3, inputs: 5, activation: engine.plugins.activation("softmax")),
      ], seed: 2)
    var frames = [try Self.frame(network, inputs, "before the training", nil)]
    try network.train(
      on: samples, loss: engine.plugins.loss("cross_entropy"),
      settings: TrainingSettings(epochs: 15, batch: 10, optimizer: .sgd(learningRate: 0.1), seed: 1)
    ) { report in
      frames.append(try Self.frame(network, inputs, "after epoch \(report.epoch + 1)", report.train.loss))
      return .proceed
    }
    self.frames = frames
  }

  private static func frame(
    _ network: Network<Double>, _ inputs: [[Double]], _ caption: String, _ loss: Double?
  ) throws -> Figure.Frame {
    var table = [[Int]](repeating: [0, 0, 0], count: 3)
    for (sample, x) in inputs.enumerated() {
      let a = try network.respond(to: x)
      table[sample % 3][a.indices.max { a[$0] < a[$1] } ?? 0] += 1
    }
    let hits = (0..<3).reduce(0) { $0 + table[$1][$1] }
    let names = ["A", "B", "C"]
    return .init(
      caption: caption,
      figures: [
        .table(
          .init(
            title: "Confusion matrix: a row for each true class, a column for each answer",
            head: ["true class"] + names.map { "answer \($0)" },
            rows: names.indices.map { [names[$0]] + table[$0].map { "\($0)" } })),
        .facts([
          .init("accuracy", "", Double(hits) / Double(inputs.count)), .init("loss of the epoch", "L", loss ?? .nan),
        ]),
      ])
  }
}
