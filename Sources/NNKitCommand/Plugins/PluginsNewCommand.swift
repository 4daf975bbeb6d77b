import ArgumentParser
import Glibc
import NNKit

extension PluginsCommand {
  /// `nnkit plugins new`: a plugin to begin with.
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new",
      abstract: "Writes a folder with a working plugin, whose formula you then replace with yours.",
      discussion: """
        Examples:
          nnkit plugins new gelu2
              an activation function in C
          nnkit plugins new rings --kind neuron --language swift
              a kind of neuron in Swift
        """)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case activation, loss, neuron }
    enum Language: String, ExpressibleByArgument, CaseIterable { case c, swift }

    @Argument(help: "The function's name, and the new folder's: [a-z][a-z0-9_]*.")
    var name: String
    @Option(help: "activation, loss or neuron.")
    var kind = Kind.activation
    @Option(help: "c or swift.")
    var language = Language.c

    mutating func validate() throws {
      guard name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil, name != "name" else {
        throw ValidationError("`\(name)` is not a name for a function: [a-z][a-z0-9_]*, and not `name`")
      }
    }

    func run() throws {
      let source = "\(name).\(language.rawValue)"
      let compiler = shellText(try PluginHeader.compiler(for: source, to: "\(name).so"))
      let template = PluginTemplate(name: name, kind: kind, language: language)
      let files = [
        (source, template.source), ("\(name).yaml", template.configuration),
        ("README.md", template.readme(compiler: compiler)),
      ]
      guard mkdir(name, 0o777) == 0 else { throw FileError.system(name, "be made") }
      do {
        for (file, text) in files { try WholeFile.write(Array(text.utf8), to: "\(name)/\(file)") }
      } catch {
        for (file, _) in files { unlink("\(name)/\(file)") }
        rmdir(name)
        throw error
      }
      print("cd \(name)\n\(compiler)\nnnkit plugins check ./\(name).so")
      print("nnkit run \(name).yaml --plugin-path .")
    }
  }
}
