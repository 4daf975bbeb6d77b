/// How gradients move the parameters.
///
/// An optimizer is a value with its settings; what it keeps for each parameter between steps is in an `OptimizerState`.
/// Those of nnkit take the steps, and have the defaults, of the libraries that their files name.
///
/// In formulas w is a parameter (a weight or a bias) and g its gradient: the mean over the samples of the batch, plus
/// the regularization's part.
public protocol Optimizer: NamedConfigurable {
  var learningRate: Double { get set }
  /// Whether the learning rate sets the size of every step, so that a schedule for it makes sense.
  static var followsSchedule: Bool { get }
  /// Whether its steps depend on the loss itself: `OptimizerStep.loss` is there then.
  static var needsLoss: Bool { get }
  /// The numbers that it keeps for each parameter between steps, two at most.
  var memory: [OptimizerMemory] { get }

  /// Moves some parameters by one step.
  ///
  /// One step is several calls, each with other parameters, which threads make at once. Those for weights of a large layer
  /// come as soon as the backward pass has their gradients, before it has those of the layers in front.
  func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>)

  /// The step on weights, if a matrix product can take it at once; nil if it needs their gradients.
  ///
  /// - Parameters:
  ///   - samples: How many samples the batch has.
  ///   - learningRate: That of the step.
  ///   - regularization: What the loss adds for weights.
  /// - Returns: The step; it gives what `step` gives, but for rounding.
  func fusedUpdate(samples: Int, learningRate: Double, regularization: Regularization) -> FusedUpdate?

  /// The step as formulas, in the order in which they are computed, for explanations to show with the numbers put in.
  ///
  /// - Parameter moment: What the formulas depend on.
  /// - Returns: None if the optimizer has none to state.
  func formulas(at moment: StepMoment) -> [StepFormula]
  /// The first step in words: "w ← w − 0.01·g / (|g| + 1e-08)".
  ///
  /// - Parameter g: What the gradient is called there.
  /// - Returns: nil if the optimizer has none.
  func firstStep(_ g: String) -> String?
}

extension Optimizer {
  /// Whether the learning rate, and so a schedule, has an effect; true unless an optimizer says otherwise.
  public static var followsSchedule: Bool { true }
  /// False unless an optimizer says otherwise.
  public static var needsLoss: Bool { false }
  /// nil: no update that a matrix multiplication can do.
  public func fusedUpdate(samples: Int, learningRate: Double, regularization: Regularization) -> FusedUpdate? { nil }
  /// The formulas of one step; none unless an optimizer states them.
  public func formulas(at moment: StepMoment) -> [StepFormula] { [] }
  /// nil, unless an optimizer states it.
  public func firstStep(_ g: String) -> String? { nil }

  /// The setting that all optimizers have.
  static var learningRateSetting: Setting<Self> {
    let summary = followsSchedule ? "the size of a step" : "the size of each parameter's first step"
    return Setting("learning_rate", \.learningRate, .greater(than: 0), summary)
  }

  /// The same with another learning rate.
  package func with(learningRate: Double) -> Self {
    var other = self
    other.learningRate = learningRate
    return other
  }

  func checkOptimizer() throws(NetworkError) {
    try check()
    if memory.count > 2 {
      throw NetworkError("\(Self.name) keeps \(memory.count) numbers for each parameter, expected 2 at most", .setting)
    }
  }
}

/// A step on weights that a matrix product takes at once, while it adds up their gradients: M ← keep · M + factor · ∂L/∂w,
/// where ∂L/∂w is the sum over the batch's samples.
public struct FusedUpdate: Sendable {
  /// Whether M is what the optimizer keeps for each weight, and not the weights.
  ///
  /// M is a velocity then, which the weights follow: w ← w − r M.
  public let movesMemory: Bool
  /// By what a multiplication multiplies the destination first.
  public let keep: Double
  /// By what it multiplies the gradients.
  public let factor: Double

  /// An update that a multiplication can do.
  public init(movesMemory: Bool = false, keep: Double, factor: Double) {
    self.movesMemory = movesMemory
    self.keep = keep
    self.factor = factor
  }
}

/// A number that an optimizer keeps for each parameter.
public struct OptimizerMemory: Sendable {
  /// What formulas call it: "m", "step_size".
  public let symbol: String
  /// The number before the first step.
  public let initial: Double

  /// A number for each parameter.
  public init(_ symbol: String, initial: Double = 0) {
    self.symbol = symbol
    self.initial = initial
  }
}

/// The optimizers that a configuration can name.
public enum Optimizers {
  /// All that a configuration can name.
  public static let all: [any Optimizer.Type] = [
    SGD.self, RMSprop.self, Adagrad.self, Adam.self, AdamW.self, Rprop.self, NAdam.self, Lion.self,
    Quickprop.self, IRpropMinus.self, SARPROP.self,
  ]
}

/// An optimizer of whatever type, to compare and to store.
struct AnyOptimizer: Hashable, Codable, Sendable {
  var optimizer: any Optimizer

  init(_ optimizer: any Optimizer) { self.optimizer = optimizer }

  static func == (left: AnyOptimizer, right: AnyOptimizer) -> Bool {
    AnyHashable(left.optimizer) == AnyHashable(right.optimizer)
  }

  func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(optimizer)) }

  func encode(to encoder: any Encoder) throws { try NamedSettings.encode(optimizer, to: encoder) }

  init(from decoder: any Decoder) throws {
    guard let optimizer = try NamedSettings.decode(from: decoder, among: Optimizers.all) as? any Optimizer else {
      throw NetworkError("what is stored is not an optimizer", .setting)
    }
    self.optimizer = optimizer
  }
}
