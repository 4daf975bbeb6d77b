import NNKit
import NNKitRuns
import Testing

/// Configurations read, resolved and read again.
@Suite struct ConfigurationTests {
  private static let full = """
    name: "on"
    seed: 18446744073709551615
    precision: float64
    engine: neuron
    data:
      train: {csv: {path: data/a b.csv, header: false, input: [0, 1], target: 2}}
      test: {idx: {images: ~/images, labels: /labels}}
      validation: {generator: {name: parity, bits: 5, samples: 9, noise: 0.25}}
      scale: {inputs: standard, targets: unit}
    network:
      inputs: 2
      layers:
        - {neurons: 2, activation: [{name: leaky_relu, slope: 0.25}, tanh], initializer: {name: normal, deviation: 0.1}}
        - {neurons: 1, activation: sigmoid, weights: [[1.5, -2]], biases: [1e-7], frozen: [weights, biases]}
    loss: {name: huber, delta: 2}
    training:
      epochs: 3
      batch: 7
      shuffle: false
      optimizer: {name: adamw, learning_rate: 0.01, beta1: 0.8, weight_decay: 0.3}
      regularization: {l1: 0.5, l2: 1.0e-3}
      clip: {norm: 1.5}
      schedule: {name: step, every: 2, factor: 0.5, warmup: 1.5}
      early_stopping: {metric: train_loss, patience: 4}
    """

  @Test("aliases are read, but not those of aliases of aliases, which unfold to billions")
  func aliases() throws {
    let layers = "layers: [&wide {neurons: 2, activation: tanh}, \(String(repeating: "*wide, ", count: 500))*wide]"
    let text = "data: {train: {generator: xor}}\nnetwork: {\(layers)}\nloss: squared_error\n"
    #expect(try Configuration(text, file: "wide.yaml").network.layers.count == 502)
    var nested = "&a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"
    for level in 1...12 {
      nested += ", &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]"
    }
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration("name:\n  ? [\(nested)]\n  : 1\n", file: "laughs.yaml")
    }
    #expect(error?.description.contains("laughs.yaml") == true && error?.description.contains("aliases") == true)
    #expect(throws: ConfigurationError.self) {
      try Configuration(text, file: "wide.yaml", overrides: [Override("name={[\(nested)]: 1}")])
    }
  }

  @Test("a resolved configuration reads as the same configuration, and resolves to the same text")
  func roundTrip() throws {
    let configuration = try Configuration(Self.full, file: "/somewhere/full.yaml")
    let text = try configuration.resolved()
    let again = try Configuration(text, file: "/elsewhere/config.yaml")
    #expect(again == configuration)
    #expect(try again.resolved() == text)
  }

  @Test("every key is read as it is written")
  func keys() throws {
    let configuration = try Configuration(Self.full, file: "/somewhere/full.yaml")
    #expect(configuration.name == "on" && configuration.seed == .max && configuration.precision == .float64)
    guard case .csv(let csv) = configuration.data.train.source else { throw ConfigurationError(nil, "expected csv") }
    #expect(csv.path == "/somewhere/data/a b.csv" && !csv.header && csv.target == [.number(2)])
    #expect(configuration.data.inputScale == .all(.standard) && configuration.data.targetScale == .unit)
    #expect(configuration.network.layers[0].activations[0].parameters == ["slope": 0.25])
    #expect(configuration.network.layers[0].initializer == .normal(mean: 0, deviation: 0.1))
    #expect(configuration.network.layers[1].frozen == [.weights, .biases])
    let optimizer = AdamW(learningRate: 0.01, beta1: 0.8, weightDecay: 0.3)
    #expect(configuration.training.optimizer as? AdamW == optimizer)
    #expect(configuration.training.clip == .norm(1.5))
    #expect(configuration.training.schedule == Schedule(.step(every: 2, factor: 0.5), warmup: 1.5))
    #expect(configuration.training.earlyStopping == EarlyStopping(metric: .trainLoss, patience: 4))
  }

  @Test("clip takes a norm or a value greater than 0, and errors say where it does not")
  func clip() throws {
    func training(_ text: String, overrides: [String] = []) throws -> TrainingConfiguration {
      try Configuration(
        """
        data: {train: {generator: xor}}
        network: {layers: [{neurons: 1, activation: sigmoid}]}
        loss: binary_cross_entropy
        training: {\(text)}
        """, file: "clip.yaml", overrides: overrides.map { try Override($0) }
      ).training
    }
    #expect(try training("clip: {value: 0.5}").clip == .value(0.5))
    #expect(try training("epochs: 1").clip == nil)
    #expect(try training("clip: {value: 0.5}", overrides: ["training.clip=null"]).clip == nil)
    #expect(try training("epochs: 1", overrides: ["training.clip.norm=2"]).clip == .norm(2))
    for (text, words) in [
      ("clip: {norm: 0}", "training.clip.norm"), ("clip: {value: -1}", "training.clip.value"),
      ("clip: {}", "`norm` or `value`"), ("clip: {norm: 1, value: 1}", "one of them"), ("clip: 1", "training.clip"),
      ("clip: {nrm: 1}", "did you mean `norm`"), ("norm: 1", "training.clip"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try training(text) }
      #expect(error?.description.contains(words) == true, "\(text): \(error?.description ?? "")")
      #expect(error?.description.contains("clip.yaml:4") == true, "\(text)")
    }
  }

  @Test("defaults are PyTorch's for optimizers, and the file's name for the run")
  func defaults() throws {
    let defaults: [(String, any Optimizer)] = [
      ("sgd", .sgd(learningRate: 1e-3)), ("rmsprop", .rmsprop(learningRate: 1e-2, decay: 0.99, epsilon: 1e-8)),
      ("adagrad", .adagrad(learningRate: 1e-2, epsilon: 1e-10)), ("adam", .adam(learningRate: 1e-3)),
      ("adamw", .adamw(learningRate: 1e-3, weightDecay: 0.01)), ("rprop", .rprop(learningRate: 1e-2)),
    ]
    for (name, optimizer) in defaults {
      let text = """
        data: {train: {generator: xor}}
        network: {layers: [{neurons: 1, activation: sigmoid}]}
        loss: binary_cross_entropy
        training: {optimizer: \(name)}
        """
      let configuration = try Configuration(text, file: "some/my-run.yaml")
      #expect(AnyHashable(configuration.training.optimizer) == AnyHashable(optimizer))
      #expect(configuration.name == "my-run")
      #expect(
        configuration.training.epochs == 10 && configuration.training.batch == 10 && configuration.training.shuffle)
    }
  }

  @Test(
    "--set on a part of what is given by its name alone keeps the name",
    arguments: [
      ("network.layers.0.neuron.width=2", "neuron"), ("network.layers.0.activation.width=2", "activation"),
      ("loss.width=2", "loss"),
    ])
  func namedParts(_ argument: String, _ part: String) throws {
    let text = """
      data: {train: {generator: xor}}
      network: {layers: [{neurons: 1, neuron: own, activation: own}]}
      loss: own
      """
    let configuration = try Configuration(text, file: "run.yaml", overrides: [Override(argument)])
    let layer = configuration.network.layers[0]
    let found =
      ["neuron": layer.kinds?[0], "activation": layer.activations[0], "loss": configuration.loss][part] ?? nil
    #expect(found?.name == "own" && found?.parameters == ["width": 2])
  }
}
