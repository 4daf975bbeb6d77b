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
      number: number, learningRate: learningRate.value, gradient: gradient.value,
      memory: parameter.statesBefore.map(\.value), isAlone: isAlone)
    let formulas = optimizer.formulas(at: moment)
    guard !formulas.isEmpty else { return [computed(by: optimizer)] }
    var variables = variables(of: optimizer)
    return formulas.map { formula in
      let line = line(formula, optimizer, variables)
      if case .memory(let place) = formula.target {
        variables[optimizer.memory[place].symbol]?.number = .leaf(parameter.statesAfter[place])
      }
      return line
    }
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
    ]
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

  private func line(
    _ formula: StepFormula, _ optimizer: some Optimizer, _ variables: [String: Variable]
  ) -> ExplanationLine {
    let target: (name: String, after: PrintedNumber)
    switch formula.target {
    case .nothing:
      return .words { "\(parameter.name) stays \(parameter.after.text): \(formula.note ?? "")" }
    case .parameter: target = (parameter.name, parameter.after)
    case .memory(let place):
      let name = "\(Self.words(optimizer.memory[place].symbol)) of \(parameter.name)"
      target = (name + (formula.note.map { " (\($0))" } ?? ""), parameter.statesAfter[place])
    }
    guard let numbers = numbers(formula.text, variables) else { return computed(by: optimizer) }
    return .equation(
      Equation(target.name, sign: "←", formula: text(formula.text, variables), numbers, target.after))
  }

  private func numbers(_ text: String, _ variables: [String: Variable]) -> PrintedArithmetic? {
    guard let formula = try? Formula("w = \(text)", of: .update, parameters: Array(variables.keys)) else { return nil }
    var numbers = FormulaNumbers<PrintedArithmetic>()
    numbers.parameters = variables.mapValues(\.number)
    return try? formula.arithmetic(numbers) { $0.exactValue }.replacingLeaves { $0 }
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
