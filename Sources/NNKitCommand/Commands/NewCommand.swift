import ArgumentParser
import Glibc
import NNKit
import NNKitExchange
import NNKitRuns

/// `nnkit new`: a configuration to begin with.
struct NewCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Writes a configuration that fits a data set, or exclusive or where none is named.",
    discussion: """
      Examples:
        nnkit new iris --csv iris.csv --target species
            iris.yaml, for the classes in a column
        nnkit new --idx train-images-idx3-ubyte.gz
            for pictures in MNIST's format
        nnkit new
            xor.yaml, the smallest network that needs a hidden layer
      """)

  @Argument(help: "The configuration's name: NAME.yaml is written; default: the data's name, or xor.")
  var name: String?
  @Option(help: ArgumentHelp("A table to learn from.", valueName: "FILE"))
  var csv: String?
  @Option(
    help: ArgumentHelp("The column to learn, by name or by number from 0; default: the last.", valueName: "COLUMN"))
  var target: String?
  @Option(help: ArgumentHelp("Pictures to learn from, in MNIST's format.", valueName: "IMAGES"))
  var idx: String?
  @Option(
    help: ArgumentHelp(
      "The pictures' labels; default: the file beside them with labels-idx1 in its name.", valueName: "LABELS"))
  var labels: String?

  func validate() throws {
    if csv != nil && idx != nil { throw ValidationError("--csv and --idx exclude each other") }
    if target != nil && csv == nil { throw ValidationError("--target goes with --csv") }
    if labels != nil && idx == nil { throw ValidationError("--labels goes with --idx") }
    if let name, name.isEmpty || name.hasSuffix("/") { throw ValidationError("expected a name for the configuration") }
  }

  func run() throws {
    let path = absolutePath(file)
    guard access(path, F_OK) != 0 else {
      throw FileError(path, "exists; give another name, as in `nnkit new other`, or remove it")
    }
    let first = try first(besides: path)
    // What does not hold what it promises is not written.
    let configuration = try Configuration(first.text, file: path)
    try execute(configuration)
    try WholeFile.write(Array(first.text.utf8), to: path)
    for decision in first.decisions { print(decision) }
    print("\(file) is written; to train it: \(shellText(["nnkit", "run", file]))")
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment = try Experiment<Scalar>(configuration, plugins: Plugins(), formats: .all)
    for warning in try experiment.warnings() { Program.report("warning: \(warning)") }
  }

  private var file: String {
    let name = name ?? (csv ?? idx).map(Self.base) ?? "xor"
    return [".yaml", ".yml"].contains(where: name.hasSuffix) ? name : "\(name).yaml"
  }

  /// A file's name without folders and endings.
  private static func base(_ path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? "data"
    return last.firstIndex(of: ".").map { $0 > last.startIndex ? String(last[..<$0]) : last } ?? last
  }

  private func first(besides path: String) throws -> FirstConfiguration {
    if let csv {
      return try FirstConfiguration(csv: absolutePath(csv), shown: shown(csv, besides: path), target: target)
    }
    guard let idx else { return .xor }
    let train = try pictures(idx, labels, besides: path)
    let test = idx.replacing("train-", with: "t10k-")
    return try FirstConfiguration(
      idx: train, test: test != idx && access(test, R_OK) == 0 ? try? pictures(test, nil, besides: path) : nil)
  }

  private func pictures(_ images: String, _ labels: String?, besides path: String) throws -> FirstConfiguration.Pictures
  {
    let guess = images.replacing("images-idx3", with: "labels-idx1").replacing("images.idx3", with: "labels.idx1")
    guard labels != nil || guess != images else {
      throw FileError(images, "the name does not say where its labels are; give them with --labels")
    }
    let labels = labels ?? guess
    return FirstConfiguration.Pictures(
      images: absolutePath(images), labels: absolutePath(labels), shownImages: shown(images, besides: path),
      shownLabels: shown(labels, besides: path))
  }

  /// A path as a configuration has it: relative to its folder where it lies in that, so that both can be moved.
  private func shown(_ path: String, besides file: String) -> String {
    let (absolute, folder) = (absolutePath(path), file.lastIndex(of: "/").map { String(file[...$0]) } ?? "/")
    return absolute.hasPrefix(folder) ? String(absolute.dropFirst(folder.count)) : absolute
  }
}
