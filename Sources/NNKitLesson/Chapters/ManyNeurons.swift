internal import NNKit

extension Chapter {
  static let manyNeurons = Chapter(
    number: 6, name: "many-neurons", title: "Many neurons at once",
    summary: "A neuron is a row of a matrix, a sample a column. The same numbers, many times faster.",
    prose: Resource.many_neurons_md
  ) { engine in
    let deltas = [0.2, -0.1, 0.4, 0.3]
    // A neuron whose inputs are 1 and whose outputs are 0: δ = a − y is the opposite of the target.
    let network = try engine.network([LayerNumbers([[0]], [0], "identity")])
    _ = try network.forward(Inputs(samples: try Matrix(deltas.map { _ in [1.0] })))
    try network.backward(from: Matrix(row: deltas))
    let sum = try network.layers[0].weightGradients[0, 0]
    let count = Double(deltas.count)
    let shape = (neurons: 3, inputs: 5, samples: 8)
    let layer = try Network(
      keepingWeightsOf: [
        Layer<Double>(
          neurons: shape.neurons, inputs: shape.inputs, activation: engine.plugins.activation("identity"))
      ])
    _ = try layer.forward(Inputs(samples: Matrix(rows: shape.samples, columns: shape.inputs)))
    let z = layer.layers[0].weightedInputs
    var numbers: [String: Double] = [
      "sum": sum, "mean": sum / count, "count": count, "neurons": Double(shape.neurons), "inputs": Double(shape.inputs),
      "samples": Double(shape.samples),
    ]
    for (index, delta) in deltas.enumerated() { numbers["d\(index + 1)"] = delta }
    return Content(
      numbers: numbers,
      parts: [
        LivePart(
          name: "rows", title: "A row times a column",
          controls: [
            .menu("neuron", "neuron: row of W", ["1", "2", "3"]),
            .menu("sample", "sample: column of X", ["1", "2", "3", "4"]),
          ], recorded: .all
        ) { values in try Product(engine).figures(values.choice("neuron"), values.choice("sample")) },
        LivePart(
          name: "speed", title: "Measured where nnkit runs",
          controls: [.menu("size", "neurons in each of two layers", sizes.map { "\($0)" }, 1)], recorded: .all
        ) { values in try measured(engine, sizes[values.choice("size")]) },
      ],
      exercises: [
        Exercise(
          name: "mean",
          question:
            "A batch has [=count] samples. For one weight, δ·x is [=d1], [=d2], [=d3] and [=d4] in them. The loss is the"
            + " mean over the samples. What is the gradient of the weight?",
          answer: .number(
            sum / count, tolerance: 0.005,
            mistakes: [
              .init(sum, "That is the sum. Divide it by the number of samples."),
              .init(sum / count / count, "You divided by the batch twice: once is enough."),
              .init(
                deltas.map(abs).reduce(0, +) / count,
                "The second number is negative: samples may pull in different directions."),
            ]),
          right: "The sum is \(shown(sum)), divided by \(shown(count)) samples.",
          hint: "Add the four numbers, and divide once by the number of samples."),
        Exercise(
          name: "shape",
          question:
            "A layer has [=neurons] neurons with [=inputs] inputs each. It gets a batch of [=samples] samples. How many"
            + " numbers has the matrix Z?",
          answer: .number(
            Double(z.rows * z.columns), tolerance: 0.1,
            mistakes: [
              .init(Double(shape.neurons * shape.inputs), "That is the number of weights, the size of W."),
              .init(Double(shape.inputs * shape.samples), "That is the size of X, which has a row for each input."),
              .init(
                Double(shape.neurons * shape.inputs * shape.samples),
                "So many multiplications are needed. But each z is a sum over the inputs."),
            ]),
          right: "A row for each neuron, a column for each sample.", hint: "Z has a z for each neuron and each sample."),
      ])
  }
}

private let sizes = [16, 64, 256]

/// A layer of three neurons and a batch of four samples.
private struct Product {
  private static let weights = [[0.2, -0.4], [0.7, 0.1], [-0.5, 0.3]]
  private static let biases = [0.1, -0.3, 0.2]
  private static let samples = [[1, 0.5], [0, 1], [-1, 2], [0.5, -0.5]]
  private let z: Matrix<Double>
  private let difference: Double

