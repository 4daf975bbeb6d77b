import NNKit

/// What can be changed of the optimizer, and how first weights are drawn.
extension ViewSettings {
  private static let greatestLearningRate = 1e6

  /// The momentum of `sgd`; nil for the others.
  var momentum: Double? {
    (configuration.training.optimizer as? SGD)?.momentum
  }

  /// Takes over what changes steps but not weights.
  ///
  /// - Returns: Whether anything is another than before.
  mutating func applyToTraining(_ changes: ViewChanges) throws -> Bool {
    let before = configuration.training
    if let name = changes.optimizer { try choose(optimizer: name) }
    if let momentum = changes.momentum {
      guard var sgd = configuration.training.optimizer as? SGD else {
        throw RefusedChange("momentum", "only sgd has a momentum of its own choice")
      }
      guard (0..<1).contains(momentum) else { throw Self.error("momentum", momentum, "0 or more, and less than 1") }
      (sgd.momentum, sgd.nesterov) = (momentum, sgd.nesterov && momentum > 0)
      configuration.training.optimizer = sgd
    }
    if let learningRate = changes.learningRate {
      guard learningRate > 0, learningRate <= Self.greatestLearningRate else {
        throw Self.error("learning_rate", learningRate, "a number > 0")
      }
      configuration.training.optimizer = configuration.training.optimizer.with(learningRate: learningRate)
    }
    if let batch = changes.batch {
      guard (1...1_000_000).contains(batch) else { throw Self.error("batch", batch, "1 to 1000000 samples") }
      configuration.training.batch = batch
    }
    for (name, strength, part) in [
      ("l1", changes.l1, \Regularization.l1), ("l2", changes.l2, \Regularization.l2),
    ] {
      guard let strength else { continue }
      guard (0...1e6).contains(strength) else { throw Self.error(name, strength, "a strength of 0 or more") }
      configuration.training.regularization[keyPath: part] = strength
    }
    return configuration.training != before
  }

  /// Another optimizer with the learning rate there is; the configuration's own with its own parameters.
  private mutating func choose(optimizer name: String) throws {
    let (own, training) = (original.configuration.training.optimizer, configuration.training)
    guard let type = Optimizers.all.first(where: { $0.name == name }) else {
      throw RefusedChange(
        "optimizer", "found \(shown(name)), expected one of \(listed(Optimizers.all.map { $0.name }))")
    }
    let chosen = Swift.type(of: own) == type ? own : type.init()
    if !type.followsSchedule, !training.schedule.isConstant {
      throw RefusedChange(
        "optimizer",
        "\(name) finds the size of each step itself, so that the configuration's learning-rate schedule would change nothing;"
          + " choose another optimizer, or leave the schedule out of the configuration")
    }
    configuration.training.optimizer = chosen.with(learningRate: training.optimizer.learningRate)
  }

  // MARK: First weights

  private static let initializers: [(name: String, initializer: Initializer?)] = [
    ("standard", nil), ("glorot_normal", .glorotNormal), ("glorot_uniform", .glorotUniform), ("he_normal", .heNormal),
    ("he_uniform", .heUniform), ("lecun_normal", .lecunNormal), ("normal", .normal(deviation: 1)),
    ("uniform", .uniform(minimum: -1, maximum: 1)), ("zeros", .zeros),
  ]

  /// What pages call first weights that are not drawn by one of the rules for all layers.
  private static let own = "configured"

  var initializerNames: [String] {
    Self.initializers.map(\.name) + (Self.name(original.configuration.network.layers) == Self.own ? [Self.own] : [])
  }

  /// How the first weights of all layers are drawn.
  var initializerName: String { Self.name(configuration.network.layers) }

  private static func name(_ layers: [LayerConfiguration]) -> String {
    guard layers.allSatisfy({ $0.weights == nil && $0.initializer == layers[0].initializer }) else { return own }
    return initializers.first { $0.initializer == layers[0].initializer }?.name ?? own
  }

  /// Draws the first weights of all layers by one rule, in the place of weights that are written out.
  mutating func choose(initializer name: String) throws {
    let layers = original.configuration.network.layers
    if name == Self.own {
      guard initializerNames.contains(name), configuration.network.layers.map(\.neurons) == layers.map(\.neurons) else {
        throw RefusedChange("initializer", "the configuration's own first weights fit only the layers it has")
      }
      for (index, layer) in layers.enumerated() {
        (configuration.network.layers[index].initializer, configuration.network.layers[index].weights) = (
          layer.initializer, layer.weights
        )
        configuration.network.layers[index].biases = layer.biases
      }
      return
    }
    guard let rule = Self.initializers.first(where: { $0.name == name }) else {
      throw RefusedChange("initializer", "found \(shown(name)), expected one of \(listed(initializerNames))")
    }
    for index in configuration.network.layers.indices {
      configuration.network.layers[index].initializer = rule.initializer
      (configuration.network.layers[index].weights, configuration.network.layers[index].biases) = (nil, nil)
    }
  }
}
