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
  /// ∂L/∂a of each output.
  private(set) var lossGradients: [[ExplanationLine]] = []

  var forward: [[[ExplanationLine]]] { acts.map { $0.map { $0.hear + $0.combine + $0.respond } } }
  var loss: [ExplanationLine] { lossValue + lossGradients.flatMap(\.self) }
  var backward: [[[ExplanationLine]]] { acts.map { $0.map { $0.receive + $0.local + $0.gradients + $0.send } } }

  let numbers: [LayerNumbers]
  /// What arrives at each layer.
  private let arriving: [[PrintedNumber]]
  let lossNumber: PrintedNumber
  private let pass: ExplainedPass
  private let parameters: NetworkNumbers
  private let lossFunction: Loss
  private let isCanonical: Bool
  private let shortening: Shortening
  private let input, target: [PrintedNumber]
  /// By what the sample's loss is multiplied.
  private let weight: PrintedNumber?

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
    weight = pass.weight.map(PrintedNumber.init)
    let numbers = pass.layers.map(LayerNumbers.init)
    self.numbers = numbers
    arriving = pass.layers.map { [input] in Self.arriving(at: $0, input, numbers) }
    lossNumber = PrintedNumber(pass.loss)
    let function = lossFunction.function
    lossValue = lines(
      "L", function.information.formula, .loss, losing(nil), lossNumber, by: lossFunction.description, times: weight)
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

  /// What the sample's weight does; nil where all samples count alike.
  var weightText: String? {
    weight.map { "Its weight is \($0.text): its loss, and so each of its gradients, is multiplied by that." }
  }

  var inputText: () -> String { { [shortening, input] in shortening.list(input, of: "x") } }
  var targetText: () -> String { { [shortening, target] in shortening.list(target, of: "y") } }

  // MARK: Formulas

  /// What the sources of a layer give it, one after the other or added up.
  private static func arriving(
    at layer: ExplainedLayer, _ input: [PrintedNumber], _ numbers: [LayerNumbers]
  ) -> [PrintedNumber] {
    let parts = layer.sources.map { source in
      if case .layer(let number) = source { numbers[number].outputs } else { input }
    }
    guard layer.addsSources, parts.count > 1 else { return parts.flatMap(\.self) }
    return parts[0].indices.map { index in PrintedNumber(parts.reduce(0) { $0 + $1[index].value }) }
  }

  /// What a neuron hears; of one with a window, at the position that is shown.
  ///
  /// Padding is a 0, or nothing where no weight multiplies it.
  private func heard(by neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [PrintedNumber] {
    guard layer.window != nil else { return arriving[layer.index] }
    return heard(by: neuron, in: layer, at: neuron.shownPosition).compactMap(\.self)
  }

  private func heard(by neuron: ExplainedNeuron, in layer: ExplainedLayer, at position: Int) -> [PrintedNumber?] {
    guard let window = layer.window else { return [] }
    let group = neuron.index / (layer.neurons.count / window.groups)
    return (0..<window.fanIn).map { tap in
      guard let source = window.source(of: tap, group: group, at: window.position(position)) else {
        return neuron.hasBias ? PrintedNumber(0) : nil
      }
      return arriving[layer.index][source]
    }
  }

  private func own(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> LayerNumbers.Neuron {
    numbers[layer.index].neurons[neuron.index]
  }

  private func combining(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> FormulaNumbers<PrintedNumber> {
    let parameters = parameters.layers[layer.index][neuron.index]
    var values = FormulaNumbers<PrintedNumber>()
    let heard = heard(by: neuron, in: layer)
    values.lists = ["w": parameters.weights, "x": heard]
    values.numbers = ["b": parameters.bias, "z": own(neuron, in: layer).z]
    values.count = heard.count
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
    _ result: PrintedNumber, by who: String, lead: String = "", times weight: PrintedNumber? = nil,
    _ shortening: Shortening? = nil
  ) -> [ExplanationLine] {
    guard var (right, numbers) = read(text, subject, values) else {
      let stated =
        text.map { "; it states `\($0)`, which is not written as formulas are" } ?? ", which states no formula"
      return [
        .words {
          let times = weight.map { ", times the sample's weight \($0.text)" } ?? ""
          return "\(lead)\(quantity) = \(result.text), as \(who) gives it\(times)\(stated)"
        }
      ]
    }
    if let weight { (right, numbers) = ("weight·(\(right))", .leaf(weight) * numbers) }
    return (shortening ?? self.shortening).lines(Equation(quantity, formula: right, numbers, result, lead: lead))
  }

  // MARK: Forward

  /// Of a neuron that is not plain, what it hears and what its class does in its own way.
  private func hearing(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let place = windowWords(neuron, in: layer)
    if neuron.isPlain && place == nil { return [] }
    let parameters = parameters.layers[layer.index][neuron.index]
    let (heard, shortening) = (heard(by: neuron, in: layer), shortening.of(neuron, in: layer))
    let hears = ExplanationLine.words {
      "hears \(shortening.list(heard, of: "x"))"
        + (neuron.hasBias
          ? "; weights \(shortening.list(parameters.weights, of: "w")), bias \(parameters.bias.text)"
          : "; it has no weights and no bias")
    }
    if let place { return [.words(place), hears] + ownWords(neuron) }
    if neuron.ownWays.isEmpty { return [hears] }
    let ways = OwnWay.allCases.filter(neuron.ownWays.contains).map { "`\($0.rawValue)`" }
    return [hears, .words("its class \(neuron.typeName) has its own \(listed(ways))")]
  }

  private func ownWords(_ neuron: ExplainedNeuron) -> [ExplanationLine] {
    if neuron.ownWays.isEmpty { return [] }
    let ways = OwnWay.allCases.filter(neuron.ownWays.contains).map { "`\($0.rawValue)`" }
    return [.words("its class \(neuron.typeName) has its own \(listed(ways))")]
  }

  /// At which position a neuron is shown, and which part of the image it hears there.
  private func windowWords(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> String? {
    guard let window = layer.window else { return nil }
    let position = window.position(neuron.shownPosition)
    func span(_ noun: String, _ start: Int, _ size: Int, _ dilation: Int, _ image: Int) -> String {
      let places = (0..<size).map { start + $0 * dilation }.filter { 0..<image ~= $0 }
      guard let first = places.first, let last = places.last else { return "no \(noun)" }
      return first == last ? "\(noun) \(first)" : "\(noun)s \(first) to \(last)"
    }
    let rows = span(
      "row", position.height * window.stride.height - window.padding.top, window.kernel.height, window.dilation.height,
      window.image.height)
    let columns = span(
      "column", position.width * window.stride.width - window.padding.left, window.kernel.width, window.dilation.width,
      window.image.width)
    let size = window.channels / window.groups
    let first = neuron.index / (layer.neurons.count / window.groups) * size
    let channels = size == 1 ? "channel \(first)" : "channels \(first) to \(first + size - 1)"
    return
      "fires at \(window.positions) positions; shown: row \(position.height), column \(position.width), where it hears"
      + " \(rows), \(columns) of \(channels)"
  }

  private func combination(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let z = own(neuron, in: layer).z
    if neuron.ownWays.contains(.combine), neuron.formulas.combination == plain(neuron).combination {
      return [.words { "z = \(z.text), as \(neuron.typeName) combines its inputs; it states no formula" }]
    }
    return lines(
      "z", neuron.formulas.combination, .combination, combining(neuron, in: layer), z, by: neuron.typeName,
      shortening.of(neuron, in: layer))
  }

  private func response(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let a = own(neuron, in: layer).a
    if neuron.ownWays.contains(.respond), neuron.formulas.response == plain(neuron).response {
      return [.words { "a = \(a.text), as \(neuron.typeName) responds; it states no formula" }]
    }
    let isWhole = neuron.activation.isWholeLayer
    return lines(
      "a", neuron.formulas.response, .activation(isWholeLayer: isWhole), responding(neuron, in: layer), a,
      by: neuron.activation.description, shortening.of(neuron, in: layer))
  }

  private func plain(_ neuron: ExplainedNeuron) -> NeuronFormulas { NeuronFormulas(respondingBy: neuron.activation) }

  private func listed(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : "\(words.dropLast().joined(separator: ", ")) and \(words[words.count - 1])"
  }

  // MARK: Loss

  /// For each output, however many: each output's δ is computed from them.
  private func lossGradientLines() -> [[ExplanationLine]] {
    let function = lossFunction.function
    let outputs = numbers[numbers.count - 1].neurons
    return outputs.indices.map { index -> [ExplanationLine] in
      let (quantity, received) = ("∂L/∂a\(index)", outputs[index].received)
      if received.value.isFinite {
        return self.lines(
          quantity, function.gradientFormula, .gradient, losing(index), received, by: lossFunction.description,
          times: weight)
      }
      let pair = isCanonical ? "; the canonical pair does not need it" : ""
      return [.words("\(quantity) is not finite (the loss is infinitely steep here\(pair))")]
    }
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
    let isPlainChain = pass.layers[layer.index + 1].window == nil && layer.window == nil
    guard isPlainChain, senders(behind: layer).count == 1, pass.layers[layer.index + 1].sources == [.layer(layer.index)]
    else { return receivedFromWindows(neuron, in: layer) }
    let next = pass.layers[layer.index + 1]
    var formula = "sum of the messages"
    let messages = next.neurons.map { sender in
      let message = PrintedArithmetic.leaf(self.own(sender, in: next).messages[neuron.index])
      return shortening.isWhole ? message : messageNumbers(sender, in: next, to: neuron.index) ?? message
    }
    if !shortening.isWhole, next.neurons.allSatisfy(sendsPlainly) { formula += " w\(neuron.index)·δ" }
    return shortening.of(neuron, in: layer).lines(
      Equation(Self.receivedName, formula: formula, .series(isProduct: false, messages), own.received))
  }

  private func senders(behind layer: ExplainedLayer) -> [ExplainedLayer] {
    pass.layers.filter { $0.sources.contains(.layer(layer.index)) }
  }

  /// The messages of all neurons that hear this one, at the position that is shown, from each of their positions.
  private func receivedFromWindows(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let place = neuron.index * max(1, neuron.positions.count) + neuron.shownPosition
    var messages: [PrintedArithmetic] = []
    for next in senders(behind: layer) {
      var start = 0
      for source in next.sources {
        if source == .layer(layer.index) { messages += self.messages(of: next, to: start + place) }
        guard !next.addsSources else { continue }
        if case .layer(let number) = source { start += numbers[number].outputs.count } else { start += input.count }
      }
    }
    return shortening.of(neuron, in: layer).lines(
      Equation(
        Self.receivedName, formula: "sum of the messages", .series(isProduct: false, messages),
        own(neuron, in: layer).received))
  }

  /// What all neurons of a layer send to one of the numbers that arrive there.
  private func messages(of layer: ExplainedLayer, to place: Int) -> [PrintedArithmetic] {
    guard let window = layer.window else {
      return layer.neurons.filter { layer.connections?[$0.index].contains(place) ?? true }.map {
        .leaf(own($0, in: layer).messages[place])
      }
    }
    var messages: [PrintedArithmetic] = []
    for neuron in layer.neurons {
      let group = neuron.index / (layer.neurons.count / window.groups)
      for (index, position) in neuron.positions.enumerated() {
        for tap in 0..<window.fanIn
        where window.source(of: tap, group: group, at: window.position(index)) == place {
          let isShown = index == neuron.shownPosition
          messages.append(
            .leaf(isShown ? own(neuron, in: layer).messages[tap] : PrintedNumber(position.messages[tap])))
        }
      }
    }
    return messages
  }

  private func sendsPlainly(_ neuron: ExplainedNeuron) -> Bool {
    !neuron.ownWays.contains(.sendMessages) && neuron.formulas.inputDerivative == plain(neuron).inputDerivative
  }

  /// The numbers from which a message is computed; nil where no formula is stated.
  private func messageNumbers(
    _ sender: ExplainedNeuron, in layer: ExplainedLayer, to index: Int
  ) -> PrintedArithmetic? {
    let delta = PrintedArithmetic.leaf(own(sender, in: layer).delta)
    if sendsPlainly(sender) { return .leaf(parameters.layers[layer.index][sender.index].weights[index]) * delta }
    if sender.formulas.inputDerivative == plain(sender).inputDerivative { return nil }
    var values = combining(sender, in: layer)
    values.elements = [index]
    return read(sender.formulas.inputDerivative, .inputDerivative, values).map { delta * $0.numbers }
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
      by: neuron.activation.description, lead: lead, shortening.of(neuron, in: layer))
  }

  private func product(_ own: LayerNumbers.Neuron, to delta: PrintedNumber, lead: String) -> [ExplanationLine] {
    guard let slope = own.derivative else { return [] }
    return [.equation(Equation("δ", formula: "∂L/∂a·f′(z)", .leaf(own.received) * .leaf(slope), delta, lead: lead))]
  }

  /// δ_j = Σ_k ∂L/∂a_k · ∂a_k/∂z_j.
  private func wholeLayerDelta(
    _ neuron: ExplainedNeuron, in layer: ExplainedLayer, to delta: PrintedNumber, lead: String
  ) -> [ExplanationLine] {
    let (all, shortening) = (numbers[layer.index].neurons, shortening.of(neuron, in: layer))
    var values = responding(neuron, in: layer)
    let slopes = all.indices.map { k in
      values.elements = [k, neuron.index]
      return read(neuron.formulas.derivative, .derivative(isWholeLayer: true), values)
    }
    guard !slopes.contains(where: { $0 == nil }) else {
      return [
        .words {
          "δ = \(delta.text), as \(neuron.activation.description) works it out over the whole layer; it states no"
            + " formula of ∂a/∂z"
        }
      ]
    }
    let found = slopes.compactMap(\.self).map {
      (formula: $0.right, numbers: $0.numbers, value: PrintedNumber($0.numbers.exactValue))
    }
    let terms = zip(all, found).map { PrintedArithmetic.leaf($0.received) * .leaf($1.value) }
    let lines = shortening.shownTerms(terms.map(\.exactValue)).flatMap { k in
      shortening.lines(
        Equation("∂a\(k)/∂z\(neuron.index)", formula: found[k].formula, found[k].numbers, found[k].value, lead: lead))
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
      "δ", lossFunction.function.canonicalFormula, .canonical, losing(neuron.index), delta, by: "the pair",
      times: weight)
    let received = numbers[layer.index].neurons.map(\.received.value)
    guard received.allSatisfy(\.isFinite) else { return lines }
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
    if layer.window != nil { return windowGradients(neuron, in: layer) }
    let (heard, shortening) = (arriving[layer.index], shortening.of(neuron, in: layer))
    var lines = shortening.weightLines(
      layer: layer.index, neuron: neuron.index, count: own.weightGradients.count, leftOut: "∂L/∂w"
    ) { i in
      let (quantity, gradient) = ("∂L/∂w\(i)", own.weightGradients[i])
      if let connections = layer.connections, !connections[neuron.index].contains(i) {
        return [.words { "\(quantity) = 0: there is no connection with input \(i)" }]
      }
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

  /// The gradients of a neuron that fires at several positions: sums over them.
  private func windowGradients(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    if !neuron.hasBias { return [] }
    let (own, shortening) = (own(neuron, in: layer), shortening.of(neuron, in: layer))
    let (formulas, plain) = (neuron.formulas, plain(neuron))
    let isPlain =
      !neuron.ownWays.contains(.accumulateGradients) && formulas.weightDerivative == plain.weightDerivative
      && formulas.biasDerivative == plain.biasDerivative
    guard isPlain else {
      return shortening.weightLines(
        layer: layer.index, neuron: neuron.index, count: own.weightGradients.count, leftOut: "∂L/∂w"
      ) { i in
        [
          .words {
            "∂L/∂w\(i) = \(own.weightGradients[i].text), the sum over all positions, as \(neuron.typeName) gives it"
          }
        ]
      } + [.words { "∂L/∂b = \(own.biasGradient.text), the sum over all positions" }]
    }
    let deltas = numbers[layer.index].deltas[neuron.index]
    let heard = deltas.indices.map { self.heard(by: neuron, in: layer, at: $0) }
    let lines = shortening.weightLines(
      layer: layer.index, neuron: neuron.index, count: own.weightGradients.count, leftOut: "∂L/∂w"
    ) { i in
      let terms = zip(deltas, heard).compactMap { delta, x in x[i].map { PrintedArithmetic.leaf(delta) * .leaf($0) } }
      return shortening.lines(
        Equation(
          "∂L/∂w\(i)", formula: "Σ over the positions δ·x\(i)", .series(isProduct: false, terms), own.weightGradients[i]
        ))
    }
    return lines
      + shortening.lines(
        Equation(
          "∂L/∂b", formula: "Σ over the positions δ", .series(isProduct: false, deltas.map { .leaf($0) }),
          own.biasGradient))
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
    return shortening.of(neuron, in: layer).lines(Equation(derivative, formula: right, numbers, slope))
      + [.equation(Equation(quantity, formula: "δ·\(derivative)", .leaf(delta) * .leaf(slope), result))]
  }

  private func messages(_ neuron: ExplainedNeuron, in layer: ExplainedLayer) -> [ExplanationLine] {
    let own = own(neuron, in: layer)
    let (formulas, plain) = (neuron.formulas, plain(neuron))
    let isOwn = neuron.ownWays.contains(.sendMessages)
    let isChain =
      layer.window == nil && layer.sources == [.layer(layer.index - 1)]
      && pass.layers[layer.index - 1].window == nil
    let (listener, noun) = isChain ? ("layer \(layer.index - 1), neuron", "neuron") : ("input", "input")
    if let window = layer.window, !neuron.hasBias {
      // To the inputs that are in the image, in their order.
      let present = window.isInside(at: window.position(neuron.shownPosition))
      return own.messages.indices.filter { present[$0 % window.kernel.count] }.map { i in
        .words { "message to input \(i) = \(own.messages[i].text)" }
      }
    }
    func line(_ i: Int) -> [ExplanationLine] {
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
    // A message without a formula is shown wherever a sum needs it.
    if isChain, !own.messages.isEmpty, messageNumbers(neuron, in: layer, to: 0) == nil {
      return own.messages.indices.flatMap(line)
    }
    return shortening.of(neuron, in: layer)
      .lines(ofGreatest: own.messages, leftOut: "the messages to the other", noun, line)
  }
}

extension FormulaNumbers<PrintedNumber> {
  /// The numbers of a function's parameters.
  fileprivate mutating func take(_ information: FunctionInformation, _ values: [Double]) {
    for (parameter, value) in zip(information.parameters, values) { parameters[parameter.name] = PrintedNumber(value) }
  }
}
