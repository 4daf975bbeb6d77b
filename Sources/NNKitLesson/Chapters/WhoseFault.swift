internal import NNKit

extension Chapter {
  static let whoseFault = Chapter(
    number: 3, name: "whose-fault", title: "Whose fault?",
    summary:
      "How much does the loss change if one weight changes a little? The chain rule gives the answer without trying.",
    prose: Resource.whose_fault_md
  ) { engine in
    let one = try OneNeuron(engine, w: 0.8, x: 1.5, b: -0.4, y: 0.2)
    let bias = one.b
    let own = try OneNeuron(engine, w: -0.5, x: 2, b: 0.4, y: 0.9)
    let h = 0.001
    let up = try one.nudged(h) - one.loss
    return Content(
      numbers: [
        "w": one.w, "x": one.x, "b": one.b, "y": one.y, "z": one.z, "a": one.a, "L": one.loss, "da": one.received,
        "slope": one.slope, "delta": one.delta, "gradient": one.gradient, "h": h, "change": up, "ratio": up / h,
        "central": try one.central(h), "oz": own.z, "oa": own.a, "oy": own.y, "ox": own.x, "odelta": own.delta,
        "product": one.gradient * h,
      ],
      parts: [
        LivePart(
          name: "nudge", title: "Nudge a weight, and compare",
          controls: [
            .slider("w", "weight w", -4...4, step: 0.05, one.w), .slider("x", "input x", -2...2, step: 0.1, one.x),
            .slider("y", "target y", 0...1, step: 0.05, one.y),
            .menu("h", "size of the nudge", nudges.map { shown($0) }, 2),
          ],
          recorded: .steps([
            .init("A nudge of 0.01: the two ways agree in three digits."),
            .init("A great nudge: the curve bends on the way, and the simple difference is off.", ["h": 0]),
            .init("A tiny nudge: all three numbers agree.", ["h": 3]),
            .init("At the target the slope is 0: no change of w helps.", ["y": 0.7, "w": 0.8]),
            .init("A target above the output: the slope is negative, so w should grow.", ["y": 1]),
            .init("Far out on the sigmoid f′(z) is small, and so is the slope.", ["w": 4]),
            .init("With an input of 0 the weight has no effect on the loss.", ["x": 0]),
          ])
        ) { values in
          let neuron = try OneNeuron(engine, w: values["w"], x: values["x"], b: bias, y: values["y"])
          return try neuron.figures(nudges[values.choice("h")])
        }
      ],
      exercises: [
        Exercise(
          name: "delta",
          question:
            "A sigmoid neuron has z = [=oz] and the output a = [=oa:5]. The target is [=oy]. What is its local gradient δ,"
            + " with the half squared error? (Three digits are enough.)",
          answer: .number(
            own.delta, tolerance: 0.001,
            mistakes: [
              .init(own.received, "You forgot f′(z). Multiply a − y by the slope of the sigmoid, a (1 − a)."),
              .init(-own.received, "You forgot f′(z), and the sign is wrong: the slope of the loss is a − y."),
              .init(-own.delta, "The sign is wrong: the slope of the loss is a − y, not y − a."),
              .init(own.slope, "That is f′(z) alone. Multiply it by ∂L/∂a = a − y."),
              .init(own.received * own.a, "You multiplied by a alone. The slope of the sigmoid is a (1 − a)."),
              .init(own.delta * own.x, "That is the gradient of the weight, δ·x. The question is for δ."),
              .init(own.loss, "That is the loss. The question is for its slope with respect to z."),
            ]),
          right: "a − y = \(shown(own.received)), f′(z) = a (1 − a) = \(shown(own.slope)), and their product is"
            + " \(shown(own.delta)).",
          hint: "δ = (a − y) · a (1 − a)."),
        Exercise(
          name: "gradient",
          question:
            "The input of that neuron is x = [=ox], and its δ is [=odelta:5]. What is the gradient of its weight, ∂L/∂w?",
          answer: .number(
            own.gradient, tolerance: 0.002,
            mistakes: [
              .init(own.delta, "That is δ, the gradient of the bias. For a weight, multiply by its input."),
              .init(
                own.delta * own.w, "You multiplied by the weight. The gradient of a weight is δ times its *input*."),
              .init(-own.gradient, "The sign is wrong: δ is negative here, and the input positive."),
              .init(own.delta / own.x, "You divided by the input. Multiply."),
            ]),
          right: "It is negative: if the weight grows, the loss falls.", hint: "∂L/∂w = δ·x."),
      ])
  }
}

