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

/// A transform whose effect an explanation shows with its numbers.
package protocol ExplainedTransform: GradientTransform {
  /// What it does, in a sentence.
  var summary: String { get }

  /// Computes numbers that all gradients of a step have in common.
  ///
  /// - Parameters:
  ///   - gradients: The mean gradients of all numbers that are not frozen.
  ///   - compute: Computes one number, and gives it.
  /// - Returns: The numbers that `gradient` needs.
  func common<Number>(of gradients: [Number], _ compute: (TransformFormula<Number>) -> Number) -> [Number]

  /// How one gradient comes out.
  ///
  /// - Parameters:
  ///   - gradient: The mean gradient.
  ///   - name: What it is called: "∂L/∂w0".
  ///   - common: What `common` has returned.
  /// - Returns: Its formula, in words and in numbers.
  func gradient<Number>(_ gradient: Number, _ name: String, _ common: [Number]) -> TransformFormula<Number>
}

/// A number that a transform computes.
package struct TransformFormula<Number> {
  /// What it is called: "clipped ∂L/∂w0".
  package let name: String
  /// "factor·∂L/∂w0".
  package let formula: String
  /// The formula with its numbers.
  package let numbers: Arithmetic<Number>

  package init(_ name: String, _ formula: String, _ numbers: Arithmetic<Number>) {
    (self.name, self.formula, self.numbers) = (name, formula, numbers)
  }
}
