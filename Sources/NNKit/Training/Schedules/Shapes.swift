internal import RealModule

extension Schedule {
  /// The optimizer's learning rate throughout.
  public struct Constant: Shape {
    /// What a configuration calls it.
    public static let name = "constant"
    /// One line for tables and help.
    public static let summary = "the optimizer's learning rate throughout"
    /// Its settings, in the order in which they are shown.
    public static let settings: [Setting<Self>] = []

    /// With the default settings.
    public init() {}

    /// The learning rate at a moment of the training.
    public func learningRate(at moment: Moment) -> Double { moment.base }
    /// The formula of that learning rate, with its numbers put in: as it is shown, and as a reader of formulas takes it.
    public func formula(at moment: Moment) -> (shown: String, read: String) { ("r", "r") }
  }

  /// r · factor^⌊t / every⌋: multiplied by a factor every so many epochs.
  public struct Step: Shape {
    /// What a configuration calls it.
    public static let name = "step"
    /// One line for tables and help.
    public static let summary = "multiplied by a factor every so many epochs"
    /// Its settings, in the order in which they are shown.
    public static let settings: [Setting<Self>] = [
      Setting("every", \.every, .greater(than: 0), "after how many epochs"),
      Setting("factor", \.factor, .greater(than: 0), "by what the learning rate is multiplied"),
    ]

    /// After how many epochs it falls.
    public var every: Double
    /// What the learning rate is multiplied by.
    public var factor: Double

    /// With the default settings.
    public init() { self.init(every: 10) }

    /// With settings of its own.
    public init(every: Double, factor: Double = 0.1) {
      self.every = every
      self.factor = factor
    }

    /// The learning rate at a moment of the training.
    public func learningRate(at moment: Moment) -> Double { moment.base * Double.pow(factor, times(moment)) }

    /// The formula of that learning rate, with its numbers put in: as it is shown, and as a reader of formulas takes it.
    public func formula(at moment: Moment) -> (shown: String, read: String) {
      ("r·factor^⌊t / every⌋", "r·factor^\(numberText(times(moment), digits: 17))")
    }

    private func times(_ moment: Moment) -> Double { (moment.epoch / every).rounded(.down) }
  }

  /// r · factorᵗ: multiplied by a factor each epoch, evenly from batch to batch.
  public struct Exponential: Shape {
    /// What a configuration calls it.
    public static let name = "exponential"
    /// One line for tables and help.
    public static let summary = "multiplied by a factor each epoch, evenly from batch to batch"
    /// Its settings, in the order in which they are shown.
    public static let settings: [Setting<Self>] = [
      Setting("factor", \.factor, .greater(than: 0), "by what an epoch multiplies the learning rate")
    ]

    /// What the learning rate is multiplied by.
    public var factor: Double

    /// With the default settings.
    public init() { self.init(factor: 0.95) }
    /// With a factor of its own.
    public init(factor: Double) { self.factor = factor }

    /// The learning rate at a moment of the training.
    public func learningRate(at moment: Moment) -> Double { moment.base * Double.pow(factor, moment.epoch) }
    /// The formula of that learning rate, with its numbers put in: as it is shown, and as a reader of formulas takes it.
    public func formula(at moment: Moment) -> (shown: String, read: String) { ("r·factor^t", "r·factor^t") }
  }

  /// minimum + (r − minimum) · (1 + cos(π t / T)) / 2.
  ///
  /// Loshchilov and Hutter, "SGDR", 2017.
  public struct Cosine: Shape {
    /// What a configuration calls it.
    public static let name = "cosine"
    /// One line for tables and help.
    public static let summary = "down to a minimum along half a cosine wave over all epochs"
    /// True: where it ends depends on how many epochs there are.
    public static let dependsOnEpochs = true
    /// Its settings, in the order in which they are shown.
    public static let settings: [Setting<Self>] = [
      Setting("minimum", \.minimum, .atLeast(0), "the learning rate at the end")
    ]

    /// The learning rate at the end, as a share of the first.
    public var minimum: Double

    /// With the default settings.
    public init() { self.init(minimum: 0) }
    /// With a minimum of its own.
    public init(minimum: Double) { self.minimum = minimum }

    /// The learning rate at a moment of the training.
    public func learningRate(at moment: Moment) -> Double {
      minimum + (moment.base - minimum) * (1 + Double.cos(.pi * moment.epoch / moment.epochs)) / 2
    }

    /// The formula of that learning rate, with its numbers put in: as it is shown, and as a reader of formulas takes it.
    public func formula(at moment: Moment) -> (shown: String, read: String) {
      let text = "minimum + (r - minimum)·(1 + cos(π·t / T)) / 2"
      return (text, text)
    }
  }
}

extension Schedule.Shape where Self == Schedule.Constant {
  /// The optimizer's learning rate throughout.
  public static var constant: Schedule.Constant { Schedule.Constant() }
}

extension Schedule.Shape where Self == Schedule.Step {
  /// Multiplied by a factor every so many epochs.
  public static func step(every: Double = 10, factor: Double = 0.1) -> Schedule.Step {
    Schedule.Step(every: every, factor: factor)
  }
}

extension Schedule.Shape where Self == Schedule.Exponential {
  /// Multiplied by a factor each epoch, evenly from batch to batch.
  public static func exponential(factor: Double = 0.95) -> Schedule.Exponential { Schedule.Exponential(factor: factor) }
}

extension Schedule.Shape where Self == Schedule.Cosine {
  /// Down to `minimum` along half a cosine wave over all epochs.
  public static func cosine(minimum: Double = 0) -> Schedule.Cosine { Schedule.Cosine(minimum: minimum) }
}
