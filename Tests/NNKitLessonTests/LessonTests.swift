import Foundation
import NNKit
import NNKitLesson
import Testing

/// The lesson with the bundled functions; what the page of explain shows is not its own.
private let lesson: Lesson = {
  let plugins = try? Plugins()
  return Lesson(
    Engine(plugins: plugins ?? Plugins(surveying: SearchPath([])), survey: { try Plugins() }, explanation: { "{}" }))
}()

private func page(_ chapter: Int?) throws -> String { String(decoding: try lesson.page(chapter), as: UTF8.self) }

/// What stands between two texts.
private func between(_ text: String, _ start: String, _ end: String) -> String? {
  guard let first = text.range(of: start), let last = text[first.upperBound...].range(of: end) else { return nil }
  return String(text[first.upperBound..<last.lowerBound])
}

@Suite("the lesson's pages") struct LessonTests {
  @Test("each chapter makes a page of less than a million bytes", arguments: [nil] + (1...Lesson.chapterCount).map { $0 })
  func size(_ chapter: Int?) throws {
    let bytes = try lesson.page(chapter)
    #expect(bytes.count < 1_000_000, "\(bytes.count)")
    // A place for a number, or a mark of the prose, that was left as it is.
    let main = try #require(between(String(decoding: bytes, as: UTF8.self), "<article", "</article>"))
    for mark in ["[=", "$", "**", "\n@", "`"] { #expect(!main.contains(mark), "\(mark)") }
  }

  @Test("a page asks no other machine for anything", arguments: 1...Lesson.chapterCount)
  func selfContained(_ chapter: Int) throws {
    let text = try page(chapter)
    for attribute in ["src=\"http", "href=\"http", "url(http"] { #expect(!text.contains(attribute)) }
    #expect(text.contains("default-src 'none'"))
  }

  @Test("a message that the pages do not send has no answer")
  func messages() {
    for message in [
      "", "{", "{}", #"{"id": 1, "chapter": 99, "part": "neuron", "values": {}}"#,
      #"{"id": 1, "chapter": 1, "part": "neuron", "values": {}}"#,
      #"{"id": 1, "chapter": 1, "part": "neuron", "values": {"x1": 99, "x2": 0, "w1": 0, "w2": 0, "b": 0, "f": 0}}"#,
      #"{"id": 1, "chapter": 1, "part": "neuron", "values": {"x1": 0, "x2": 0, "w1": 0, "w2": 0, "b": 0, "f": 0.5}}"#,
    ] { #expect(lesson.answer(message) == nil, "\(message)") }
  }

  @Test("chapter 1: the engine answers with the sigmoid of the weighted sum")
  func neuron() throws {
    let message =
      #"{"id": 7, "chapter": 1, "part": "neuron", "values": {"x1": 2, "x2": 1, "w1": 0.4, "w2": -0.6, "b": 0.3, "f": 0}}"#
    let answer = try #require(lesson.answer(message))
    let z = 0.4 * 2 - 0.6 + 0.3
    #expect(answer.contains("\"id\":7"))
    #expect(answer.contains("= 0.5\""), "\(answer)")
    #expect(answer.contains("= \(String(format: "%.6g", 1 / (1 + exp(-z))))\""), "\(answer)")
  }
}
