internal import NNKit

extension ConfigurationReader {
  func training(_ node: ConfigurationNode) throws -> TrainingConfiguration {
    let keys = try node.mapping([
      "epochs", "batch", "shuffle", "optimizer", "regularization", "schedule", "early_stopping", "checkpoint",
    ])
    var training = TrainingConfiguration()
    training.leftOut.keys = ["epochs", "batch", "optimizer"].filter { keys[$0] == nil }
    let given = try keys["optimizer"].flatMap { $0.isMapping ? try $0.mapping() : nil }
    if given?["rate"] == nil { training.leftOut.keys.append("rate") }
    if let epochs = keys["epochs"] { training.epochs = try epochs.int(0...Int.max) }
    if let batch = keys["batch"] { training.batch = try batch.int(1...Int.max) }
    if let shuffle = keys["shuffle"] { training.shuffle = try shuffle.bool() }
    if let node = keys["optimizer"] { training.optimizer = try optimizer(node) }
    if let node = keys["regularization"] {
      let parts = try node.mapping(["l1", "l2"])
      training.regularization = Regularization(
        l1: try parts["l1"]?.double(0 ... .infinity) ?? 0, l2: try parts["l2"]?.double(0 ... .infinity) ?? 0)
    }
    if let node = keys["schedule"] {
      training.schedule = try schedule(node)
      if case .rprop = training.optimizer, !training.schedule.isConstant {
        throw node.error(
          "rprop starts with its rate and then finds each step's size itself, so a schedule would change nothing; leave it"
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

  private func optimizer(_ node: ConfigurationNode) throws -> Optimizer {
    let (name, keys) = try named(
      node,
      [
        ("sgd", ["rate", "momentum", "nesterov"]), ("rmsprop", ["rate", "decay", "epsilon"]),
        ("adagrad", ["rate", "epsilon"]), ("adam", ["rate", "beta1", "beta2", "epsilon"]),
        ("adamw", ["rate", "beta1", "beta2", "epsilon", "weight_decay"]),
        ("rprop", ["rate", "eta_minus", "eta_plus", "step_minimum", "step_maximum"]),
      ])
    func number(_ key: String, _ standard: Double, _ range: ClosedRange<Double> = 0 ... .infinity) throws -> Double {
      try keys?[key]?.double(range) ?? standard
    }
    func share(_ key: String, _ standard: Double) throws -> Double {
      guard let node = keys?[key] else { return standard }
      return try node.double(0...1.0.nextDown, "a number in [0, 1)")
    }
    func rate(_ standard: Double) throws -> Double { try keys?["rate"]?.positiveDouble() ?? standard }
    switch name {
    case "sgd":
      let momentum = try number("momentum", 0)
      let nesterov = try keys?["nesterov"]?.bool() ?? false
      if nesterov && momentum == 0 { throw node.error("nesterov needs a momentum > 0") }
      return .sgd(rate: try rate(1e-3), momentum: momentum, nesterov: nesterov)
    case "rmsprop":
      return .rmsprop(rate: try rate(1e-2), decay: try share("decay", 0.99), epsilon: try number("epsilon", 1e-8))
    case "adagrad": return .adagrad(rate: try rate(1e-2), epsilon: try number("epsilon", 1e-10))
    case "adam", "adamw":
      return .adam(
        rate: try rate(1e-3), beta1: try share("beta1", 0.9), beta2: try share("beta2", 0.999),
        epsilon: try number("epsilon", 1e-8), weightDecay: name == "adam" ? 0 : try number("weight_decay", 0.01))
    default:
      let (minimum, maximum) = (try number("step_minimum", 1e-6), try number("step_maximum", 50))
      guard minimum <= maximum else { throw node.error("step_minimum is greater than step_maximum") }
      return .rprop(
        rate: try rate(1e-2), etaMinus: try number("eta_minus", 0.5, Double.leastNonzeroMagnitude...1.0.nextDown),
        etaPlus: try number("eta_plus", 1.2, 1.0.nextUp ... .infinity), stepMinimum: minimum, stepMaximum: maximum)
    }
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
