import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit check`: everything but the training.
struct CheckCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks a configuration without training: reads it, its plugins and data, and builds the network.",
    discussion: """
      Examples:
        nnkit check Examples/iris.yaml
            says what would be trained, and what is wrong
        nnkit check Examples/iris.yaml --set data.scale=null
            without an option that the file has
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String
  @OptionGroup var common: CommonOptions

  func run() throws { try execute(try common.configuration(config)) }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment = try common.experiment(configuration, Scalar.self)
    let warnings = try experiment.warnings()
    let trainer = try experiment.training()
    print(NetworkTable(experiment).lines.joined(separator: "\n"))
    for note in experiment.data.notes { print("note: \(note)") }
    for warning in warnings { Program.report("warning: \(warning)") }
    if let note = trainer.note { print("note: \(note)") }
    print("\(config) is sound")
  }
}
