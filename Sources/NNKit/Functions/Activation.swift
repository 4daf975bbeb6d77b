internal import CNNKitSystem
package import CNNKit

/// How a neuron responds: an activation function of a plugin, a = f(z), with values for its parameters.
public struct Activation: Sendable, Equatable, CustomStringConvertible {
  /// What its plugin gives.
  public let function: ActivationFunction
  /// The values of the function's parameters, in the order of their declaration.
  public let parameters: [Double]

  /// The function with the given parameter values, and its defaults for the others.
  ///
  /// - Throws: `ParameterError` for a name that the function does not have, a value outside its range, or values that
  ///   the plugin refuses together.
  public init(_ function: ActivationFunction, parameters: [String: Double] = [:]) throws {
    try self.init(unasked: function, parameters: parameters)
    if isRefused() { throw ParameterError(refused: givenParameters, by: function.information) }
  }

  /// The function with values that its plugin may refuse.
  package init(unasked function: ActivationFunction, parameters: [String: Double] = [:]) throws {
    self.function = function
    self.parameters = try function.information.parameterValues(parameters)
  }

  /// What a configuration calls it.
  public var name: String { function.information.name }
  /// Whether an output depends on all weighted inputs of the layer (softmax).
  public var isWholeLayer: Bool { function.isWholeLayer }
  /// Whether no parameter differs from its default.
  public var hasDefaultParameters: Bool { parameters == function.information.parameters.map(\.defaultValue) }

  /// The parameters that differ from their defaults, by name.
  public var givenParameters: [String: Double] { function.information.differing(parameters) }

  /// What is wrong, where, and what to do.
  public var description: String { describeFunction(name, givenParameters) }

  /// Whether both are the same.
  public static func == (left: Activation, right: Activation) -> Bool {
    left.function == right.function && left.parameters == right.parameters
  }

  /// Where outputs lie and where f′ does not exist, for these parameters.
  ///
  /// - Throws: `FunctionFailure` if the plugin's `describe` fails.
  public func shape() throws -> ActivationShape {
    let raw = try rawShape()
    let range = raw.minimum <= raw.maximum ? raw.minimum...raw.maximum : -.infinity ... .infinity
    return ActivationShape(range: range, kinks: raw.kinks, isDeclared: function.raw.describe != nil)
  }

  /// Whether the plugin refuses the values of its parameters, which do not go together.
  ///
  /// - Parameter calling: Takes a description of each call before it is made.
  /// - Returns: True if one of its functions returns the code for values that do not go together.
  package func isRefused(_ calling: (String) -> Void = { _ in }) -> Bool {
    let block = Block(neurons: 1, columns: 1)
    var (a, delta) = (0.0, 0.0)
    return refuses(
      parameters,
      [
        ("describe of \(self)", { _ = try rawShape() }),
        ("evaluate of \(self), z = [0.0]", { try evaluate(block, [0.0], &a) }),
        ("backward of \(self), z = [0.0]", { try backward(block, [0.0], [a], [1.0], &delta) }),
      ], calling)
  }

  /// As it comes to `describe`: with its size, an unbounded range and no kinks.
  package static let emptyShape = {
    var raw = nnkit_shape()
    raw.struct_size = UInt32(MemoryLayout<nnkit_shape>.size)
    (raw.minimum, raw.maximum) = (-.infinity, .infinity)
    return raw
  }()

  /// What `describe` says, sound or not.
  package func rawShape() throws -> (minimum: Double, maximum: Double, kinkCount: Int, kinks: [Double]) {
    var raw = Self.emptyShape
    if let describe = function.raw.describe {
      nnk_begin_call(function.code)
      let code = parameters.withUnsafeBufferPointer { describe($0.baseAddress, &raw) }
      nnk_end_call()
      try check(code, "describe", of: function.information)
    }
    let kinks = withUnsafeBytes(of: raw.kinks) {
      Array($0.bindMemory(to: Double.self).prefix(min(Int(raw.kink_count), ActivationShape.greatestKinkCount)))
    }
    return (raw.minimum, raw.maximum, Int(raw.kink_count), kinks)
  }

  /// Values and derivatives of an elementwise function at the points `z`, in double precision.
  ///
  /// - Throws: `FunctionFailure` if the plugin reports one.
  public func values(at z: [Double]) throws -> (outputs: [Double], derivatives: [Double]) {
    let block = Block(neurons: 1, columns: z.count)
    let ones = [Double](repeating: 1, count: z.count)
    var (outputs, derivatives) = (z, z)
    try outputs.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return }
      try evaluate(block, z, a)
      try derivatives.withUnsafeMutableBufferPointer { delta in
        if let delta = delta.baseAddress { try backward(block, z, a, ones, delta) }
      }
    }
    return (outputs, derivatives)
  }

  /// How neuron `index` of a layer responds as its own z moves and the others' stay: values and derivatives.
  ///
  /// - Parameters:
  ///   - points: The values of its z.
  ///   - index: Which neuron it is; it makes a difference only to a function of the whole layer.
  ///   - weightedInputs: z of the whole layer.
  /// - Returns: a and ∂a/∂z at each point.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func curve(
    at points: [Double], neuron index: Int, of weightedInputs: [Double]
  ) throws -> (outputs: [Double], derivatives: [Double]) {
    if !isWholeLayer { return try values(at: points) }
    let block = Block(neurons: weightedInputs.count, columns: points.count)
    let own = index * points.count..<(index + 1) * points.count
    var z = weightedInputs.flatMap { [Double](repeating: $0, count: points.count) }
    z.replaceSubrange(own, with: points)
    var received = [Double](repeating: 0, count: z.count)
    for place in own { received[place] = 1 }
    var (outputs, derivatives) = (z, z)
    try evaluate(block, z, &outputs)
    try backward(block, z, outputs, received, &derivatives)
    return (Array(outputs[own]), Array(derivatives[own]))
  }

  package func evaluate<Scalar: NetworkScalar>(
    _ block: Block, _ z: UnsafePointer<Scalar>, _ a: UnsafeMutablePointer<Scalar>
  ) throws {
    let code = parameters.withUnsafeBufferPointer { function.callEvaluate($0.baseAddress, block, z, a) }
    try check(code, "evaluate", of: function.information)
  }

  package func backward<Scalar: NetworkScalar>(
    _ block: Block, _ z: UnsafePointer<Scalar>, _ a: UnsafePointer<Scalar>, _ received: UnsafePointer<Scalar>,
    _ delta: UnsafeMutablePointer<Scalar>
  ) throws {
    let code = parameters.withUnsafeBufferPointer {
      function.callBackward($0.baseAddress, block, z, a, received, delta)
    }
    try check(code, "backward", of: function.information)
  }
}

/// What a plugin says of an activation function with given parameters.
public struct ActivationShape: Sendable, Equatable {
  package static let greatestKinkCount = Int(NNKIT_MAX_KINKS)
  /// Every output lies in it.
  public let range: ClosedRange<Double>
  /// Each z where f′ does not exist and a convention is used, or where f jumps.
  public let kinks: [Double]
  /// Whether the plugin says it; otherwise nothing is known.
  public let isDeclared: Bool
}

func describeFunction(_ name: String, _ parameters: [String: Double]) -> String {
  if parameters.isEmpty { return name }
  return "\(name)(\(parameters.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")))"
}
