package import NNKit

/// Everything a configuration speaks of, made: the network with its first weights, the data read and scaled, the loss.
package struct Experiment<Scalar: NetworkScalar> {
  package let configuration: Configuration
  package let plugins: Plugins
  /// The formats in which a model that training starts from may come.
  package let formats: ModelFormats
  /// Of a cascade: as it is now.
  package internal(set) var network: Network<Scalar>
  package let loss: Loss
  package let data: DataSets<Scalar>
  /// Who computes the network's matrix products.
  package let backend: BackendChoice
  /// How long reading and preparing the data took.
  package let readingSeconds: Double

  /// The network, loss and scaling as a model to save.
  package var model: Model<Scalar> {
    Model(
      network, loss: loss, targetKind: data.targetKind, classes: data.classes,
      classLabels: data.description.classLabels, classWeights: data.description.classWeights,
      columns: data.description.columns, inputNames: data.featureNames, targetNames: data.targetNames,
      inputScaling: data.inputScaling, targetScaling: data.targetScaling)
  }

  /// Makes what `configuration` describes.
  ///
  /// - Parameters:
  ///   - configuration: What to make.
  ///   - plugins: Where its functions come from.
  ///   - formats: In which a model that training starts from may come.
  ///   - model: A trained model that takes the place of the configured network, with its scaling: then no other than
  ///     the training samples are read.
  ///   - threads: How many threads share the network's work.
  ///   - keepsTrainAsRead: Whether samples are wanted by the number they have in the training source.
  ///   - ranks: The processes that train together, which all make it at a time.
  /// - Throws: `ConfigurationError` with the place of whatever does not fit; the errors of files and plugins.
  package init(
    _ configuration: Configuration, plugins: Plugins, formats: ModelFormats, model: Model<Scalar>? = nil,
    threads: Int = 1, keepsTrainAsRead: Bool = false, ranks: Ranks? = nil
  ) throws {
    self.configuration = configuration
    self.plugins = plugins
    self.formats = formats
    let lossPlace = configuration.loss.place
    loss = try configuration.loss.placing {
      try plugins.loss(configuration.loss.name, parameters: configuration.loss.parameters)
    }
    let isStart = model == nil
    var model = model
    if model == nil, let path = configuration.network.from {
      model = try (configuration.network.fromPlace ?? configuration.network.place).placing {
        try formats.format(ofFile: path).read(path, as: Scalar.self, plugins: plugins).model
      }
    }
    // A plugin's name that is wrong is said before long files are read.
    let functions = try configuration.network.layers.map { try NetworkBuilder.LayerFunctions($0, plugins) }
    let start = ContinuousClock.now
    let configured = configuration.network.outputs(behind: model?.network.layers.dropLast().last?.neurons.count)
    guard let outputs = isStart ? configured ?? model?.network.outputCount : model?.network.outputCount else {
      throw ConfigurationError(configuration.network.place.description, "the network has no layers")
    }
    let reading = DataReading(
      configuration, loss: loss, outputs: outputs, model: model, isStart: isStart, ranks: ranks)
    let (loss, trained) = (loss, model)
    func make() throws -> (DataReading<Scalar>.Raw, Network<Scalar>, BackendChoice) {
      let raw = try reading.raw(onlyTrain: !isStart, keepsTrainAsRead: keepsTrainAsRead)
      let width = raw.form.inputCount
      try NetworkBuilder.check(configuration.network, inputs: width)
      if isStart, let trained {
        try NetworkBuilder.check(configuration.network, startingFrom: trained.network, image: raw.train.imageShape)
      }
      let network =
        if let trained, !isStart || functions.isEmpty {
          trained.network
        } else {
          try NetworkBuilder.network(
            configuration, functions, replacingLastOf: trained?.network, inputs: width, image: raw.train.sampleShape)
        }
      let backend = try configuration.setUp(network, plugins, threads: threads)
      try NetworkBuilder.check(loss, behind: network.output, at: lossPlace)
      return (raw, network, backend)
    }
    let raw: DataReading<Scalar>.Raw
    (raw, network, backend) = try reading.shares?.together(make) ?? make()
    data = try reading.dataSets(raw, for: network)
    readingSeconds = (ContinuousClock.now - start) / .seconds(1)
    guard isStart else { return }
    // What cannot be grown is said before a run has a folder.
    if configuration.training.cascade != nil {
      if let augment = configuration.data.augment, augment.settings.draws {
        throw ConfigurationError(
          augment.place.description,
          "a cascade takes the same samples in each step, so it draws no changes of them; leave `augment` out, or make the"
            + " shifts once: `augment: {shift: 1, expand: true}`")
      }
      _ = try training()
    }
    try configuration.training.checkWatched(
      validation: data.validation?.areClasses, areClasses: data.train.areClasses)
  }
}

