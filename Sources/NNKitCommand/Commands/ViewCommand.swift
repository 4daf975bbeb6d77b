import ArgumentParser
import Glibc
import NNKit
import NNKitRuns
import NNKitView

/// `nnkit view`: a training to watch and change in the browser.
struct ViewCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "view",
    abstract: "Trains live in the browser, where you watch and change it; only this machine has access.",
    discussion: """
      Without --threads one processor is left to the browser.

      Examples:
        nnkit view Examples/spirals.yaml --open
            trains while you watch and change it
        nnkit view runs/iris-1 --port 8080
            starts from a run's model
      """)

  @Argument(help: ArgumentHelp("A configuration, or a run's folder.", valueName: "config-or-run"))
  var source: String
  @Option(help: ArgumentHelp("Where to listen on 127.0.0.1; default: any free port.", valueName: "N"))
  var port = 0
  @Flag(help: "Opens the page in the browser.")
  var open = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (0...65535).contains(port) else { throw ValidationError("--port must be in 0...65535") }
  }

  func run() throws {
    guard RunFolder.isRun(source) else { return try execute(try common.configuration(source)) }
    let folder = try RunFolder(existing: source)
    var configuration = try common.configuration(folder.configuration)
    configuration.network.from = folder.model
    configuration.network.layers = []
    // What a cascade has grown is trained like any other network.
    configuration.training.cascade = nil
    try execute(configuration)
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let threads = threadCount(configuration)
    let experiment = try common.experiment(configuration, Scalar.self, threads: threads)
    try experiment.checkIsOfOneSize(for: "the live view")
    for warning in try experiment.warnings() { Program.report("warning: \(warning)") }
    let server = try ViewServer(
      name: configuration.name, port: port, searchPath: common.plugins.searchPath, threads: threads)
    print(server.address)
    print("Open this address in a browser on this machine. Anyone who has it can watch and change the training.")
    print("Press Ctrl-C to end.")
    StandardOutput.flush()
    // A page that goes away does not end the training.
    signal(SIGPIPE, SIG_IGN)
    if open { try Browser.open(server.address) }
    server.run(experiment, folder: absolutePath("."), survey: { try common.plugins.survey() })
  }

  /// As many threads as were asked for; else one processor is left to the browser.
  private func threadCount(_ configuration: Configuration) -> Int {
    let isAsked = common.threads != nil || configuration.threads != nil
    let count = common.threadCount(configuration)
    return isAsked ? count : max(1, count - 1)
  }
}
