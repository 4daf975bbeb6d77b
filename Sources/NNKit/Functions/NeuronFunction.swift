package import CNNKit

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

  /// Its name, summary, formula and file.
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

extension NeuronFunction: Equatable {
  /// Whether both are the same.
  public static func == (left: NeuronFunction, right: NeuronFunction) -> Bool {
    left.information.isSameFunction(as: right.information) && isSameCode(left.combine, right.combine)
  }
}
