internal import NNKit

/// The lines that explain both passes over one sample.
struct PassLines {
  /// The lines of one neuron's acts, in their order.
  struct NeuronLines {
    fileprivate(set) var hear, combine, respond: [ExplanationLine]
    fileprivate(set) var receive, local, gradients, send: [ExplanationLine]
  }

  /// By layer and neuron.
  private(set) var acts: [[NeuronLines]] = []
  /// The loss itself.
  private(set) var lossValue: [ExplanationLine] = []
  /// ∂L/∂a of each output, and how many more there are.
  private(set) var lossGradients: [[ExplanationLine]] = []
  /// How many of these belong to an output.
  var lossGradientCount: Int { shortening.shown(of: numbers[numbers.count - 1].neurons.count) }

  var forward: [[[ExplanationLine]]] { acts.map { $0.map { $0.hear + $0.combine + $0.respond } } }
  var loss: [ExplanationLine] { lossValue + lossGradients.flatMap(\.self) }
  var backward: [[[ExplanationLine]]] { acts.map { $0.map { $0.receive + $0.local + $0.gradients + $0.send } } }

  let numbers: [LayerNumbers]
  let lossNumber: PrintedNumber
  private let pass: ExplainedPass
  private let parameters: NetworkNumbers
  private let lossFunction: Loss
  private let isCanonical: Bool
  private let shortening: Shortening
  private let input, target: [PrintedNumber]

  init(
    _ pass: ExplainedPass, _ parameters: NetworkNumbers, _ lossFunction: Loss, isCanonical: Bool,
    _ shortening: Shortening
  ) {
    self.pass = pass
    self.parameters = parameters
    self.lossFunction = lossFunction
    self.isCanonical = isCanonical
    self.shortening = shortening
    input = pass.input.map(PrintedNumber.init)
    target = pass.target.map(PrintedNumber.init)
    numbers = pass.layers.map(LayerNumbers.init)
    lossNumber = PrintedNumber(pass.loss)
    let function = lossFunction.function
    lossValue = lines(
      "L", function.information.formula, .loss, losing(nil), lossNumber, by: lossFunction.description)
    lossGradients = lossGradientLines()
    acts = pass.layers.map { layer in
      layer.neurons.map { neuron in
        NeuronLines(
          hear: hearing(neuron, in: layer), combine: combination(neuron, in: layer),
          respond: response(neuron, in: layer), receive: received(neuron, in: layer),
          local: localGradient(neuron, in: layer), gradients: gradients(neuron, in: layer),
          send: messages(neuron, in: layer))
      }
    }
  }

  /// All equations, each after those whose results it computes with.
  ///
  /// A function of the whole layer needs all z before the first a, and all ∂L/∂a before the first δ.
  var equations: [Equation] {
    forward.flatMap { inOrder($0, first: "z") } + loss.compactMap(\.equation)
      + backward.reversed().flatMap { inOrder($0, first: Self.receivedName) }
  }

  private static let receivedName = "received ∂L/∂a"

  private func inOrder(_ layer: [[ExplanationLine]], first quantity: String) -> [Equation] {
    let equations = layer.flatMap { $0.compactMap(\.equation) }
    return equations.filter { $0.quantity == quantity } + equations.filter { $0.quantity != quantity }
  }

  var inputText: () -> String { { [shortening, input] in shortening.list(input) } }
  var targetText: () -> String { { [shortening, target] in shortening.list(target) } }

  // MARK: Formulas

  /// What a layer's neurons hear.
  private func heard(by layer: ExplainedLayer) -> [PrintedNumber] {
    layer.index == 0 ? input : numbers[layer.index - 1].neurons.map(\.a)
  }

