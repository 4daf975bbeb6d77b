internal import NNKit

extension Chapter {
  static let howWrong = Chapter(
    number: 2, name: "how-wrong", title: "How wrong?",
    summary:
      "One number says how wrong an answer is. As a picture it is a landscape, and learning is to walk down in it.",
    prose: Resource.how_wrong_md
  ) { engine in
    let landscape = try Landscape(engine)
    let loss = try engine.plugins.loss("half_squared_error")
    let (a, y) = (0.7, 0.2)
    let own = (a: 0.3, y: 0.9)
    let value = try engine.value(loss, [a], [y])
    let ownValue = try engine.value(loss, [own.a], [own.y])
    let start = [-2.0, 2.0]
    let walk = try landscape.walk(from: start, steps: 40)
    let goal = 0.01
    return Content(
      numbers: [
        "a": a, "y": y, "distance": a - y, "square": (a - y) * (a - y), "L": value, "oa": own.a, "oy": own.y,
        "w1": start[0], "w2": start[1], "start": try landscape.loss(at: start), "goal": goal,
        "end": try landscape.loss(at: walk[walk.count - 1]), "steps": 40,
      ],
      parts: [
        LivePart(
          name: "surface", title: "The loss of a neuron, over its two weights",
          controls: [
            .slider("w1", "weight w₁", -4...4, step: 0.1, start[0]),
            .slider("w2", "weight w₂", -4...4, step: 0.1, start[1]),
            .slider("steps", "steps downhill from there", 0...40, step: 1, 0),
          ],
          recorded: .steps([
            .init("Here the walk begins: the loss is great."),
            .init("Moved by hand to the right: w₁ is greater, and the loss smaller.", ["w1": 1]),
            .init("Too far down: the loss is greater again.", ["w1": 1, "w2": -3.5]),
            .init(
              "Back at the beginning, one step in the direction in which the ground falls most steeply.", ["steps": 1]),
            .init("After five steps.", ["steps": 5]), .init("After ten steps.", ["steps": 10]),
            .init("After twenty steps: the ground is almost level, and the steps are short.", ["steps": 20]),
            .init("After forty steps: near the lowest place.", ["steps": 40]),
          ])
        ) { values in
          let path = try landscape.walk(from: [values["w1"], values["w2"]], steps: Int(values["steps"]))
          let here = path[path.count - 1]
          let loss = try landscape.loss(at: here)
          return [
            .surface(landscape.picture(path)),
            .facts([.init("weight", "w₁", here[0]), .init("weight", "w₂", here[1]), .init("loss", "L", loss)]),
            .table(try landscape.table(at: here)),
            .goal(
              isMet: loss < goal,
              hint:
                "The loss is \(shown(loss)) here. Move one weight until the loss does not fall any more, then the other;"
                + " or take steps downhill."),
          ]
        }
      ],
      exercises: [
        Exercise(
          name: "value",
          question: "A neuron answers [=oa] where [=oy] is right. What is its half squared error?",
          answer: .number(
            ownValue, tolerance: 0.0005,
            mistakes: [
              .init(2 * ownValue, "You left out the half. Divide the square by 2."),
              .init((own.a - own.y) / 2, "You halved the difference without squaring it."),
              .init(own.a - own.y, "That is the difference. Square it, and divide by 2."),
              .init(abs(own.a - own.y), "That is the distance. Square it, and divide by 2."),
              .init(-ownValue, "A square is never negative."),
            ]),
          right: "The difference is \(shown(own.a - own.y)), its square"
            + " \(shown((own.a - own.y) * (own.a - own.y))), and half of that \(shown(ownValue)).",
          hint: "Subtract, square, halve."),
        Exercise(
          name: "walk", question: "Find weights in the picture above for which the loss is less than [=goal].",
          answer: .state(of: "surface"),
          right:
            "With these weights the three answers are close to the targets. You searched with your eyes; the next chapter"
            + " finds the way down without a picture."),
      ])
  }
}

