import NNKit

/// Evaluates the formulas that a function states, and holds its code to them.
///
/// A function that states none but `formula` is not held to that one: it may be in words.
struct FormulaChecks {
  let calling: (String) -> Void

  // MARK: Activations

  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding` for a formula that cannot be read, or that the code contradicts.
  func check(_ activation: Activation) throws -> Int {
    let function = activation.function
    guard let derivative = function.derivative else { return 0 }
    let isWhole = activation.isWholeLayer
    var value = try FormulaComparison(
      function.information.formula, of: .activation(isWholeLayer: isWhole), function.information)
    var slope = try FormulaComparison(derivative, of: .derivative(isWholeLayer: isWhole), function.information)
    if isWhole {
      try wholeLayers(activation, &value, &slope)
    } else {
      try points(activation, &value, &slope)
    }
    let mayOverflow = !activation.hasDefaultParameters
    return try value.finish(mayOverflow: mayOverflow) + slope.finish(mayOverflow: mayOverflow)
  }

  private func points(
    _ activation: Activation, _ value: inout FormulaComparison, _ slope: inout FormulaComparison
  ) throws {
    let checks = ActivationChecks(activation, calling: calling)
    let z = CheckPoints.z(600, kinks: try checks.kinks()).filter { abs($0) <= 30 }
    let a = try checks.evaluate(z)
    let slopes = try checks.backward(z, a, z.map { _ in 1 })
    for index in z.indices {
      var numbers = FormulaNumbers(activation.function.information, activation.parameters)
      numbers.numbers = ["z": z[index], "a": a[index]]
      try value.take(a[index], numbers) { checks.setting(called("evaluate", [("z", z[index])])) }
      try slope.take(slopes[index], numbers) {
        checks.setting(called("backward", [("z", z[index]), ("a", a[index]), ("received", 1)]))
      }
    }
  }

  private func wholeLayers(
    _ activation: Activation, _ value: inout FormulaComparison, _ slope: inout FormulaComparison
  ) throws {
    let checks = ActivationChecks(activation, calling: calling)
    var random = RandomSource(seed: 21)
    for number in 0..<60 {
      let count = [1, 2, 3, 5, 8][number % 5]
      let z = (0..<count).map { _ in [1.0, 3, 8][number % 3] * random.normal() }
      let a = try checks.evaluate(z)
      var numbers = FormulaNumbers(activation.function.information, activation.parameters)
      numbers.lists = ["z": z, "a": a]
      numbers.count = count
      for k in 0..<count {
        numbers.elements = [k]
        try value.take(a[k], numbers) { checks.setting("evaluate(z: \(z)), neuron \(k)") }
        // Jᵀ e_k is row k of J.
        let row = try checks.backward(z, a, (0..<count).map { $0 == k ? 1 : 0 })
        for j in 0..<count {
          numbers.elements = [k, j]
          try slope.take(row[j], numbers) {
            checks.setting("backward(z: \(z), a: \(a), received: 1 of neuron \(k) alone), neuron \(j)")
          }
        }
      }
    }
  }

  // MARK: Losses

  /// - Parameters:
  ///   - loss: What is checked.
  ///   - plugins: Where the partner of a canonical pair comes from.
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding` for a formula that cannot be read, or that the code contradicts.
  func check(_ loss: Loss, _ plugins: () throws -> Plugins) throws -> Int {
    let function = loss.function
    guard function.gradientFormula != nil || function.canonicalFormula != nil else { return 0 }
    var value = try FormulaComparison(function.information.formula, of: .loss, function.information)
    var gradient = try FormulaComparison(function.gradientFormula, of: .gradient, function.information)
    let checks = LossChecks(loss, calling: calling)
    var random = RandomSource(seed: 22)
    for number in 0..<200 {
      let outputs = [1, 2, 3, 5, 8][number % 5]
      let sample = CheckPoints.outputsAndTargets(loss, outputs: outputs, columns: 1, &random)
      let (a, y) = CheckPoints.special([0, 1, 3, 15][number % 4], sample, of: loss, &random)
      var numbers = FormulaNumbers(function.information, loss.parameters)
      numbers.lists = ["a": a, "y": y]
      numbers.count = outputs
      let arguments = "(a: \(a), y: \(y))"
      try value.take(try checks.value(a, y), numbers) { checks.setting("value\(arguments)") }
      for (k, slope) in try checks.gradient(a, y).enumerated() {
        numbers.elements = [k]
        try gradient.take(slope, numbers) { checks.setting("gradient\(arguments), output \(k)") }
      }
    }
    let mayOverflow = !loss.givenParameters.isEmpty
    return try value.finish(mayOverflow: mayOverflow) + gradient.finish(mayOverflow: mayOverflow)
      + canonical(loss, checks, plugins)
  }

