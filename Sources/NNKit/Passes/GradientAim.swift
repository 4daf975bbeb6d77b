/// Where the fused pass leaves ∂L/∂W of a layer's plain neurons, summed over the columns; all others leave it in
/// `weightGradients`.
package enum GradientAim<Scalar: NetworkScalar> {
  /// In `weightGradients`.
  case gradients
  /// In a matrix of the same shape, at once: M ← keep · M + factor · ∂L/∂W. `weightGradients` then keeps what it had.
  case straight(Matrix<Scalar>, keep: Scalar, factor: Scalar)
  /// Nobody needs it: the weights are frozen.
  case nowhere
}
