/// Changes the gradients of a training step, between the backward pass and the optimizer's step.
///
/// Where a training has one, the backward pass leaves all gradients in full.
///
///     struct NoisyGradients: GradientTransform {
///       func apply<Scalar: NetworkScalar>(to parameters: [Parameter<Scalar>], samples: inout Int) {
///         for parameter in parameters where !parameter.isFrozen { … parameter.gradient … }
///       }
///     }
public protocol GradientTransform: Sendable {
  /// Changes `gradient` of some parameters.
  ///
  /// - Parameters:
  ///   - parameters: All of the network. Those that are frozen have no gradient.
  ///   - samples: Over how many samples the gradients are sums; the step follows their mean. A transform that adds gradients
  ///     of other samples adds their number.
  /// - Throws: What keeps it from changing them; it ends the training.
  func apply<Scalar: NetworkScalar>(to parameters: [Parameter<Scalar>], samples: inout Int) throws
}
