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
    Page(.explain, title: "\(name), explained neuron by neuron", data: try dataText()).html
  }

  /// What the page shows, JSON.
  ///
  /// - Throws: `FunctionFailure` if a plugin reports one.
  package func dataText() throws -> String {
    if let odd = explanation.layers.first(where: {
      $0.window != nil || $0.sources != Sources.previous.resolved(of: $0.index)
    }) {
      throw ConfigurationError(
        nil,
        "the page shows layers whose neurons have all outputs of the layer before as inputs, and layer \(odd.index) has"
          + (odd.window == nil ? " other sources" : " a sliding window")
          + "; `--format text` and `--format json` explain it")
    }
    return try json().text()
  }

  private func json() throws -> JSONText {
    let lines = ExplanationLines(explanation)
    let views = try zip(explanation.steps, lines.steps).enumerated().flatMap { number, step in
      try zip(step.0.passes, step.1.passes).map { try view($0, $1, step.1, number) }
    }
    return .object([
      ("source", .text(source)), ("samples", data.map { .integer($0.trainAsRead.count) } ?? .null),
      ("choice", explanation.choice.map(JSONText.text) ?? .null),
      ("shortening", lines.shorteningWords.map(JSONText.text) ?? .null),
      (
        "part",
        .object([
          ("layer", explanation.part.layer.map(JSONText.integer) ?? .null),
          ("neuron", explanation.part.neuron.map(JSONText.integer) ?? .null),
        ])
      ),
      ("classes", data?.classes.map { .list($0.map(JSONText.text)) } ?? .null),
      ("features", data?.featureNames.map { .list($0.map(JSONText.text)) } ?? .null), ("views", .list(views)),
    ])
  }

  /// Both passes over one sample, and the step that follows.
  private func view(
    _ pass: ExplainedPass, _ lines: PassLines, _ step: ExplanationLines.Step, _ number: Int
  ) throws -> JSONText {
    let (start, moves) = (step.moves.learningRate + step.moves.gradients, step.moves.moves)
    return .object([
      ("step", .integer(number)), ("steps", .integer(explanation.steps.count)), ("batch", .integer(step.passes.count)),
      ("sample", .integer(pass.sample)), ("input", .packed(pass.input)), ("target", .packed(pass.target)),
      ("image", image(pass)), ("loss", try loss(pass, lines)), ("words", .text(words(step, number))),
      ("again", .list(explanation.again(step, number).map(JSONText.text))),
      (
        "layers",
        .list(try pass.layers.map { try layer($0, lines, moves[$0.index].map { start + $0 }) })
      ),
    ])
  }

  private func words(_ step: ExplanationLines.Step, _ number: Int) -> String {
    let mean = step.passes.count > 1 ? ["The gradients of the batch's \(step.passes.count) samples are averaged."] : []
    return ([explanation.words(ofStep: number)] + mean + explanation.transformWords).joined(separator: " ")
  }

  /// The sample as it was before scaling, where it is a picture.
  private func image(_ pass: ExplainedPass) -> JSONText {
    guard let shape = data?.imageShape else { return .null }
    let pixels = Matrix(row: pass.input.map { Scalar($0) })
    data?.inputScaling?.undo(on: pixels)
    return .object([
      ("rows", .integer(shape.rows)), ("columns", .integer(shape.columns)), ("pixels", .packed(pixels.row(0))),
    ])
  }

  private func loss(_ pass: ExplainedPass, _ lines: PassLines) throws -> JSONText {
    let loss = explanation.lossFunction
    let outputs = pass.layers[pass.layers.count - 1].neurons.map(\.output)
    let terms = try loss.terms(outputs: outputs, targets: pass.target)
    return .object([
      ("name", .text(loss.name)), ("description", .text(loss.description)),
      ("formula", .text(loss.function.information.formula)), ("value", .number(pass.loss)),
      ("terms", terms.map { .numbers($0) } ?? .null), ("canonical", .flag(explanation.isCanonical)),
      ("lines", texts(lines.loss)), ("gradients", .list(lines.lossGradients.map(texts))),
    ])
  }

  private func texts(_ lines: [ExplanationLine]) -> JSONText { .list(lines.map { .text($0.text) }) }

  /// The lines of a neuron's acts.
  private func acts(_ lines: PassLines.NeuronLines, _ move: [ExplanationLine]) -> JSONText {
    .object([
      ("hear", texts(lines.hear)), ("combine", texts(lines.combine)), ("respond", texts(lines.respond)),
      ("receive", texts(lines.receive)), ("local", texts(lines.local)), ("gradients", texts(lines.gradients)),
      ("send", texts(lines.send)), ("move", texts(move)),
    ])
  }

  private func layer(_ acts: ExplainedLayer, _ lines: PassLines, _ moves: [[ExplanationLine]]) throws -> JSONText {
    let neurons = acts.neurons
    let columns = neurons.map(\.weights.count).max() ?? 0
    func padded(_ weights: [Double]) -> [Double] {
      weights + [Double](repeating: 0, count: columns - weights.count)
    }
    return .object([
      ("index", .integer(acts.index)), ("weight_columns", .integer(columns)),
      ("activations", .list(try distinct(acts.activations).map { try activation($0, neurons) })),
      ("activation_of", .list(activationIndices(acts).map(JSONText.integer))),
      ("weights", .packed(neurons.flatMap { padded($0.weights) })),
      ("updated_weights", .packed(neurons.flatMap { padded($0.updatedWeights) })),
      ("biases", .packed(neurons.map(\.bias))), ("updated_biases", .packed(neurons.map(\.updatedBias))),
      ("z", .packed(neurons.map(\.weightedInput))), ("a", .packed(neurons.map(\.output))),
      ("received", .packed(neurons.map(\.received))), ("delta", .packed(neurons.map(\.localGradient))),
      ("bias_gradients", .packed(neurons.map(\.biasGradient))),
      ("lines", .list(zip(lines.acts[acts.index], moves).map { self.acts($0, $1) })),
      ("extended", .list(neurons.filter { !$0.isPlain }.map(extended))),
    ])
  }

  private func extended(_ neuron: ExplainedNeuron) -> JSONText {
    .object([
      ("index", .integer(neuron.index)), ("type", .text(neuron.typeName)),
      ("formula", neuron.kind.map { .text($0.function.information.formula) } ?? .null),
      ("own", .list(OwnWay.allCases.filter(neuron.ownWays.contains).map { .text($0.rawValue) })),
      ("weight_count", .integer(neuron.weights.count)), ("gradients", .packed(neuron.weightGradient)),
      ("messages", .packed(neuron.messages)),
    ])
  }

  // MARK: Activations

  private func distinct(_ activations: [Activation]) -> [Activation] {
    activations.reduce(into: []) { seen, one in if !seen.contains(one) { seen.append(one) } }
  }

  /// Which of the distinct activations each neuron responds by; empty where there is only one.
  private func activationIndices(_ acts: ExplainedLayer) -> [Int] {
    let all = distinct(acts.activations)
    return all.count == 1 ? [] : acts.activations.map { one in all.firstIndex(of: one) ?? 0 }
  }

  private func activation(_ activation: Activation, _ neurons: [ExplainedNeuron]) throws -> JSONText {
    .object([
      ("name", .text(activation.name)), ("description", .text(activation.description)),
      ("summary", .text(activation.function.information.summary)),
      ("formula", .text(activation.function.information.formula)), ("whole_layer", .flag(activation.isWholeLayer)),
      ("curves", .list(try curves(activation, neurons))),
    ])
  }

  /// The curve that all neurons share; for a function of the whole layer one each, where they are few enough.
  private func curves(_ activation: Activation, _ neurons: [ExplainedNeuron]) throws -> [JSONText] {
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