  private func canonical(_ loss: Loss, _ checks: LossChecks, _ plugins: () throws -> Plugins) throws -> Int {
    guard let text = loss.function.canonicalFormula, let partner = loss.canonicalActivation else { return 0 }
    var comparison = try FormulaComparison(text, of: .canonical, loss.function.information)
    let activation = try plugins().activation(partner)
    var random = RandomSource(seed: 23)
    for number in 0..<100 {
      let outputs = [1, 2, 3, 5, 8][number % 5]
      let z = (0..<outputs).map { _ in 3 * random.normal() }
      let a = try ActivationChecks(activation, calling: calling).evaluate(z)
      let y = CheckPoints.outputsAndTargets(loss, outputs: outputs, columns: 1, &random).y
      var numbers = FormulaNumbers(loss.function.information, loss.parameters)
      numbers.lists = ["z": z, "a": a, "y": y]
      numbers.count = outputs
      for (k, delta) in try checks.canonicalDelta(z, a, y).enumerated() {
        numbers.elements = [k]
        try comparison.take(delta, numbers) { "canonical_delta(z: \(z), a: \(a), y: \(y)), output \(k)" }
      }
    }
    return try comparison.finish(mayOverflow: !loss.givenParameters.isEmpty)
  }

  // MARK: Kinds of neurons

  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding` for a formula that cannot be read, or that the code contradicts.
  func check(_ kind: NeuronKind) throws -> Int {
    let function = kind.function
    let derivatives = [function.weightDerivative, function.inputDerivative, function.biasDerivative]
    guard derivatives.contains(where: { $0 != nil }) else { return 0 }
    let information = function.information
    var z = try FormulaComparison(information.formula, of: .combination, information)
    var weights = try FormulaComparison(function.weightDerivative, of: .weightDerivative, information)
    var inputs = try FormulaComparison(function.inputDerivative, of: .inputDerivative, information)
    var biases = try FormulaComparison(function.biasDerivative, of: .biasDerivative, information)
    var random = RandomSource(seed: 24)
    let calls = PluginCalls.calls(of: kind, .double, calling: calling)
    for number in 0..<80 {
      let shape = CallShape(neurons: 1, columns: 1, fanIn: [1, 2, 3, 5, 8][number % 5])
      let trial = try CallTrial(calls, shape, &random)
      if number % 10 == 9 { trial["x"].fill { 0 } }
      let combined = try trial.results(0)
      trial["delta"].fill { 1 }
      let sent = (try trial.results(1), try trial.results(2))
      var numbers = FormulaNumbers(information, kind.parameters)
      numbers.lists = ["w": trial["w"].values, "x": trial["x"].values]
      numbers.numbers = ["b": trial["b"][0], "z": combined[0]]
      numbers.count = shape.fanIn
      try z.take(combined[0], numbers) { trial.named(0) }
      for (index, slope) in sent.0.dropLast().enumerated() {
        numbers.elements = [index]
        try weights.take(slope, numbers) { "\(trial.named(1)), dw[\(index)]" }
      }
      for (index, slope) in sent.1.enumerated() {
        numbers.elements = [index]
        try inputs.take(slope, numbers) { "\(trial.named(2)), messages[\(index)]" }
      }
      if let slope = sent.0.last { try biases.take(slope, numbers) { "\(trial.named(1)), db" } }
    }
    let mayOverflow = !kind.givenParameters.isEmpty
    return try [z, weights, inputs, biases].reduce(0) { $0 + (try $1.finish(mayOverflow: mayOverflow)) }
  }
}

extension FormulaNumbers<Double> {
  /// The numbers of a function's parameters.
  init(_ information: FunctionInformation, _ values: [Double]) {
    self.init()
    for (parameter, value) in zip(information.parameters, values) { parameters[parameter.name] = value }
  }
}
