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
    try json().text()
  }

  private func json() throws -> JSONText {
    let lines = ExplanationLines(explanation)
    let others = try linesOfPositions()
    let views = try zip(explanation.steps, lines.steps).enumerated().flatMap { number, step in
      try step.0.passes.indices.map { pass in
        try view(
          step.0.passes[pass], step.1.passes[pass], step.1, number,
          others.mapValues { $0.steps[number].passes[pass] })
      }
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

  /// A page with the lines of more would be too large to open, and take long to write.
  private static var mostPositionLines: Int { 4000 }
  private static var mostPositionNumbers: Int { 100_000 }

  /// The lines with all neurons shown at each position that there is; none where these would be too many.
  private func linesOfPositions() throws -> [ImageSize: ExplanationLines] {
    let windows = explanation.layers.compactMap(\.window)
    let (height, width) = (windows.map(\.positions.height).max() ?? 0, windows.map(\.positions.width).max() ?? 0)
    let passes = explanation.steps.reduce(0) { $0 + $1.passes.count }
    let shown = explanation.layers.reduce(0) { $0 + $1.neurons.reduce(0) { $0 + $1.positions.count } }
    let numbers = explanation.layers.reduce(shown) { $0 + $1.neurons.reduce(0) { $0 + $1.weights.count } }
    guard shown * passes <= Self.mostPositionLines, height * width * numbers * passes <= Self.mostPositionNumbers
    else { return [:] }
    var lines: [ImageSize: ExplanationLines] = [:]
    for row in 0..<height {
      for column in 0..<width {
        let position = ImageSize(height: row, width: column)
        lines[position] = ExplanationLines(try explanation.showing(position))
      }
    }
    return lines
  }

  /// Both passes over one sample, and the step that follows.
  private func view(
    _ pass: ExplainedPass, _ lines: PassLines, _ step: ExplanationLines.Step, _ number: Int,
    _ others: [ImageSize: PassLines]
  ) throws -> JSONText {
    let (start, moves) = (step.moves.learningRate + step.moves.gradients, step.moves.moves)
    return .object([
      ("step", .integer(number)), ("steps", .integer(explanation.steps.count)), ("batch", .integer(step.passes.count)),
      ("sample", .integer(pass.sample)), ("input", .packed(pass.input)), ("target", .packed(pass.target)),
      ("image", image(pass)), ("loss", try loss(pass, lines)), ("words", .text(words(step, number))),
      ("again", .list(explanation.again(step, number).map(JSONText.text))),
      (
        "layers",
        .list(
          try pass.layers.map { try layer($0, lines, moves[$0.index].map { start + $0 }, window($0, others)) })
      ),
    ])
  }

  private func words(_ step: ExplanationLines.Step, _ number: Int) -> String {
    let mean = step.passes.count > 1 ? ["The gradients of the batch's \(step.passes.count) samples are averaged."] : []
    return ([explanation.words(ofStep: number)] + mean + explanation.transformWords).joined(separator: " ")
  }

  /// The sample as it was before scaling, where it is a picture.
  private func image(_ pass: ExplainedPass) -> JSONText {
    let window = explanation.layers.first { $0.window != nil && $0.sources == [.inputs] }?.window
    let ofWindow = window.flatMap {
      $0.channels == 1 && $0.image.height > 1 ? ImageShape(rows: $0.image.height, columns: $0.image.width) : nil
    }
    guard let shape = data?.imageShape ?? ofWindow else { return .null }
    let pixels = Matrix(row: pass.input.map { Scalar($0) })
    data?.inputScaling?.undo(on: pixels)
    return .object([
      ("rows", .integer(shape.rows)), ("columns", .integer(shape.columns)), ("pixels", .packed(pixels.row(0))),
    ])
  }

  private func loss(_ pass: ExplainedPass, _ lines: PassLines) throws -> JSONText {
    let loss = explanation.lossFunction
    let outputs = pass.layers[pass.layers.count - 1].neurons.map(\.output)
    let terms = try loss.terms(outputs: outputs, targets: pass.target)?.map { $0 * (pass.weight ?? 1) }
    return .object([
      ("name", .text(loss.name)), ("description", .text(loss.description)),
      ("formula", .text(loss.function.information.formula)), ("value", .number(pass.loss)),
      ("weight", pass.weight.map(JSONText.number) ?? .null),
      ("weight_words", lines.weightText.map(JSONText.text) ?? .null),
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

  private func layer(
    _ acts: ExplainedLayer, _ lines: PassLines, _ moves: [[ExplanationLine]], _ window: [(String, JSONText)]
  ) throws -> JSONText {
    let neurons = acts.neurons
    let columns = neurons.map(\.weights.count).max() ?? 0
    func padded(_ weights: [Double]) -> [Double] {
      weights + [Double](repeating: 0, count: columns - weights.count)
    }
    let sources = acts.sources.map { source in if case .layer(let number) = source { number } else { -1 } }
    let about: [(String, JSONText)] = [
      ("index", .integer(acts.index)), ("weight_columns", .integer(columns)),
      ("sources", .list(sources.map(JSONText.integer))), ("adds", .flag(acts.addsSources && sources.count > 1)),
      ("connections", acts.connections.map { .list($0.map { .list($0.map(JSONText.integer)) }) } ?? .null),
      ("has_bias", .list(neurons.map { .flag($0.hasBias) })),
    ]
    let gradients =
      acts.window == nil
      ? []
      : [
        ("weight_gradients", JSONText.packed(neurons.flatMap { padded($0.weightGradient) }))
      ]
    return .object(
      about + window + gradients + [
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

  /// Of a layer whose neurons fire at several positions: the window, and what they do at each.
  private func window(_ layer: ExplainedLayer, _ others: [ImageSize: PassLines]) -> [(String, JSONText)] {
    guard let window = layer.window else { return [("window", .null)] }
    func pair(_ size: ImageSize) -> JSONText { .list([.integer(size.height), .integer(size.width)]) }
    let about: [(String, JSONText)] = [
      ("channels", .integer(window.channels)), ("groups", .integer(window.groups)),
      ("height", .integer(window.image.height)), ("width", .integer(window.image.width)),
      ("rows", .integer(window.positions.height)), ("columns", .integer(window.positions.width)),
      ("kernel", pair(window.kernel)), ("stride", pair(window.stride)), ("dilation", pair(window.dilation)),
      ("padding", .list([.integer(window.padding.top), .integer(window.padding.left)])),
    ]
    func map(_ number: KeyPath<ExplainedPosition, Double>) -> JSONText {
      .packed(layer.neurons.flatMap { $0.positions.map { $0[keyPath: number] } })
    }
    let lines = layer.neurons.map { neuron in
      JSONText.list(
        (0..<window.positions.count).map { index in
          guard index != neuron.shownPosition, let lines = others[window.position(index)] else { return .null }
          return positionActs(lines.acts[layer.index][neuron.index])
        })
    }
    return [
      ("window", .object(about)), ("shown", .list(layer.neurons.map { .integer($0.shownPosition) })),
      (
        "maps",
        .object([
          ("z", map(\.weightedInput)), ("a", map(\.output)), ("received", map(\.received)),
          ("delta", map(\.localGradient)),
        ])
      ),
      ("position_lines", others.isEmpty ? .null : .list(lines)),
    ]
  }

  /// The lines of those acts of a neuron that differ from position to position.
  private func positionActs(_ lines: PassLines.NeuronLines) -> JSONText {
    .object([
      ("hear", texts(lines.hear)), ("combine", texts(lines.combine)), ("respond", texts(lines.respond)),
      ("receive", texts(lines.receive)), ("local", texts(lines.local)), ("send", texts(lines.send)),
    ])
  }

  private func extended(_ neuron: ExplainedNeuron) -> JSONText {
    .object([
      ("index", .integer(neuron.index)), ("type", .text(neuron.typeName)),
      ("formula", neuron.kind.map { .text($0.function.information.formula) } ?? .null),
      ("own", .list(OwnWay.allCases.filter(neuron.ownWays.contains).map { .text($0.rawValue) })),
      ("weight_count", .integer(neuron.weights.count)), ("gradients", .packed(neuron.weightGradient)),
      (
        "messages",
        .packed(neuron.positions.isEmpty ? neuron.messages : neuron.positions.flatMap(\.messages))
      ),
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
      ("formula", .text(activation.formula)), ("whole_layer", .flag(activation.isWholeLayer)),
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
