import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit report`: writes a run's report again, or one page that compares several.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a run's report.html again, or one page that compares several runs.",
    discussion: """
      Examples:
        nnkit report runs/iris-1 --open
            one run, in the browser
        nnkit report runs/iris-1 runs/iris-2
            several compared: report-iris-1-iris-2.html
      """)

  @Argument(help: ArgumentHelp("Folders of runs.", valueName: "run"))
  var runs: [String]
  @Option(
    help: ArgumentHelp(
      "Where to write the page; - is standard output; default: report.html in the run's folder, for several runs"
        + " report-NAME-NAME.html here.",
      valueName: "FILE"))
  var output: String?
  @Flag(help: "Opens the page in the browser.")
  var open = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let folders = try runs.map { try RunFolder(existing: $0) }
    let parts = try folders.map { folder in
      let part = ReportPart(folder: folder, common: common)
      try part.execute(try common.configuration(folder.configuration))
      return try part.data()
    }
    let title = folders.count == 1 ? "Run \(folders[0].name)" : "\(folders.count) runs compared"
    let page = ReportPage.html(parts, title: title)
    let path = output ?? (folders.count == 1 ? folders[0].report : Self.name(for: folders))
    try PageOutput.write(page, name: "report", to: path == "-" ? nil : path, open: open)
    if path != "-" && !open { print(absolutePath(path)) }
  }

  /// The name of a page that compares several runs: it follows from theirs, of many from the first's.
  private static func name(for folders: [RunFolder]) -> String {
    let names = folders.map(\.name)
    let shown = names.count <= 4 ? names : [names[0], "and-\(names.count - 1)-more"]
    return "report-\(shown.joined(separator: "-")).html"
  }
}

/// One run's part of a report, made in the precision that the run has.
private final class ReportPart: PrecisionDependent {
  private let folder: RunFolder
  private let common: CommonOptions
  private var made: JSONText?

  init(folder: RunFolder, common: CommonOptions) {
    self.folder = folder
    self.common = common
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment = try common.trained(folder, configuration, Scalar.self)
    made = try RunReport(of: folder, experiment).data()
  }

  func data() throws -> JSONText {
    guard let made else { throw FileError(folder.path, "no report was made") }
    return made
  }
}
