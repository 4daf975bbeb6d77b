import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit explain`: both passes over one sample, neuron by neuron.
struct ExplainCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, html
  }

  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explains a forward and a backward pass neuron by neuron, with the first weights or those of a run.",
    discussion: """
      Everything is computed in double precision, also if the configuration says float32.

      Examples:
        nnkit explain Examples/xor.yaml --layer 1 --neuron 0
            what the one output neuron does, from its inputs to its step
        nnkit explain runs/iris-1 --sample 7 --format html --open
            a run's trained network, in the browser
      """)

  @Argument(help: ArgumentHelp("A configuration, or a run's folder.", valueName: "config-or-run"))
  var source: String
  @Option(
    help: ArgumentHelp(
      "Which training sample, in the order in which they are read, from 0; default: the first that has a gradient in"
        + " every layer.", valueName: "K"))
  var sample: Int?
  @Option(
    help: ArgumentHelp("A batch of samples, such as 0-3; their gradients are averaged.", valueName: "K-M"))
  var samples: SampleRange?
  @Option(help: ArgumentHelp("How many steps to take, each with the same samples.", valueName: "N"))
  var steps = 1
  @Option(help: ArgumentHelp("Shows only this layer; the first is 0.", valueName: "L"))
  var layer: Int?
  @Option(
    help: ArgumentHelp("Shows only this neuron of --layer, or of each layer; the first is 0.", valueName: "N"))
  var neuron: Int?
  @Option(
    help: ArgumentHelp(
      "The position of the windows that is shown, from 0,0; default: for each neuron where it responds most.",
      valueName: "ROW,COLUMN"))
  var position: WindowPosition?
  @Option(help: "text, json, or html: a page to step through.")
  var format = Format.text
  @Option(help: ArgumentHelp("Where to write it; default: standard output.", valueName: "FILE"))
  var output: String?
  @Flag(help: "Opens the page in the browser.")
  var open = false
  @OptionGroup var common: CommonOptions

  /// A page with more would be too large to open.
  private static let mostPasses = 64

  func validate() throws {
    if open && format != .html { throw ValidationError("--open goes with --format html") }
    if sample != nil && samples != nil { throw ValidationError("--sample or --samples, not both") }
    if steps < 1 || steps > 1000 { throw ValidationError("--steps must be in 1...1000") }
    if format == .html, (samples?.range.count ?? 1) * steps > Self.mostPasses {
      throw ValidationError("a page shows at most \(Self.mostPasses) passes: samples times steps")
    }
  }

  func run() throws {
    let path = RunFolder.isRun(source) ? try RunFolder(existing: source).configuration : source
    let configuration = try common.configuration(path)
    let experiment: Experiment<Double> =
      RunFolder.isRun(source)
      ? try common.explained(RunFolder(existing: source), configuration, Double.self)
      : try common.experiment(configuration, Double.self, keepsTrainAsRead: true)
    if let position { try ExplainedPart.check(position.place, of: experiment.network) }
    let explanation = try Explanation(
      experiment, samples: samples?.range ?? sample.map { $0...$0 }, steps: steps,
      part: ExplainedPart(layer: layer, neuron: neuron, of: experiment.network), position: position?.place)
    let document =
      switch format {
      case .text: Array(explanation.text.utf8)
      case .json: Array(explanation.jsonText.utf8)
      case .html: try ExplanationPage(explanation, of: experiment, source: sourceWords).html()
      }
    try PageOutput.write(document, name: "\(configuration.name)-explained", to: output, open: open)
  }

  private var sourceWords: String {
    if !RunFolder.isRun(source) { return "The network with its first weights" }
    return "The trained network of \(source.split(separator: "/").last ?? "the run")"
  }
}

/// A row and a column: 3,5.
struct WindowPosition: ExpressibleByArgument {
  let place: ImageSize

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let row = parts[0], let column = parts[1], row >= 0, column >= 0 else { return nil }
    place = ImageSize(height: row, width: column)
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
