import ArgumentParser
import NNKit
import NNKitExchange
import NNKitRuns

/// `nnkit export`: a trained network in the format of another tool.
struct ExportCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case c, dot, mermaid, svg

    /// The formats by what a file's name ends with.
    static let extensions: [String: Format] = [
      "c": .c, "dot": .dot, "gv": .dot, "mmd": .mermaid, "mermaid": .mermaid, "svg": .svg,
    ]
  }

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a trained network as a C file, or draws it as a diagram.",
    discussion: """
      The format follows from the file's name: .c, .dot or .gv, .mmd or .mermaid, .svg.

      Examples:
        nnkit export runs/iris-1 iris.c
            one C99 file: void net_predict(const float *input, float *output)
        nnkit export runs/iris-1/checkpoints/40-0.safetensors iris.svg
            a picture of a checkpoint: the neurons and their weights
      """)

  @Argument(help: ArgumentHelp("A run's folder, one of its checkpoints, or a model file.", valueName: "run-or-model"))
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
    let path = try model()
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
      case .dot: try NetworkDiagram(model, name: name).dot
      case .mermaid: try NetworkDiagram(model, name: name).mermaid
      case .svg: try NetworkDiagram(model, name: name).svg
      }
    try PageOutput.write(Array(text.utf8), name: name, to: output == "-" ? nil : output, open: false)
  }

  private var named: Format? {
    guard let dot = output.lastIndex(of: "."), !output[dot...].contains("/") else { return nil }
    return Format.extensions[output[output.index(after: dot)...].lowercased()]
  }

  /// The model of a run, or the file that is named, which need not lie in a run's folder.
  private func model() throws -> String {
    if !RunFolder.isFolder(source), (try? RunFolder(existing: source)) == nil { return source }
    return try plugins.modelFile(of: RunFolder(existing: source))
  }
}
