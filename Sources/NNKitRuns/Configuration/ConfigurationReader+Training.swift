internal import NNKit

extension ConfigurationReader {
  func training(_ node: ConfigurationNode) throws -> TrainingConfiguration {
    let parts = TrainingSettings.parts
    let keys = try node.mapping(
      ["epochs", "batch", "shuffle", "optimizer"] + parts.map(\.name) + ["schedule", "early_stopping", "checkpoint"])
    var training = TrainingConfiguration()
    training.leftOut.keys = ["epochs", "batch", "optimizer"].filter { keys[$0] == nil }
    let given = try keys["optimizer"].flatMap { $0.isMapping ? try $0.mapping() : nil }
    if given?["learning_rate"] == nil { training.leftOut.keys.append("learning_rate") }
    if let epochs = keys["epochs"] { training.epochs = try epochs.int(0...Int.max) }
    if let batch = keys["batch"] { training.batch = try batch.int(1...Int.max) }
    if let shuffle = keys["shuffle"] { training.shuffle = try shuffle.bool() }
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
      let parts = try node.mapping(["metric", "patience"])
      training.earlyStopping = EarlyStopping(
        metric: try parts.required("metric").choice(EarlyStopping.Metric.self),
        patience: try parts.required("patience").int(1...Int.max))
    }
    if let node = keys["checkpoint"] { training.checkpoint = try checkpoint(node) }
    return training
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
    let (name, keys) = try named(
      node,
      [("constant", []), ("step", ["every", "factor"]), ("exponential", ["factor"]), ("cosine", ["minimum"])],
      also: ["warmup"])
    let warmup = try keys?["warmup"]?.double(0 ... .infinity) ?? 0
    switch name {
    case "constant": return Schedule(.constant, warmup: warmup)
    case "step":
      return Schedule(
        .step(
          every: try keys?["every"]?.positiveDouble() ?? 10, factor: try keys?["factor"]?.positiveDouble() ?? 0.1),
        warmup: warmup)
    case "exponential":
      return Schedule(.exponential(factor: try keys?["factor"]?.positiveDouble() ?? 0.95), warmup: warmup)
    default: return Schedule(.cosine(minimum: try keys?["minimum"]?.double(0 ... .infinity) ?? 0), warmup: warmup)
    }
  }
}
