internal import CNNKit

/// What training makes small: a loss function L(a, y) of a plugin, with values for its parameters.
///
/// It is defined for one sample; a batch's loss is the mean over its samples.
public struct Loss: Sendable, Equatable, CustomStringConvertible {
  /// What its plugin gives.
  public let function: LossFunction
  /// The values of the function's parameters, in the order of their declaration.
  public let parameters: [Double]

  /// The function with the given parameter values, and its defaults for the others.
  ///
  /// - Throws: `ParameterError` for a name that the function does not have, a value outside its range, or values that
  ///   the plugin refuses together.
  public init(_ function: LossFunction, parameters: [String: Double] = [:]) throws {
    try self.init(unasked: function, parameters: parameters)
    if isRefused() { throw ParameterError(refused: givenParameters, by: function.information) }
  }

  /// The function with values that its plugin may refuse.
  package init(unasked function: LossFunction, parameters: [String: Double] = [:]) throws {
    self.function = function
    self.parameters = try function.information.parameterValues(parameters)
  }

  /// Whether the plugin refuses the values of its parameters, which do not go together.
  ///
  /// - Parameter calling: Takes a description of each call before it is made.
  /// - Returns: True if one of its functions returns the code for values that do not go together.
  package func isRefused(_ calling: (String) -> Void = { _ in }) -> Bool {
    let block = Block(neurons: 1, columns: 1)
    let (a, y) = ([min(max(0.5, outputRange.lowerBound), outputRange.upperBound)], [targetOn])
    var (value, received) = (0.0, 0.0)
    return refuses(
      parameters,
      [
        ("value(a: \(a), y: \(y)) of \(self)", { try values(block, a, y, &value) }),
        ("gradient(a: \(a), y: \(y)) of \(self)", { try gradient(block, a, y, &received) }),
      ], calling)
  }

  /// What a configuration calls it.
  public var name: String { function.information.name }
  /// The parameters that differ from their defaults, by name.
  public var givenParameters: [String: Double] { function.information.differing(parameters) }
  /// What is wrong, where, and what to do.
  public var description: String { describeFunction(name, givenParameters) }

  /// The outputs and the targets for which the loss is defined.
  public var outputRange: ClosedRange<Double> { function.raw.output_minimum...function.raw.output_maximum }
  /// Every target must lie in it.
  public var targetRange: ClosedRange<Double> { function.raw.target_minimum...function.raw.target_maximum }
  /// The targets that say "not of this class" and "of this class".
  public var targetOff: Double { function.raw.target_off }
  /// The target of the class that a sample is of.
  public var targetOn: Double { function.raw.target_on }
  /// Whether it claims never to be negative.
  package var isNonNegative: Bool { function.raw.function.flags & UInt32(NNKIT_NON_NEGATIVE) != 0 }
  /// The activation with which the loss has a simpler and more exact form.
  public var canonicalActivation: String? { function.canonical?.activation }

  /// Whether both are the same.
  public static func == (left: Loss, right: Loss) -> Bool {
    left.function == right.function && left.parameters == right.parameters
  }

  /// L(a, y) of each sample.
  ///
  /// - Parameters:
  ///   - outputs: a, outputs × columns, as `Network.forward` gives them.
  ///   - targets: y, of the same shape.
  /// - Returns: A loss for each column.
  /// - Throws: `NetworkError` if the shapes differ; `FunctionFailure` if the plugin reports one.
  public func values<Scalar: NetworkScalar>(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>) throws -> [Double] {
    let block = try block(outputs, targets)
    var values = [Double](repeating: 0, count: block.columns)
    if outputs.count > 0 { try self.values(block, outputs.base, targets.base, &values) }
    return values
  }

