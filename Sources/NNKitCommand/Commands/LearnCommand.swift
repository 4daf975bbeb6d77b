import ArgumentParser
import Glibc
import NNKit
import NNKitExchange
import NNKitLesson
import NNKitRuns
import NNKitView

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `nnkit learn`: the lesson, in the browser.
struct LearnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "A lesson in the browser: from a network that only feeds forward to one that learns.",
    discussion: """
      Serves the lesson to this machine alone; its live parts run in nnkit. With --output it is written as pages that
      need neither nnkit nor a network, with recorded steps.

      Examples:
        nnkit learn --open
            the contents, in the browser
        nnkit learn 4
            the address of chapter 4
        nnkit learn --output lesson
            all chapters as pages in the folder lesson
      """)

  @Argument(help: "The number of a chapter, from 1; default: the contents.")
  var chapter: Int?
  @Option(help: ArgumentHelp("Writes pages into this folder, of one chapter or of all.", valueName: "FOLDER"))
  var output: String?
  @Option(help: ArgumentHelp("Where to listen on 127.0.0.1; default: any free port.", valueName: "N"))
  var port = 0
  @Flag(help: "Opens the page in the browser.")
  var open = false
  @OptionGroup var plugins: PluginOptions

  func validate() throws {
    if let chapter, !(1...Lesson.chapterCount).contains(chapter) {
      throw ValidationError("there is no chapter \(chapter): the lesson has 1 to \(Lesson.chapterCount)")
    }
    guard (0...65535).contains(port) else { throw ValidationError("--port must be in 0...65535") }
    if output == "" { throw ValidationError("--output needs the name of a folder") }
    if output != nil, port != 0 { throw ValidationError("--port does not go with --output, which serves nothing") }
  }

  func run() throws {
    let options = plugins
    let lesson = Lesson(
      LessonEngine(
        plugins: try plugins.plugins(), survey: { try options.survey() },
        explanation: { try Self.explanation(try options.plugins()) }))
    if let output { return try write(lesson, to: absolutePath(output)) }
    let server = try QuestionServer(
      port: port, pages: Lesson.files, page: { lesson.servedPage($0, policy: $1, nonce: $2) },
      answer: { lesson.answer($0) })
    let address = server.address + (chapter.map { Lesson.file($0) } ?? "")
    print(address)
    print("Open this address in a browser on this machine.")
    print("Press Ctrl-C to end.")
    StandardOutput.flush()
    // A page that goes away does not end the lesson.
    signal(SIGPIPE, SIG_IGN)
    if open { try Browser.open(address) }
    try server.run()
  }

  private func write(_ lesson: Lesson, to folder: String) throws {
    let chapters: [Int?] = chapter.map { [$0] } ?? [nil] + (1...Lesson.chapterCount).map { $0 }
    // All pages are there before the first is written.
    let pages = try chapters.map { (Lesson.file($0), try lesson.page($0, isAlone: chapter != nil)) }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(folder, "cannot be made a folder: is there a file of this name, or no permission?")
    }
    for (name, bytes) in pages { try WholeFile.write(bytes, to: "\(folder)/\(name)") }
    let first = "\(folder)/\(Lesson.file(chapter))"
    print(first)
    if open { try Browser.open(first) }
  }

  /// Mazur's network as `nnkit explain` shows it.
  private static func explanation(_ plugins: Plugins) throws -> String {
    let configuration = try Configuration(Lesson.mazurConfiguration, file: "mazur.yaml")
    let experiment = try Experiment<Double>(configuration, plugins: plugins, formats: .all)
    let explanation = try Explanation(experiment, samples: 0...0)
    return try ExplanationPage(explanation, of: experiment, source: "The network with its first weights").dataText()
  }
}
