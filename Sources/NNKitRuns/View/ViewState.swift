import NNKit

/// What pages are shown of a training at one moment.
struct ViewState<Scalar: NetworkScalar> {
  private static var shownWeights: Int { 1024 }

  let experiment: Experiment<Scalar>
  let image: ViewImage<Scalar>
  let mode: String
  let isFinished: Bool
  let progress: ViewProgress
  let notice: (text: String, isError: Bool)?
  let version: Int
  let setupVersion: Int
  let held: HeldValues<Scalar>?
  /// The neurons to show in full: layer and index.
  let selections: [[Int]]

  func json() throws -> JSONText {
    let details = details()
    return .object([
      ("kind", .text("state")), ("version", .integer(version)), ("setup_version", .integer(setupVersion)),
      ("mode", .text(mode)), ("finished", .flag(isFinished)), ("notice", notice.map { .text($0.text) } ?? .null),
      ("is_error", .flag(notice?.isError ?? false)), ("progress", progress.json), ("fit", try image.fit()),
      ("layers", try image.layers()), ("regions", image.regions()), ("details", details),
    ])
  }

  private func details() -> JSONText {
    let layers = experiment.network.layers
    return .object(
      selections.compactMap { selection in
        guard selection.count == 2, layers.indices.contains(selection[0]),
          layers[selection[0]].neurons.indices.contains(selection[1])
        else { return nil }
        let neuron = layers[selection[0]].neurons[selection[1]]
        let shown = neuron.weights.prefix(Self.shownWeights)
        return (
          "\(selection[0]).\(selection[1])",
          .object(
            [
              ("type", .text(neuron.kindName ?? type(of: neuron).typeName)),
              ("activation", .text(neuron.activation.description)),
              ("bias", .number(neuron.bias)), ("weights", .packed(shown)), ("of", .integer(neuron.weightCount)),
            ] + (held?.json(neuron, layer: selection[0]) ?? []))
        )
      })
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
        data.imageShape.map { .object([("rows", .integer($0.rows)), ("columns", .integer($0.columns))]) } ?? .null
      ),
      ("optimizer", .text(configuration.training.optimizer.name)),
      ("rate", .number(configuration.training.optimizer.rate)), ("batch", .integer(configuration.training.batch)),
      ("epochs", .integer(configuration.training.epochs)), ("pace", .number(pace)),
      ("loss", .text(configuration.loss.name)),
      ("layers", .list(zip(configuration.network.layers, experiment.network.layers).map(layer))),
      ("activations", menu(.activation)), ("losses", menu(.loss)), ("plane", plane),
    ])
  }

  private func layer(_ entry: LayerConfiguration, _ layer: Layer<Scalar>) -> JSONText {
    let name = entry.activations.count == 1 ? entry.activations[0].name : ViewSettings.mixed
    return .object([
      ("neurons", .integer(entry.neurons)), ("kinds", .text(layer.kindNames.joined(separator: ", "))),
      ("activation", .text(name)), ("shown", .integer(image.shown(layer))),
    ])
  }

  private func menu(_ kind: FunctionKind) -> JSONText {
    .list(
      plugins.names(of: kind).compactMap { name in
        plugins.functions[name].map {
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
      let target = Matrix(samples.targets.row(row).map { [$0] })
      let index = samples.areClasses ? reader.read(target, column: 0).index : 0
      return .numbers([Double(samples.inputs[row, 0]), Double(samples.inputs[row, 1]), Double(index)])
    }
    return .object([
      ("size", .integer(ViewImage<Scalar>.size)), ("x", .numbers([plane.x.lowerBound, plane.x.upperBound])),
      ("y", .numbers([plane.y.lowerBound, plane.y.upperBound])), ("points", .list(points)),
    ])
  }
}
