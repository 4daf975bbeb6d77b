/// The moment of a step that is explained, for one parameter.
public struct StepMoment: Sendable {
  /// Which step it is, from 1.
  public let number: Int
  /// That of the step.
  public let learningRate: Double
  /// Over how many samples g is a mean.
  public let samples: Int
  /// w, before the step.
  public let parameter: Double
  /// g.
  public let gradient: Double
  /// What the optimizer keeps for the parameter, before the step.
  public let memory: [Double]
  /// The mean loss over the samples.
  public let loss: Double
  /// Whether no other step is shown: then what is kept for later ones can be left out.
  public let isAlone: Bool

  package init(
    number: Int, learningRate: Double, samples: Int, parameter: Double, gradient: Double, memory: [Double],
    loss: Double, isAlone: Bool
  ) {
    self.number = number
    self.learningRate = learningRate
    self.samples = samples
    self.parameter = parameter
    self.gradient = gradient
    self.memory = memory
    self.loss = loss
    self.isAlone = isAlone
  }
}

/// One formula of an optimizer's step, written as `nnkit/plugin.h` says: "momentum·v + g".
///
/// Its variables are w, g, t (the step's number), n (over how many samples g is a mean), `loss` (the mean over them),
/// `random` (the parameter's `OptimizerStep.random`), the symbols of the optimizer's memory, and its settings by their names
/// in a configuration; `learning_rate` is the step's. A symbol of the memory has its new value once a formula gave it one.
public struct StepFormula: Sendable {
  package enum Target: Equatable, Sendable {
    case parameter
    case memory(Int)
    /// A number that later formulas use.
    case number(String)
    /// The parameter stays as it is.
    case nothing
  }

  package let target: Target
  /// The right side.
  package let text: String
  /// What is said beside the target, or why the parameter stays.
  package let note: String?

  /// What the parameter becomes.
  public static func parameter(_ text: String) -> StepFormula { StepFormula(target: .parameter, text: text, note: nil) }

  /// What number `place` of the memory becomes.
  public static func memory(_ place: Int, _ text: String, note: String? = nil) -> StepFormula {
    StepFormula(target: .memory(place), text: text, note: note)
  }

  /// A number by whose name later formulas use it.
  public static func number(_ name: String, _ text: String) -> StepFormula {
    StepFormula(target: .number(name), text: text, note: nil)
  }

  /// The parameter stays as it is.
  public static func stays(because note: String) -> StepFormula { StepFormula(target: .nothing, text: "", note: note) }
}

/// g² where g may be ∂L/∂w.
func squared(_ g: String) -> String { g.count == 1 ? "\(g)²" : "(\(g))²" }
