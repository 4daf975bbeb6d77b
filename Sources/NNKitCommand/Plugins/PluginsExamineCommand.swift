public import ArgumentParser
import NNKit
public import NNKitPluginChecks

extension PluginsCommand {
  /// What `nnkit plugins check` and `nnkit run` run in a child process: opens one file, and puts a function to one check.
  struct Examine: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "examine", shouldDisplay: false)

    @Argument var file: String
    @Option var function: String?
    @Option var check: PluginCheck?
    @Option var startedBy: Int32
    /// The file that gets what there is to say, where a launcher stands between this process and the one that waits for it.
    @Option var report: String?
    @OptionGroup var options: PluginOptions

    func run() {
      let process = ExaminationProcess(
        file, function: function, check: check, trustsOthers: options.trustPlugins, report: report)
      process.run(startedBy: startedBy) { try options.plugins() }
    }
  }
}

extension PluginCheck: ExpressibleByArgument {}
