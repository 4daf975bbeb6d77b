package import NNKit
internal import NNKitPages

/// An explanation as a page to step through.
package struct ExplanationPage<Scalar: NetworkScalar> {
  private let explanation: Explanation<Scalar>
  private let name: String
  /// What network it is: the first, or a run's trained one.
  private let source: String
  /// Where the sample is from; nil if it was put together in a program.
  private let data: DataSets<Scalar>?

  package init(_ explanation: Explanation<Scalar>, of experiment: Experiment<Scalar>, source: String) {
    self.init(explanation, name: experiment.configuration.name, source: source, data: experiment.data)
  }

  fileprivate init(_ explanation: Explanation<Scalar>, name: String, source: String, data: DataSets<Scalar>?) {
    self.explanation = explanation
    self.name = name
    self.source = source
    self.data = data
  }

  /// The whole document, UTF-8.
  ///
  /// - Throws: `FunctionFailure` if a plugin reports one.
  package func html() throws -> [UInt8] {
    Page(.explain, title: "\(name), explained neuron by neuron", data: try json().text()).html
  }

  private func json() throws -> JSONText {
    .object([
      ("source", .text(source)), ("precision", .text(Double.precisionName)),
      ("sample", .integer(explanation.sample)), ("samples", data.map { .integer($0.trainAsRead.count) } ?? .null),
      ("input", .packed(explanation.input)), ("target", .packed(explanation.target)),
      ("classes", data?.classes.map { .list($0.map(JSONText.text)) } ?? .null),
      ("features", data?.featureNames.map { .list($0.map(JSONText.text)) } ?? .null), ("image", image),
      ("loss", try loss()), ("optimizer", optimizer),
      ("layers", .list(try explanation.layers.map { try layer($0) })),
    ])
  }

  /// The sample as it was before scaling, where it is a picture.
  private var image: JSONText {
    guard let shape = data?.imageShape else { return .null }
    let pixels = Matrix([explanation.input.map { Scalar($0) }])
    data?.inputScaling?.undo(on: pixels)
    return .object([
      ("rows", .integer(shape.rows)), ("columns", .integer(shape.columns)), ("pixels", .packed(pixels.row(0))),
    ])
  }

  private func loss() throws -> JSONText {
    let loss = explanation.lossFunction
    let outputs = explanation.layers[explanation.layers.count - 1].neurons.map { Double($0.output) }
    let terms = try loss.terms(outputs: outputs, targets: explanation.target.map { Double($0) })
    return .object([
      ("name", .text(loss.name)), ("description", .text(loss.description)),
      ("formula", .text(loss.function.information.formula)), ("value", .number(explanation.loss)),
      ("terms", terms.map { .numbers($0) } ?? .null), ("canonical", .flag(explanation.isCanonical)),
    ])
  }

  /// How each number moves: w ← kept·w − rate·g / divisor, with g = ∂L/∂w + l1·sign w + l2·w for weights.
  ///
  /// The divisor is none, |g| (`sign`) or √(share·g²) + epsilon (`root`).
  private var optimizer: JSONText {
    let (optimizer, regularization) = (explanation.optimizer, explanation.regularization)
    var (rate, kept, divisor, share, epsilon) = (optimizer.rate, 1.0, "none", 1.0, 0.0)
    switch optimizer {
    case .sgd(_, let momentum, let nesterov): if nesterov { rate *= 1 + momentum }
    case .rmsprop(_, let decay, let small): (divisor, share, epsilon) = ("root", 1 - decay, small)
    case .adagrad(_, let small): (divisor, epsilon) = ("root", small)
    case .adam(_, _, _, let small, let decay): (divisor, epsilon, kept) = ("root", small, 1 - rate * decay)
    case .rprop(_, _, _, let minimum, let maximum): (divisor, rate) = ("sign", min(max(rate, minimum), maximum))
    }
    return .object([
      ("words", .text(explanation.stepWords)), ("rate", .number(rate)), ("kept", .number(kept)),
      ("divisor", .text(divisor)), ("share", .number(share)), ("epsilon", .number(epsilon)),
      ("l1", .number(regularization.l1)), ("l2", .number(regularization.l2)),
    ])
  }

  private func layer(_ acts: Explanation<Scalar>.LayerActs) throws -> JSONText {
    let neurons = acts.neurons
    let columns = neurons.map(\.weights.count).max() ?? 0
    func padded(_ weights: [Double]) -> [Double] {
      weights + [Double](repeating: 0, count: columns - weights.count)
    }
    let frozen = [("weights", FrozenParameters.weights), ("biases", .biases)].filter { acts.frozen.contains($0.1) }
    return .object([
      ("index", .integer(acts.index)), ("weight_columns", .integer(columns)),
      ("frozen", .list(frozen.map { .text($0.0) })),
      ("activations", .list(try distinct(acts.activations).map { try activation($0, neurons) })),
      ("activation_of", .list(activationIndices(acts).map(JSONText.integer))),
      ("weights", .packed(neurons.flatMap { padded($0.weights) })),
      ("updated_weights", .packed(neurons.flatMap { padded($0.updatedWeights) })),
      ("biases", .packed(neurons.map(\.bias))), ("updated_biases", .packed(neurons.map(\.updatedBias))),
      ("z", .packed(neurons.map(\.weightedInput))), ("a", .packed(neurons.map(\.output))),
      ("received", .packed(neurons.map(\.received))), ("delta", .packed(neurons.map(\.localGradient))),
      ("bias_gradients", .packed(neurons.map(\.biasGradient))), ("slopes", .packed(try neurons.map { try slope($0) })),
      ("extended", .list(neurons.filter { !$0.isPlain }.map(extended))),
    ])
  }

  private func extended(_ neuron: Explanation<Scalar>.NeuronAct) -> JSONText {
    .object([
      ("index", .integer(neuron.index)), ("type", .text(neuron.typeName)),
      ("formula", neuron.kind.map { .text($0.function.information.formula) } ?? .null),
      ("weight_count", .integer(neuron.weights.count)), ("gradients", .packed(neuron.weightGradient)),
      ("messages", .packed(neuron.messages)),
    ])
  }

  /// f′(z); not a number where f takes the whole layer.
  private func slope(_ neuron: Explanation<Scalar>.NeuronAct) throws -> Double {
    if neuron.activation.isWholeLayer { return .nan }
    return try neuron.activation.values(at: [Double(neuron.weightedInput)]).derivatives[0]
  }

  // MARK: Activations

  private func distinct(_ activations: [Activation]) -> [Activation] {
    activations.reduce(into: []) { seen, one in if !seen.contains(one) { seen.append(one) } }
  }

  /// Which of the distinct activations each neuron responds by; empty where there is only one.
  private func activationIndices(_ acts: Explanation<Scalar>.LayerActs) -> [Int] {
    let all = distinct(acts.activations)
    return all.count == 1 ? [] : acts.activations.map { one in all.firstIndex(of: one) ?? 0 }
  }

  private func activation(_ activation: Activation, _ neurons: [Explanation<Scalar>.NeuronAct]) throws -> JSONText {
    .object([
      ("name", .text(activation.name)), ("description", .text(activation.description)),
      ("summary", .text(activation.function.information.summary)),
      ("formula", .text(activation.function.information.formula)), ("whole_layer", .flag(activation.isWholeLayer)),
      ("curves", .list(try curves(activation, neurons))),
    ])
  }

  /// The curve that all neurons share; for a function of the whole layer one each, where they are few enough.
  private func curves(_ activation: Activation, _ neurons: [Explanation<Scalar>.NeuronAct]) throws -> [JSONText] {
    let z = neurons.map { Double($0.weightedInput) }
    let finite = z.filter(\.isFinite).map { max(-20, min(20, $0)) }
    let (low, high) = (min(-5, finite.min() ?? 0), max(5, finite.max() ?? 0))
    let points = (0...160).map { low + (high - low) * Double($0) / 160 }
    let isShared = !activation.isWholeLayer
    if !isShared && neurons.count > 64 { return [] }
    return try (isShared ? 0..<1 : 0..<neurons.count).map { index in
      let (f, slope) = try activation.curve(at: points, neuron: index, of: z)
      return .object([
        ("from", .number(low)), ("to", .number(high)), ("f", .packed(f.map(Float.init))),
        ("slope", .packed(slope.map(Float.init))),
      ])
    }
  }
}

extension Explanation {
  /// A page to step through in a browser.
  ///
  /// - Parameter title: What the network is called.
  /// - Returns: The whole document, UTF-8: one file that needs no other.
  /// - Throws: `FunctionFailure` if a plugin reports one.
  public func html(title: String = "A network") throws -> [UInt8] {
    try ExplanationPage(self, name: title, source: title, data: nil).html()
  }
}
