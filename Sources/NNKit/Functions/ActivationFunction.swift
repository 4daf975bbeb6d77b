package import CNNKit

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

  /// Its name, summary, formula and file.
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

extension ActivationFunction: Equatable {
  /// Whether both are the same.
  public static func == (left: ActivationFunction, right: ActivationFunction) -> Bool {
    left.information.isSameFunction(as: right.information) && isSameCode(left.evaluate, right.evaluate)
  }
}
