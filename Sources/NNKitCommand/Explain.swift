import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit explain`: both passes over one sample, neuron by neuron.
struct Explain: ParsableCommand, PrecisionDependent {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, html
  }

  static let configuration = CommandConfiguration(
    abstract: "Tells one forward and one backward pass neuron by neuron, of the first or a run's trained network.")

  @Argument(help: ArgumentHelp("A configuration, or a run's folder.", valueName: "config-or-run"))
  var source: String
  @Option(help: ArgumentHelp("Which training sample, in the order in which they are read, from 0.", valueName: "K"))
  var sample = 0
  @Option(help: "text, json, or html: a page to step through.")
  var format = Format.text
  @Option(help: ArgumentHelp("Where to write it; default: standard output.", valueName: "FILE"))
  var output: String?
  @Flag(help: "Opens the page in the browser.")
  var open = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if open && format != .html { throw ValidationError("--open goes with --format html") }
  }

  func run() throws {
    let path = RunFolder.isFolder(source) ? try RunFolder(existing: source).configuration : source
    try execute(try common.configuration(path))
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment: Experiment<Scalar> =
      RunFolder.isFolder(source)
      ? try common.explained(RunFolder(existing: source), configuration, Scalar.self)
      : try common.experiment(configuration, Scalar.self, keepsTrainAsRead: true)
    let explanation = try Explanation(experiment, sample: sample)
    let document =
      switch format {
      case .text: Array(explanation.text.utf8)
      case .json: Array(explanation.jsonText.utf8)
      case .html: try ExplanationPage(explanation, of: experiment, source: sourceWords).html()
      }
    try PageOutput.write(document, name: "\(configuration.name)-explained", to: output, open: open)
  }

  private var sourceWords: String {
    if !RunFolder.isFolder(source) { return "The network with its first weights" }
    return "The trained network of \(source.split(separator: "/").last ?? "the run")"
  }
}
