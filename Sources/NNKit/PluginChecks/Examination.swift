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
      case .parameters: return try parameters(function)
      default:
        return try contract(check, CheckedCall.calls(of: checks.activation), CheckedCall.calls(of: checks.activation))
      }
    case .loss(let function):
      let checks = LossChecks(try Loss(function), calling: calling)
      switch check {
      case .descriptor: return 1
      case .values: return try checks.values(10_000)
      case .value: return try checks.sign(10_000)
      case .gradient: return try checks.gradient(10_000)
      case .canonical: return try checks.canonical(10_000, plugins)
      case .parameters: return try parameters(function)
      default: return try contract(check, CheckedCall.calls(of: checks.loss), CheckedCall.calls(of: checks.loss))
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
    case .float: try checks.float(10_000)
    case .parameters: try parameters(checks.kind.function)
    default: try checks.contract(check)
    }
  }

  private func contract(_ check: PluginCheck, _ floats: [CheckedCall<Float>], _ doubles: [CheckedCall<Double>]) throws
    -> Int
  {
    var count = 0
    if check == .float {
      for (single, double) in zip(floats, doubles) { count += try single.agrees(with: double, calling) }
      return count
    }
    for call in doubles { count += try call.run(check, calling) }
    for call in floats { count += try call.run(check, calling) }
    return count
  }

  /// Every parameter at each of its bounds (at ±1000 where it has none), the others at their defaults.
  private static func settings(_ information: FunctionInformation) -> [[String: Double]] {
    information.parameters.flatMap { parameter in
      [max(parameter.range.lowerBound, -1000), min(parameter.range.upperBound, 1000)].map { [parameter.name: $0] }
    }
  }

  private func parameters(_ function: ActivationFunction) throws -> Int {
    try Self.settings(function.information).reduce(0) { count, setting in
      let checks = ActivationChecks(try Activation(function, parameters: setting), calling: calling)
      return count + (try checks.values(CheckPoints.z(500, kinks: checks.kinks()))) + (try checks.derivative(500))
        + (try checks.range(500))
    }
  }

  private func parameters(_ function: LossFunction) throws -> Int {
    try Self.settings(function.information).reduce(0) { count, setting in
      let checks = LossChecks(try Loss(function, parameters: setting), calling: calling)
      return count + (try checks.values(500)) + (try checks.sign(500)) + (try checks.gradient(500))
    }
  }

  private func parameters(_ function: NeuronFunction) throws -> Int {
    try Self.settings(function.information).reduce(0) { count, setting in
      let checks = NeuronChecks(kind: try NeuronKind(function, parameters: setting), calling: calling)
      return count + (try checks.descriptor()) + (try checks.values(500)) + (try checks.slopes(500))
    }
  }
}
