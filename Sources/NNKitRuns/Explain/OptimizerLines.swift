internal import NNKit

/// How an optimizer moves one number: what it remembers of it, then the number itself.
///
/// A single first step is shown without what is only remembered for later.
struct OptimizerLines {
  let parameter: MovedParameter
  /// What the gradient is called: "∂L/∂w0", "g0".
  let name: String
  let gradient: PrintedNumber
  let rate: PrintedNumber
  /// Which step it is, from 1.
  let number: Int
  let isSimple: Bool

  func lines(of optimizer: Optimizer) -> [ExplanationLine] {
    switch optimizer {
    case .sgd(_, let momentum, let nesterov): sgd(momentum, nesterov: nesterov)
    case .rmsprop(_, let decay, let epsilon): rmsprop(decay, epsilon)
    case .adagrad(_, let epsilon): adagrad(epsilon)
    case .adam(_, let beta1, let beta2, let epsilon, let decay): adam(beta1, beta2, epsilon, decay)
    case .rprop(_, let minus, let plus, let least, let most): rprop(minus, plus, least...most)
    }
  }

  // MARK: Parts

  private var w: PrintedArithmetic { .leaf(parameter.before) }
  private var g: PrintedArithmetic { .leaf(gradient) }
  private var r: PrintedArithmetic { .leaf(rate) }
  private var rateText: String { shortNumber(rate.value) }
  private var squaredName: String { name.contains("∂") ? "(\(name))^2" : "\(name)^2" }

  private func before(_ index: Int) -> PrintedArithmetic { .leaf(parameter.statesBefore[index]) }
  private func after(_ index: Int) -> PrintedArithmetic { .leaf(parameter.statesAfter[index]) }
  private func root(_ operand: PrintedArithmetic) -> PrintedArithmetic { .call(.sqrt, [operand]) }

  private func moved(_ formula: String, _ numbers: PrintedArithmetic) -> ExplanationLine {
    .equation(Equation(parameter.name, sign: "←", formula: formula, numbers, parameter.after))
  }

  private func remembered(_ index: Int, _ letter: String, _ formula: String, _ numbers: PrintedArithmetic)
    -> ExplanationLine
  {
    .equation(
      Equation("\(letter) of \(parameter.name)", sign: "←", formula: formula, numbers, parameter.statesAfter[index]))
  }

  // MARK: Optimizers

  private func sgd(_ momentum: Double, nesterov: Bool) -> [ExplanationLine] {
    if momentum == 0 || isSimple && !nesterov { return [moved("\(parameter.name) - \(rateText)·\(name)", w - r * g)] }
    let (m, mText) = (PrintedArithmetic(momentum), shortNumber(momentum))
    if isSimple {
      return [moved("\(parameter.name) - \(rateText)·(1 + \(mText))·\(name)", w - r * (.init(1) + m) * g)]
    }
    let velocity = remembered(0, "v", "\(mText)·v + \(name)", m * before(0) + g)
    if nesterov {
      return [
        velocity, moved("\(parameter.name) - \(rateText)·(\(name) + \(mText)·v)", w - r * (g + m * after(0))),
      ]
    }
    return [velocity, moved("\(parameter.name) - \(rateText)·v", w - r * after(0))]
  }

  private func rmsprop(_ decay: Double, _ epsilon: Double) -> [ExplanationLine] {
    let (d, e) = (PrintedArithmetic(decay), PrintedArithmetic(epsilon))
    let (dText, eText) = (shortNumber(decay), shortNumber(epsilon))
    let share = (.init(1) - d) * g.to(2)
    if isSimple {
      let formula = "\(parameter.name) - \(rateText)·\(name) / (sqrt((1 - \(dText))·\(squaredName)) + \(eText))"
      return [moved(formula, w - r * g / (root(share) + e))]
    }
    return [
      remembered(0, "s", "\(dText)·s + (1 - \(dText))·\(squaredName)", d * before(0) + share),
      moved("\(parameter.name) - \(rateText)·\(name) / (sqrt(s) + \(eText))", w - r * g / (root(after(0)) + e)),
    ]
  }