private let nudges = [1, 0.1, 0.01, 0.0001]

/// A sigmoid neuron with one input, and the loss of one sample.
private struct OneNeuron {
  let w: Double
  let x: Double
  let b: Double
  let y: Double
  private let neuron: Neuron<Double>
  private let network: Network<Double>
  private let lossFunction: Loss
  private let engine: LessonEngine

  let loss: Double
  var z: Double { neuron.weightedInputs[0] }
  var a: Double { neuron.outputs[0] }
  /// ∂L/∂a.
  var received: Double { neuron.received[0] }
  /// f′(z).
  let slope: Double
  var delta: Double { neuron.localGradients[0] }
  /// ∂L/∂w.
  var gradient: Double { neuron.weightGradients[0] }

  init(_ engine: LessonEngine, w: Double, x: Double, b: Double, y: Double) throws {
    (self.engine, self.w, self.x, self.b, self.y) = (engine, w, x, b, y)
    network = try engine.network([LayerNumbers([[w]], [b], "sigmoid")])
    neuron = network.layers[0].neurons[0]
    lossFunction = try engine.plugins.loss("half_squared_error")
    loss = try network.passes([x], [y], lossFunction)
    slope = try neuron.activation.values(at: [neuron.weightedInputs[0]]).derivatives[0]
  }

  /// The loss with another weight.
  private func loss(_ weight: Double) throws -> Double {
    try engine.value(lossFunction, [engine.neuron([weight], b, "sigmoid").hear([x]).a], [y])
  }

  /// The loss with the weight moved by `h`.
  func nudged(_ h: Double) throws -> Double { try loss(w + h) }
  func central(_ h: Double) throws -> Double { (try loss(w + h) - loss(w - h)) / (2 * h) }

  func figures(_ h: Double) throws -> [Figure] {
    let places = (0...120).map { -5 + 10 * Double($0) / 120 }
    let curve = try places.map { try loss($0) }
    let tangent = places.map { abs($0 - w) <= 1.2 ? loss + gradient * ($0 - w) : .nan }
    let simple = (try nudged(h) - loss) / h
    return [
      .lines([
        "forward: z = w·x + b = \(shown(z, 6)), a = f(z) = \(shown(a, 6)), L = (a − y)²/2 = \(shown(loss, 6))",
        "backward: ∂L/∂a = a − y = \(shown(received, 6)), f′(z) = a·(1 − a) = \(shown(slope, 6)), δ = ∂L/∂a·f′(z) ="
          + " \(shown(delta, 6))",
      ]),
      .table(
        .init(
          title: "Three ways to the slope ∂L/∂w", head: ["way", "formula", "result"],
          rows: [
            ["nudge", "(L(w + h) − L(w)) / h", shown(simple, 6)],
            ["central difference", "(L(w + h) − L(w − h)) / 2h", shown(try central(h), 6)],
            ["chain rule", "δ·x", shown(gradient, 6)],
          ])),
      .plot(
        .init(
          title: "The loss as a function of w, and the line with the slope δ·x", xLabel: "w",
          series: [
            .init("L", x: places, y: curve, colour: 0), .init("slope", x: places, y: tangent, colour: 1, dash: "6 4"),
          ],
          marks: [.init(x: w, y: loss, text: "w = \(shown(w))")], height: 200)),
    ]
  }
}