  init(_ engine: LessonEngine) throws {
    func run(_ way: Engine) throws -> Matrix<Double> {
      let network = try engine.network([LayerNumbers(Self.weights, Self.biases, "identity")])
      network.engine = way
      return try network.forward(Inputs(samples: try Matrix(Self.samples))).copy()
    }
    z = try run(.fused)
    let one = try run(.neuron)
    difference = zip(z.values.joined(), one.values.joined()).map { abs($0 - $1) }.max() ?? 0
  }

  func figures(_ neuron: Int, _ sample: Int) -> [Figure] {
    let (w, x, b) = (Self.weights[neuron], Self.samples[sample], Self.biases[neuron])
    func marked(_ value: Double, _ isChosen: Bool) -> String { isChosen ? "▸ \(shown(value))" : shown(value) }
    return [
      .table(
        .init(
          title: "W: a row for each neuron, a column for each input; and the biases b",
          head: ["", "input 1", "input 2", "b"],
          rows: Self.weights.indices.map { row in
            ["neuron \(row + 1)"] + Self.weights[row].map { marked($0, row == neuron) }
              + [marked(Self.biases[row], row == neuron)]
          })),
      .table(
        .init(
          title: "X: a row for each input, a column for each sample",
          head: [""] + Self.samples.indices.map { "sample \($0 + 1)" },
          rows: [0, 1].map { row in
            ["input \(row + 1)"] + Self.samples.indices.map { marked(Self.samples[$0][row], $0 == sample) }
          })),
      .table(
        .init(
          title: "Z = W·X + b, computed as one product", head: [""] + Self.samples.indices.map { "sample \($0 + 1)" },
          rows: z.values.indices.map { row in
            ["neuron \(row + 1)"] + z.values[row].indices.map { marked(z[row, $0], row == neuron && $0 == sample) }
          })),
      .lines([
        "row \(neuron + 1) of W times column \(sample + 1) of X, plus b: \(shown(w[0]))·\(bracketed(x[0])) + \(bracketed(w[1]))"
          + "·\(bracketed(x[1])) + \(bracketed(b)) = \(shown(z[neuron, sample]))"
      ]),
      .facts([.init("greatest difference from the neurons one by one", "", difference)]),
    ]
  }
}

/// Both passes of a network, neuron by neuron and as matrix products.
private func measured(_ engine: LessonEngine, _ size: Int) throws -> [Figure] {
  let activation = try engine.plugins.activation("tanh")
  let samples = 16
  func microseconds(_ way: Engine) throws -> Double {
    let network = try Network<Float>(
      layers: [
        Layer(neurons: size, inputs: size, activation: activation),
        Layer(neurons: size, inputs: size, activation: activation),
      ], seed: 1)
    network.engine = way
    var random = RandomSource(seed: 2)
    let inputs = Matrix<Float>(rows: samples, columns: size)
    for row in 0..<samples { inputs.row(row).assign((0..<size).map { _ in Float(random.normal()) }) }
    let gradient = Matrix<Float>(rows: size, columns: samples)
    gradient.reset()
    func pass() throws {
      try network.forward(Inputs(samples: inputs))
      try network.backward(from: gradient)
    }
    try pass()
    let clock = ContinuousClock()
    var best = Duration.seconds(1000)
    let begun = clock.now
    var rounds = 0
    while rounds < 3 || rounds < 200 && clock.now - begun < .milliseconds(30) {
      best = min(best, try clock.measure(pass))
      rounds += 1
    }
    return best / .microseconds(1) / Double(samples)
  }
  let (slow, fast) = (try microseconds(.neuron), try microseconds(.fused))
  return [
    .table(
      .init(
        title: "Forward and backward pass of one sample, in batches of \(samples)",
        head: ["", "microseconds"],
        rows: [
          ["neuron by neuron", shown(slow >= 100 ? slow.rounded() : slow, 3)],
          ["as matrix products", shown(fast >= 100 ? fast.rounded() : fast, 3)],
        ])),
    .facts([.init("times as fast", "", slow / fast)]),
  ]
}