  /// ∂L/∂a of each sample, where the backward pass begins.
  ///
  /// - Parameters:
  ///   - outputs: a, outputs × columns, as `Network.forward` gives them.
  ///   - targets: y, of the same shape.
  /// - Returns: Outputs × columns.
  /// - Throws: `NetworkError` if the shapes differ; `FunctionFailure` if the plugin reports one.
  public func gradient<Scalar: NetworkScalar>(
    _ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>
  ) throws -> Matrix<Scalar> {
    let gradient = Matrix<Scalar>(rows: outputs.rows, columns: outputs.columns)
    try self.gradient(block(outputs, targets), outputs.base, targets.base, gradient.base)
    return gradient
  }

  /// What each output adds to one sample's loss, where the loss is a sum or a mean over the outputs.
  ///
  /// - Returns: A number an output, together the loss; nil where the loss is not such a sum.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func terms(outputs: [Double], targets: [Double]) throws -> [Double]? {
    let whole = try value(outputs, targets)
    let alone = try zip(outputs, targets).map { try value([$0], [$1]) }
    let sum = alone.reduce(0, +)
    for share in [1, 1 / Double(outputs.count)] where abs(sum * share - whole) <= 1e-9 * max(1, abs(whole)) {
      return alone.map { $0 * share }
    }
    return nil
  }

  private func value(_ outputs: [Double], _ targets: [Double]) throws -> Double {
    var value = 0.0
    try values(Block(neurons: outputs.count, columns: 1), outputs, targets, &value)
    return value
  }

  /// Whether it takes no targets but those between off and on: what it compares says whether a sample is of a class.
  package var comparesClasses: Bool { targetRange == min(targetOff, targetOn)...max(targetOff, targetOn) }

  /// Whether outputs whose target is off cost nothing: then it is least for outputs that are all large, unless they are
  /// shares of a whole (cross_entropy, L = −Σ y ln a).
  ///
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func needsShares() throws -> Bool {
    guard comparesClasses else { return false }
    return try [0.3, 0.6].allSatisfy { size in
      let output = outputRange.contains(size) ? size : -size
      guard outputRange.contains(output) else { return false }
      var received = [0.0, 0]
      try gradient(Block(neurons: 2, columns: 1), [output, output], [targetOn, targetOff], &received)
      return received[0] != 0 && received[1] == 0
    }
  }

  /// Whether outputs are compared with the logarithms of what targets are.
  package var takesLogarithms: Bool { outputRange.upperBound <= 0 }

  private func block<Scalar: NetworkScalar>(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>) throws -> Block {
    guard outputs.rows == targets.rows, outputs.columns == targets.columns else {
      throw NetworkError(
        "outputs are \(outputs.rows) × \(outputs.columns), but targets \(targets.rows) × \(targets.columns)")
    }
    return Block(neurons: outputs.rows, columns: outputs.columns)
  }

  package func values<Scalar: NetworkScalar>(
    _ block: Block, _ a: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, _ values: UnsafeMutablePointer<Double>
  ) throws {
    let code = parameters.withUnsafeBufferPointer { function.callValue($0.baseAddress, block, a, y, values) }
    try check(code, "value", of: function.information)
  }

  package func gradient<Scalar: NetworkScalar>(
    _ block: Block, _ a: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, _ received: UnsafeMutablePointer<Scalar>
  ) throws {
    let code = parameters.withUnsafeBufferPointer {
      function.callGradient($0.baseAddress, block, a, y, received)
    }
    try check(code, "gradient", of: function.information)
  }

  package func canonicalValues<Scalar: NetworkScalar>(
    _ block: Block, _ z: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, _ values: UnsafeMutablePointer<Double>
  ) throws {
    let code = parameters.withUnsafeBufferPointer {
      function.callCanonicalValue($0.baseAddress, block, z, y, values)
    }
    try check(code, "canonical_value", of: function.information)
  }

  package func canonicalDelta<Scalar: NetworkScalar>(
    _ block: Block, _ z: UnsafePointer<Scalar>, _ a: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>,
    _ delta: UnsafeMutablePointer<Scalar>
  ) throws {
    let code = parameters.withUnsafeBufferPointer {
      function.callCanonicalDelta($0.baseAddress, block, z, a, y, delta)
    }
    try check(code, "canonical_delta", of: function.information)
  }
}
