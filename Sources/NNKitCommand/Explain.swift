import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit explain`: both passes over one sample, neuron by neuron.
struct Explain: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, html
  }

  static let configuration = CommandConfiguration(
    abstract: "Explains a forward and a backward pass neuron by neuron, of the first or a run's trained network.",
    discussion: "All is computed in double precision, whatever the configuration's.")

  @Argument(help: ArgumentHelp("A configuration, or a run's folder.", valueName: "config-or-run"))
  var source: String
  @Option(
    help: ArgumentHelp(
      "Which training sample, in the order in which they are read, from 0; default: the first that has a gradient in"
        + " every layer.", valueName: "K"))
  var sample: Int?
  @Option(
    help: ArgumentHelp("A batch of neighbouring samples, and how their gradients are averaged.", valueName: "K-M"))
  var samples: SampleRange?
  @Option(help: ArgumentHelp("How many steps to take, each with the same samples.", valueName: "N"))
  var steps = 1
  @Option(help: "text, json, or html: a page to step through.")
  var format = Format.text
  @Option(help: ArgumentHelp("Where to write it; default: standard output.", valueName: "FILE"))
  var output: String?
  @Flag(help: "Opens the page in the browser.")
  var open = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if open && format != .html { throw ValidationError("--open goes with --format html") }
    if sample != nil && samples != nil { throw ValidationError("--sample or --samples, not both") }
    if steps < 1 || steps > 1000 { throw ValidationError("--steps must be in 1...1000") }
    if format == .html && (samples != nil || steps != 1) {
      throw ValidationError("--samples and --steps go with text and json; a page shows one sample and one step")
    }
  }

  func run() throws {
    let path = RunFolder.isFolder(source) ? try RunFolder(existing: source).configuration : source
    let configuration = try common.configuration(path)
    let experiment: Experiment<Double> =
      RunFolder.isFolder(source)
      ? try common.trained(RunFolder(existing: source), configuration, Double.self, keepsTrainAsRead: true)
      : try common.experiment(configuration, Double.self, keepsTrainAsRead: true)
    let explanation = try Explanation(experiment, samples: samples?.range ?? sample.map { $0...$0 }, steps: steps)
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

/// Neighbouring samples: 0-3.
struct SampleRange: ExpressibleByArgument {
  let range: ClosedRange<Int>

  init?(argument: String) {
    let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
    // More could not be read; and a typing error would run for hours.
    guard last - first < 1000 else { return nil }
    range = first...last
  }
}
