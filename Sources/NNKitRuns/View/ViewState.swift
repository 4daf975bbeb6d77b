import NNKit

/// What pages are shown of a training at one moment.
struct ViewState<Scalar: NetworkScalar> {
  private static var shownWeights: Int { 1024 }

  let experiment: Experiment<Scalar>
  let image: ViewImage<Scalar>
  let mode: String
  let isFinished: Bool
  let progress: ViewProgress
  let notice: ViewNotice?
  let version: Int
  let setupVersion: Int
  /// The neurons to show in full: layer, index and the training sample.
  let selections: [[Int]]

  func json() throws -> JSONText {
    // Before the pictures, whose pass takes the place of these.
    let details = try details()
    return .object([
      ("kind", .text("state")), ("version", .integer(version)), ("setup_version", .integer(setupVersion)),
      ("mode", .text(mode)), ("finished", .flag(isFinished)), ("notice", notice.map { .text($0.text) } ?? .null),
      ("is_error", .flag(notice?.isError ?? false)), ("refused", notice?.field.map { .text($0) } ?? .null),
      ("progress", progress.json), ("fit", try image.fit()),
      ("layers", try image.layers(sample: selections.first { $0.count == 3 }?[2] ?? 0)), ("regions", image.regions()),
      ("details", details),
    ])
  }

  /// Each neuron by its layer, index and sample, as a page asks for it.
  private func details() throws -> JSONText {
    let layers = experiment.network.layers
    let wanted = selections.filter { selection in
      (2...3).contains(selection.count) && layers.indices.contains(selection[0])
        && layers[selection[0]].neurons.indices.contains(selection[1])
    }
    var found: [(String, JSONText)] = []
    for (sample, asked) in Dictionary(grouping: wanted, by: { $0.count == 3 ? $0[2] : 0 }).sorted(by: {
      $0.key < $1.key
    }) {
      let moment = try ViewMoment(experiment, sample: sample)
      for key in Set(asked).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        found.append(
          (
            key.map(String.init).joined(separator: "."),
            moment.json(layer: key[0], index: key[1], limit: Self.shownWeights)
          ))
      }
    }
    return .object(found)
  }
}

/// What a page is to say: that something was done, or what is wrong.
struct ViewNotice {
  let text: String
  var isError = false
  /// The setting whose change was refused, as pages call it.
  var field: String?

  init(text: String, isError: Bool = false, field: String? = nil) {
    (self.text, self.isError, self.field) = (text, isError, field)
  }

  /// What is wrong with a change; not where the configuration says it, since the page did.
  init(_ error: any Error, field: String?) {
    isError = true
    switch error {
    case let refused as RefusedChange: (text, self.field) = (refused.message, refused.field)
    case let error as ConfigurationError: (text, self.field) = (field == nil ? "\(error)" : error.message, field)
    default: (text, self.field) = ("\(error)", field)
    }
  }
}

/// What pages need to know before they can show states.
struct ViewSetup<Scalar: NetworkScalar> {
  let experiment: Experiment<Scalar>
  let image: ViewImage<Scalar>
  let settings: ViewSettings
  let plugins: Plugins
  let pace: Double

