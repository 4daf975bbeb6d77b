internal import NNKit

/// The lines that explain how a step moves each number.
struct StepLines {
  /// How a schedule gives the learning rate; empty without one.
  let learningRate: [ExplanationLine]
  /// What transforms compute from all gradients.
  private(set) var gradients: [ExplanationLine] = []
  /// By layer and neuron.
  private(set) var moves: [[[ExplanationLine]]] = []
  /// The parameters after the step.
  let after: NetworkNumbers
  /// What the optimizer remembers after the step, by layer, neuron and parameter.
  let states: [[[[PrintedNumber]]]]

  private let place: Place
  private let rules: StepRules
  private let shortening: Shortening
  private let learningRateNumber: PrintedNumber

  /// Where a step stands among others, and what it begins with.
  struct Place {
    /// From 1.
    let number: Int
    /// Whether there are others: then what the optimizer remembers is of use.
    let isOneOfMany: Bool
    let parameters: NetworkNumbers
    /// What the optimizer remembers, by layer, neuron and parameter; nil before the first step.
    let remembered: [[[[PrintedNumber]]]]?
  }

  init(
    _ explained: ExplainedStep, at place: Place, _ passes: [PassLines], _ rules: StepRules,
    _ schedule: ExplainedSchedule?, _ shortening: Shortening
  ) {
    (self.place, self.rules, self.shortening) = (place, rules, shortening)
    learningRateNumber = PrintedNumber(explained.learningRate)
    learningRate = schedule?.lines(batch: place.number - 1, learningRateNumber) ?? []
    after = NetworkNumbers(
      layers: explained.moves.map { layer in
        layer.map { moves in
          let numbers = moves.map { PrintedNumber($0.after) }
          return NetworkNumbers.Neuron(weights: Array(numbers.dropLast()), bias: numbers.last ?? PrintedNumber(0))
        }
      })
    states = explained.moves.map { $0.map { $0.map { $0.statesAfter.map(PrintedNumber.init) } } }
    let loss = loss(passes.map(\.lossNumber))
    let layers = explained.passes[0].layers
    let given = StepGradients(of: passes, layers)
    let transformed = transformed(given, explained, layers)
    moves = layers.map { layer in
      layer.neurons.map { neuron in
        self.moves(of: neuron, in: layer, explained.moves[layer.index][neuron.index], given, transformed, loss)
      }
    }
  }

  /// The loss of the batch; its line is added where the optimizer needs it.
  private mutating func loss(_ losses: [PrintedNumber]) -> PrintedNumber {
    let loss = StepGradients.mean(losses)
    if type(of: rules.optimizer).needsLoss, losses.count > 1 {
      gradients = shortening.lines(
        Equation(
          "loss", formula: "sum over the samples / \(losses.count)",
          PrintedArithmetic.series(isProduct: false, losses.map { .leaf($0) }) / .init(Double(losses.count)), loss))
    }
    return loss
  }

  /// What each transform makes of the gradients, by layer, neuron and parameter; the lines of what it computes from all of
  /// them are added.
  private mutating func transformed(
    _ gradients: StepGradients, _ explained: ExplainedStep, _ layers: [ExplainedLayer]
  ) -> [[[[TransformedGradient]]]] {
    var given = gradients.means
    return zip(rules.transforms, explained.transformed).map { transform, values in
      let common = common(transform, Self.unfrozen(given, layers))
      given = values.map { $0.map { $0.map(PrintedNumber.init) } }
      return given.map { layer in
        layer.map { neuron in
          neuron.map { TransformedGradient(transform: transform, common: common, result: $0) }
        }
      }
    }
  }

  /// How each weight of a neuron and its bias move.
  private func moves(
    of neuron: ExplainedNeuron, in layer: ExplainedLayer, _ moves: [ParameterMove], _ gradients: StepGradients,
    _ transformed: [[[[TransformedGradient]]]], _ loss: PrintedNumber
  ) -> [ExplanationLine] {
    let old = place.parameters.layers[layer.index][neuron.index]
    let new = after.layers[layer.index][neuron.index]
    let remembered = place.remembered?[layer.index][neuron.index]
    func lines(_ i: Int, _ name: String, isWeight: Bool) -> [ExplanationLine] {
      self.lines(
        MovedParameter(
          name: name, isWeight: isWeight, isFrozen: layer.frozen.contains(isWeight ? .weights : .biases),
          before: isWeight ? old.weights[i] : old.bias, after: isWeight ? new.weights[i] : new.bias,
          gradients: gradients.ofSamples[layer.index][neuron.index][i],
          mean: gradients.means[layer.index][neuron.index][i],
          transformed: transformed.map { $0[layer.index][neuron.index][i] },
          statesBefore: remembered?[i] ?? moves[i].statesBefore.map(PrintedNumber.init),
          statesAfter: states[layer.index][neuron.index][i], loss: loss, random: moves[i].random))
    }
    guard neuron.hasBias else { return [.words("has no weights and no bias: there is nothing to move")] }
    let weights = shortening.weightLines(
      layer: layer.index, neuron: neuron.index, count: neuron.weights.count, leftOut: "the steps"
    ) { lines($0, "w\($0)", isWeight: true) }
    return weights + lines(neuron.weights.count, "b", isWeight: false)
  }

