import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit evaluate`: a run's model measured again.
struct EvaluateCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a run's model on its test data; without test data on validation data, else on training data.",
    discussion: """
      Examples:
        nnkit evaluate runs/iris-1
            on the run's own test data
        nnkit evaluate runs/iris-1 --set data.test.csv.path=new.csv
            on other data
        nnkit evaluate runs/iris-1 runs/iris-2 runs/iris-3
            several runs, each by itself and all together
      """)

  @Argument(
    help: ArgumentHelp(
      "The run's folder, or one of its checkpoints; of several also the mean of their outputs is measured, on the data of"
        + " the first.", valueName: "run"))
  var folders: [String]
  @Flag(help: "With several runs: each votes for a class, and the class with the most votes counts.")
  var vote = false
  @OptionGroup var common: CommonOptions

  func validate() throws { try EnsembleOptions.check(folders, vote: vote) }

  func run() throws { try execute(try common.configuration(try RunFolder(existing: folders[0]).configuration)) }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    if folders.count > 1 { return try together(configuration, Scalar.self) }
    let folder = try RunFolder(existing: folders[0])
    let experiment = try common.trained(folder, configuration, Scalar.self)
    for change in folder.pluginChanges(in: experiment) { Program.report("warning: \(change)") }
    print(NetworkTable(experiment).lines.joined(separator: "\n"))
    print(ResultText(try Measurement(of: experiment)).lines.joined(separator: "\n"))
  }

  /// Several runs, each by itself and all together.
  private func together<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let plugins = try common.plugins.plugins()
    let ensemble = try Ensemble<Scalar>(
      folders.map { try common.model(RunFolder(existing: $0), plugins) }, names: folders, isVote: vote)
    let measured = try EnsembleMeasurement(
      ensemble, of: configuration, plugins: plugins, threads: common.threadCount(configuration))
    func words(_ loss: Double?, _ accuracy: Double?) -> String {
      [loss.map { "loss \(significant($0))" }, accuracy.map { "accuracy \(fixed($0, 4))" }].compactMap(\.self)
        .joined(separator: ", ")
    }
    for (folder, metrics) in zip(folders, measured.single) {
      print("\(folder): \(measured.name) \(words(metrics.loss, metrics.accuracy))")
    }
    let how = vote ? "a vote" : "the mean of the outputs"
    print("\(folders.count) runs together (\(how)): \(measured.name) \(words(measured.loss, measured.accuracy))")
  }
}

/// What commands that take several runs have in common.
enum EnsembleOptions {
  static func check(_ folders: [String], vote: Bool) throws {
    if vote, folders.count < 2 { throw ValidationError("--vote goes with several runs") }
    if Set(folders).count < folders.count { throw ValidationError("a run is named twice") }
  }
}