  private func own(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> LayerNumbers.Neuron {
    numbers[layer.index].neurons[neuron.index]
  }

  private func combining(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> FormulaNumbers<PrintedNumber> {
    let parameters = parameters.layers[layer.index][neuron.index]
    var values = FormulaNumbers<PrintedNumber>()
    values.lists = ["w": parameters.weights, "x": heard(by: layer)]
    values.numbers = ["b": parameters.bias, "z": own(neuron, in: layer).z]
    values.count = neuron.inputs.count
    if let kind = neuron.kind { values.take(kind.function.information, kind.parameters) }
    return values
  }

  private func responding(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> FormulaNumbers<PrintedNumber> {
    var values = FormulaNumbers<PrintedNumber>()
    let all = numbers[layer.index].neurons
    values.lists = ["z": all.map(\.z), "a": all.map(\.a)]
    values.numbers = ["z": own(neuron, in: layer).z, "a": own(neuron, in: layer).a]
    values.count = all.count
    values.elements = [neuron.index]
    values.take(neuron.activation.function.information, neuron.activation.parameters)
    return values
  }

  private func losing(_ output: Int?) -> FormulaNumbers<PrintedNumber> {
    var values = FormulaNumbers<PrintedNumber>()
    let last = numbers[numbers.count - 1].neurons
    values.lists = ["z": last.map(\.z), "a": last.map(\.a), "y": target]
    values.count = last.count
    values.elements = output.map { [$0] } ?? []
    values.take(lossFunction.function.information, lossFunction.parameters)
    return values
  }

  /// The names of the parameters that formulas of `subject` may use.
  private func names(_ values: FormulaNumbers<PrintedNumber>) -> [String] { Array(values.parameters.keys) }

  private func read(
    _ text: String?, _ subject: FormulaSubject, _ values: FormulaNumbers<PrintedNumber>
  ) -> (right: String, numbers: PrintedArithmetic)? {
    guard let text, let formula = try? Formula(text, of: subject, parameters: names(values)),
      let numbers = try? formula.arithmetic(values, worth: { $0.value })
    else { return nil }
    return (formula.right, numbers)
  }

  /// The equation of a stated formula, or the number and a sentence that says what states none.
  private func lines(
    _ quantity: String, _ text: String?, _ subject: FormulaSubject, _ values: FormulaNumbers<PrintedNumber>,
    _ result: PrintedNumber, by who: String, lead: String = ""
  ) -> [ExplanationLine] {
    guard let (right, numbers) = read(text, subject, values) else {
      let stated =
        text.map { "; it states `\($0)`, which is not written as formulas are" } ?? ", which states no formula"
      return [.words { "\(lead)\(quantity) = \(result.text), as \(who) gives it\(stated)" }]
    }
    return shortening.lines(Equation(quantity, formula: right, numbers, result, lead: lead))
  }

  // MARK: Forward

  /// Of a neuron that is not plain, what it hears and what its class does in its own way.
  private func hearing(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    if neuron.isPlain { return [] }
    let parameters = parameters.layers[layer.index][neuron.index]
    let heard = heard(by: layer)
    let hears = ExplanationLine.words { [shortening] in
      "hears \(shortening.list(heard)); weights \(shortening.list(parameters.weights)), bias \(parameters.bias.text)"
    }
    if neuron.ownWays.isEmpty { return [hears] }
    let ways = OwnWay.allCases.filter(neuron.ownWays.contains).map { "`\($0.rawValue)`" }
    return [hears, .words("its class \(neuron.typeName) has its own \(listed(ways))")]
  }

  private func combination(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let z = own(neuron, in: layer).z
    if neuron.ownWays.contains(.combine), neuron.formulas.combination == plain(neuron).combination {
      return [.words { "z = \(z.text), as \(neuron.typeName) combines its inputs; it states no formula" }]
    }
    return lines(
      "z", neuron.formulas.combination, .combination, combining(neuron, in: layer), z, by: neuron.typeName)
  }

  private func response(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let a = own(neuron, in: layer).a
    if neuron.ownWays.contains(.respond), neuron.formulas.response == plain(neuron).response {
      return [.words { "a = \(a.text), as \(neuron.typeName) responds; it states no formula" }]
    }
    let isWhole = neuron.activation.isWholeLayer
    return lines(
      "a", neuron.formulas.response, .activation(isWholeLayer: isWhole), responding(neuron, in: layer), a,
      by: neuron.activation.description)
  }

  private func plain(_ neuron: ExplainedNeuron) -> NeuronFormulas { NeuronFormulas(respondingBy: neuron.activation) }

  private func listed(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : "\(words.dropLast().joined(separator: ", ")) and \(words[words.count - 1])"
  }

  // MARK: Loss

  /// For each output, or for the first ones and a line that says how many more there are.
  private func lossGradientLines() -> [[ExplanationLine]] {
    let function = lossFunction.function
    let outputs = numbers[numbers.count - 1].neurons
    let shown = shortening.shown(of: outputs.count)
    let lines = (0..<shown).map { index -> [ExplanationLine] in
      let (quantity, received) = ("∂L/∂a\(index)", outputs[index].received)
      if received.value.isFinite {
        return self.lines(
          quantity, function.gradientFormula, .gradient, losing(index), received, by: lossFunction.description)
      }
      let pair = isCanonical ? "; the canonical pair does not need it" : ""
      return [.words("\(quantity) is not finite (the loss is infinitely steep here\(pair))")]
    }
    return lines + (shown < outputs.count ? [[.words("… (\(outputs.count - shown) more)")]] : [])
  }

  // MARK: Backward

  private func received(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let own = own(neuron, in: layer)
    guard layer.index < pass.layers.count - 1 else {
      return [
        .words {
          own.received.value.isFinite
            ? "received ∂L/∂a = \(own.received.text), from the loss" : "received ∂L/∂a from the loss: not finite"
        }
      ]
    }
    let messages = numbers[layer.index + 1].neurons.map { PrintedArithmetic.leaf($0.messages[neuron.index]) }
    return shortening.lines(
      Equation(
        Self.receivedName, formula: "sum of the messages", .series(isProduct: false, messages), own.received))
  }

  private func localGradient(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let own = own(neuron, in: layer)
    if layer.index == pass.layers.count - 1, isCanonical { return canonicalDelta(neuron, in: layer) }
    if neuron.activation.isWholeLayer { return wholeLayerDelta(neuron, in: layer, to: own.delta, lead: "") }
    if neuron.ownWays.contains(.respond) || neuron.ownWays.contains(.computeLocalGradients) {
      guard neuron.formulas.derivative != plain(neuron).derivative else {
        return [
          .words {
            "δ = \(own.delta.text), as \(neuron.typeName) works it out from ∂L/∂a; it states no formula of f′(z)"
          }
        ]
      }
      let values = responding(neuron, in: layer)
      guard let (right, numbers) = read(neuron.formulas.derivative, .derivative(isWholeLayer: false), values) else {
        return [.words { "δ = \(own.delta.text), as \(neuron.typeName) works it out from ∂L/∂a" }]
      }
      let slope = PrintedNumber(numbers.exactValue)
      return [
        .equation(Equation("f′(z)", formula: right, numbers, slope)),
        .equation(Equation("δ", formula: "∂L/∂a·f′(z)", .leaf(own.received) * .leaf(slope), own.delta)),
      ]
    }
    return slope(neuron, in: layer, lead: "") + product(own, to: own.delta, lead: "")
  }

  private func slope(_ neuron: ExplainedNeuron, in layer: ExplainedLayer, lead: String) -> [ExplanationLine] {
    guard let slope = own(neuron, in: layer).derivative else { return [] }
    return lines(
      "f′(z)", neuron.formulas.derivative, .derivative(isWholeLayer: false), responding(neuron, in: layer), slope,
      by: neuron.activation.description, lead: lead)
  }

  private func product(_ own: LayerNumbers.Neuron, to delta: PrintedNumber, lead: String) -> [ExplanationLine] {
    guard let slope = own.derivative else { return [] }
    return [.equation(Equation("δ", formula: "∂L/∂a·f′(z)", .leaf(own.received) * .leaf(slope), delta, lead: lead))]
  }

  /// δ_j = Σ_k ∂L/∂a_k · ∂a_k/∂z_j.
  private func wholeLayerDelta(
    _ neuron: ExplainedNeuron, in layer: ExplainedLayer, to delta: PrintedNumber, lead: String
  ) -> [ExplanationLine] {
    let all = numbers[layer.index].neurons
    var (lines, terms): ([ExplanationLine], [PrintedArithmetic]) = ([], [])
    for (k, other) in all.enumerated() {
      var values = responding(neuron, in: layer)
      values.elements = [k, neuron.index]
      guard let (right, numbers) = read(neuron.formulas.derivative, .derivative(isWholeLayer: true), values) else {
        return [
          .words {
            "δ = \(delta.text), as \(neuron.activation.description) works it out over the whole layer; it states no"
              + " formula of ∂a/∂z"
          }
        ]
      }
      let slope = PrintedNumber(numbers.exactValue)
      lines += shortening.lines(Equation("∂a\(k)/∂z\(neuron.index)", formula: right, numbers, slope, lead: lead))
      terms.append(.leaf(other.received) * .leaf(slope))
    }
    return lines
      + shortening.lines(
        Equation(
          "δ", formula: "Σ_k ∂L/∂a_k·∂a_k/∂z\(neuron.index)", .series(isProduct: false, terms), delta, lead: lead))
  }

  /// The pair's own formula, and the long way where its numbers are finite.
  private func canonicalDelta(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let delta = own(neuron, in: layer).delta
    let name = neuron.activation.name
    var lines: [ExplanationLine] = [
      .words(
        "the canonical pair \(name) with \(lossFunction.name): in ∂L/∂a times the derivative of \(name) terms cancel")
    ]
    lines += self.lines(
      "δ", lossFunction.function.canonicalFormula, .canonical, losing(neuron.index), delta, by: "the pair")
    let received = numbers[layer.index].neurons.map(\.received.value)
    guard received.allSatisfy(\.isFinite), shortening.isWhole || received.count <= Shortening.limit else {
      return lines
    }
    // The same number, with as many digits as the long way gives.
    let (lead, again) = ("the long way: ", PrintedNumber(delta.value))
    let long =
      neuron.activation.isWholeLayer
      ? wholeLayerDelta(neuron, in: layer, to: again, lead: lead)
      : slope(neuron, in: layer, lead: lead) + product(own(neuron, in: layer), to: again, lead: lead)
    return lines + long
  }

  private func gradients(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let own = own(neuron, in: layer)
    let (formulas, plain) = (neuron.formulas, plain(neuron))
    let isOwn = neuron.ownWays.contains(.accumulateGradients)
    let heard = heard(by: layer)
    var lines = shortening.lines(ofEach: own.weightGradients.count) { i in
      let (quantity, gradient) = ("∂L/∂w\(i)", own.weightGradients[i])
      if isOwn && formulas.weightDerivative == plain.weightDerivative {
        return [.words { "\(quantity) = \(gradient.text), as \(neuron.typeName) works it out; it states no formula" }]
      }
      if formulas.weightDerivative == plain.weightDerivative, i < heard.count {
        return [.equation(Equation(quantity, formula: "δ·x\(i)", .leaf(own.delta) * .leaf(heard[i]), gradient))]
      }
      return share(
        quantity, "∂z/∂w\(i)", formulas.weightDerivative, .weightDerivative, element: i, gradient, neuron, in: layer)
    }
    if isOwn && formulas.biasDerivative == plain.biasDerivative {
      if neuron.biasGradient == neuron.localGradient {
        lines.append(.equation(Equation("∂L/∂b", formula: "δ", .leaf(own.delta), own.biasGradient)))
      } else {
        lines.append(
          .words { "∂L/∂b = \(own.biasGradient.text), as \(neuron.typeName) works it out; it states no formula" })
      }
    } else if formulas.biasDerivative == plain.biasDerivative {
      lines.append(.equation(Equation("∂L/∂b", formula: "δ", .leaf(own.delta), own.biasGradient)))
    } else {
      lines += share(
        "∂L/∂b", "∂z/∂b", formulas.biasDerivative, .biasDerivative, element: nil, own.biasGradient, neuron, in: layer)
    }
    return lines
  }

  /// A derivative of z by its formula, and δ times it.
  private func share(
    _ quantity: String, _ derivative: String, _ text: String?, _ subject: FormulaSubject, element: Int?,
    _ result: PrintedNumber, _ neuron: ExplainedNeuron, in layer: ExplainedLayer
  ) -> [ExplanationLine] {
    var values = combining(neuron, in: layer)
    values.elements = element.map { [$0] } ?? []
    guard let (right, numbers) = read(text, subject, values) else {
      return [
        .words { "\(quantity) = \(result.text), as \(neuron.typeName) gives it; it states no formula of \(derivative)" }
      ]
    }
    let slope = PrintedNumber(numbers.exactValue)
    let delta = own(neuron, in: layer).delta
    return shortening.lines(Equation(derivative, formula: right, numbers, slope))
      + [.equation(Equation(quantity, formula: "δ·\(derivative)", .leaf(delta) * .leaf(slope), result))]
  }

  private func messages(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let own = own(neuron, in: layer)
    let (formulas, plain) = (neuron.formulas, plain(neuron))
    let isOwn = neuron.ownWays.contains(.sendMessages)
    let listener = layer.index == 0 ? "input" : "layer \(layer.index - 1), neuron"
    return shortening.lines(ofEach: own.messages.count) { i in
      let (quantity, message) = ("message to \(listener) \(i)", own.messages[i])
      if isOwn && formulas.inputDerivative == plain.inputDerivative {
        return [.words { "\(quantity) = \(message.text), as \(neuron.typeName) works it out; it states no formula" }]
      }
      if formulas.inputDerivative == plain.inputDerivative {
        let weight = parameters.layers[layer.index][neuron.index].weights[i]
        return [.equation(Equation(quantity, formula: "w\(i)·δ", .leaf(weight) * .leaf(own.delta), message))]
      }
      return share(
        quantity, "∂z/∂x\(i)", formulas.inputDerivative, .inputDerivative, element: i, message, neuron, in: layer)
    }
  }
}

extension FormulaNumbers<PrintedNumber> {
  /// The numbers of a function's parameters.
  fileprivate mutating func take(_ information: FunctionInformation, _ values: [Double]) {
    for (parameter, value) in zip(information.parameters, values) { parameters[parameter.name] = PrintedNumber(value) }
  }
}
