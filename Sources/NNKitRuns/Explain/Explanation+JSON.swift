internal import NNKit

extension Explanation {
  /// The explanation as JSON, all numbers with all their digits.
  ///
  /// `steps` of the loss and of each neuron are the lines of the text. A batch has its samples in `samples`; further steps
  /// are in `further_steps`.
  public var jsonText: String { json.text(indent: 0) + "\n" }

  private var json: JSONText {
    let lines = ExplanationLines(self)
    let all = zip(steps, lines.steps).enumerated().map { json($1.0, $1.1, number: $0) }
    let further = all.dropFirst().map { JSONText.object($0) }
    return .object(all[0] + (further.isEmpty ? [] : [("further_steps", .list(further))]))
  }

  private func json(_ step: ExplainedStep, _ lines: ExplanationLines.Step, number: Int) -> [(String, JSONText)] {
    let passes = zip(step.passes, lines.passes).map { pass, lines in self.pass(pass, lines) }
    let moves = (
      "moves",
      JSONText.list(
        part.layers(of: step.passes[0]).map { layer in
          .list(part.neurons(of: layer).map { self.lines(lines.moves.moves[layer.index][$0.index]) })
        })
    )
    let transformed =
      lines.moves.gradients.isEmpty ? [] : [("gradient_steps", self.lines(lines.moves.gradients))]
    let learningRate =
      transformed + [
        ("learning_rate", JSONText.number(step.learningRate)),
        ("learning_rate_steps", self.lines(lines.moves.learningRate)),
      ]
    if passes.count == 1 { return passes[0] + learningRate + [("loss_after", .number(step.lossesAfter[0])), moves] }
    return learningRate + [
      ("samples", .list(passes.map { .object($0) })), ("losses_after", .numbers(step.lossesAfter)), moves,
    ]
  }

  private func pass(_ pass: ExplainedPass, _ lines: PassLines) -> [(String, JSONText)] {
    let function = lossFunction.function
    let layers = part.layers(of: pass).map { layer($0, lines) }
    var formulas: [(String, JSONText)] = [
      ("value", .text(function.information.formula)),
      ("gradient", function.gradientFormula.map(JSONText.text) ?? .null),
    ]
    if isCanonical { formulas.append(("canonical", function.canonicalFormula.map(JSONText.text) ?? .null)) }
    let names = inputNames.map { [("input_names", JSONText.list($0.map(JSONText.text)))] } ?? []
    return names + [
      ("sample", .integer(pass.sample)), ("choice", choice.map(JSONText.text) ?? .null),
      ("input", .numbers(pass.input)), ("target", .numbers(pass.target)),
    ]
      + (pass.weight.map { [("weight", JSONText.number($0))] } ?? []) + [
        ("loss", .number(pass.loss)),
        ("loss_function", .text(lossFunction.description)), ("loss_formulas", .object(formulas)),
        ("loss_steps", self.lines(lossLines(lines))), ("layers", .list(layers)),
      ]
  }

  private func layer(_ layer: ExplainedLayer, _ lines: PassLines) -> JSONText {
    let names = layer.activations.map { JSONText.text($0.description) }
    let neurons = part.neurons(of: layer).map { neuron in
      self.neuron(
        neuron, lines.forward[layer.index][neuron.index] + lines.backward[layer.index][neuron.index])
    }
    var about: [(String, JSONText)] = [
      ("index", .integer(layer.index)), ("activation", names.count == 1 ? names[0] : .list(names)),
    ]
    if let window = layer.window {
      let shape = [layer.neurons.count, window.positions.height, window.positions.width]
      about.append(("shape", .list(shape.map(JSONText.integer))))
    }
    if layer.sources != Sources.previous.resolved(of: layer.index) {
      let sources = layer.sources.map { source -> JSONText in
        if case .layer(let number) = source { .integer(number) } else { .text("inputs") }
      }
      about += [("sources", .list(sources)), ("join", .text(layer.addsSources ? "add" : "concatenate"))]
    }
    if let connections = layer.connections {
      about.append(("connections", .list(connections.map { .list($0.map(JSONText.integer)) })))
    }
    if layer.dropout > 0 { about.append(("dropout", .number(layer.dropout))) }
    return .object(about + [("neurons", .list(neurons))])
  }

