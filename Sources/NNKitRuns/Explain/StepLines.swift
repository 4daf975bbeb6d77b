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

  private let learningRateNumber: PrintedNumber
  private let optimizer: any Optimizer
  private let regularization: Regularization
  /// Which step it is, from 1.
  private let number: Int
  /// Whether more steps follow: then what the optimizer remembers is of use.
  private let isOneOfMany: Bool
  private let shortening: Shortening

  init(
    _ explained: ExplainedStep, number: Int, of count: Int, passes: [PassLines], before: NetworkNumbers,
    remembered: [[[[PrintedNumber]]]]?, _ optimizer: any Optimizer, _ regularization: Regularization,
    _ transforms: [any GradientTransform], _ schedule: ExplainedSchedule?, _ shortening: Shortening
  ) {
    learningRateNumber = PrintedNumber(explained.learningRate)
    learningRate = schedule?.lines(batch: number - 1, learningRateNumber) ?? []
    self.optimizer = optimizer
    self.regularization = regularization
    self.number = number
    self.shortening = shortening
    isOneOfMany = count > 1
    after = NetworkNumbers(
      layers: explained.moves.map { layer in
        layer.map { moves in
          let numbers = moves.map { PrintedNumber($0.after) }
          return NetworkNumbers.Neuron(weights: Array(numbers.dropLast()), bias: numbers.last ?? PrintedNumber(0))
        }
      })
    states = explained.moves.map { $0.map { $0.map { $0.statesAfter.map(PrintedNumber.init) } } }
    let first = explained.passes[0]
    let losses = passes.map(\.lossNumber)
    let loss = Self.mean(losses)
    if type(of: optimizer).needsLoss, losses.count > 1 {
      self.gradients = shortening.lines(
        Equation(
          "loss", formula: "sum over the samples / \(losses.count)",
          PrintedArithmetic.series(isProduct: false, losses.map { .leaf($0) }) / .init(Double(losses.count)), loss))
    }
    let gradients = first.layers.map { layer in
      layer.neurons.map { neuron in
        let numbers = passes.map { $0.numbers[layer.index].neurons[neuron.index] }
        return (0..<neuron.weights.count + (neuron.hasBias ? 1 : 0)).map { place in
          numbers.map { place < neuron.weights.count ? $0.weightGradients[place] : $0.biasGradient }
        }
      }
    }
    let means = gradients.map { $0.map { $0.map(Self.mean) } }
    let transformed = zip(transforms, explained.transformed).map { transform, values in
      (transform, values.map { $0.map { $0.map(PrintedNumber.init) } })
    }
    var given = means
    let commons = transformed.map { transform, after in
      defer { given = after }
      return common(transform, Self.unfrozen(given, first.layers))
    }
    moves = first.layers.map { layer in
      layer.neurons.map { neuron in
        let moves = explained.moves[layer.index][neuron.index]
        func lines(_ place: Int, _ name: String, isWeight: Bool) -> [ExplanationLine] {
          let old = before.layers[layer.index][neuron.index]
          let new = after.layers[layer.index][neuron.index]
          let parameter = MovedParameter(
            name: name, isWeight: isWeight, isFrozen: layer.frozen.contains(isWeight ? .weights : .biases),
            before: isWeight ? old.weights[place] : old.bias, after: isWeight ? new.weights[place] : new.bias,
            gradients: gradients[layer.index][neuron.index][place],
            mean: means[layer.index][neuron.index][place],
            transformed: zip(transformed, commons).map { change, common in
              TransformedGradient(
                transform: change.0, common: common, result: change.1[layer.index][neuron.index][place])
            },
            statesBefore: remembered?[layer.index][neuron.index][place]
              ?? moves[place].statesBefore.map(PrintedNumber.init),
            statesAfter: states[layer.index][neuron.index][place], loss: loss, random: moves[place].random)
          return self.lines(parameter)
        }
        let weights = shortening.weightLines(
          layer: layer.index, neuron: neuron.index, count: neuron.weights.count, leftOut: "the steps"
        ) { lines($0, "w\($0)", isWeight: true) }
        guard neuron.hasBias else { return [.words("has no weights and no bias: there is nothing to move")] }
        return weights + lines(neuron.weights.count, "b", isWeight: false)
      }
    }
  }

  var equations: [Equation] { (learningRate + gradients + moves.flatMap { $0.flatMap(\.self) }).compactMap(\.equation) }

  /// The mean of a batch's gradients; of one sample, its gradient itself.
  private static func mean(_ gradients: [PrintedNumber]) -> PrintedNumber {
    gradients.count == 1
      ? gradients[0] : PrintedNumber(gradients.reduce(0) { $0 + $1.value } / Double(gradients.count))
  }

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
    if parameter.isWeight, regularization != Regularization() {
      let (regularized, formula) = regularized(parameter, name, g)
      g = PrintedNumber(regularized.exactValue)
      lines.append(.equation(Equation("g\(parameter.name.dropFirst())", formula: formula, regularized, g)))
      name = "g\(parameter.name.dropFirst())"
    }
    let rule = OptimizerLines(
      parameter: parameter, name: name, gradient: g, learningRate: learningRateNumber, number: number,
      isAlone: number == 1 && !isOneOfMany)
    return lines + rule.lines(of: optimizer)
  }

  private func regularized(
    _ parameter: MovedParameter, _ name: String, _ g: PrintedNumber
  ) -> (PrintedArithmetic, String) {
    var (sum, formula) = (PrintedArithmetic.leaf(g), name)
    if regularization.l1 != 0 {
      sum = sum + .init(regularization.l1) * .call(.sign, [.leaf(parameter.before)])
      formula += " + \(shortNumber(regularization.l1))·sign(\(parameter.name))"
    }
    if regularization.l2 != 0 {
      sum = sum + .init(regularization.l2) * .leaf(parameter.before)
      formula += " + \(shortNumber(regularization.l2))·\(parameter.name)"
    }
    return (sum, formula)
  }
}
