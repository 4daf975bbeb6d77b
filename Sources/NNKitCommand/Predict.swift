import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit predict`: a run's model asked about new samples.
struct Predict: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    abstract: "Answers samples with a run's model: CSV or JSON lines in, JSON lines out.")

  @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"))
  var folder: String
  @Option(help: ArgumentHelp("CSV or JSON lines; - is standard input.", valueName: "FILE"))
  var input: String
  @OptionGroup var common: CommonOptions

  func run() throws { try execute(try common.configuration(try RunFolder(existing: folder).configuration)) }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let plugins = try common.plugins.plugins()
    let model = try Model<Scalar>(path: try RunFolder(existing: folder).model, plugins: plugins)
    model.network.backend = try configuration.chooseBackend(plugins, for: Scalar.self).backend
    model.network.threads = common.threadCount(configuration)
    model.network.engine = configuration.engine
    let input = try PredictionInput(
      path: input, width: model.network.inputCount, names: model.inputNames, like: configuration.data.train.source)
    try model.predictions(for: input.samples) { print($0) }
  }
}