extension LessonEngine {
  /// The loss of one sample.
  func value(_ loss: Loss, _ outputs: [Double], _ targets: [Double]) throws -> Double {
    try loss.values(Matrix(column: outputs), Matrix(column: targets))[0]
  }
}

/// The mean loss of a neuron with two weights over some samples, as a function of these weights.
struct Landscape: Sendable {
  private static let range = -4.0...4.0
  private static let size = 41

  private let engine: LessonEngine
  private let loss: Loss
  private let inputs: [[Double]]
  private let targets: [Double]
  private let activation: String
  /// Row by row from the top.
  private let shares: [Double]

  init(
    _ engine: LessonEngine, inputs: [[Double]] = [[1, 0.5], [-0.5, 1], [1, -1]], targets: [Double] = [0.8, 0.3, 0.9],
    activation: String = "sigmoid"
  ) throws {
    (self.engine, self.inputs, self.targets, self.activation) = (engine, inputs, targets, activation)
    let loss = try engine.plugins.loss("half_squared_error")
    self.loss = loss
    let neuron = try engine.neuron([0, 0], 0, activation)
    let places = (0..<Self.size).map { Self.range.lowerBound + 8 * Double($0) / Double(Self.size - 1) }
    var values: [Double] = []
    for w2 in places.reversed() {
      for w1 in places { values.append(try Self.mean(neuron, loss, [w1, w2], inputs, targets)) }
    }
    let greatest = values.max() ?? 1
    // The root shows the low places better.
    shares = values.map { (($0 / greatest).squareRoot() * 1000).rounded() / 1000 }
  }

  private static func mean(
    _ neuron: Neuron<Double>, _ loss: Loss, _ weights: [Double], _ inputs: [[Double]], _ targets: [Double]
  ) throws -> Double {
    neuron.weights.assign(weights)
    let outputs = try inputs.map { try neuron.hear($0).a }
    return try loss.values(Matrix(row: outputs), Matrix(row: targets)).reduce(0, +) / Double(outputs.count)
  }

  func loss(at weights: [Double]) throws -> Double {
    try Self.mean(try engine.neuron([0, 0], 0, activation), loss, weights, inputs, targets)
  }

  /// Gradient descent; it ends early where a weight has left the picture by far.
  func walk(
    from start: [Double], steps: Int, learningRate: Double = 5, momentum: Double = 0
  ) throws -> [[Double]] {
    let network = try engine.network([LayerNumbers([start], [0], activation)])
    network.layers[0].frozen = .biases
    let optimizer = OptimizerState(.sgd(learningRate: learningRate, momentum: momentum), for: network)
    var path = [start]
    while path.count <= steps, path[path.count - 1].allSatisfy({ abs($0) < 1000 }) {
      let outputs = try network.forward(Inputs(samples: try Matrix(inputs)))
      try network.backward(from: try loss.gradient(outputs, Matrix(row: targets)))
      try optimizer.step(network, samples: inputs.count)
      path.append(Array(network.layers[0].weights.row(0)))
    }
    return path
  }

  func picture(_ path: [[Double]]) -> Figure.Surface {
    let axis = { Figure.Surface.Axis(name: $0, from: Self.range.lowerBound, to: Self.range.upperBound) }
    return .init(
      title: "The loss for all weights: green where it is low, pink where it is high", x: axis("w₁"), y: axis("w₂"),
      size: Self.size, shares: shares, path: path)
  }

  func table(at weights: [Double]) throws -> Figure.Table {
    let neuron = try engine.neuron(weights, 0, activation)
    let rows = try zip(inputs, targets).map { x, y -> [String] in
      let a = try neuron.hear(x).a
      return [x.map { shown($0) }.joined(separator: ", "), shown(a), shown(y), shown(try engine.value(loss, [a], [y]))]
    }
    return .init(title: "The samples", head: ["inputs x", "output a", "target y", "loss L"], rows: rows)
  }
}
