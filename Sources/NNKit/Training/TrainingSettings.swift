/// How a network is trained.
public struct TrainingSettings: Configurable, Codable {
  /// How many times the trainer goes through all samples.
  public var epochs: Int
  /// How many samples a step takes; the last step of an epoch takes what is left.
  public var batch: Int
  /// Whether the samples come in a new order each epoch.
  public var shuffle: Bool
  /// What moves the parameters.
  public var optimizer: any Optimizer {
    get { anyOptimizer.optimizer }
    set { anyOptimizer.optimizer = newValue }
  }
  private var anyOptimizer: AnyOptimizer
  /// What the loss adds for weights.
  public var regularization: Regularization
  /// How the learning rate changes.
  public var schedule: Schedule
  /// Whether the learning rate grows with the number of ranks that train together.
  public var learningRateScaling: LearningRateScaling {
    get { scaling ?? .none }
    set { scaling = newValue == LearningRateScaling.none ? nil : newValue }
  }
  /// Nil for none, as in what earlier versions have stored.
  private var scaling: LearningRateScaling?
  /// When to stop before the last epoch; nil for never.
  public var earlyStopping: EarlyStopping?
  /// Whether, and how, large gradients are made smaller before each step.
  public var clip: GradientClipping?
  /// What ends the training before its last epoch, if anything does.
  public var stop: TrainingStop?
  /// What the order of samples follows from.
  public var seed: UInt64

  /// With the settings that differ from the defaults.
  public init(
    epochs: Int, batch: Int = 1, shuffle: Bool = true, optimizer: any Optimizer,
    regularization: Regularization = Regularization(), schedule: Schedule = Schedule(),
    earlyStopping: EarlyStopping? = nil, clip: GradientClipping? = nil, stop: TrainingStop? = nil,
    seed: UInt64 = 0
  ) {
    self.epochs = epochs
    self.batch = batch
    self.shuffle = shuffle
    anyOptimizer = AnyOptimizer(optimizer)
    self.regularization = regularization
    self.schedule = schedule
    self.earlyStopping = earlyStopping
    self.clip = clip
    self.stop = stop
    self.seed = seed
  }

  /// Those of the training itself; its optimizer, schedule and the rest have their own.
  public static let settings: [Setting<Self>] = [
    Setting("epochs", \.epochs, 0...Int.max, "how many times all samples are seen"),
    Setting("batch", \.batch, 1...Int.max, "how many samples a step takes"),
    Setting("shuffle", \.shuffle, "whether the samples come in a new order each epoch"),
    Setting(
      "learning_rate_scaling", \.learningRateScaling,
      "whether the learning rate is multiplied by the number of ranks, after a warm-up"),
  ]

  private enum CodingKeys: String, CodingKey {
    case epochs, batch, shuffle, regularization, schedule, scaling, earlyStopping, clip, stop, seed
    case anyOptimizer = "optimizer"
  }
}

extension TrainingSettings {
  /// Holds every setting to its allowed range, as a configuration's reader does.
  ///
  /// - Throws: `NetworkError` that names the setting, its value and its range.
  func checkSettings() throws(NetworkError) {
    try check("")
    try optimizer.checkOptimizer()
    for part in Self.parts { try part.value(in: self)?.check("\(part.name).") }
    try schedule.checkSchedule()
    let type = type(of: optimizer)
    if !type.followsSchedule, !schedule.isConstant {
      throw NetworkError(
        "\(type.name) finds the size of each step itself, so a `schedule` would change nothing; leave it out", .setting)
    }
    if !type.followsSchedule, learningRateScaling != .none {
      throw NetworkError(
        "\(type.name) finds the size of each step itself, so `learningRateScaling` would change nothing; leave it out",
        .setting)
    }
    try earlyStopping?.check("earlyStopping.")
  }
}
