package import CNNKit

/// What a plugin's function does.
public enum FunctionKind: String, Sendable, CaseIterable {
  case activation, loss, neuron, backend
}

/// A number that a user may set for a function: `{name: leaky_relu, slope: 0.1}`.
public struct FunctionParameter: Equatable, Sendable {
  public let name: String
  public let summary: String
  public let defaultValue: Double
  /// The values that the function takes, both ends included.
  public let range: ClosedRange<Double>
}

/// What a plugin says of one of its functions.
public struct FunctionInformation: Sendable {
  public let name: String
  public let summary: String
  public let formula: String
  public let reference: String?
  public let parameters: [FunctionParameter]
  /// Absolute path of the plugin's shared library.
  public let file: String
  /// The plugin's version.
  public let version: String

  /// The values of all parameters in the order of their declaration, the defaults where `given` has none.
  ///
  /// - Throws: `ParameterError` for a name that the function does not have or a value outside its range.
  func parameterValues(_ given: [String: Double]) throws -> [Double] {
    for name in given.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
      let names = parameters.map(\.name)
      let hint = names.isEmpty ? "it has none" : nearestNames(to: name, in: names).first.map { "did you mean `\($0)`?" }
      let known = hint ?? "it has \(names.map { "`\($0)`" }.joined(separator: ", "))"
      throw ParameterError(parameter: name, description: "`\(self.name)` has no parameter `\(name)`; \(known)")
    }
    return try parameters.map { parameter in
      let value = given[parameter.name] ?? parameter.defaultValue
      guard value.isFinite, parameter.range.contains(value) else {
        let range = "\(parameter.range.lowerBound)...\(parameter.range.upperBound)"
        throw ParameterError(
          parameter: parameter.name,
          description: "parameter `\(parameter.name)` of `\(name)` is \(value), expected a number in \(range)")
      }
      return value
    }
  }

  /// Those of the parameters' values that are not their defaults, by name.
  func differing(_ values: [Double]) -> [String: Double] {
    Dictionary(
      uniqueKeysWithValues: zip(parameters, values).filter { $0.defaultValue != $1 }.map { ($0.name, $1) })
  }
}

extension FunctionInformation {
  /// Whether another value describes the same function: two `Plugins` that load one library each have their own.
  func isSameFunction(as other: FunctionInformation) -> Bool { name == other.name && file == other.file }
}

/// Whether two functions of plugins are the same code: a library that was replaced and loaded again has other addresses.
private func isSameCode<Code>(_ left: Code, _ right: Code) -> Bool {
  unsafeBitCast(left, to: UnsafeRawPointer.self) == unsafeBitCast(right, to: UnsafeRawPointer.self)
}

extension ActivationFunction: Equatable {
  public static func == (left: ActivationFunction, right: ActivationFunction) -> Bool {
    left.information.isSameFunction(as: right.information) && isSameCode(left.evaluate, right.evaluate)
  }
}

extension LossFunction: Equatable {
  public static func == (left: LossFunction, right: LossFunction) -> Bool {
    left.information.isSameFunction(as: right.information) && isSameCode(left.value, right.value)
  }
}

extension NeuronFunction: Equatable {
  public static func == (left: NeuronFunction, right: NeuronFunction) -> Bool {
    left.information.isSameFunction(as: right.information) && isSameCode(left.combine, right.combine)
  }
}

/// A function that a plugin offers.
package enum PluginFunction: Sendable {
  case activation(ActivationFunction)
  case loss(LossFunction)
  case neuron(NeuronFunction)
  case backend(MatrixBackend)

  package var information: FunctionInformation {
    switch self {
    case .activation(let function): function.information
    case .loss(let function): function.information
    case .neuron(let function): function.information
    case .backend(let backend): backend.information
    }
  }

  package var kind: FunctionKind {
    switch self {
    case .activation: .activation
    case .loss: .loss
    case .neuron: .neuron
    case .backend: .backend
    }
  }

  package var name: String { information.name }
}

/// An activation function as its plugin gives it.
///
/// What it points to is constant and stays loaded, hence Sendable.
public final class ActivationFunction: @unchecked Sendable {
  typealias Evaluate =
    @convention(c) (
      UnsafePointer<Double>?, UnsafePointer<nnkit_block>?, UnsafePointer<Double>?, UnsafeMutablePointer<Double>?
    ) -> Int32
  typealias Backward =
    @convention(c) (
      UnsafePointer<Double>?, UnsafePointer<nnkit_block>?, UnsafePointer<Double>?, UnsafePointer<Double>?,
      UnsafePointer<Double>?, UnsafeMutablePointer<Double>?
    ) -> Int32