extension Experiment {
  /// What trains the network, as the configuration says.
  ///
  /// - Throws: `ConfigurationError` for a cascade that does not begin with an output layer alone; `NetworkError`.
  package func training(ranks: Ranks? = nil) throws -> any NetworkTraining<Scalar> {
    let training = configuration.training
    let settings = training.settings(seed: configuration.seed)
    guard let cascade = training.cascade else {
      return try trainer(ranks)
    }
    if let ranks, ranks.count > 1 {
      throw ConfigurationError(
        cascade.place.description, "\(ranks.count) ranks cannot grow one network; start a cascade without mpirun")
    }
    let candidates = try cascade.candidates(plugins)
    return try cascade.place.placing {
      try CascadeTrainer(network, loss: loss, candidates: candidates, cascade: cascade.settings, settings: settings)
    }
  }

  /// What trains a network of one size.
  func trainer(_ ranks: Ranks?) throws -> Trainer<Scalar> {
    let settings = configuration.training.settings(seed: configuration.seed)
    let trainer = try Trainer(network, loss: loss, settings: settings, ranks: ranks)
    trainer.onlyStepsChangeWeights = true
    trainer.hasOwnSamples = configuration.data.shardingPlace != nil && ranks != nil
    return trainer
  }

  /// Refuses a cascade for what trains a network of one size.
  ///
  /// - Parameter what: "the live view".
  /// - Throws: `ConfigurationError` at the cascade.
  package func checkIsOfOneSize(for what: String) throws {
    guard let cascade = configuration.training.cascade else { return }
    throw ConfigurationError(
      cascade.place.description,
      "a cascade builds another network in each round, and \(what) trains one network; `nnkit run` trains it")
  }
}

extension Configuration {
  /// Has a network compute as the configuration says.
  ///
  /// - Parameters:
  ///   - network: Whose layers will be run so.
  ///   - plugins: Where the matrix backend comes from.
  ///   - threads: How many threads share the work.
  /// - Returns: Which backend computes large matrix products, and why.
  /// - Throws: `ConfigurationError` with its place if no plugin offers the backend.
  package func setUp<Scalar: NetworkScalar>(
    _ network: Network<Scalar>, _ plugins: Plugins, threads: Int
  ) throws -> BackendChoice {
    let choice = try chooseBackend(plugins, for: network)
    network.compute = ComputeSettings(engine: engine, threads: threads, backend: choice.backend)
    return choice
  }

  /// The matrix backend that the configuration asks for, or the fastest that is there if the network has work for it.
  private func chooseBackend<Scalar: NetworkScalar>(
    _ plugins: Plugins, for network: Network<Scalar>
  ) throws -> BackendChoice {
    guard let backend else {
      // Samples are measured and predicted for by up to 256 at once.
      return network.hasLargeProducts(columns: max(training.batch, 256))
        ? try plugins.backend(for: Scalar.self) : .builtIn(because: "no product is large enough for another library")
    }
    return try backend.place.placing { try plugins.backend(backend.name, for: Scalar.self) }
  }
}
