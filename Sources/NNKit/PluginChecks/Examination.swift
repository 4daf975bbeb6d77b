/// A function put to the checks of its kind.
///
/// What it calls may crash, hang or end the process: `nnkit plugins check` runs each check in a process of its own.
package struct Examination {
  private let function: PluginFunction
  private let plugins: () throws -> Plugins
  private let calling: (String) -> Void

  /// - Parameters:
  ///   - function: What is examined.
  ///   - plugins: Where the partner of a canonical pair comes from; asked for by that check alone.
  ///   - calling: Told what is about to be called.
  package init(
    _ function: PluginFunction, plugins: @escaping () throws -> Plugins, calling: @escaping (String) -> Void
  ) {
    self.function = function
    self.plugins = plugins
    self.calling = calling
  }

  /// Runs one check.
  ///
  /// - Parameter check: One of those for the function's kind.
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` for a call that did not return 0.
  package func run(_ check: PluginCheck) throws -> Int {
    switch function {
    case .activation(let function):
      let checks = ActivationChecks(try Activation(function), calling: calling)
      switch check {
      case .descriptor: return try checks.descriptor()
      case .values: return try checks.values(CheckPoints.z(10_000, kinks: checks.kinks()))
      case .derivative: return try checks.derivative(10_000)
      case .range: return try checks.range(10_000)
      case .formulas: return try FormulaChecks(calling: calling).check(checks.activation)
      case .parameters: return try parameters(function)
      case .nonFinite: return try contract(check, of: checks.activation) + checks.nanStays()
      default: return try contract(check, of: checks.activation)
      }
    case .loss(let function):
      let checks = LossChecks(try Loss(function), calling: calling)
      switch check {
      case .descriptor: return 1
      case .values: return try checks.values(10_000)
      case .value: return try checks.sign(10_000)
      case .gradient: return try checks.gradient(10_000)
      case .canonical: return try checks.canonical(10_000, plugins)
      case .formulas: return try FormulaChecks(calling: calling).check(checks.loss, plugins)
      case .parameters: return try parameters(function)
      default: return try contract(check, of: checks.loss)
      }
    case .backend(let backend): return check == .product ? try BackendChecks(backend, calling: calling).products() : 1
    case .neuron(let function): return try run(check, NeuronChecks(kind: NeuronKind(function), calling: calling))
    }
  }

  private func run(_ check: PluginCheck, _ checks: NeuronChecks) throws -> Int {
    switch check {
    case .descriptor: try checks.descriptor()
    case .values: try checks.values(10_000)
    case .slopes: try checks.slopes(10_000)
    case .formulas: try FormulaChecks(calling: calling).check(checks.kind)
    case .float: try checks.float(10_000)
    case .parameters: try parameters(checks.kind.function)
    default: try checks.contract(check)
    }
  }

  private func contract(_ check: PluginCheck, of activation: Activation, rounds: Int = 20) throws -> Int {
    try contract(
      check, CheckedCall.calls(of: activation, calling: calling), CheckedCall.calls(of: activation, calling: calling),
      rounds)
  }

  private func contract(_ check: PluginCheck, of loss: Loss, rounds: Int = 20) throws -> Int {
    try contract(
      check, CheckedCall.calls(of: loss, calling: calling), CheckedCall.calls(of: loss, calling: calling), rounds)
  }

  private func contract(
    _ check: PluginCheck, _ floats: [CheckedCall<Float>], _ doubles: [CheckedCall<Double>], _ rounds: Int
  ) throws -> Int {
    if check == .float {
      return try zip(floats, doubles).filter { $0.0.isOfPlugin }.reduce(0) {
        $0 + (try $1.0.agrees(with: $1.1, rounds: rounds))
      }
    }
    return try doubles.reduce(0) { $0 + (try $1.run(check)) }
      + floats.filter(\.isOfPlugin).reduce(0) { $0 + (try $1.run(check)) }
  }

  // MARK: Parameters

  /// Every parameter at each of its bounds (at ±1000 where it has none) and at 0, the others at their defaults; then all
  /// of them at once somewhere between.
  private static func settings(_ information: FunctionInformation) -> [[String: Double]] {
    let parameters = information.parameters.map { parameter in
      let (low, high) = (max(parameter.range.lowerBound, -1000), min(parameter.range.upperBound, 1000))
      // Bounds may lie beyond ±1000, both of them.
      return (parameter, low <= high ? low...high : parameter.range)
    }
    if parameters.isEmpty { return [] }
    var settings = parameters.flatMap { parameter, range in
      ([range.lowerBound, range.upperBound] + (range.contains(0) ? [0] : [])).map { [parameter.name: $0] }
    }
    var random = RandomSource(seed: 18)
    for number in 0..<6 {
      let values = parameters.map { parameter, range in
        let value =
          number % 2 == 0
          ? range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
          : parameter.defaultValue + max(1, abs(parameter.defaultValue)) * random.normal()
        return (parameter.name, min(max(value, range.lowerBound), range.upperBound))
      }
      settings.append(Dictionary(values) { $1 })
    }
    return settings
  }

  private func parameters(_ function: ActivationFunction) throws -> Int {
    try Self.settings(function.information).reduce(0) { count, setting in
      let checks = ActivationChecks(try Activation(function, parameters: setting), calling: calling)
      return count + (try checks.values(CheckPoints.z(500, kinks: checks.kinks()))) + (try checks.derivative(500))
        + (try checks.range(500)) + (try contract(.float, of: checks.activation, rounds: 1))
        + (try FormulaChecks(calling: calling).check(checks.activation))
    }
  }

  private func parameters(_ function: LossFunction) throws -> Int {
    try Self.settings(function.information).reduce(0) { count, setting in
      let checks = LossChecks(try Loss(function, parameters: setting), calling: calling)
      return count + (try checks.values(500)) + (try checks.sign(500)) + (try checks.gradient(500))
        + (try contract(.float, of: checks.loss, rounds: 1))
        + (try FormulaChecks(calling: calling).check(checks.loss, plugins))
    }
  }

  private func parameters(_ function: NeuronFunction) throws -> Int {
    try Self.settings(function.information).reduce(0) { count, setting in
      let checks = NeuronChecks(kind: try NeuronKind(function, parameters: setting), calling: calling)
      return count + (try checks.descriptor()) + (try checks.values(500)) + (try checks.slopes(500))
        + (try checks.float(500)) + (try FormulaChecks(calling: calling).check(checks.kind))
    }
  }
}
