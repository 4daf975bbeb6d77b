package import NNKit

/// The samples of a run, scaled and with targets as the network is to answer them.
package struct DataSets<Scalar: NetworkScalar> {
  package let train: Samples<Scalar>
  package let validation: Samples<Scalar>?
  package let test: Samples<Scalar>?
  /// The training samples as they were read, before validation samples were held out; only where they were asked for.
  package let trainAsRead: Samples<Scalar>
  /// What the targets of all sets are.
  package let targetKind: TargetKind
  package let classes: [String]?
  /// What the targets are called, where the source has names: one for each output, or one for a column of classes.
  package let targetNames: [String]?
  package let inputScaling: Scaling?
  package let targetScaling: Scaling?
  package let featureNames: [String]?
  /// How a sample's inputs are a picture, if they are.
  package let imageShape: ImageShape?

  /// The samples that tell most of a network: the test samples; without them validation or training samples.
  package var measured: (name: String, samples: Samples<Scalar>) {
    test.map { ("test", $0) } ?? validation.map { ("validation", $0) } ?? ("train", train)
  }
}

/// The samples of a run as their sources give them.
struct RawDataSets<Scalar: NetworkScalar> {
  private let train: RawSamples<Scalar>
  private let validation: RawSamples<Scalar>?
  private let test: RawSamples<Scalar>?
  private let trainAsRead: RawSamples<Scalar>?
  var inputCount: Int { train.inputs.columns }

  init(_ configuration: Configuration, keepsTrainAsRead: Bool) throws {
    let data = configuration.data
    // Each source draws from a stream of its own, so that a test source does not repeat the training samples.
    func read(_ source: DataConfiguration.Source, _ stream: UInt64, _ classes: [String]?) throws -> RawSamples<Scalar> {
      var random = RandomSource(seed: configuration.seed, stream: RandomSource.dataStream + stream)
      return try placing(source) { try source.source.read(Scalar.self, random: &random, knownClasses: classes) }
    }
    let train = try read(data.train, 0, nil)
    var classes: [String]?
    if case .labels(_, let names) = train.targets { classes = names }
    test = try data.test.map { try read($0, 1, classes) }
    switch data.validation {
    case .source(let source):
      self.train = train
      validation = try read(source, 2, classes)
    case .heldOut(let share):
      var random = RandomSource(seed: configuration.seed, stream: RandomSource.dataStream + 3)
      let parts = try data.place.placing { try holdOut(share, of: train, random: &random) }
      (self.train, validation) = (parts.train, parts.validation)
    case nil:
      self.train = train
      validation = nil
    }
    if case .heldOut = data.validation, keepsTrainAsRead { trainAsRead = train } else { trainAsRead = nil }
    for (source, samples) in [(data.test, test), (Optional(data.validationSource), validation)] {
      guard let source, let samples, samples.inputs.columns != train.inputs.columns else { continue }
      throw ConfigurationError(
        source.place.description,
        "its samples have \(samples.inputs.columns) inputs, those of the training data \(train.inputs.columns)")
    }
  }

  /// Scales inputs and encodes targets for a network and a loss.
  func prepared(
    for network: Network<Scalar>, _ loss: Loss, _ configuration: Configuration, model: Model<Scalar>?
  ) throws -> DataSets<Scalar> {
    let data = configuration.data
    // A trained model keeps its scaling, unless the configuration asks for another.
    let inputScaling =
      model != nil && (data.inputScale == nil || configuration.network.from == nil)
      ? model?.inputScaling : fitInputScaling(data.inputScale ?? .none, self.train)
    let keepsTargets = model != nil && (data.targetScale == nil || configuration.network.from == nil)
    let targetScaling =
      keepsTargets
      ? model?.targetScaling : try data.place.placing { try fitTargetScaling(data.targetScale ?? .none, self.train) }
    var (classes, kind): ([String]?, TargetKind?)
    func samples(_ raw: RawSamples<Scalar>, _ source: DataConfiguration.Source) throws -> Samples<Scalar> {
      try placing(source) {
        // Scaled targets are held to the loss's range as they are after scaling; rounding may take them a little beyond.
        let range = targetScaling == nil ? loss.targetRange : -.infinity ... .infinity
        let encoded = try encodeTargets(raw.targets, outputs: network.outputCount, loss: loss, range: range)
        classes = classes ?? encoded.classes
        let targetKind = kind ?? (encoded.classes != nil ? .classes : encodedKind(of: encoded.matrix, loss: loss))
        kind = targetScaling == nil ? targetKind : .numbers
        inputScaling?.apply(to: raw.inputs)
        if let targetScaling {
          targetScaling.apply(to: encoded.matrix)
          try checkTargets(
            encoded.matrix, loss.targetRange.lowerBound - 1e-6...loss.targetRange.upperBound + 1e-6, loss)
        }
        return try Samples(inputs: raw.inputs, targets: encoded.matrix, targetKind: kind ?? .numbers)
      }
    }
    let train = try samples(train, data.train)
    let validation = try validation.map { try samples($0, data.validationSource) }
    let test = try test.map { try samples($0, data.test ?? data.train) }
    let trainAsRead = try trainAsRead.map { try samples($0, data.train) }
    return DataSets(
      train: train, validation: validation, test: test, trainAsRead: trainAsRead ?? train,
      targetKind: train.targetKind, classes: classes, targetNames: self.train.targetNames,
      inputScaling: inputScaling, targetScaling: targetScaling, featureNames: self.train.featureNames,
      imageShape: self.train.imageShape)
  }

  private func fitInputScaling(_ method: ScaleMethod, _ samples: RawSamples<Scalar>) -> Scaling? {
    method == .none ? nil : fitScaling(method, on: samples)
  }

  /// Targets that are numbers may be scaled as inputs are; predictions are then brought back.
  private func fitTargetScaling(_ method: ScaleMethod, _ samples: RawSamples<Scalar>) throws -> Scaling? {
    if method == .none { return nil }
    guard case .values(let targets) = samples.targets else {
      throw ConfigurationError(nil, "`data.scale.targets` is \(method.rawValue), but the targets are class labels")
    }
    return fitScaling(
      method, on: RawSamples(inputs: targets, targets: samples.targets, knownRange: nil, featureNames: nil))
  }
}

extension DataConfiguration {
  /// Where validation samples come from.
  fileprivate var validationSource: Source {
    if case .source(let source) = validation { return source }
    return train
  }
}

/// Runs `body`; an error that does not name a place in a file gets the source's place in the configuration.
private func placing<Result>(_ source: DataConfiguration.Source, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as DataError where error.file != nil {
    throw error
  } catch let error as FileError {
    throw error
  } catch {
    throw ConfigurationError(source.place.description, "\(error)")
  }
}
