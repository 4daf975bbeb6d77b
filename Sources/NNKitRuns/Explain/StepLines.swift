internal import NNKit

/// The lines that explain how a step moves each number.
struct StepLines {
  /// How a schedule gives the learning rate; empty without one.
  let learningRate: [ExplanationLine]
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
    _ schedule: ExplainedSchedule?, _ shortening: Shortening
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
          return NetworkNumbers.Neuron(weights: Array(numbers.dropLast()), bias: numbers[numbers.count - 1])
        }
      })
    states = explained.moves.map { $0.map { $0.map { $0.statesAfter.map(PrintedNumber.init) } } }
    let first = explained.passes[0]
    moves = first.layers.map { layer in
      layer.neurons.map { neuron in
        let moves = explained.moves[layer.index][neuron.index]
        func lines(_ place: Int, _ name: String, isWeight: Bool) -> [ExplanationLine] {
          let old = before.layers[layer.index][neuron.index]
          let new = after.layers[layer.index][neuron.index]
          let gradients = passes.map { pass in
            let numbers = pass.numbers[layer.index].neurons[neuron.index]
            return isWeight ? numbers.weightGradients[place] : numbers.biasGradient
          }
          let parameter = MovedParameter(
            name: name, isWeight: isWeight, isFrozen: layer.frozen.contains(isWeight ? .weights : .biases),
            before: isWeight ? old.weights[place] : old.bias, after: isWeight ? new.weights[place] : new.bias,
            gradients: gradients,
            statesBefore: remembered?[layer.index][neuron.index][place]
              ?? moves[place].statesBefore.map(PrintedNumber.init),
            statesAfter: states[layer.index][neuron.index][place])
          return self.lines(parameter)
        }
        let weights = shortening.weightLines(
          layer: layer.index, neuron: neuron.index, count: neuron.weights.count, leftOut: "the steps"
        ) { lines($0, "w\($0)", isWeight: true) }
        return weights + lines(neuron.weights.count, "b", isWeight: false)
      }
    }
  }

  var equations: [Equation] { (learningRate + moves.flatMap { $0.flatMap(\.self) }).compactMap(\.equation) }

  // MARK: One number

  private func lines(_ parameter: MovedParameter) -> [ExplanationLine] {
    if parameter.isFrozen { return [.words { "\(parameter.name) stays \(parameter.before.text): it is frozen" }] }
    var lines: [ExplanationLine] = []
    let symbol = "∂L/∂\(parameter.name)"
    var (name, g) = (symbol, parameter.gradients[0])
    if parameter.gradients.count > 1 {
      let sum = PrintedArithmetic.series(isProduct: false, parameter.gradients.map { .leaf($0) })
      let count = Double(parameter.gradients.count)
      g = PrintedNumber(sum.exactValue / count)
      name = "mean \(symbol)"
      lines += shortening.lines(
        Equation(name, formula: "sum over the samples / \(parameter.gradients.count)", sum / .init(count), g))
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
