package import NNKit
internal import NNKitPages

/// What a run did, as a page: its curves, mistakes, weights, layers and settings.
///
/// All of it follows from the run's folder and its data; nothing of it is needed for anything else.
package struct RunReport<Scalar: NetworkScalar> {
  private let folder: RunFolder
  private let experiment: TrainedNetwork<Scalar>
  private let measured: Measurement?
  private let curves: Curves
  private let statistics: RunStatistics

  /// - Parameters:
  ///   - folder: The run's, its metrics and summary written.
  ///   - experiment: The run's, with its trained network.
  ///   - measured: What the final network gave; nil if the run ended in numbers that are not finite.
  ///   - curves: Its metrics over the epochs.
  ///   - statistics: How its layers did.
  package init(
    _ folder: RunFolder, _ experiment: TrainedNetwork<Scalar>, measured: Measurement?, curves: Curves,
    statistics: RunStatistics
  ) {
    self.curves = curves
    self.statistics = statistics
    self.folder = folder
    self.experiment = experiment
    self.measured = measured
  }

  /// The report of a run that has ended, from what it left.
  ///
  /// - Throws: `FileError`; `FunctionFailure` if a plugin reports one.
  package init(of folder: RunFolder, _ experiment: TrainedNetwork<Scalar>) throws {
    self.init(
      folder, experiment, measured: try Measurement(of: experiment), curves: try Curves(contentsOf: folder.metrics),
      statistics: try RunStatistics(of: folder))
  }

  /// Writes the run's own page.
  ///
  /// - Throws: `FileError`; `FunctionFailure` if a plugin reports one.
  package func write() throws {
    let page = ReportPage.html([try data()], title: "Run \(folder.name)")
    do throws(FileError) {
      try WholeFile.write(page, to: folder.report, isDurable: false)
    } catch {
      throw FileError(
        error.path,
        "\(error.reason); all else of the run is there, and `nnkit run --resume \(shellText([folder.path]))` writes this"
      )
    }
  }

  /// The page's part of this run.
  ///
  /// - Throws: `FileError`; `FunctionFailure` if a plugin reports one.
  package func data() throws -> JSONText {
    let network = experiment.network
    let pictures = LayerPictures(experiment)
    return .object([
      ("folder", .text(folder.name)),
      ("name", .text(experiment.configuration.name)),
      ("summary", try folder.summaryText()), ("config", .text(try folder.text(folder.configuration))),
      ("curves", curves.json), ("statistics", statistics.json),
      (
        "findings",
        .list(Findings(statistics, warnings: [LossFinding(curves)?.words].compactMap(\.self)).lines.map(JSONText.text))
      ),
      (
        "layers",
        .list(
          network.layers.map { layer in
            .text((layer.kindNames + [layer.activation?.description ?? "mixed"]).joined(separator: ", "))
          })
      ),
      ("measured", measured.map(measuredJSON) ?? .null), ("weights", weights),
      ("kernels", pictures.kernels), ("maps", measured == nil ? .null : try pictures.maps()),
      ("layer_table", measured == nil ? .null : try pictures.table()),
      ("features", experiment.data.featureNames.map { .list($0.map(JSONText.text)) } ?? .null),
      ("regions", measured == nil ? .null : try regions()),
    ])
  }

  // MARK: Mistakes

  private func measuredJSON(_ measured: Measurement) -> JSONText {
    .object([
      ("name", .text(measured.name)), ("loss", .number(measured.metrics.loss)),
      ("accuracy", .optional(measured.metrics.accuracy)), ("figures", measured.figures.json),
      ("classes", measured.confusion.map { .list($0.classes.map(JSONText.text)) } ?? .null),
      ("confusion", measured.confusion.map { .list($0.counts.map { .list($0.map(JSONText.integer)) }) } ?? .null),
      ("mistakes", .list(measured.mistakes.list.map(mistake))), ("image", image),
    ])
  }

  private func mistake(_ mistake: Mistakes.Mistake) -> JSONText {
    var pairs: [(String, JSONText)] = [
      ("sample", .integer(mistake.sample)), ("target", .integer(mistake.target)), ("found", .integer(mistake.found)),
      ("loss", .number(mistake.loss)),
    ]
    let input = experiment.data.measured.samples.source.copy(of: mistake.sample..<mistake.sample + 1)
    experiment.data.inputScaling?.undo(on: input)
    if imageShape != nil {
      pairs.append(("pixels", .packed(bytes: input.greyBytes(row: 0))))
    } else if input.columns <= 16 {
      pairs.append(("input", .numbers(input.row(0))))
    }
    return .object(pairs)
  }

  private var imageShape: ImageShape? { experiment.network.pictureShape(of: experiment.data.imageShape) }

  private var image: JSONText {
    guard let shape = imageShape else { return .null }
    return .object([("rows", .integer(shape.rows)), ("columns", .integer(shape.columns))])
  }

  // MARK: Weights

  /// The first layer's weights, each neuron's on a scale of its own from −127 to 127, of many neurons the strongest.
  private var weights: JSONText {
    // The weights of layers with windows are shown as kernels.
    guard let layer = experiment.network.layers.first, layer.wiring.window == nil else { return .null }
    let limit = min(144, max(1, 400_000 / layer.fanIn))
    let size = layer.weights.squaredSizes()
    let chosen = size.indices.sorted { size[$0] > size[$1] }.prefix(limit).sorted()
    let scaled = layer.weights.signedBytes(chosen, count: layer.fanIn)
    return .object([
      ("neurons", .list(chosen.map(JSONText.integer))), ("of", .integer(layer.neurons.count)),
      ("inputs", .integer(layer.fanIn)), ("greatest", .numbers(scaled.greatest)),
      ("scaled", .packed(bytes: scaled.bytes)), ("image", image),
    ])
  }

  // MARK: Regions

  private func regions() throws -> JSONText {
    guard let samples = statistics.plane ?? PlaneSamples(experiment.data.measured.samples, loss: experiment.loss) else {
      return .null
    }
    let plane = DecisionRegions<Scalar>(x: samples.x, y: samples.y)
    let reader = ClassReader<Scalar>(experiment.loss)
    let outputs = try experiment.network.forward(Inputs(samples: plane.points()))
    let cells = (0..<outputs.columns).map { reader.read(outputs, column: $0) }
    let ends = try Matrix([[plane.x.lowerBound, plane.y.lowerBound], [plane.x.upperBound, plane.y.upperBound]])
    experiment.data.inputScaling?.undo(on: ends)
    return .object([
      ("size", .integer(DecisionRegions<Scalar>.size)),
      ("classes", .packed(bytes: cells.map { UInt8(truncatingIfNeeded: $0.index) })),
      ("certainty", .packed(bytes: cells.map { UInt8(($0.certainty.isFinite ? $0.certainty : 0) * 255) })),
      ("x", .numbers([plane.x.lowerBound, plane.x.upperBound])),
      ("y", .numbers([plane.y.lowerBound, plane.y.upperBound])),
      ("shown_x", .numbers([ends[0, 0], ends[1, 0]])), ("shown_y", .numbers([ends[0, 1], ends[1, 1]])),
      ("points", .list(samples.points.map { .numbers($0) })),
      ("names", .list((experiment.data.classes ?? []).map(JSONText.text))),
    ])
  }
}

/// One page for one or several runs.
package enum ReportPage {
  /// The whole document, UTF-8.
  package static func html(_ runs: [JSONText], title: String) -> [UInt8] {
    Page(.report, title: title, data: JSONText.object([("runs", .list(runs))]).text()).html
  }
}
