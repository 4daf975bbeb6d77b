public import NNKit

/// Forward and backward passes over a sample, or a batch of them, and the steps that follow, neuron by neuron.
///
///     let explanation = try Explanation(of: network, input: [0.5, 1], target: [1], loss: loss)
///     print(explanation.text)
///     try Data(explanation.html()).write(to: URL(fileURLWithPath: "explained.html"))
///
/// It is computed in double precision, whatever the network's, unless neurons of a class of your own are in it.
public struct Explanation<Scalar: NetworkScalar> {
  package typealias NeuronAct = ExplainedNeuron
  package typealias LayerActs = ExplainedLayer

  /// The steps, one after the other; each begins with the passes over the samples.
  package private(set) var steps: [ExplainedStep]
  package let lossFunction: Loss
  /// Loss and last activation were used in their canonical form: δ does not come from `received`.
  package let isCanonical: Bool
  let rules: StepRules
  /// Where the steps' learning rates come from, if they are not the optimizer's.
  private(set) var schedule: ExplainedSchedule?
  /// Why this sample was taken, if none was asked for.
  package private(set) var choice: String?
  /// What the inputs are called, where they come from a table's columns: `Type=Thai`.
  private(set) var inputNames: [String]?
  /// What is shown of it.
  package private(set) var part = ExplainedPart.whole

  /// The same, with neurons that fire at several positions shown at one of them.
  ///
  /// - Throws: `FunctionFailure` if an activation reports one.
  func showing(_ position: ImageSize) throws -> Explanation {
    var other = self
    for step in steps.indices { other.steps[step].passes = try steps[step].passes.map { try $0.showing(position) } }
    return other
  }

  // MARK: The first pass

  private var first: ExplainedPass { steps[0].passes[0] }
  package var sample: Int { first.sample }
  package var input: [Double] { first.input }
  package var target: [Double] { first.target }
  package var loss: Double { first.loss }
  package var layers: [ExplainedLayer] { first.layers }

  // MARK: Making one

  /// Explains samples of the training data as read.
  ///
  /// - Parameters:
  ///   - experiment: The network, its data and its training.
  ///   - samples: Which samples; together they are a batch. nil for the first that has a gradient in every layer.
  ///   - steps: How many steps are taken, at least one, each with all these samples.
  ///   - part: Which neurons are shown.
  ///   - position: At which position of their windows neurons are shown, row and column; in layers that have no such
  ///     position, and by default, each at the one where |a| is greatest.
  /// - Throws: `ConfigurationError` if there is no such sample.
  package init(
    _ experiment: Experiment<Scalar>, samples: ClosedRange<Int>?, steps: Int = 1, part: ExplainedPart? = nil,
    position: ImageSize? = nil
  ) throws {
    let (network, data) = (experiment.network, experiment.data.trainAsRead)
    for sample in [samples?.lowerBound, samples?.upperBound].compactMap(\.self) {
      guard sample >= 0, sample < data.count else {
        throw ConfigurationError(
          nil, "there is no sample \(sample): the training data have \(data.count), numbered from 0")
      }
    }
    let training = experiment.configuration.training
    let batches = max(1, (experiment.data.train.count + training.batch - 1) / training.batch)
    let schedule = ExplainedSchedule(
      schedule: training.schedule, base: training.optimizer.learningRate, batchesPerEpoch: batches,
      epochs: training.epochs)
    let learningRates = (0..<steps).map(schedule.learningRate)
    func sample(_ number: Int) -> ExplainedSample {
      ExplainedSample(
        number: number, input: data.input(of: number).map { Double($0) },
        target: data.targets.row(number).map { Double($0) }, weight: data.weights?[number])
    }
    let chosen: ClosedRange<Int>
    var choice: String?
    if let samples {
      chosen = samples
    } else {
      let count = min(data.count, 1000)
      let found = try ExplanationRun.withDouble(network, experiment.loss) { run in
        try (0..<count).first { try run.hasGradientInEveryLayer(sample($0)) }
      }
      chosen = (found ?? 0)...(found ?? 0)
      choice =
        found == nil
        ? "None of the first \(count) samples has a gradient in every layer; this is the first of all."
        : "It is the first sample that has a gradient in every layer."
    }
    let rules = StepRules(
      transforms: training.settings.transforms, optimizer: training.optimizer.with(learningRate: learningRates[0]),
      regularization: training.regularization)
    try self.init(
      network, chosen.map(sample), experiment.loss, rules, learningRates, seed: experiment.configuration.seed,
      showing: position)
    self.schedule = training.schedule.isConstant ? nil : schedule
    self.choice = choice
    inputNames = experiment.data.description.columns == nil ? nil : experiment.data.featureNames
    self.part = part ?? .whole
  }

  /// Explains what a network makes of one sample; its neurons may be extended ones.
  ///
  /// The network is afterwards as it was before.
  ///
  /// - Parameters:
  ///   - network: Whose passes are explained.
  ///   - sample: The number by which the text speaks of the sample.
  ///   - input: As many numbers as the network has inputs.
  ///   - target: As many as it has outputs.
  ///   - lossFunction: Compares the outputs with the target.
  ///   - optimizer: Takes the step.
  ///   - regularization: Belongs to the step.
  ///   - transforms: What changes the gradients before the step, one after the other.
  ///   - steps: How many steps are taken, each with this sample.
  ///   - weight: By what the sample's loss, and so its gradients, are multiplied; nil: by nothing.
  /// - Throws: `NetworkError` if a count does not fit; `FunctionFailure` if a plugin reports one.
  public init(
    of network: Network<Scalar>, sample: Int = 0, input: [Scalar], target: [Scalar], loss lossFunction: Loss,
    optimizer: any Optimizer = .sgd(), regularization: Regularization = Regularization(),
    transforms: [any GradientTransform] = [], steps: Int = 1, weight: Double? = nil
  ) throws {
    try Samples(inputs: [input], targets: [target], weights: weight.map { [$0] }).check(fits: network)
    let sample = ExplainedSample(
      number: sample, input: input.map { Double($0) }, target: target.map { Double($0) }, weight: weight)
    let learningRates = [Double](repeating: optimizer.learningRate, count: max(1, steps))
    let rules = StepRules(transforms: transforms, optimizer: optimizer, regularization: regularization)
    try self.init(network, [sample], lossFunction, rules, learningRates)
  }

  private init(
    _ network: Network<Scalar>, _ samples: [ExplainedSample], _ loss: Loss, _ rules: StepRules,
    _ learningRates: [Double], seed: UInt64 = 0, showing position: ImageSize? = nil
  ) throws {
    lossFunction = loss
    self.rules = rules
    (steps, isCanonical) = try ExplanationRun.withDouble(network, loss, showing: position) { run in
      (try run.steps(samples, rules, learningRates, seed: seed), run.isCanonical)
    }
  }
}
