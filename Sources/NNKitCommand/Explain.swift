import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit explain`: both passes over one sample, neuron by neuron.
struct Explain: ParsableCommand, PrecisionDependent {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  static let configuration = CommandConfiguration(
    abstract: "Tells one forward and one backward pass neuron by neuron, of the first or a run's trained network.")

  @Argument(help: ArgumentHelp("A configuration, or a run's folder.", valueName: "config-or-run"))
  var source: String
  @Option(help: ArgumentHelp("Which training sample, in the order in which they are read, from 0.", valueName: "K"))
  var sample = 0
  @Option(help: "text or json.")
  var format = Format.text
  @OptionGroup var common: CommonOptions

  func run() throws {
    let path = RunFolder.isFolder(source) ? try RunFolder(existing: source).configuration : source
    try execute(try common.configuration(path))
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment: Experiment<Scalar> =
      RunFolder.isFolder(source)
      ? try common.trained(RunFolder(existing: source), configuration, Scalar.self, keepsTrainAsRead: true)
      : try common.experiment(configuration, Scalar.self, keepsTrainAsRead: true)
    let explanation = try Explanation(experiment, sample: sample)
    switch format {
    case .text: print(explanation.text, terminator: "")
    case .json: print(explanation.json.text(indent: 0))
    }
  }
}
