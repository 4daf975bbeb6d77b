internal import RealModule

/// How the learning rate changes over the epochs; it is applied batch by batch, so epochs are counted in fractions.
///
/// In the formulas t is the number of epochs since the warm-up, T how many there are after it, r the optimizer's learning rate.
public struct Schedule: Hashable, Codable, Sendable {
  public enum Shape: Hashable, Codable, Sendable {
    /// r
    case constant
    /// r · factor^⌊t / every⌋
    case step(every: Double, factor: Double)
    /// r · factorᵗ
    case exponential(factor: Double)
    /// minimum + (r − minimum) · (1 + cos(π t / T)) / 2. Loshchilov and Hutter, "SGDR", 2017.
    case cosine(minimum: Double)
  }

  public var shape: Shape
  /// For how many epochs the learning rate first rises evenly to r.
  public var warmup: Double

  public init(_ shape: Shape = .constant, warmup: Double = 0) {
    self.shape = shape
    self.warmup = warmup
  }

  /// Whether every batch has the optimizer's learning rate.
  package var isConstant: Bool { shape == .constant && warmup == 0 }

  /// What a configuration calls its shape.
  package var name: String {
    switch shape {
    case .constant: "constant"
    case .step: "step"
    case .exponential: "exponential"
    case .cosine: "cosine"
    }
  }

  /// Whether a batch's learning rate depends on how many epochs there are in all, and not only on those before it.
  package var dependsOnEpochs: Bool { if case .cosine = shape { true } else { false } }

  /// The learning rate of a batch.
  ///
  /// - Parameters:
  ///   - base: The optimizer's learning rate.
  ///   - batch: The batch's number from 0, over all epochs.
  ///   - batchesPerEpoch: How many batches an epoch has.
  ///   - epochs: How many epochs there are in all.
  /// - Returns: The learning rate.
  public func learningRate(base: Double, batch: Int, batchesPerEpoch: Int, epochs: Int) -> Double {
    let position = Double(batch) / Double(batchesPerEpoch)
    if position < warmup { return base * min(1, Double(batch + 1) / (warmup * Double(batchesPerEpoch))) }
    let t = position - warmup
    switch shape {
    case .constant: return base
    case .step(let every, let factor): return base * Double.pow(factor, (t / every).rounded(.down))
    case .exponential(let factor): return base * Double.pow(factor, t)
    case .cosine(let minimum):
      let total = max(Double(epochs) - warmup, 1 / Double(batchesPerEpoch))
      return minimum + (base - minimum) * (1 + Double.cos(.pi * t / total)) / 2
    }
  }
}