  private func neuron(_ neuron: ExplainedNeuron, _ lines: [ExplanationLine]) -> JSONText {
    var about: [(String, JSONText)] = [("index", .integer(neuron.index))]
    if !neuron.isPlain { about.append(("type", .text(neuron.typeName))) }
    if let kind = neuron.kind { about.append(("formula", .text(kind.function.information.formula))) }
    if !neuron.ownWays.isEmpty {
      about.append(("own", .list(OwnWay.allCases.filter(neuron.ownWays.contains).map { .text($0.rawValue) })))
    }
    if !neuron.positions.isEmpty { return .object(about + window(neuron) + [("steps", self.lines(lines))]) }
    return .object(
      about + [
        ("formulas", formulas(neuron)), ("inputs", .numbers(neuron.inputs)), ("weights", .numbers(neuron.weights)),
        ("bias", .number(neuron.bias)), ("weighted_input", .number(neuron.weightedInput)),
        ("output", .number(neuron.output)), ("received", .number(neuron.received)),
        ("derivative", .optional(neuron.derivative)), ("local_gradient", .number(neuron.localGradient)),
        ("weight_gradient", .numbers(neuron.weightGradient)), ("bias_gradient", .number(neuron.biasGradient)),
        ("messages", .numbers(neuron.messages)), ("updated_weights", .numbers(neuron.updatedWeights)),
        ("updated_bias", .number(neuron.updatedBias)), ("steps", self.lines(lines)),
      ])
  }

  /// Of a neuron that fires at several positions: its parameters once, and what it did at each position.
  private func window(_ neuron: ExplainedNeuron) -> [(String, JSONText)] {
    let parameters: [(String, JSONText)] = [
      ("weights", .numbers(neuron.weights)), ("bias", .number(neuron.bias)),
      ("weight_gradient", .numbers(neuron.weightGradient)), ("bias_gradient", .number(neuron.biasGradient)),
      ("updated_weights", .numbers(neuron.updatedWeights)), ("updated_bias", .number(neuron.updatedBias)),
    ]
    let positions = neuron.positions.map { position in
      JSONText.object([
        ("row", .integer(position.row)), ("column", .integer(position.column)),
        ("inputs", .list(position.inputs.map(JSONText.optional))), ("weighted_input", .number(position.weightedInput)),
        ("output", .number(position.output)), ("received", .number(position.received)),
        ("local_gradient", .number(position.localGradient)),
        ("messages", .list(zip(position.messages, position.isInside).map { .optional($1 ? $0 : nil) })),
      ])
    }
    return [("formulas", formulas(neuron))] + (neuron.hasBias ? parameters : []) + [("positions", .list(positions))]
  }

  private func formulas(_ neuron: ExplainedNeuron) -> JSONText {
    let formulas = neuron.formulas
    let pairs = [
      ("combination", formulas.combination), ("weight_derivative", formulas.weightDerivative),
      ("input_derivative", formulas.inputDerivative), ("bias_derivative", formulas.biasDerivative),
      ("response", formulas.response), ("derivative", formulas.derivative),
    ]
    return .object(pairs.map { ($0.0, $0.1.map(JSONText.text) ?? .null) })
  }

  private func lines(_ lines: [ExplanationLine]) -> JSONText {
    .list(
      lines.map { line in
        guard let equation = line.equation, equation.comesOut else { return .object([("words", .text(line.text))]) }
        let exact = equation.exactResultText.map { [("exact_result", JSONText.text($0))] } ?? []
        return .object(
          [
            ("quantity", .text(equation.lead + equation.quantity)),
            ("formula", equation.formula.map(JSONText.text) ?? .null), ("numbers", .text(equation.numbers.printedText)),
            ("result", .text(equation.resultText)),
          ] + exact)
      })
  }
}
