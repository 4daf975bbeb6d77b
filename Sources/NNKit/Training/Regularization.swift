/// What a network's loss adds for its weights (not its biases): l1 · Σ|w| + (l2 / 2) · Σw².
public struct Regularization: Configurable, Codable {
  /// The factor of Σ |w|.
  public var l1: Double
  /// The factor of ½ Σ w².
  public var l2: Double

  /// With the two factors.
  public init(l1: Double = 0, l2: Double = 0) {
    self.l1 = l1
    self.l2 = l2
  }

  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    Setting("l1", \.l1, .atLeast(0), "l1 · Σ|w| is added to the loss"),
    Setting("l2", \.l2, .atLeast(0), "(l2 / 2) · Σw² is added to the loss"),
  ]
}
