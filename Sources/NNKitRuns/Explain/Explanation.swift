public import NNKit

/// One forward and one backward pass over a single sample, and the step that follows, neuron by neuron.
///
///     let explanation = try Explanation(of: network, input: [0.5, 1], target: [1], loss: loss)
///     print(explanation.text)
///     try Data(explanation.html()).write(to: URL(fileURLWithPath: "explained.html"))
public struct Explanation<Scalar: NetworkScalar> {
  /// What one neuron held and did.
  package struct NeuronAct {
    package let index: Int
    /// What it is called beside plain neurons: the kind, or the class.
    package let typeName: String
    /// How a plugin combines for it, if one does.
    package let kind: NeuronKind?
    package let activation: Activation
    package let isPlain: Bool
    package let respondsByActivation: Bool
    package let inputs: [Scalar]
    package let weights: [Scalar]
    package let bias: Scalar
    package let weightedInput: Scalar
    package let output: Scalar
    package let received: Scalar
    package let localGradient: Scalar
    package let weightGradient: [Scalar]
    package let biasGradient: Scalar
    package let messages: [Scalar]
    package fileprivate(set) var updatedWeights: [Scalar]
    package fileprivate(set) var updatedBias: Scalar
  }

  package struct LayerActs {
    package let index: Int
    /// The activation that all neurons share, or one each.
    package let activations: [Activation]
    package let frozen: FrozenParameters
    /// What its neurons are called, if any is not plain.
    package let kindNames: [String]
    package fileprivate(set) var neurons: [NeuronAct]
  }

  package let sample: Int
  package let input: [Scalar]
  package let target: [Scalar]
  package let loss: Double
  package let lossFunction: Loss
  /// Loss and last activation were used in their canonical form: δ does not come from `received`.
  package let isCanonical: Bool
  package let optimizer: Optimizer
  /// Whether the optimizer has the rate of a schedule's first batch, not its own.
  package private(set) var isScheduled = false
  package let regularization: Regularization
  package private(set) var layers: [LayerActs]

  /// Explains sample `sample` of the training data as read.
  ///
  /// The network is afterwards as it was.
  ///
  /// - Throws: `ConfigurationError` if there is no such sample.
  package init(_ experiment: Experiment<Scalar>, sample: Int) throws {
    let (network, samples) = (experiment.network, experiment.data.trainAsRead)
    guard sample >= 0, sample < samples.count else {
      throw ConfigurationError(
        nil, "there is no sample \(sample): the training data have \(samples.count), numbered from 0")
    }
    let training = experiment.configuration.training
    let rate = training.schedule.rate(
      base: training.optimizer.rate, batch: 0,
      batchesPerEpoch: max(1, (experiment.data.train.count + training.batch - 1) / training.batch),
      epochs: training.epochs)
    try self.init(
      of: network, sample: sample, input: Array(samples.inputs.row(sample)),
      target: Array(samples.targets.row(sample)), loss: experiment.loss,
      optimizer: training.optimizer.with(rate: rate), regularization: training.regularization)
    isScheduled = !training.schedule.isConstant
  }

  /// Explains what a network makes of one sample; its neurons may be extended ones.
  ///
  /// The step is shown and taken back: the network's weights and biases are afterwards as they were.
  ///
  /// - Parameters:
  ///   - network: Whose passes are explained.
  ///   - sample: The number by which the text speaks of the sample.
  ///   - input: As many numbers as the network has inputs.
  ///   - target: As many as it has outputs.
  ///   - lossFunction: Compares the outputs with the target.
  ///   - optimizer: Takes the step.
  ///   - regularization: Belongs to the step.
  /// - Throws: `NetworkError` if a count does not fit; `FunctionFailure` if a plugin reports one.
  public init(
    of network: Network<Scalar>, sample: Int = 0, input: [Scalar], target: [Scalar], loss lossFunction: Loss,
    optimizer: Optimizer = .sgd(), regularization: Regularization = Regularization()
  ) throws {
    try Samples(inputs: [input], targets: [target]).check(fits: network)
    self.sample = sample
    self.input = input
    self.target = target
    self.lossFunction = lossFunction
    self.optimizer = optimizer
    self.regularization = regularization
    let stage = try LossStage(lossFunction, behind: network.output)
    let before = ParameterSnapshot(of: network)
    defer { before.restore(to: network) }
    isCanonical = stage.isCanonical
    let targets = Matrix(target.map { [$0] })
    try network.forward(Inputs(samples: Matrix([input])))
    loss = try stage.evaluate(targets)
    try stage.startBackward(targets)
    try network.backward()
    layers = try network.layers.enumerated().map { index, layer in
      LayerActs(
        index: index, activations: layer.activation.map { [$0] } ?? layer.neurons.map(\.activation),
        frozen: layer.frozen, kindNames: layer.kindNames, neurons: try layer.neurons.map { try NeuronAct($0) })
    }
    OptimizerState(optimizer, for: network).step(
      network, samples: 1, rate: optimizer.rate, regularization: regularization)
    for (index, layer) in network.layers.enumerated() {
      for (number, neuron) in layer.neurons.enumerated() {
        layers[index].neurons[number].updatedWeights = Array(neuron.weights)
        layers[index].neurons[number].updatedBias = neuron.bias
      }
    }
  }
}

extension Explanation.NeuronAct {
  /// What a neuron holds after both passes over one column.
  fileprivate init(_ neuron: Neuron<Scalar>) throws {
    index = neuron.index
    typeName = neuron.kindName ?? type(of: neuron).typeName
    kind = neuron.pluginKind
    activation = neuron.activation
    isPlain = neuron.isPlain
    respondsByActivation = neuron.respondsByActivation
    inputs = (0..<neuron.fanIn).map { neuron.inputs[$0, 0] }
    weights = Array(neuron.weights)
    bias = neuron.bias
    weightedInput = neuron.weightedInputs[0]
    output = neuron.outputs[0]
    received = neuron.received[0]
    localGradient = neuron.localGradients[0]
    weightGradient = Array(neuron.weightGradients)
    biasGradient = neuron.biasGradient
    let sent = Matrix<Scalar>(rows: neuron.fanIn, columns: 1)
    try neuron.sendMessages(to: Messages(addingTo: sent))
    messages = (0..<neuron.fanIn).map { sent[$0, 0] }
    updatedWeights = weights
    updatedBias = bias
  }
}
