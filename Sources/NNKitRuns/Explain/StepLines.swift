internal import NNKit

/// The lines that explain how a step moves each number.
struct StepLines {
  /// By layer and neuron.
  private(set) var moves: [[[ExplanationLine]]] = []
  /// The parameters after the step.
  let after: NetworkNumbers
  /// What the optimizer remembers after the step, by layer, neuron and parameter.
  let states: [[[[PrintedNumber]]]]

  private let rate: PrintedNumber
  private let optimizer: Optimizer
  private let regularization: Regularization
  /// Which step it is, from 1.
  private let number: Int
  /// Whether more steps follow: then what the optimizer remembers is of use.
  private let isOneOfMany: Bool
  private let shortening: Shortening

  init(
    _ explained: ExplainedStep, number: Int, of count: Int, passes: [PassLines], before: NetworkNumbers,
    remembered: [[[[PrintedNumber]]]]?, _ optimizer: Optimizer, _ regularization: Regularization,
    _ shortening: Shortening
  ) {
    rate = PrintedNumber(explained.rate)
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
        let weights = shortening.lines(ofEach: neuron.weights.count) { lines($0, "w\($0)", isWeight: true) }
        return weights + lines(neuron.weights.count, "b", isWeight: false)
      }
    }
  }

  var equations: [Equation] { moves.flatMap { $0.flatMap { $0.compactMap(\.equation) } } }

  // MARK: One number

  private struct MovedParameter {
    let name: String
    let isWeight, isFrozen: Bool
    let before, after: PrintedNumber
    /// ∂L/∂w of each sample.
    let gradients: [PrintedNumber]
    let statesBefore, statesAfter: [PrintedNumber]
  }

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
    return lines + step(parameter, name, g)
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

  /// The lines of the optimizer; for a single first step without what it only remembers for later.
  private func step(_ parameter: MovedParameter, _ name: String, _ g: PrintedNumber) -> [ExplanationLine] {
    let (w, leaf, r) = (
      PrintedArithmetic.leaf(parameter.before), PrintedArithmetic.leaf(g), PrintedArithmetic.leaf(rate)
    )
    let rateText = shortNumber(rate.value)
    func moved(_ formula: String, _ numbers: PrintedArithmetic) -> ExplanationLine {
      .equation(
        Equation(parameter.name, sign: "←", formula: "\(parameter.name) - \(formula)", numbers, parameter.after))
    }
    func remembered(_ index: Int, _ letter: String, _ formula: String, _ numbers: PrintedArithmetic) -> ExplanationLine
    {
      .equation(
        Equation("\(letter) of \(parameter.name)", sign: "←", formula: formula, numbers, parameter.statesAfter[index]))
    }
    func before(_ index: Int) -> PrintedArithmetic { .leaf(parameter.statesBefore[index]) }
    func after(_ index: Int) -> PrintedArithmetic { .leaf(parameter.statesAfter[index]) }
    let isSimple = number == 1 && !isOneOfMany
    let magnitude = PrintedArithmetic.call(.abs, [leaf])
    switch optimizer {
    case .sgd(_, 0, _): return [moved("\(rateText)·\(name)", w - r * leaf)]
    case .sgd(_, let momentum, let nesterov):
      let (m, mText) = (PrintedArithmetic(momentum), shortNumber(momentum))
      if isSimple {
        return nesterov
          ? [moved("\(rateText)·(1 + \(mText))·\(name)", w - r * (.init(1) + m) * leaf)]
          : [moved("\(rateText)·\(name)", w - r * leaf)]
      }
      let velocity = remembered(0, "v", "\(mText)·v + \(name)", m * before(0) + leaf)
      return nesterov
        ? [velocity, moved("\(rateText)·(\(name) + \(mText)·v)", w - r * (leaf + m * after(0)))]
        : [velocity, moved("\(rateText)·v", w - r * after(0))]
    case .rmsprop(_, let decay, let epsilon):
      let (d, e) = (PrintedArithmetic(decay), PrintedArithmetic(epsilon))
      let (dText, eText) = (shortNumber(decay), shortNumber(epsilon))
      if isSimple {
        return [
          moved(
            "\(rateText)·\(name) / (sqrt((1 - \(dText))·\(name)^2) + \(eText))",
            w - r * leaf / (.call(.sqrt, [(.init(1) - d) * leaf.to(2)]) + e))
        ]
      }
      return [
        remembered(0, "s", "\(dText)·s + (1 - \(dText))·\(name)^2", d * before(0) + (.init(1) - d) * leaf.to(2)),
        moved("\(rateText)·\(name) / (sqrt(s) + \(eText))", w - r * leaf / (.call(.sqrt, [after(0)]) + e)),
      ]
    case .adagrad(_, let epsilon):
      let (e, eText) = (PrintedArithmetic(epsilon), shortNumber(epsilon))
      if isSimple { return [moved("\(rateText)·\(name) / (|\(name)| + \(eText))", w - r * leaf / (magnitude + e))] }
      return [
        remembered(0, "s", "s + \(name)^2", before(0) + leaf.to(2)),
        moved("\(rateText)·\(name) / (sqrt(s) + \(eText))", w - r * leaf / (.call(.sqrt, [after(0)]) + e)),
      ]
    case .adam(_, let beta1, let beta2, let epsilon, let decay):
      let (e, eText) = (PrintedArithmetic(epsilon), shortNumber(epsilon))
      let kept = decay == 0 ? w : (.init(1) - r * .init(decay)) * w
      let keptText = decay == 0 ? parameter.name : "(1 - \(rateText)·\(shortNumber(decay)))·\(parameter.name)"
      func moved(_ formula: String, _ numbers: PrintedArithmetic) -> ExplanationLine {
        .equation(Equation(parameter.name, sign: "←", formula: "\(keptText) - \(formula)", numbers, parameter.after))
      }
      if isSimple { return [moved("\(rateText)·\(name) / (|\(name)| + \(eText))", kept - r * leaf / (magnitude + e))] }
      let (b1, b2, t) = (PrintedArithmetic(beta1), PrintedArithmetic(beta2), Double(number))
      let (b1Text, b2Text) = (shortNumber(beta1), shortNumber(beta2))
      let mean = after(0) / (.init(1) - b1.to(t))
      let root = PrintedArithmetic.call(.sqrt, [after(1) / (.init(1) - b2.to(t))])
      return [
        remembered(0, "m", "\(b1Text)·m + (1 - \(b1Text))·\(name)", b1 * before(0) + (.init(1) - b1) * leaf),
        remembered(1, "s", "\(b2Text)·s + (1 - \(b2Text))·\(name)^2", b2 * before(1) + (.init(1) - b2) * leaf.to(2)),
        moved(
          "\(rateText)·(m / (1 - \(b1Text)^\(number))) / (sqrt(s / (1 - \(b2Text)^\(number))) + \(eText))",
          kept - r * mean / (root + e)),
      ]
    case .rprop(_, let minus, let plus, let least, let most):
      return rprop(parameter, name, leaf, minus, plus, least, most)
    }
  }

  /// Each number has a step size of its own.
  private func rprop(
    _ parameter: MovedParameter, _ name: String, _ g: PrintedArithmetic, _ minus: Double, _ plus: Double,
    _ least: Double, _ most: Double
  ) -> [ExplanationLine] {
    let (previous, size) = (parameter.statesBefore[0], parameter.statesBefore[1])
    let agreement = previous.value * g.exactValue
    let factor = agreement > 0 ? plus : agreement < 0 ? minus : 1
    let why =
      agreement > 0 ? "the sign stays: it grows" : agreement < 0 ? "the sign turns: it shrinks" : "no sign before"
    let sizes = PrintedArithmetic.call(
      .max, [.init(least), .call(.min, [.init(most), .init(factor) * .leaf(size)])])
    let newSize = parameter.statesAfter[1]
    let step = Equation(
      "step size of \(parameter.name) (\(why))", sign: "←",
      formula: "max(\(shortNumber(least)), min(\(shortNumber(most)), \(shortNumber(factor))·step size))", sizes, newSize
    )
    if agreement < 0 {
      return [.equation(step), .words { "\(parameter.name) stays \(parameter.after.text): the sign turned" }]
    }
    return [
      .equation(step),
      .equation(
        Equation(
          parameter.name, sign: "←", formula: "\(parameter.name) - step size·sign(\(name))",
          .leaf(parameter.before) - .leaf(newSize) * .call(.sign, [g]), parameter.after)),
    ]
  }
}
