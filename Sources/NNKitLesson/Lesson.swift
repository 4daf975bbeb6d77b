internal import NNKit
internal import NNKitPages
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The lesson: from a network that only feeds forward to one that learns, in chapters that are pages.
///
/// Its live parts ask the engine where the pages are served; pages on disk have the engine's answers for recorded steps.
package struct Lesson: Sendable {
  /// How many chapters there are.
  package static var chapterCount: Int { Chapter.all.count }
  /// The names of the pages: the contents, and one for each chapter.
  package static var files: [String] { ["index.html"] + Chapter.all.map(\.file) }

  private let engine: LessonEngine
  private let kept = KeptContents()

  /// - Parameter engine: What the chapters compute with.
  package init(_ engine: LessonEngine) { self.engine = engine }

  /// The configuration whose page of `nnkit explain` stands in the lesson.
  package static var mazurConfiguration: String { Resource.mazur_yaml }

  /// The name of a chapter's page.
  ///
  /// - Parameter chapter: Its number, from 1; nil for the contents.
  /// - Returns: The file's name.
  package static func file(_ chapter: Int?) -> String { chapter.map { Chapter.all[$0 - 1].file } ?? "index.html" }

  /// A page for a folder, which needs no server.
  ///
  /// - Parameters:
  ///   - chapter: The number of the chapter, from 1; nil for the contents.
  ///   - isAlone: Whether the other chapters are not written beside it.
  /// - Returns: The document, UTF-8.
  /// - Throws: `LessonError`, or what the engine throws.
  package func page(_ chapter: Int?, isAlone: Bool = false) throws -> [UInt8] {
    try document(chapter.map { Chapter.all[$0 - 1] }, isServed: false, isAlone: isAlone).html
  }

  /// A page for a server.
  ///
  /// - Parameters:
  ///   - file: Its name, one of `files`.
  ///   - policy: Its content security policy.
  ///   - nonce: Marks its scripts.
  /// - Returns: The page; one that says what is wrong if it cannot be made.
  package func servedPage(_ file: String, policy: String, nonce: String) -> [UInt8] {
    let chapter = Chapter.all.first { $0.file == file }
    do {
      return try document(chapter, isServed: true, isAlone: false).html(policy: policy, nonce: nonce)
    } catch {
      let body = "<p class=\"bad\" role=\"alert\">This page cannot be made: \(escapedText("\(error)"))</p>"
      return Page(.lesson, title: "The lesson", data: "{}", main: Array(body.utf8)).html(policy: policy, nonce: nonce)
    }
  }

  // MARK: Questions of a page

  private struct Question: Decodable {
    let id: Int
    let chapter: Int
    let part: String
    let values: [String: Double]
  }

  private struct Answer: Encodable {
    let id: Int
    var figures: [Figure]?
    var error: String?
  }

  /// What the engine says to the message of a page's live part.
  ///
  /// - Parameter message: JSON.
  /// - Returns: JSON; nil if the message is not one that the lesson's pages send.
  package func answer(_ message: String) -> String? {
    guard let question = try? JSONDecoder().decode(Question.self, from: Data(message.utf8)),
      let chapter = Chapter.all.first(where: { $0.number == question.chapter })
    else { return nil }
    do {
      let content = try kept.content(of: chapter) ?? content(of: chapter)
      guard let part = content.parts.first(where: { $0.name == question.part }),
        let values = part.values(question.values)
      else { return nil }
      return try Self.json(Answer(id: question.id, figures: part.figures(values)))
    } catch {
      return try? Self.json(Answer(id: question.id, error: "\(error)"))
    }
  }

  /// Computed again for each page, since plugins may have changed; questions of a page have that of its chapter's last page.
  private func content(of chapter: Chapter) throws -> Chapter.Content {
    let content: Chapter.Content
    do {
      content = try chapter.content(engine)
    } catch {
      throw LessonError("chapter \(chapter.number): \(error)")
    }
    kept.keep(content, of: chapter)
    return content
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  // MARK: Pages

  private struct PartData: Encodable {
    struct Step: Encodable {
      let caption: String
      let values: [String: Double]
      let figures: [Figure]
    }
    let name: String
    let title: String
    let controls: [Control]
    let figures: [Figure]
    /// Whether the recorded steps are all that the menus can be set to.
    let isComplete: Bool
    let recorded: [Step]

    init(_ part: LivePart, isServed: Bool) throws {
      (name, title, controls) = (part.name, part.title, part.controls)
      if case .all = part.recorded { isComplete = true } else { isComplete = false }
      recorded =
        isServed
        ? []
        : try part.recordedSteps.map {
          Step(caption: $0.caption, values: $0.values, figures: try part.figures(Values($0.values)))
        }
      figures = isServed ? try part.figures(part.initial) : []
    }
  }

  private struct PageData: Encodable {
    let chapter: Int
    let isServed: Bool
    let parts: [PartData]
    let exercises: [Exercise]
  }

  private func document(_ chapter: Chapter?, isServed: Bool, isAlone: Bool) throws -> Page {
    guard let chapter else {
      let body = try Prose.html(Resource.contents_md, Chapter.Content())
      let main = Self.frame(body + Self.contents, nil, isAlone: isAlone)
      return Page(
        .lesson, title: "From feeding forward to learning", data: "{}", main: main + (try Self.data(nil)),
        style: Resource.lesson_css, modules: Self.modules)
    }
    let content = try content(of: chapter)
    let body = try Prose.html(chapter.prose, content)
    let data = PageData(
      chapter: chapter.number, isServed: isServed,
      parts: try content.parts.map { try PartData($0, isServed: isServed) },
      exercises: try content.exercises.map { try $0.marked() })
    return Page(
      .lesson, title: "\(chapter.number). \(chapter.title)",
      data: content.hasExplanation ? try engine.explanation() : "{}",
      main: Self.frame(body, chapter, isAlone: isAlone) + (try Self.data(data)), style: Resource.lesson_css,
      modules: Self.modules)
  }

  private static func data(_ data: PageData?) throws -> [UInt8] {
    let json = try data.map { try Self.json($0) } ?? "{\"parts\": [], \"exercises\": []}"
    return Array("<script type=\"application/json\" id=\"lesson-data\">".utf8) + Page.inScript(json)
      + Array("</script>".utf8)
  }

  private static var modules: [(name: String, text: String)] {
    [
      ("lesson-figures", Resource.lesson_figures_js), ("lesson-trace", Resource.lesson_trace_js),
      ("lesson-part", Resource.lesson_part_js), ("lesson-exercise", Resource.lesson_exercise_js),
      ("lesson", Resource.lesson_js),
    ]
  }

  /// The list of chapters, the chapter itself, and what comes before and after it.
  private static func frame(_ body: String, _ chapter: Chapter?, isAlone: Bool) -> [UInt8] {
    func link(_ other: Chapter, _ words: String, _ more: String = "") -> String {
      isAlone ? escapedText(words) : "<a href=\"\(other.file)\"\(more)>\(escapedText(words))</a>"
    }
    let items = Chapter.all.map { other in
      let isCurrent = other.number == chapter?.number
      return "<li>\(link(other, other.title, isCurrent ? " aria-current=\"page\"" : ""))</li>"
    }
    let contents = isAlone ? "" : "<p><a href=\"index.html\">Contents</a></p>"
    let nav =
      "<nav class=\"chapters\" aria-label=\"Chapters\"><details open><summary>Chapters</summary>\(contents)"
      + "<ol>\(items.joined())</ol></details></nav>"
    var ends: [String] = []
    if let chapter, !isAlone {
      if chapter.number > 1 {
        let before = Chapter.all[chapter.number - 2]
        ends.append(link(before, "◀ \(before.number). \(before.title)", " rel=\"prev\""))
      }
      if chapter.number < Chapter.all.count {
        let next = Chapter.all[chapter.number]
        ends.append(link(next, "\(next.number). \(next.title) ▶", " rel=\"next\""))
      }
    }
    let foot = ends.isEmpty ? "" : "<nav class=\"turn\" aria-label=\"Before and after\">\(ends.joined())</nav>"
    return Array("<div class=\"lesson\">\(nav)<article class=\"prose\">\(body)\(foot)</article></div>".utf8)
  }

  private static var contents: String {
    let items = Chapter.all.map {
      "<li><a href=\"\($0.file)\">\(escapedText($0.title))</a><p>\(escapedText($0.summary))</p></li>"
    }
    return "<ol class=\"contents\">\(items.joined())</ol>"
  }
}

/// What was computed for each chapter.
private final class KeptContents: Sendable {
  private let contents = Mutex<[Int: Chapter.Content]>([:])

  func content(of chapter: Chapter) -> Chapter.Content? { contents.withLock { $0[chapter.number] } }
  func keep(_ content: Chapter.Content, of chapter: Chapter) { contents.withLock { $0[chapter.number] = content } }
}

extension Exercise {
  /// The same with its texts as HTML.
  fileprivate func marked() throws -> Exercise {
    let answer: Answer =
      switch self.answer {
      case .number(let value, let tolerance, let mistakes):
        .number(
          value, tolerance: tolerance, mistakes: try mistakes.map { Mistake($0.value, try inlineMarkup($0.hint)) })
      case .choice(let options):
        .choice(try options.map { Option(try inlineMarkup($0.text), try $0.hint.map(inlineMarkup)) })
      case .state: self.answer
      }
    return Exercise(
      name: name, question: question, answer: answer, right: try inlineMarkup(right), hint: try inlineMarkup(hint))
  }
}
