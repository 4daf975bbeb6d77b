import Foundation
import NNKitLesson
import Testing

@Suite("what the lesson's chapters say") struct ProseTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  static let chapters = (1...Lesson.chapterCount).map { chapter in
    let file = Lesson.file(chapter)
    return String(file.drop { $0 != "-" }.dropFirst().prefix { $0 != "." })
  }

  private static func prose(_ chapter: String) throws -> String {
    try String(
      contentsOfFile: "\(folder)/Sources/NNKitLesson/Resources/Chapters/\(chapter).md", encoding: .utf8)
  }

  /// The running text: without code, commands, formulas and the places of numbers.
  private static func runningText(_ chapter: String) throws -> String {
    var text = try prose(chapter)
    // The numbers of a list's items are places, too.
    for pattern in [
      #"(?s)```.*?```"#, #"(?m)^@.*$"#, #"(?m)^[0-9]+\. "#, #"(?s)\$\$.*?\$\$"#, #"\$[^$]*\$"#, #"`[^`]*`"#,
      #"\[=[^\]]*\]"#,
    ] {
      text = text.replacingOccurrences(of: pattern, with: " ", options: .regularExpression)
    }
    return text
  }

  @Test("each number in the text is one that the engine has computed", arguments: chapters)
  func numbers(_ chapter: String) throws {
    let text = try Self.runningText(chapter).replacingOccurrences(of: "**L2.**", with: "")
    // 0 and 1 are the ends of ranges and the targets of classes: what is said of them holds for any network.
    let found = text.matches(of: /[0-9]+(\.[0-9]+)?/).map { String($0.output.0) }
    #expect(found.allSatisfy { $0 == "0" || $0 == "1" }, "\(found)")
  }

  @Test("sentences are short enough to be read once", arguments: chapters)
  func sentences(_ chapter: String) throws {
    let text = try Self.runningText(chapter).replacingOccurrences(of: "\n", with: " ")
    for sentence in text.split(whereSeparator: { ".?!:".contains($0) }) {
      let words = sentence.split(separator: " ")
      #expect(words.count <= 32, "\(sentence)")
    }
  }

  @Test("a chapter is read in ten minutes", arguments: chapters)
  func length(_ chapter: String) throws {
    // A student reads about 130 words of such a text in a minute.
    let words = try Self.runningText(chapter).split { $0.isWhitespace }.count
    #expect((300...1300).contains(words), "\(words) words")
  }
}
