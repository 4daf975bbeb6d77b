import ArgumentParser
import NNKit
import NNKitExchange
import NNKitRuns

/// `nnkit export`: a trained network in the format of another tool.
struct ExportCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case onnx, fann, c, dot, mermaid, svg

    /// The formats by what a file's name ends with.
    static let extensions: [String: Format] = [
      "onnx": .onnx, "net": .fann, "c": .c, "dot": .dot, "gv": .dot, "mmd": .mermaid, "mermaid": .mermaid, "svg": .svg,
    ]
  }

  /// The numbers of an ONNX file.
  enum Precision: String, ExpressibleByArgument, CaseIterable { case float32, float64 }

  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a trained network for another tool, or draws it as a diagram.",
    discussion: """
      The format follows from the file's name: .onnx, .net (FANN), .c, .dot or .gv, .mmd or .mermaid, .svg.

      Examples:
        nnkit export runs/iris-1 iris.onnx
            for ONNX Runtime and others: x, samples × inputs, gives y, both on the scale of the raw data
        nnkit export runs/iris-1 iris.c
            one C99 file: void net_predict(const float *input, float *output)
        nnkit export runs/iris-1/checkpoints/40-0.safetensors iris.svg
            a picture of a checkpoint: the neurons and their weights
      """)

  @Argument(help: ArgumentHelp("A run's folder, one of its checkpoints, or a model file.", valueName: "run-or-model"))
  var source: String
  @Argument(help: ArgumentHelp("Where to write it; - is standard output, with --format.", valueName: "file"))
  var output: String
  @Option(help: "onnx, fann, c, dot, mermaid or svg; default: by the file's name.")
  var format: Format?
  @Option(
    help: ArgumentHelp(
      "The numbers of an ONNX file: float32, which all programs read, or float64.", valueName: "precision"))
  var precision: Precision = .float32
  @Flag(help: "For ONNX files: refuses functions that ONNX cannot compute; without it they become custom operators.")
  var strict = false
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
    let isSingle = file.tensors["layers.0.weights"]?.kind == .float32
    let bytes =
      switch format {
      case .onnx: try onnx(model, name, isSingle: isSingle, plugins)
      case .fann: try fann(model, plugins)
      case .c: Array(try CProgram(model, name: name, isSinglePrecision: isSingle, plugins: plugins).text().utf8)
      case .dot: Array(NetworkDiagram(model, name: name).dot.utf8)
      case .mermaid: Array(NetworkDiagram(model, name: name).mermaid.utf8)
      case .svg: Array(NetworkDiagram(model, name: name).svg.utf8)
      }
    try PageOutput.write(bytes, name: name, to: output == "-" ? nil : output, open: false)
  }

  private func onnx(_ model: Model<Double>, _ name: String, isSingle: Bool, _ plugins: Plugins) throws -> [UInt8] {
    let export = try ONNXExport(
      model, name: name, precision: precision == .float32 ? .float32 : .float64, isStrict: strict, plugins: plugins)
    if !isSingle && precision == .float32 {
      Program.report("note: the weights are rounded to float32; --precision float64 keeps them as they are")
    }
    for note in export.notes { Program.report("note: \(note)") }
    return export.encoded
  }

  private func fann(_ model: Model<Double>, _ plugins: Plugins) throws -> [UInt8] {
    let export = try FANNExport(model, plugins: plugins)
    for note in export.notes { Program.report("note: \(note)") }
    return Array(export.text.utf8)
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