  var equations: [Equation] { (learningRate + gradients + moves.flatMap { $0.flatMap(\.self) }).compactMap(\.equation) }

  /// Those of the numbers that a step moves.
  private static func unfrozen(_ numbers: [[[PrintedNumber]]], _ layers: [ExplainedLayer]) -> [PrintedNumber] {
    zip(numbers, layers).flatMap { neurons, layer in
      neurons.flatMap { numbers in
        (layer.frozen.contains(.weights) ? [] : numbers.dropLast())
          + (layer.frozen.contains(.biases) ? [] : numbers.suffix(1))
      }
    }
  }

  /// What a transform computes from all gradients; its lines are added.
  private mutating func common(_ transform: any GradientTransform, _ all: [PrintedNumber]) -> [PrintedNumber] {
    guard let explained = transform as? any ExplainedTransform else { return [] }
    return explained.common(of: all) { formula in
      let result = PrintedNumber(formula.numbers.exactValue)
      gradients += shortening.lines(Equation(formula.name, formula: formula.formula, formula.numbers, result))
      return result
    }
  }

  // MARK: One number

  private func lines(_ parameter: MovedParameter) -> [ExplanationLine] {
    if parameter.isFrozen { return [.words { "\(parameter.name) stays \(parameter.before.text): it is frozen" }] }
    var lines: [ExplanationLine] = []
    let symbol = "∂L/∂\(parameter.name)"
    var (name, g) = (symbol, parameter.gradients[0])
    if parameter.gradients.count > 1 {
      let sum = PrintedArithmetic.series(isProduct: false, parameter.gradients.map { .leaf($0) })
      let count = Double(parameter.gradients.count)
      g = parameter.mean
      name = "mean \(symbol)"
      lines += shortening.lines(
        Equation(name, formula: "sum over the samples / \(parameter.gradients.count)", sum / .init(count), g))
    }
    for transformed in parameter.transformed {
      let (line, newName) = transformed.line(of: g, name)
      lines.append(line)
      (g, name) = (transformed.result, newName)
    }
    if parameter.isWeight, rules.regularization != Regularization() {
      let (regularized, formula) = regularized(parameter, name, g)
      g = PrintedNumber(regularized.exactValue)
      lines.append(.equation(Equation("g\(parameter.name.dropFirst())", formula: formula, regularized, g)))
      name = "g\(parameter.name.dropFirst())"
    }
    let rule = OptimizerLines(
      parameter: parameter, name: name, gradient: g, learningRate: learningRateNumber,
      number: place.number, isAlone: place.number == 1 && !place.isOneOfMany)
    return lines + rule.lines(of: rules.optimizer)
  }

  private func regularized(
    _ parameter: MovedParameter, _ name: String, _ g: PrintedNumber
  ) -> (PrintedArithmetic, String) {
    var (sum, formula) = (PrintedArithmetic.leaf(g), name)
    if rules.regularization.l1 != 0 {
      sum = sum + .init(rules.regularization.l1) * .call(.sign, [.leaf(parameter.before)])
      formula += " + \(shortNumber(rules.regularization.l1))·sign(\(parameter.name))"
    }
    if rules.regularization.l2 != 0 {
      sum = sum + .init(rules.regularization.l2) * .leaf(parameter.before)
      formula += " + \(shortNumber(rules.regularization.l2))·\(parameter.name)"
    }
    return (sum, formula)
  }
}

/// The gradients that a step follows, by layer, neuron and parameter, the bias last.
private struct StepGradients {
  /// A list for each parameter: the gradient of each sample.
  let ofSamples: [[[[PrintedNumber]]]]
  let means: [[[PrintedNumber]]]

  init(of passes: [PassLines], _ layers: [ExplainedLayer]) {
    ofSamples = layers.map { layer in
      layer.neurons.map { neuron in
        let numbers = passes.map { $0.numbers[layer.index].neurons[neuron.index] }
        return (0..<neuron.weights.count + (neuron.hasBias ? 1 : 0)).map { place in
          numbers.map { place < neuron.weights.count ? $0.weightGradients[place] : $0.biasGradient }
        }
      }
    }
    means = ofSamples.map { $0.map { $0.map(Self.mean) } }
  }

  /// The mean of a batch's numbers; of one sample, its number itself.
  static func mean(_ numbers: [PrintedNumber]) -> PrintedNumber {
    numbers.count == 1 ? numbers[0] : PrintedNumber(numbers.reduce(0) { $0 + $1.value } / Double(numbers.count))
  }
}