  private func adagrad(_ epsilon: Double) -> [ExplanationLine] {
    let (e, eText) = (PrintedArithmetic(epsilon), shortNumber(epsilon))
    if isSimple {
      let formula = "\(parameter.name) - \(rateText)·\(name) / (|\(name)| + \(eText))"
      return [moved(formula, w - r * g / (.call(.abs, [g]) + e))]
    }
    return [
      remembered(0, "s", "s + \(squaredName)", before(0) + g.to(2)),
      moved("\(parameter.name) - \(rateText)·\(name) / (sqrt(s) + \(eText))", w - r * g / (root(after(0)) + e)),
    ]
  }

  private func adam(_ beta1: Double, _ beta2: Double, _ epsilon: Double, _ decay: Double) -> [ExplanationLine] {
    let (e, eText) = (PrintedArithmetic(epsilon), shortNumber(epsilon))
    let kept = decay == 0 ? w : (.init(1) - r * .init(decay)) * w
    let keptText = decay == 0 ? parameter.name : "(1 - \(rateText)·\(shortNumber(decay)))·\(parameter.name)"
    if isSimple {
      let formula = "\(keptText) - \(rateText)·\(name) / (|\(name)| + \(eText))"
      return [moved(formula, kept - r * g / (.call(.abs, [g]) + e))]
    }
    let (b1, b2, t) = (PrintedArithmetic(beta1), PrintedArithmetic(beta2), Double(number))
    let (b1Text, b2Text) = (shortNumber(beta1), shortNumber(beta2))
    let mean = after(0) / (.init(1) - b1.to(t))
    let size = root(after(1) / (.init(1) - b2.to(t)))
    let step = "(m / (1 - \(b1Text)^\(number))) / (sqrt(s / (1 - \(b2Text)^\(number))) + \(eText))"
    return [
      remembered(0, "m", "\(b1Text)·m + (1 - \(b1Text))·\(name)", b1 * before(0) + (.init(1) - b1) * g),
      remembered(
        1, "s", "\(b2Text)·s + (1 - \(b2Text))·\(squaredName)", b2 * before(1) + (.init(1) - b2) * g.to(2)),
      moved("\(keptText) - \(rateText)·\(step)", kept - r * mean / (size + e)),
    ]
  }

  /// Each number has a step size of its own.
  private func rprop(_ minus: Double, _ plus: Double, _ sizes: ClosedRange<Double>) -> [ExplanationLine] {
    let sign = PrintedArithmetic.call(.sign, [g])
    if isSimple, sizes.contains(rate.value) {
      return [moved("\(parameter.name) - \(rateText)·sign(\(name))", w - r * sign)]
    }
    let agreement = parameter.statesBefore[0].value * gradient.value
    let (factor, why) =
      agreement > 0
      ? (plus, "the sign stays: it grows")
      : agreement < 0 ? (minus, "the sign turns: it shrinks") : (1, "no sign before")
    let (least, most) = (shortNumber(sizes.lowerBound), shortNumber(sizes.upperBound))
    let bounded = PrintedArithmetic.call(
      .max, [.init(sizes.lowerBound), .call(.min, [.init(sizes.upperBound), .init(factor) * before(1)])])
    let size = Equation(
      "step size of \(parameter.name) (\(why))", sign: "←",
      formula: "max(\(least), min(\(most), \(shortNumber(factor))·step size))", bounded, parameter.statesAfter[1])
    if agreement < 0 {
      return [.equation(size), .words { "\(parameter.name) stays \(parameter.after.text): the sign turned" }]
    }
    return [.equation(size), moved("\(parameter.name) - step size·sign(\(name))", w - after(1) * sign)]
  }
}
