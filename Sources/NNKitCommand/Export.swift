import ArgumentParser
import NNKit
import NNKitExchange
import NNKitRuns

/// `nnkit export`: a trained network in the format of another tool.
struct Export: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case c, dot, mermaid, svg

    /// The formats by what a file's name ends with.
    static let extensions: [String: Format] = [
      "c": .c, "dot": .dot, "gv": .dot, "mmd": .mermaid, "mermaid": .mermaid, "svg": .svg,
    ]
  }

  static let configuration = CommandConfiguration(
    abstract: "Writes a trained network as a C file, or draws it as a diagram.",
    discussion: """
      The format follows from the file's name: .c, .dot or .gv, .mmd or .mermaid, .svg.

      Examples:
        nnkit export runs/iris-1 iris.c      # one C99 file: void net_predict(const float *input, float *output)
        nnkit export runs/iris-1 iris.svg    # a picture: the neurons and their weights
      """)

  @Argument(help: ArgumentHelp("A run's folder, or a model file.", valueName: "run-or-model"))
  var source: String
  @Argument(help: ArgumentHelp("Where to write it; - is standard output, with --format.", valueName: "file"))
  var output: String
  @Option(help: "c, dot, mermaid or svg; default: by the file's name.")
  var format: Format?
  @OptionGroup var plugins: PluginOptions

  func validate() throws {
    if format == nil && named == nil {
      let known = Format.extensions.keys.sorted().map { ".\($0)" }.joined(separator: ", ")
      throw ValidationError("the name `\(output)` says no format; expected \(known), or --format")
    }
  }

  func run() throws {
    guard let format = format ?? named else { return }
    let path = RunFolder.isFolder(source) ? try model(of: RunFolder(existing: source)) : source
    let file = try Safetensors(contentsOf: path)
    let plugins = try plugins.plugins()
    let model = try Model<Double>(file, path: path, plugins: plugins)
    let name = output == "-" ? "network" : String(output.split(separator: "/").last ?? "network")
    let text =
      switch format {
      case .c:
        try CProgram(
          model, name: name, isSinglePrecision: file.tensors["layers.0.weights"]?.kind == .float32, plugins: plugins
        ).text()
      case .dot: NetworkDiagram(model, name: name).dot
      case .mermaid: NetworkDiagram(model, name: name).mermaid
      case .svg: NetworkDiagram(model, name: name).svg
      }
    try PageOutput.write(Array(text.utf8), name: name, to: output == "-" ? nil : output, open: false)
  }

  private var named: Format? {
    guard let dot = output.lastIndex(of: "."), !output[dot...].contains("/") else { return nil }
    return Format.extensions[output[output.index(after: dot)...].lowercased()]
  }

  private func model(of folder: RunFolder) throws -> String {
    guard folder.hasModel else {
      throw FileError(folder.path, "the run has no model yet; train it to its end with `nnkit run --resume`")
    }
    return folder.model
  }
}
