package import CNNKit

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

  /// Its name, summary, formula and file.
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

extension LossFunction: Equatable {
  /// Whether both are the same.
  public static func == (left: LossFunction, right: LossFunction) -> Bool {
    left.information.isSameFunction(as: right.information) && isSameCode(left.value, right.value)
  }
}