  public let information: FunctionInformation
  /// Whether an output depends on the whole layer's weighted inputs (softmax).
  public let isWholeLayer: Bool
  /// The formula of f′ as the plugin states it, "f'(z) = a (1 - a)"; nil if it states none.
  public let derivative: String?
  package let raw: nnkit_activation
  /// Where the plugin's code lies.
  let code: UnsafeRawPointer
  let evaluate: Evaluate
  let backward: Backward

  init(
    information: FunctionInformation, raw: nnkit_activation, evaluate: @escaping Evaluate,
    backward: @escaping Backward, derivative: String?
  ) {
    self.information = information
    self.derivative = derivative
    isWholeLayer = raw.function.flags & UInt32(NNKIT_WHOLE_LAYER) != 0
    self.raw = raw
    code = unsafeBitCast(evaluate, to: UnsafeRawPointer.self)
    self.evaluate = evaluate
    self.backward = backward
  }

  /// Whether the plugin itself computes in single precision; otherwise the host converts.
  package var hasFloat: Bool { raw.evaluate_float != nil }
}

/// A loss function as its plugin gives it.
///
/// What it points to is constant and stays loaded, hence Sendable.
public final class LossFunction: @unchecked Sendable {
  typealias Value =
    @convention(c) (
      UnsafePointer<Double>?, UnsafePointer<nnkit_block>?, UnsafePointer<Double>?, UnsafePointer<Double>?,
      UnsafeMutablePointer<Double>?
    ) -> Int32
  typealias CanonicalDelta = ActivationFunction.Backward

  /// The activation with which the loss has a simpler and more exact form, and that form.
  struct Canonical {
    let activation: String
    let value: Value
    let delta: CanonicalDelta
  }

  public let information: FunctionInformation
  /// The formula of ∂L/∂a as the plugin states it, "dL/da = a - y"; nil if it states none.
  public let gradientFormula: String?
  /// The formula of δ behind the canonical activation, "delta = a - y"; nil if the plugin states none.
  public let canonicalFormula: String?
  package let raw: nnkit_loss
  /// Where the plugin's code lies.
  let code: UnsafeRawPointer
  let value: Value
  let gradient: Value
  let canonical: Canonical?

  init(
    information: FunctionInformation, raw: nnkit_loss, value: @escaping Value, gradient: @escaping Value,
    canonical: Canonical?, gradientFormula: String?, canonicalFormula: String?
  ) {
    self.information = information
    self.gradientFormula = gradientFormula
    self.canonicalFormula = canonicalFormula
    self.raw = raw
    code = unsafeBitCast(value, to: UnsafeRawPointer.self)
    self.value = value
    self.gradient = gradient
    self.canonical = canonical
  }
}

/// A kind of neuron as its plugin gives it.
///
/// What it points to is constant and stays loaded, hence Sendable.
public final class NeuronFunction: @unchecked Sendable {
  typealias Numbers = UnsafePointer<Double>
  typealias Combine =
    @convention(c) (Numbers?, UnsafePointer<nnkit_rows>?, Numbers?, Numbers?, Numbers?, UnsafeMutablePointer<Double>?)
    -> Int32
  typealias Accumulate =
    @convention(c) (
      Numbers?, UnsafePointer<nnkit_rows>?, Numbers?, Numbers?, Numbers?, Numbers?, Numbers?,
      UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?
    ) -> Int32
  typealias Send =
    @convention(c) (
      Numbers?, UnsafePointer<nnkit_rows>?, Numbers?, Numbers?, Numbers?, Numbers?, Numbers?,
      UnsafeMutablePointer<Double>?
    ) -> Int32

  public let information: FunctionInformation
  /// The formulas of ∂z/∂w, ∂z/∂x and ∂z/∂b as the plugin states them, "dz/dw = x"; nil where it states none.
  public let weightDerivative, inputDerivative, biasDerivative: String?
  package let raw: nnkit_neuron
  /// Where the plugin's code lies.
  let code: UnsafeRawPointer
  let combine: Combine
  let accumulate: Accumulate
  let send: Send

  init(
    information: FunctionInformation, raw: nnkit_neuron, combine: @escaping Combine,
    accumulate: @escaping Accumulate, send: @escaping Send,
    derivatives: (weight: String?, input: String?, bias: String?)
  ) {
    self.information = information
    (weightDerivative, inputDerivative, biasDerivative) = derivatives
    self.raw = raw
    code = unsafeBitCast(combine, to: UnsafeRawPointer.self)
    self.combine = combine
    self.accumulate = accumulate
    self.send = send
  }

  /// Whether the plugin itself computes in single precision; otherwise the host converts.
  package var hasFloat: Bool { raw.combine_float != nil }
}
