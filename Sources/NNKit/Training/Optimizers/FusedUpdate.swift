/// A step that a matrix product takes at once, in place of a gradient: M ← keep · M + factor · Σ δ x.
public struct FusedUpdate: Sendable {
  /// Whether M is the optimizer's first memory of the weights, along which these move afterwards: w ← w − r M, where r is
  /// the learning rate; otherwise M is the weights.
  public let movesMemory: Bool
  public let keep: Double
  public let factor: Double

  public init(movesMemory: Bool, keep: Double, factor: Double) {
    self.movesMemory = movesMemory
    self.keep = keep
    self.factor = factor
  }
}
