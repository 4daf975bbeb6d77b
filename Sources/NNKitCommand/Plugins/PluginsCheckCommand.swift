import ArgumentParser
import NNKit
import NNKitPluginChecks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension PluginsCommand {
  /// `nnkit plugins check`: whether a plugin does what `nnkit/plugin.h` asks.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Tests every promise of a plugin, each in a separate process.",
      discussion: """
        Examples:
          nnkit plugins check ./bent.so
              a plugin of yours
          nnkit plugins check gelu
              a bundled function
        """)

    @Argument(help: ArgumentHelp("A plugin's file, or the name of a function.", valueName: "FILE|NAME"))
    var plugin: String
    @Flag(help: "Writes the report as JSON.")
    var json = false
    @Option(help: ArgumentHelp("How long one call may take; a check, six times as long.", valueName: "S"))
    var seconds = 10.0
    @Option(help: ArgumentHelp("How many processes check a communicator together.", valueName: "N"))
    var ranks = 2
    @OptionGroup var options: PluginOptions

    mutating func validate() throws {
      if !(1...1024 ~= ranks) { throw ValidationError("--ranks must be in 1...1024") }
      if !(seconds > 0 && seconds <= 86_400) { throw ValidationError("--seconds must be in (0, 86400]") }
    }

    func run() throws {
      let (file, name) = try subject()
      let report = try PluginReport(
        file, only: name, options: options.arguments, seconds: seconds, ranks: ranks, by: ChildProcess.thisProgram)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
      } else {
        print(report.text.joined(separator: "\n"))
      }
      if !report.passed { throw ExitCode.failure }
    }

    private func subject() throws -> (file: String, function: String?) {
      if plugin.contains("/") || plugin.hasSuffix(".so") { return (absolutePath(plugin), nil) }
      let plugins = try options.survey()
      guard let function = plugins.functions[plugin] else { throw plugins.unknown(plugin) }
      return (function.information.file, plugin)
    }
  }
}
