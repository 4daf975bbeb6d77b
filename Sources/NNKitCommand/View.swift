import ArgumentParser
import Glibc
import NNKit
import NNKitRuns
import NNKitView

/// `nnkit view`: a training to watch and steer in the browser.
struct View: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    abstract: "Serves a page on this machine alone, to watch and steer a training live.")

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
    guard RunFolder.isFolder(source) else { return try execute(try common.configuration(source)) }
    let folder = try RunFolder(existing: source)
    var configuration = try common.configuration(folder.configuration)
    configuration.network.from = folder.model
    configuration.network.layers = []
    try execute(configuration)
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment = try common.experiment(configuration, Scalar.self)
    for warning in try experiment.warnings() { Program.report("warning: \(warning)") }
    let server = try ViewServer(
      name: configuration.name, port: port, searchPath: common.plugins.searchPath,
      threads: common.threadCount(configuration))
    print(server.address)
    print("Open it in a browser on this machine; whoever has the address can steer. End with Ctrl-C.")
    StandardOutput.flush()
    // A page that goes away is no reason to stop.
    signal(SIGPIPE, SIG_IGN)
    if open { try Browser.open(server.address) }
    server.run(experiment, folder: absolutePath("."), survey: { try common.plugins.survey() })
  }
}
