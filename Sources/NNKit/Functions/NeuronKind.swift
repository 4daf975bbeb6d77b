internal import CNNKitSystem
internal import CNNKit

/// How a neuron combines its inputs and weights into z, and what it sends back: a kind of neuron of a plugin, with values
/// for its parameters.
public struct NeuronKind: Sendable, Equatable, CustomStringConvertible {
  /// What its plugin gives.
  public let function: NeuronFunction
  /// The values of the function's parameters, in the order of their declaration.
  public let parameters: [Double]

  /// The kind with the given parameter values, and its defaults for the others.
  ///
  /// - Throws: `ParameterError` for a name that the kind does not have, a value outside its range, or values that the
  ///   plugin refuses together.
  public init(_ function: NeuronFunction, parameters: [String: Double] = [:]) throws {
    try self.init(unasked: function, parameters: parameters)
    if isRefused() { throw ParameterError(refused: givenParameters, by: function.information) }
  }

  /// The kind with values that its plugin may refuse.
  package init(unasked function: NeuronFunction, parameters: [String: Double] = [:]) throws {
    self.function = function
    self.parameters = try function.information.parameterValues(parameters)
  }

  /// Whether the plugin refuses the values of its parameters, which do not go together.
  ///
  /// - Parameter calling: Takes a description of each call before it is made.
  /// - Returns: True if one of its functions returns the code for values that do not go together.
  package func isRefused(_ calling: (String) -> Void = { _ in }) -> Bool {
    refuses(
      parameters,
      [
        ("weight_count(fan_in: 1) of \(self)", { _ = try weightCount(fanIn: 1) }),
        ("combine of \(self) for 1 neuron × 1 column, fan-in 1", { try combineOne() }),
      ], calling)
  }

  /// What one neuron with one input makes of ones.
  private func combineOne() throws {
    let count = try weightCount(fanIn: 1)
    guard count <= 1 << 16 else { return }
    let rows = Rows(
      neurons: 1, columns: 1, fanIn: 1, weightCount: count, weightRow: count, inputStride: 1, columnStride: 1,
      rowStride: 1)
    var z = 0.0
    try combine(rows, [Double](repeating: 1, count: count), [0.0], [1.0], &z)
  }

  /// What the kind of a plain neuron is called.
  package static let plainName = "weighted_sum"

  /// What a configuration calls it.
  public var name: String { function.information.name }
  /// The parameters that differ from their defaults, by name.
  public var givenParameters: [String: Double] { function.information.differing(parameters) }
  /// What is wrong, where, and what to do.
  public var description: String { describeFunction(name, givenParameters) }

  /// Whether both are the same.
  public static func == (left: NeuronKind, right: NeuronKind) -> Bool {
    left.function == right.function && left.parameters == right.parameters
  }

  /// Whether the plugin says how many weights there are; otherwise each input has one.
  package var hasWeightCount: Bool { function.raw.weight_count != nil }

  /// How many weights a neuron with `fanIn` inputs has; none, and then no bias either, of a kind that pools.
  ///
  /// - Throws: `FunctionFailure` if the plugin reports one, `NetworkError` if its answer is impossible.
  public func weightCount(fanIn: Int) throws -> Int {
    guard let weightCount = function.raw.weight_count else { return fanIn }
    var count = 0
    nnk_begin_call(function.code)
    let code = parameters.withUnsafeBufferPointer { weightCount($0.baseAddress, fanIn, &count) }
    nnk_end_call()
    try check(code, "weight_count", of: function.information)
    guard 0...Self.greatestWeightCount ~= count else {
      throw NetworkError(
        "\(name) gives a neuron with \(fanIn) inputs \(count) weights, expected 0 to \(Self.greatestWeightCount)")
    }
    return count
  }

  /// More than any machine could hold of one layer; products of it with a width still fit an integer.
  private static let greatestWeightCount = 1 << 36

  /// Writes z.
  func combine<Scalar: NetworkScalar>(
    _ rows: Rows, _ w: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>,
    _ z: UnsafeMutablePointer<Scalar>
  ) throws {
    let code = parameters.withUnsafeBufferPointer { function.callCombine($0.baseAddress, rows, w, b, x, z) }
    try check(code, "combine", of: function.information)
  }

  /// Adds Σ δ ∂z/∂w and Σ δ ∂z/∂b, over the columns, to `dw` and `db`.
  func accumulate<Scalar: NetworkScalar>(
    _ rows: Rows, _ w: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>,
    _ z: UnsafePointer<Scalar>, _ delta: UnsafePointer<Scalar>, _ dw: UnsafeMutablePointer<Scalar>,
    _ db: UnsafeMutablePointer<Scalar>
  ) throws {
    let code = parameters.withUnsafeBufferPointer {
      function.callAccumulate($0.baseAddress, rows, w, b, x, z, delta, dw, db)
    }
    try check(code, "accumulate", of: function.information)
  }

  /// Adds Σ δ ∂z/∂x, over the neurons, to `messages`.
  func send<Scalar: NetworkScalar>(
    _ rows: Rows, _ w: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>,
    _ z: UnsafePointer<Scalar>, _ delta: UnsafePointer<Scalar>, _ messages: UnsafeMutablePointer<Scalar>
  ) throws {
    let code = parameters.withUnsafeBufferPointer {
      function.callSend($0.baseAddress, rows, w, b, x, z, delta, messages)
    }
    try check(code, "send", of: function.information)
  }
}

/// A kind of neuron that the fused pass computes itself.
package enum Pooling: String, Sendable {
  case maximum, average

  /// Nil for a kind that is not one of the bundled ones: another plugin of the same name may compute something else.
  init?(_ kind: NeuronKind) {
    guard kind.function.information.isBundled else { return nil }
    self.init(rawValue: kind.name)
  }
}
