import ArgumentParser
import Glibc
import NNKit
import NNKitExchange
import NNKitRuns

/// `nnkit finish`: ends a run where it stands.
struct FinishCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "finish",
    abstract: "Ends a run before its last epoch, and leaves model, summary and report of its newest state.",
    discussion: """
      Examples:
        nnkit finish runs/iris-1
            a run that was interrupted, or one that another process trains
        nnkit finish runs/iris-1 --quiet
            says its folder and its result in one line
      """)

  @Argument(help: ArgumentHelp("The run's folder; another process may be at it.", valueName: "run"))
  var folder: String
  @Flag(help: "Says only errors and, in one line, the run's folder and its result.")
  var quiet = false
  @OptionGroup var plugins: PluginOptions

  func run() throws {
    let folder = try RunFolder(existing: folder).whole(for: "ending a run")
    try awaitOther(folder)
    if case .finished(let failure) = try folder.state() {
      print("\(folder.path) is finished: its model is \(folder.model)")
      if let failure { print("it ended early: \(failure)") }
      return
    }
    try execute(try Configuration(of: folder))
  }

  /// Has a process that is at the run end it, and waits for that.
  private func awaitOther(_ folder: RunFolder) throws {
    guard try folder.isBusy() else { return }
    try folder.requestFinish()
    Interruption.awaitSignals()
    if !quiet { print("the process at this run is asked to end it after its batch") }
    while try folder.isBusy() {
      if let signal = Interruption.signal {
        Program.report("the run may still end; until it does, its process has the request")
        throw ExitCode(128 + signal)
      }
      usleep(50_000)
    }
    folder.forgetRequest()
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment = try Experiment<Scalar>(
      configuration, plugins: plugins.plugins(), formats: .all, threads: CommonOptions.threads(nil, configuration))
    let run = try NNKitRuns.Run(experiment, resuming: RunFolder(existing: folder))
    for note in run.notes { if quiet { Program.report("note: \(note)") } else { print("note: \(note)") } }
    let outcome = try run.end()
    let text = OutcomeText(outcome, run.folder)
    print(quiet ? text.line : text.lines.drop { $0.isEmpty }.joined(separator: "\n"))
  }
}
