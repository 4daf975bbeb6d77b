internal import NNKit

extension ConfigurationReader {
  func training(_ node: ConfigurationNode) throws -> TrainingConfiguration {
    let parts = TrainingSettings.parts
    let keys = try node.mapping(
      TrainingSettings.settingNames + ["optimizer"] + parts.map(\.name) + [
        "schedule", "early_stopping", "checkpoint", "cascade",
      ])
    var training = TrainingConfiguration()
    training.leftOut.keys = ["epochs", "batch", "optimizer"].filter { keys[$0] == nil }
    let given = try keys["optimizer"].flatMap { $0.isMapping ? try $0.mapping() : nil }
    if given?["learning_rate"] == nil { training.leftOut.keys.append("learning_rate") }
    training.settings = try settings(of: training.settings, node, keys)
    if let node = keys["optimizer"], let optimizer = try selected(node, among: Optimizers.all) as? any Optimizer {
      training.optimizer = optimizer
    }
    for part in parts {
      guard let node = keys[part.name] else { continue }
      part.put(try settings(of: part.start, in: node), into: &training.settings)
    }
    if let node = keys["schedule"] {
      training.schedule = try schedule(node)
      let type = type(of: training.optimizer)
      if !type.followsSchedule, !training.schedule.isConstant {
        throw node.error(
          "\(type.name) starts with its learning rate and then finds each step's size itself, so a schedule would change nothing; leave it"
            + " out, or choose another optimizer")
      }
    }
    if let node = keys["early_stopping"] {
      training.earlyStopping = try settings(of: EarlyStopping(metric: .trainLoss, patience: 1), in: node)
    }
    func watching(_ key: String) throws -> Place? {
      try keys[key].map { place($0.isMapping ? try $0.mapping()["metric"] ?? $0 : $0) }
    }
    (training.stoppingPlace, training.schedulePlace) = (try watching("early_stopping"), try watching("schedule"))
    if let node = keys["checkpoint"] { training.checkpoint = try checkpoint(node) }
    if let node = keys["cascade"] { try grow(&training, node, keys) }
    return training
  }

  /// A cascade decides itself how long it trains, and takes all samples in each step.
  private func grow(
    _ training: inout TrainingConfiguration, _ node: ConfigurationNode, _ keys: ConfigurationMapping
  ) throws {
    for (key, instead) in [
      ("epochs", "`cascade: {neurons: …}` says how many rounds there are at most, and `stop` ends it earlier"),
      ("batch", "it takes all samples in each step"), ("shuffle", "it takes all samples in each step"),
    ] {
      if let given = keys[key] { throw given.error("a cascade has no `\(key)`: \(instead); leave it out") }
    }
    if let given = keys["schedule"], !training.schedule.isConstant {
      throw given.error("a cascade starts the optimizer again in each round, so it takes no schedule; leave it out")
    }
    let cascade = try cascade(node)
    training.cascade = cascade
    training.epochs = cascade.settings.neurons + 1
    if keys["optimizer"] == nil { training.optimizer = .irpropm() }
    training.leftOut.keys = []
  }

  private func checkpoint(_ node: ConfigurationNode) throws -> CheckpointRule {
    guard node.isMapping else {
      if node.text == "automatic" { return .automatic }
      throw node.expected("automatic, or a mapping with epochs, seconds or both")
    }
    let parts = try node.mapping(["epochs", "seconds"])
    let epochs = try parts["epochs"]?.int(1...Int.max)
    let seconds = try parts["seconds"]?.positiveDouble()
    guard epochs != nil || seconds != nil else { throw node.expected("a mapping with epochs, seconds or both") }
    return .every(epochs: epochs, seconds: seconds)
  }

  private func schedule(_ node: ConfigurationNode) throws -> Schedule {
    let shape = try selected(node, among: Schedule.shapes, also: Schedule.settingNames)
    let schedule = Schedule((shape as? any Schedule.Shape) ?? .constant)
    return node.isMapping ? try settings(of: schedule, node, node.mapping()) : schedule
  }
}
