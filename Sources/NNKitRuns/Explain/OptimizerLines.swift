internal import NNKit

/// How an optimizer moves one number: its formulas with the numbers put in.
struct OptimizerLines {
  let parameter: MovedParameter
  /// What the gradient is called: "∂L/∂w0", "g0".
  let name: String
  let gradient: PrintedNumber
  let learningRate: PrintedNumber
  /// Which step it is, from 1.
  let number: Int
  /// Whether no other step is shown.
  let isAlone: Bool

  func lines(of optimizer: some Optimizer) -> [ExplanationLine] {
    let moment = StepMoment(
      number: number, learningRate: learningRate.value, samples: parameter.gradients.count,
      parameter: parameter.before.value, gradient: gradient.value, memory: parameter.statesBefore.map(\.value),
      loss: parameter.loss.value, isAlone: isAlone)
    let formulas = optimizer.formulas(at: moment)
    var variables = variables(of: optimizer)
    let lines = formulas.map { line($0, optimizer, &variables) }
    return lines.isEmpty ? [computed(by: optimizer)] : lines
  }

  /// What a formula's variable is called, and its number.
  private struct Variable {
    let text: String
    var number: PrintedArithmetic
  }

  private func variables<Value: Optimizer>(of optimizer: Value) -> [String: Variable] {
    var variables = [
      "w": Variable(text: parameter.name, number: .leaf(parameter.before)),
      "g": Variable(text: name, number: .leaf(gradient)),
      "t": Variable(text: "\(number)", number: .constant(Double(number))),
      "n": Variable(text: "\(parameter.gradients.count)", number: .constant(Double(parameter.gradients.count))),
    ]
    variables["loss"] = Variable(text: "L", number: .leaf(parameter.loss))
    variables["random"] = Variable(text: "random", number: .constant(parameter.random))
    for (memory, before) in zip(optimizer.memory, parameter.statesBefore) {
      variables[memory.symbol] = Variable(text: Self.words(memory.symbol), number: .leaf(before))
    }
    for setting in Value.settings {
      guard case .number(let value) = setting.value(in: optimizer) else { continue }
      variables[setting.name] = Variable(text: shortNumber(value), number: .constant(value))
    }
    variables["learning_rate"] = Variable(text: shortNumber(learningRate.value), number: .leaf(learningRate))
    return variables
  }

  /// A formula with its numbers; what it gives is in `variables` for the formulas that follow.
  private func line(
    _ formula: StepFormula, _ optimizer: some Optimizer, _ variables: inout [String: Variable]
  ) -> ExplanationLine {
    guard formula.target != .nothing else {
      return .words { "\(parameter.name) stays \(parameter.after.text): \(formula.note ?? "")" }
    }
    guard let numbers = PrintedArithmetic(reading: formula.text, variables.mapValues(\.number)) else {
      return computed(by: optimizer)
    }
    let text = text(formula.text, variables)
    switch formula.target {
    case .memory(let place):
      let (symbol, after) = (optimizer.memory[place].symbol, parameter.statesAfter[place])
      variables[symbol]?.number = .leaf(after)
      let note = formula.note.map { " (\($0))" } ?? ""
      return .equation(
        Equation("\(Self.words(symbol)) of \(parameter.name)\(note)", sign: "←", formula: text, numbers, after))
    case .number(let symbol):
      let result = PrintedNumber(numbers.exactValue)
      variables[symbol] = Variable(text: Self.words(symbol), number: .leaf(result))
      return .equation(Equation(Self.words(symbol), formula: text, numbers, result))
    case .parameter, .nothing:
      return .equation(Equation(parameter.name, sign: "←", formula: text, numbers, parameter.after))
    }
  }

  /// The formula with what its variables are called.
  private func text(_ formula: String, _ variables: [String: Variable]) -> String {
    var (text, rest) = ("", formula[...])
    while let first = rest.first {
      let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      guard let variable = variables[String(word)] else {
        let skipped = word.isEmpty ? String(first) : String(word)
        text += skipped
        rest = rest.dropFirst(skipped.count)
        continue
      }
      rest = rest.dropFirst(word.count)
      text += rest.first == "^" && variable.text.contains("∂") ? "(\(variable.text))" : variable.text
    }
    return text
  }

  private static func words(_ symbol: String) -> String { symbol.replacing("_", with: " ") }

  private func computed<Value: Optimizer>(by optimizer: Value) -> ExplanationLine {
    .words { "\(parameter.name) ← \(parameter.after.text), as \(Value.name) computes it" }
  }
}
