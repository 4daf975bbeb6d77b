import Foundation
import NNKit
import Synchronization
import Testing

/// Calls of the library that would answer wrongly, each of which says so instead.
@Suite struct LibraryUseTests {
  private func expectError(
    _ words: String..., location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    var text = ""
    #expect(sourceLocation: location) {
      try body()
    } throws: { error in
      text = "\(error)"
      return error is NetworkError || error is FileError || error is NonFiniteError
    }
    for word in words { #expect(text.contains(word), "`\(text)` does not say `\(word)`", sourceLocation: location) }
  }

  private func settings(_ optimizer: any Optimizer = .sgd(learningRate: 0.1), epochs: Int = 1) -> TrainingSettings {
    TrainingSettings(epochs: epochs, batch: 2, optimizer: optimizer)
  }

  private func xor<Scalar: NetworkScalar>(as type: Scalar.Type = Scalar.self) throws -> Samples<Scalar> {
    try Samples(inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]], targetKind: .classes)
  }

  // MARK: Weights

  @Test("a network without a seed has random weights, and the seed that gives them again")
  func randomWeights() throws {
    let sigmoid = try bundled().activation("sigmoid")
    func make(seed: UInt64? = nil) throws -> Network<Double> {
      try Network(layers: [Layer(neurons: 3, inputs: 2, activation: sigmoid)], seed: seed)
    }
    let (one, other) = (try make(), try make())
    #expect(one.seed != other.seed && parameters(of: one) != parameters(of: other))
    #expect(parameters(of: one) == parameters(of: try make(seed: one.seed)))
    #expect(one.output.weights.values.joined().allSatisfy { $0 != 0 })
  }

  @Test("weights that were given are kept by the initializer that says so, and never lost without a word")
  func givenWeights() throws {
    let tanh = try bundled().activation("tanh")
    expectError("layer 0", "keepingWeightsOf") { _ = try Network<Double>(layers: [layer([[1, 2]], tanh)]) }
    expectError("layer 0", "seed") { _ = try Network<Double>(layers: [layer([[0, 0]], biases: [1], tanh)]) }
    let network = try Network<Double>(keepingWeightsOf: [layer([[1, 2]], tanh)])
    #expect(network.output.weights.values == [[1, 2]] && network.seed == nil)
    #expect(try Network<Double>(layers: [layer([[1, 2]], tanh)], seed: 3).output.weights.values != [[1, 2]])
  }

  @Test("a layer in two networks is refused while both are there")
  func sharedLayer() throws {
    let layer = try Layer<Double>(neurons: 2, inputs: 2, activation: bundled().activation("tanh"))
    let network = try Network(layers: [layer], seed: 1)
    expectError("layer 0", "another network") { _ = try Network(keepingWeightsOf: [layer]) }
    #expect(network.layers[0] === layer)
  }

  // MARK: Gradients

  @Test("gradients after a training are true or cannot be read", arguments: [Engine.auto, .fused])
  func gradients(_ engine: Engine) throws {
    let samples = try xor(as: Double.self)
    let loss = try bundled().loss("half_squared_error")
    for optimizer in [SGD(learningRate: 0.1), SGD(learningRate: 0.1, momentum: 0.9)] {
      let network: Network<Double> = try network([2, 3, 1], Array(repeating: bundled().activation("tanh"), count: 2))
      network.engine = engine
      try network.train(on: samples, loss: loss, settings: settings(optimizer))
      for layer in network.layers {
        expectError("keepsGradients") { _ = try layer.weightGradients }
        expectError("keepsGradients") { _ = try layer.biasGradients }
        #expect(layer.neurons.flatMap { $0.weightGradients }.allSatisfy { $0.isNaN })
      }
      network.keepsGradients = true
      let only = try Samples<Double>(inputs: [[0.5, -1]], targets: [[0.25]])
      let before = network.layers.map { $0.weights.copy() }
      try network.train(on: only, loss: loss, settings: settings(.sgd(learningRate: 0.5)))
      // w ← w − 0.5 ∂L/∂w for the one sample.
      for (layer, before) in zip(network.layers, before) {
        let moved = zip(before.values, try layer.weightGradients.values).map { zip($0, $1).map { $0 - 0.5 * $1 } }
        #expect(difference(moved, layer.weights.values) < 1e-15)
      }
      // A pass by hand leaves them in any case.
      network.keepsGradients = false
      try pass(network, loss, samples)
      #expect(try network.output.weightGradients.values.joined().allSatisfy { $0.isFinite })
    }
  }

  // MARK: Extended neurons

  @Test("a class that overrides forward without receiving is named in every engine", arguments: Engine.allCases)
  func forgottenReceive(_ engine: Engine) throws {
    let tanh = try bundled().activation("tanh")
    let network = try Network<Double>(
      layers: [Layer([Neuron(inputs: 2, activation: tanh), DeafNeuron<Double>(inputs: 2, activation: tanh)])], seed: 1)
    network.engine = engine
    expectError("layer 0", "neuron 1", "DeafNeuron", "receive") { _ = try network.outputs(for: [1, 2]) }
  }

  @Test("making a layer runs no method of an extended neuron")
  func layerRunsNothing() throws {
    let neuron = CountingNeuron<Double>(inputs: 2, activation: try bundled().activation("softmax"))
    _ = try Layer([neuron, Neuron(inputs: 2, activation: try bundled().activation("softmax"))])
    #expect(neuron.calls == 0)
  }

  @Test("a neuron of a softmax layer run by hand says that its layer must be run")
  func softmaxByHand() throws {
    let network: Network<Double> = try network([2, 3], [bundled().activation("softmax")])
    let neuron = network.output.neurons[1]
    _ = try network.outputs(for: [1, 2])
    expectError("softmax", "layer", "network.backward") { try neuron.backward(sendingTo: nil) }
    expectError("softmax", "layer") { try neuron.respond() }
    let alone = Neuron<Double>(inputs: 1, activation: try bundled().activation("softmax"))
    try alone.forward(Inputs(outputs: Matrix([[3]])))
    #expect(Array(alone.outputs) == [1])
  }

  @Test("a neuron knows whether a pass trains", arguments: Engine.allCases)
  func isTraining(_ engine: Engine) throws {
    let tanh = try bundled().activation("tanh")
    let neuron = CountingNeuron<Double>(inputs: 2, activation: tanh)
    let network = try Network(layers: [Layer([neuron])], seed: 1)
    network.engine = engine
    let (samples, loss) = (try xor(as: Double.self), try bundled().loss("half_squared_error"))
    try network.train(on: samples, loss: loss, settings: settings())
    #expect(neuron.trainingPasses == 2 && neuron.calls == 2)
    _ = try network.measure(loss, on: samples)
    _ = try network.outputs(for: [1, 2])
    _ = try network.checkGradients(loss, on: samples)
    #expect(neuron.trainingPasses == 2 && neuron.calls > 4)
  }

  // MARK: Settings and samples

  @Test("impossible settings are errors that name them")
  func impossibleSettings() throws {
    let network: Network<Double> = try network([2, 1], [bundled().activation("sigmoid")])
    let loss = try bundled().loss("binary_cross_entropy")
    let optimizers: [(String, any Optimizer)] = [
      ("learningRate", .sgd(learningRate: -0.1)), ("learningRate", .sgd(learningRate: .nan)),
      ("learningRate", .adam(learningRate: .infinity)),
      ("momentum", .sgd(momentum: -1)), ("nesterov", .sgd(nesterov: true)), ("beta1", .adam(beta1: 1)),
      ("beta2", .adam(beta2: -0.1)), ("weightDecay", .adamw(weightDecay: -1)), ("epsilon", .adagrad(epsilon: -1)),
      ("decay", .rmsprop(decay: 2)), ("etaMinus", .rprop(etaMinus: 1)), ("etaPlus", .rprop(etaPlus: 1)),
      ("stepMinimum", .rprop(stepMinimum: 2, stepMaximum: 1)),
    ]
    for (name, optimizer) in optimizers {
      expectError(name) { _ = try Trainer(network, loss: loss, settings: settings(optimizer)) }
    }
    let changes: [(String, (inout TrainingSettings) -> Void)] = [
      ("batch", { $0.batch = 0 }), ("epochs", { $0.epochs = -1 }), ("l2", { $0.regularization.l2 = -1 }),
      ("l1", { $0.regularization.l1 = .nan }), ("every", { $0.schedule.shape = .step(every: 0, factor: 0.1) }),
      ("factor", { $0.schedule.shape = .exponential(factor: -1) }), ("warmup", { $0.schedule.warmup = -1 }),
      ("minimum", { $0.schedule.shape = .cosine(minimum: -1) }),
      ("patience", { $0.earlyStopping = EarlyStopping(metric: .trainLoss, patience: 0) }),
    ]
    for (name, change) in changes {
      var settings = settings()
      change(&settings)
      expectError(name) { _ = try Trainer(network, loss: loss, settings: settings) }
    }
    for threads in [0, -1, 100_000] {
      network.threads = threads
      expectError("\(threads)", "1 to 1024") { _ = try network.outputs(for: [1, 2]) }
    }
  }

  @Test("samples that are not finite, and targets outside of the loss's range, are named by sample and number")
  func impossibleSamples() throws {
    let sigmoid = try bundled().activation("sigmoid")
    let (network, doubles) = (
      try Network<Float>(layers: [Layer(neurons: 1, inputs: 2, activation: sigmoid)]),
      try Network<Double>(layers: [Layer(neurons: 1, inputs: 2, activation: sigmoid)])
    )
    let loss = try bundled().loss("binary_cross_entropy")
    func samples(_ inputs: [[Float]], _ targets: [[Float]]) throws -> Samples<Float> {
      try Samples(inputs: inputs, targets: targets)
    }
    let good = try samples([[1, 2], [3, 4]], [[0], [1]])
    let cases: [(Samples<Float>, String)] = [
      (try samples([[.nan, 2], [3, 4]], [[0], [1]]), "sample 0, input 0 is nan"),
      (try samples([[1, 2], [3, .infinity]], [[0], [1]]), "sample 1, input 1 is inf"),
      (try samples([[1, 2], [3, 4]], [[0], [.nan]]), "sample 1, target 0 is nan"),
      (try samples([[1, 2], [3, 4]], [[0], [7]]), "sample 1, target 0 is 7"),
    ]
    for (bad, words) in cases {
      expectError(words) { _ = try network.train(on: bad, loss: loss, settings: settings()) }
      expectError("validation", words) {
        _ = try network.train(on: good, validation: bad, loss: loss, settings: settings())
      }
      expectError(words) { _ = try network.measure(loss, on: bad) }
    }
    expectError("sample 0, target 0 is -3") {
      _ = try doubles.checkGradients(loss, on: Samples(inputs: [[1, 2]], targets: [[-3]]))
    }
  }

  @Test("early stopping ends with an error where the figure is not a number or will not be there")
  func earlyStopping() throws {
    let network = try Network<Double>(keepingWeightsOf: [layer([[1, -1]], bundled().activation("identity"))])
    var settings = settings(.sgd(learningRate: 1e-9), epochs: 5)
    settings.earlyStopping = EarlyStopping(metric: .validationLoss, patience: 3)
    let (train, loss) = (try Samples<Double>(inputs: [[1, 1]], targets: [[0]]), try bundled().loss("squared_error"))
    // ∞ − ∞ in the only neuron.
    let huge = try Samples<Double>(
      inputs: [[.greatestFiniteMagnitude, .greatestFiniteMagnitude]], targets: [[0]])
    network.output.weights[0, 0] = 2
    network.output.weights[0, 1] = -2
    expectError("validation loss", "nan", "epoch 1") {
      _ = try network.train(on: train, validation: huge, loss: loss, settings: settings)
    }
    settings.earlyStopping = EarlyStopping(metric: .validationAccuracy, patience: 3)
    let classes = try Samples<Double>(inputs: [[1, 1]], targets: [[0]], targetKind: .classes)
    expectError("validation_accuracy", "not classes") {
      _ = try network.train(on: classes, validation: train, loss: loss, settings: settings)
    }
  }

  // MARK: Functions

  @Test("the functions of two searches for plugins are equal where library, function and parameters are")
  func equalFunctions() throws {
    let (one, other) = (try bundled(), try Plugins(searching: SearchPath(environment: [:])))
    #expect(try one.activation("softmax") == other.activation("softmax"))
    #expect(try one.activation("relu") != other.activation("tanh"))
    #expect(try one.activation("leaky_relu", parameters: ["slope": 0.2]) != other.activation("leaky_relu"))
    #expect(try one.loss("cross_entropy") == other.loss("cross_entropy"))
    #expect(try one.neuron("product") == other.neuron("product"))
    let softmax = [try one.activation("softmax"), try other.activation("softmax")]
    #expect(try Layer<Float>(softmax.map { Neuron(inputs: 2, activation: $0) }).activation == softmax[0])
  }

  // MARK: Trainers

  @Test("a trainer's own learning rate moves weights by that rate, and is the report's", arguments: [1, 2])
  func ownRate(_ batch: Int) throws {
    let identity = try bundled().activation("identity")
    let network = try Network<Double>(keepingWeightsOf: [layer([[0]], identity)])
    network.output.frozen = .biases
    let samples = try Samples<Double>(inputs: [[1]], targets: [[1]])
    let trainer = try Trainer(
      network, loss: bundled().loss("half_squared_error"),
      settings: TrainingSettings(epochs: 3, batch: batch, optimizer: .sgd(learningRate: 0.5)))
    var rates: [Double] = []
    try trainer.train(
      on: samples,
      onEpoch: { report in
        rates.append(report.learningRate)
        trainer.learningRate = 0.25
        return .proceed
      })
    // w ← w + r (1 − w): 0.5, 0.625, 0.71875
    #expect(network.output.weights[0, 0] == 0.71875 && rates == [0.5, 0.25, 0.25])
    trainer.learningRate = .nan
    expectError("learningRate", "nan") { _ = try trainer.train(on: samples) }
  }

  @Test("two calls of one trainer move weights as one of twice the epochs, momentum and all")
  func twoCalls() throws {
    let (samples, loss) = (try xor(as: Double.self), try bundled().loss("half_squared_error"))
    func trained(_ epochs: Int, calls: Int) throws -> [[Double]] {
      let network: Network<Double> = try network([2, 3, 1], Array(repeating: bundled().activation("tanh"), count: 2))
      let trainer = try Trainer(network, loss: loss, settings: settings(.adam(learningRate: 0.05), epochs: epochs))
      for _ in 0..<calls { try trainer.train(on: samples) }
      return parameters(of: network)
    }
    #expect(try trained(3, calls: 2) == trained(6, calls: 1))
  }

  @Test("a task that is cancelled ends its training after the batch")
  func cancellation() async throws {
    let batches = try await Task {
      let (samples, loss) = (try xor(as: Double.self), try bundled().loss("half_squared_error"))
      let network: Network<Double> = try network([2, 1], [bundled().activation("tanh")])
      let trainer = try Trainer(network, loss: loss, settings: settings(.sgd(learningRate: 0.1), epochs: 1000))
      var batches = 0
      #expect(throws: CancellationError.self) {
        try trainer.train(
          on: samples,
          onBatch: { _ in
            batches += 1
            if batches == 3 { withUnsafeCurrentTask { $0?.cancel() } }
          })
      }
      return batches
    }.value
    #expect(batches == 3)
  }
}

/// A neuron that forgets to keep its inputs.
private final class DeafNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  override func forward(_ inputs: Inputs<Scalar>) throws {
    try combine()
    try respond()
  }
}

/// A neuron that counts its forward passes.
private final class CountingNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  var calls = 0
  var trainingPasses = 0

  override func combine() throws {
    calls += 1
    if isTraining { trainingPasses += 1 }
    try super.combine()
  }
}
