import ArgumentParser
import NNKit
import NNKitExchange
import NNKitRuns

/// `nnkit predict`: a run's model asked about new samples.
struct PredictCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Answers samples with a run's model, a line or a row of an array for each.",
    discussion: """
      Samples come as CSV (plain or .gz), as JSON lines ([1, 2], {"input": [1, 2]} or {"width": 1, "height": 2}), as an IDX
      file, or as a picture (PNG or PGM) that has a pixel for each input. Columns are matched by name where the model's inputs
      have names. Each line is answered as soon as it is there.

      Examples:
        nnkit predict runs/iris-1 --input new.csv
            the rows of a table
        nnkit predict runs/iris-1 --input new.csv --format npy > answers.npy
            an array for NumPy, samples × outputs; --format csv writes a table
        echo '[5.1, 3.5, 1.4, 0.2]' | nnkit predict runs/iris-1 --input -
            samples from another program
        nnkit predict net.onnx --input new.csv
            a model without a run, also .net and .safetensors
      """)

  @Argument(
    help: ArgumentHelp(
      "The run's folder, one of its checkpoints, or a model's file; of several the mean answers.", valueName: "run"))
  var folders: [String]
  @Flag(help: "Of several runs each has a vote, and the class answers that most of them name.")
  var vote = false
  @Option(help: ArgumentHelp("A file or a pipe; - is standard input.", valueName: "FILE"))
  var input: String
  @Flag(
    inversion: .prefixedNo,
    help: "Whether the first line of a CSV names its columns; default: as in the run's own data.")
  var header: Bool?
  @Option(help: ArgumentHelp("jsonl, csv or npy: lines of JSON, a table, or an array for NumPy.", valueName: "format"))
  var format: Format = .jsonl
  @OptionGroup var common: CommonOptions

  enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, csv, npy }

  func validate() throws {
    try EnsembleOptions.check(folders, vote: vote)
    if format == .npy, StandardOutput.isTerminal {
      throw ValidationError(
        "an array is not text for a terminal; write it to a file: nnkit predict … --format npy > answers.npy")
    }
  }

  /// How many predictions that are not finite are reported one by one.
  private static let reported = 20

  func run() throws {
    let alone = folders.filter { RunFolder.isModelAlone($0, formats: .all) }
    guard let first = alone.first else {
      return try execute(try common.configuration(try RunFolder(existing: folders[0]).configuration))
    }
    guard alone.count == folders.count else {
      throw ValidationError("`\(first)` is a model without a run; several models are all of runs, or all without")
    }
    if !common.set.isEmpty { throw ValidationError("`\(first)` is a model without a run: --set has nothing to change") }
    let plugins = try common.plugins.plugins()
    let areDouble = try alone.allSatisfy {
      try ModelFormats.all.format(ofFile: $0).isDoublePrecision($0, plugins: plugins)
    }
    if areDouble { try answer(Double.self, plugins) } else { try answer(Float.self, plugins) }
  }

  /// Models that belong to no run.
  private func answer<Scalar: NetworkScalar>(_: Scalar.Type, _ plugins: Plugins) throws {
    let models: [Model<Scalar>] = try folders.map { path in
      let (model, notes) = try ModelFormats.all.format(ofFile: path).read(path, as: Scalar.self, plugins: plugins)
      for note in notes { Program.report("note: \(note)") }
      let backend = try common.backend.flatMap { name in
        name == "auto" ? nil : try plugins.backend(name, for: Scalar.self).backend
      }
      model.network.compute = ComputeSettings(
        threads: CommonOptions.threads(common.threads, nil), backend: backend)
      return model
    }
    try answer(models, like: nil)
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let plugins = try common.plugins.plugins()
    let models: [Model<Scalar>] = try folders.map { try common.model(RunFolder(existing: $0), plugins) }
    for model in models {
      _ = try configuration.setUp(model.network, plugins, threads: common.threadCount(configuration))
    }
    try answer(models, like: configuration.data.train.source)
  }

  private func answer<Scalar: NetworkScalar>(_ models: [Model<Scalar>], like source: DataSource?) throws {
    let model = models[0]
    let ensemble = models.count == 1 ? nil : try Ensemble(models, names: folders, isVote: vote)
    let samples = try PredictionInput(
      path: input,
      format: TextFormat(of: model, hasHeader: header, like: source))
    var reports = 0
    let predictions = Predictions(
      model, ensemble: ensemble, format: PredictionFormat(rawValue: format.rawValue) ?? .jsonl, write: { print($0) },
      report: { error in
        if reports < Self.reported { Program.report("error: \(error)") }
        reports += 1
      })
    do {
      try samples.read(predictions.add) {
        try predictions.answer()
        try StandardOutput.check()
      }
    } catch let error as DataError {
      // The samples before what is wrong are answered, however they arrived.
      try predictions.answer()
      writeArray(of: predictions)
      throw error
    }
    writeArray(of: predictions)
    if predictions.failures > 0 {
      throw DataError("\(predictions.failures) of \(predictions.count) predictions are not finite")
    }
  }

  private func writeArray<Scalar: NetworkScalar>(of predictions: Predictions<Scalar>) {
    if format == .npy { StandardOutput.print(bytes: predictions.arrayFile) }
  }
}
