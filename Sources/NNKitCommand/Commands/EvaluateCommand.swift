import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit evaluate`: a run's model measured again.
struct EvaluateCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a run's model on its test data (or validation, or training data where there are no others).",
    discussion: """
      Examples:
        nnkit evaluate runs/iris-1
            on the run's own test data
        nnkit evaluate runs/iris-1 --set data.test.csv.path=new.csv
            on other data
      """)

  @Argument(help: ArgumentHelp("The run's folder, or one of its checkpoints.", valueName: "run"))
  var folder: String
  @OptionGroup var common: CommonOptions

  func run() throws { try execute(try common.configuration(try RunFolder(existing: folder).configuration)) }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let folder = try RunFolder(existing: folder)
    let experiment = try common.trained(folder, configuration, Scalar.self)
    for change in folder.pluginChanges(in: experiment) { Program.report("warning: \(change)") }
    print(NetworkTable(experiment).lines.joined(separator: "\n"))
    print(ResultText(try Measurement(of: experiment)).lines.joined(separator: "\n"))
  }
}
