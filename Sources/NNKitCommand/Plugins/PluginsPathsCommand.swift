import ArgumentParser
import NNKit

extension PluginsCommand {
  /// `nnkit plugins paths`: where plugins are looked for, and what is there.
  struct Paths: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "paths",
      abstract: "Lists the folders that are searched, in order, and what was found there.",
      discussion: """
        Examples:
          nnkit plugins paths
              where plugins are looked for
          nnkit plugins paths --plugin-path ./plugins
              with a folder of yours
        """)

    @OptionGroup var options: PluginOptions

    func run() throws {
      let plugins = try options.survey()
      for folder in plugins.searchPath.folders {
        print("\(folder.path)   (\(folder.origin.rawValue))")
        let files = plugins.files.filter { $0.path.hasPrefix(folder.path + "/") }
        for file in files {
          let names = file.functions.map(\.name) + file.skipped.map { "\($0) (of an unknown kind)" }
          print("  \(file.path.dropFirst(folder.path.count + 1)): \(names.joined(separator: ", "))")
        }
        for fault in plugins.faults where fault.file == folder.path || fault.file.hasPrefix(folder.path + "/") {
          print("  unusable: \(fault)")
        }
        if files.isEmpty { print("  nothing") }
      }
      print("more: --plugin-path DIR, NNKIT_PLUGIN_PATH=DIR:DIR, ~/.local/share/nnkit/plugins")
    }
  }
}
