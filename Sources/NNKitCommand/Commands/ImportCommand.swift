import ArgumentParser
import NNKit
import NNKitExchange
import NNKitRuns

/// `nnkit import`: a network of another tool as a model of nnkit.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Reads a network of another tool and writes it as a model of nnkit.",
    discussion: """
      ONNX (.onnx), as PyTorch, Keras and scikit-learn export it, and FANN (.net). What nnkit's layers cannot compute is an
      error that names it. A configuration can also begin with such a file: network: {from: net.onnx}.

      Examples:
        nnkit import net.onnx
            writes net.safetensors
        nnkit import net.net --output models/fann.safetensors
            a network that FANN trained
      """)

  @Argument(help: ArgumentHelp("A file of another tool.", valueName: "file"))
  var source: String
  @Option(help: ArgumentHelp("Where to write the model; default: NAME.safetensors here.", valueName: "MODEL"))
  var output: String?
  @Option(help: "onnx or fann; default: by the file's name.")
  var format: Format?
  @OptionGroup var plugins: PluginOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case onnx, fann

    var format: any ModelFormat {
      switch self {
      case .onnx: ONNXFormat()
      case .fann: FANNFormat()
      }
    }
  }

  func validate() throws {
    if format == nil, ModelFormats.all.ofOtherTool(source) == nil {
      throw ValidationError("the name `\(source)` says no format that is imported; expected .onnx, .net, or --format")
    }
    if let output, !output.hasSuffix(".safetensors") {
      throw ValidationError("a model's file ends with .safetensors; found `\(output)`")
    }
  }

  func run() throws {
    let format = format?.format ?? ModelFormats.all.format(ofFile: source)
    let plugins = try plugins.plugins()
    if try format.isDoublePrecision(source, plugins: plugins) {
      try write(Double.self, format, plugins)
    } else {
      try write(Float.self, format, plugins)
    }
  }

  private func write<Scalar: NetworkScalar>(_: Scalar.Type, _ format: any ModelFormat, _ plugins: Plugins) throws {
    let (model, notes) = try format.read(source, as: Scalar.self, plugins: plugins)
    for note in notes { Program.report("note: \(note)") }
    let path = output ?? "\(name).safetensors"
    try WholeFile.write(try model.encoded(), to: path)
    print("\(path): \(model.network) (\(Scalar.precisionName))")
  }

  /// The file's name without its folder and its ending.
  private var name: String {
    let last = source.split(separator: "/").last.map(String.init) ?? source
    return last.lastIndex(of: ".").map { $0 > last.startIndex ? String(last[..<$0]) : last } ?? last
  }
}
