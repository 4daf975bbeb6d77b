public import NNKit

/// A function put to the checks of its kind.
///
///     let swirl = try Examination("swirl", in: Plugins(searching: SearchPath(["build"])))
///     for check in swirl.checks { try swirl.run(check) }
///
/// A function that is not sound may crash, hang or end the process that runs this: `PluginReport` runs each check in a
/// process of its own.
public struct Examination {
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

  /// - Parameters:
  ///   - name: The name of the function that is examined.
  ///   - plugins: Where it is, and the partner of a canonical pair.
  /// - Throws: `UnknownFunctionError` if there is no function of that name.
  public init(_ name: String, in plugins: Plugins) throws {
    guard let function = plugins.functions[name] else { throw plugins.unknown(name) }
    self.init(function, plugins: { plugins }, calling: { _ in })
  }

  /// The checks that a function of its kind is put to.
  public var checks: [PluginCheck] { PluginCheck.all(for: function.kind) }

  /// Runs one check.
  ///
  /// - Parameter check: One of those for the function's kind.
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `Obstacle` where it cannot be made here; `FunctionFailure` for a call that did not return 0.
  @discardableResult
  public func run(_ check: PluginCheck) throws -> Int {
    switch function {
    case .activation(let function):
      let checks = ActivationChecks(try Activation(unasked: function), calling: calling)
      switch check {
      case .descriptor: return try checks.descriptor()
      case .values: return try checks.values(CheckPoints.z(10_000, kinks: checks.kinks()))
      case .derivative: return try checks.derivative(10_000)
      case .range: return try checks.range(10_000)
      case .formulas: return try FormulaChecks(calling: calling).check(checks.activation)
      case .parameters: return try parameters(function)
      case .repetition: return try repetition(function)
      // Before others call it: a rounding mode that it sets stays.
      case .environment: return try checks.describeLeavesNothing() + contract(check, of: checks.activation)
      case .bounds: return try contract(check, of: checks.activation) + checks.describeBounds()
      case .threads: return try contract(check, of: checks.activation) + checks.describeInThreads()
      case .nonFinite: return try contract(check, of: checks.activation) + checks.nanStays()
      default: return try contract(check, of: checks.activation)
      }
    case .loss(let function):
      let checks = LossChecks(try Loss(unasked: function), calling: calling)
      switch check {
      case .descriptor: return 1
      case .values: return try checks.values(10_000)
      case .value: return try checks.sign(10_000)
      case .gradient: return try checks.gradient(10_000)
      case .canonical: return try checks.canonical(10_000, plugins)
      case .formulas: return try FormulaChecks(calling: calling).check(checks.loss, plugins)
      case .parameters: return try parameters(function)
      case .repetition: return try repetition(function)
      case .nonFinite: return try contract(check, of: checks.loss) + checks.nanStays()
      default: return try contract(check, of: checks.loss)
      }
    case .backend(let backend): return check == .product ? try BackendChecks(backend, calling: calling).products() : 1
    case .neuron(let function):
      return try run(check, NeuronChecks(kind: NeuronKind(unasked: function), calling: calling))
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
    case .repetition: try repetition(checks.kind.function)
    case .environment: try checks.weightCountLeavesNothing() + checks.contract(check)
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

  /// Settings of the parameters that the function takes.
  private func settings(_ function: ActivationFunction) throws -> [[String: Double]] {
    try ParameterSettings(function.information) {
      try Activation(unasked: function, parameters: $0).isRefused(calling)
    }.all()
  }

  private func settings(_ function: LossFunction) throws -> [[String: Double]] {
    try ParameterSettings(function.information) { try Loss(unasked: function, parameters: $0).isRefused(calling) }.all()
  }

  private func settings(_ function: NeuronFunction) throws -> [[String: Double]] {
    try ParameterSettings(function.information) {
      try NeuronKind(unasked: function, parameters: $0).isRefused(calling)
    }.all()
  }

  private func parameters(_ function: ActivationFunction) throws -> Int {
    try settings(function).reduce(0) { count, setting in
      let checks = ActivationChecks(try Activation(unasked: function, parameters: setting), calling: calling)
      return count + (try checks.values(CheckPoints.z(400, kinks: checks.kinks()))) + (try checks.derivative(400))
        + (try checks.range(400)) + (try contract(.float, of: checks.activation, rounds: 1))
        + (try contract(.written, of: checks.activation)) + (try contract(.bounds, of: checks.activation))
        + (try checks.describeBounds())
        + (try FormulaChecks(calling: calling).check(checks.activation))
    }
  }

  private func parameters(_ function: LossFunction) throws -> Int {
    try settings(function).reduce(0) { count, setting in
      let checks = LossChecks(try Loss(unasked: function, parameters: setting), calling: calling)
      return count + (try checks.values(400)) + (try checks.sign(400)) + (try checks.gradient(400))
        + (try checks.canonical(400, plugins)) + (try contract(.float, of: checks.loss, rounds: 1))
        + (try contract(.written, of: checks.loss)) + (try contract(.bounds, of: checks.loss))
        + (try FormulaChecks(calling: calling).check(checks.loss, plugins))
    }
  }

  private func parameters(_ function: NeuronFunction) throws -> Int {
    try settings(function).reduce(0) { count, setting in
      let checks = NeuronChecks(kind: try NeuronKind(unasked: function, parameters: setting), calling: calling)
      return count + (try checks.descriptor()) + (try checks.values(400)) + (try checks.slopes(400))
        + (try checks.float(400)) + (try checks.contract(.addition)) + (try checks.contract(.bounds))
        + (try FormulaChecks(calling: calling).check(checks.kind))
    }
  }

  // MARK: State

  /// What a function keeps from call to call, in one setting or in several.
  private func repetition(_ function: ActivationFunction) throws -> Int {
    let activation = try Activation(unasked: function)
    return try contract(.repetition, of: activation)
      + CallsInPlace.run(CheckedCall<Double>.calls(of: activation, calling: calling))
      + CallsInPlace.run(CheckedCall<Float>.calls(of: activation, calling: calling).filter(\.isOfPlugin))
      + Turns(function, [[:]] + settings(function), calling: calling).run()
  }

  private func repetition(_ function: LossFunction) throws -> Int {
    let loss = try Loss(unasked: function)
    let doubles = CheckedCall<Double>.calls(of: loss, calling: calling)
    let floats = CheckedCall<Float>.calls(of: loss, calling: calling)
    // The plain pair of calls, and the canonical one.
    return try contract(.repetition, of: loss) + CallsInPlace.run(Array(doubles.prefix(2)))
      + CallsInPlace.run(Array(doubles.dropFirst(2))) + CallsInPlace.run(floats.prefix(2).filter(\.isOfPlugin))
      + CallsInPlace.run(floats.dropFirst(2).filter(\.isOfPlugin))
      + Turns(function, [[:]] + settings(function), calling: calling).run()
  }

  private func repetition(_ function: NeuronFunction) throws -> Int {
    let checks = NeuronChecks(kind: try NeuronKind(unasked: function), calling: calling)
    return try checks.contract(.repetition) + Turns(function, [[:]] + settings(function), calling: calling).run()
  }
}