  func json(setupVersion: Int) throws -> JSONText {
    let (data, configuration) = (experiment.data, settings.configuration)
    return .object([
      ("kind", .text("setup")), ("setup_version", .integer(setupVersion)), ("name", .text(configuration.name)),
      ("precision", .text(Scalar.precisionName)), ("inputs", .integer(experiment.network.inputCount)),
      ("samples", .integer(data.train.count)), ("classification", .flag(data.train.areClasses)),
      ("classes", data.classes.map { .list($0.map(JSONText.text)) } ?? .null),
      ("features", data.featureNames.map { .list($0.map(JSONText.text)) } ?? .null),
      (
        "image",
        experiment.network.pictureShape(of: data.imageShape).map {
          .object([("rows", .integer($0.rows)), ("columns", .integer($0.columns))])
        } ?? .null
      ),
      ("target_off", .number(experiment.loss.targetOff)), ("target_on", .number(experiment.loss.targetOn)),
      ("data", .text(settings.dataName)), ("data_sets", .list(settings.dataNames.map(JSONText.text))),
      ("data_words", .text(settings.dataWords)),
      ("noise", .optional(settings.noise)), ("optimizers", .list(Optimizers.all.map { .text($0.name) })),
      ("optimizer", .text(type(of: configuration.training.optimizer).name)),
      ("momentum", .optional(settings.momentum)), ("l1", .number(configuration.training.regularization.l1)),
      ("l2", .number(configuration.training.regularization.l2)), ("initializer", .text(settings.initializerName)),
      ("initializers", .list(settings.initializerNames.map(JSONText.text))),
      ("learning_rate", .number(configuration.training.optimizer.learningRate)),
      ("batch", .integer(configuration.training.batch)),
      ("epochs", .integer(configuration.training.epochs)), ("pace", .number(pace)),
      ("loss", .text(configuration.loss.name)),
      ("channels", channels), ("layers", .list(layers)),
      ("activations", menu(.activation)), ("losses", menu(.loss)), ("plane", plane),
    ])
  }

  private var layers: [JSONText] {
    zip(settings.configuration.network.layers, experiment.network.layers).enumerated().map { index, entry in
      layer(index, entry.0, entry.1)
    }
  }

  private func layer(_ index: Int, _ entry: LayerConfiguration, _ layer: Layer<Scalar>) -> JSONText {
    let name = entry.activations.count == 1 ? entry.activations[0].name : ViewSettings.mixed
    let sources = layer.sources.resolved(of: index).map { source in
      if case .layer(let number) = source { number } else { -1 }
    }
    return .object([
      ("neurons", .integer(layer.neurons.count)), ("kinds", .text(layer.kindNames.joined(separator: ", "))),
      ("activation", .text(name)), ("shown", .integer(image.shown(layer))), ("pools", .flag(entry.isPool)),
      ("kernel", entry.window.map { .text($0.kernel.words) } ?? .null),
      ("window", layer.wiring.window.map(window) ?? .null), ("sources", .list(sources.map(JSONText.integer))),
      ("adds", .flag(layer.sources.isSum && sources.count > 1)), ("links", image.links.json(index)),
    ])
  }

  /// The sizes that a page needs to draw kernels and feature maps.
  private func window(_ window: SlidingWindow) -> JSONText {
    .object([
      ("rows", .integer(window.positions.height)), ("columns", .integer(window.positions.width)),
      ("kernel", .list([.integer(window.kernel.height), .integer(window.kernel.width)])),
      ("channels", .integer(window.channels / window.groups)),
    ])
  }

  /// A sample as the first window reads it: "3 × 32 × 32"; null where none does.
  private var channels: JSONText {
    guard let window = experiment.network.layers.compactMap(\.wiring.window).first else { return .null }
    return .text("\(SampleShape(channels: window.channels, size: window.image))")
  }

  private func menu(_ kind: PluginKind) -> JSONText {
    .list(
      plugins.names(of: kind).compactMap { name in
        plugins.function(name, of: kind).map {
          .object([("name", .text(name)), ("summary", .text($0.information.summary))])
        }
      })
  }

  /// The plane of two inputs: its ends, and some samples with their classes or targets.
  private var plane: JSONText {
    guard let plane = image.plane else { return .null }
    let samples = experiment.data.train
    let reader = ClassReader<Scalar>(experiment.loss)
    let points = samples.rows(atMost: 300).map { row -> JSONText in
      let target = Matrix(column: samples.targets.row(row))
      let index = samples.areClasses ? reader.read(target, column: 0).index : 0
      return .numbers(samples.input(of: row).map { Double($0) } + [Double(index)])
    }
    return .object([
      ("size", .integer(ViewImage<Scalar>.size)), ("x", .numbers([plane.x.lowerBound, plane.x.upperBound])),
      ("y", .numbers([plane.y.lowerBound, plane.y.upperBound])), ("points", .list(points)),
    ])
  }
}
