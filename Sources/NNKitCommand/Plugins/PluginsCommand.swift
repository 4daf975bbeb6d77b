import ArgumentParser
import NNKit

/// `nnkit plugins`: what plugins offer.
struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins", abstract: "Lists and shows the functions and kinds of neurons that plugins offer.",
    discussion: """
      Examples:
        nnkit plugins list
            what there is
        nnkit plugins new swirl
            a folder with a plugin to begin with
      """,
    subcommands: [
      List.self, Show.self, Check.self, New.self, Bench.self, Paths.self, Watch.self, Examine.self,
    ])
}

extension PluginsCommand {
  /// `nnkit plugins list`: every function, where it comes from, and what is wrong with the files that could not be used.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Lists every function: kind, name, summary, file.",
      discussion: """
        Examples:
          nnkit plugins list
              all that can be named in a configuration
          nnkit plugins list --plugin-path ./plugins
              with those of a folder of yours
        """)

    @OptionGroup var options: PluginOptions

    func run() throws {
      let plugins = try options.survey()
      var rows = [["kind", "name", "summary", "file"]]
      let functions = plugins.used.sorted { ($0.kind.name, $0.name) < ($1.kind.name, $1.name) }
      rows += functions.map { [$0.kind.name, $0.name, $0.information.summary, $0.information.file] }
      print(aligned(rows).joined(separator: "\n"))
      for (precision, choice) in [
        ("float32", try plugins.backend(for: Float.self)), ("float64", try plugins.backend(for: Double.self)),
      ] {
        print("products in \(precision): \(choice.name) (\(choice.reason))")
      }
      for obstacle in plugins.obstacles { print("cannot be used here: \(obstacle)") }
      for function in plugins.hidden {
        let user = plugins.function(function.name, of: function.kind)?.information.file ?? ""
        print("hidden: \(function.kind) \(function.name) of \(function.information.file), by that of \(user)")
      }
      for file in plugins.files {
        for name in file.skipped { print("skipped: \(name) of \(file.path), of a kind that this nnkit does not know") }
      }
      if !plugins.faults.isEmpty { throw PluginErrors(errors: plugins.faults) }
    }
  }

  /// `nnkit plugins show`: all that is known of one function, and its curve.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Shows a function's formula, range, parameters, version and file, and plots f and f′.",
      discussion: """
        Examples:
          nnkit plugins show gelu
              an activation function
          nnkit plugins show cross_entropy
              a loss
        """)

    @Argument(help: "The function's name.")
    var name: String
    @OptionGroup var options: PluginOptions

    func run() throws {
      let plugins = try options.plugins()
      let functions = plugins.used.filter { $0.name == name }
      guard !functions.isEmpty else { throw plugins.unknown(name) }
      print(try functions.map { try FunctionText($0).lines.joined(separator: "\n") }.joined(separator: "\n\n"))
    }
  }
}
