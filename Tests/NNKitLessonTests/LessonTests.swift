import Foundation
import NNKit
import NNKitLesson
import Testing

/// The lesson with the bundled functions; what the page of explain shows is not its own.
private let lesson = Result {
  Lesson(
    LessonEngine(
      plugins: try Plugins(searching: SearchPath(environment: [:])), survey: { try Plugins() }, explanation: { "{}" }))
}

/// Each page once, since it takes a while to make some of them.
private let pages = Result {
  try ([nil] + (1...Lesson.chapterCount).map { $0 }).map {
    String(decoding: try lesson.get().page($0), as: UTF8.self)
  }
}

private func page(_ chapter: Int) throws -> String { try pages.get()[chapter] }

/// What stands between two texts.
private func between(_ text: String, _ start: String, _ end: String) -> String? {
  guard let first = text.range(of: start), let last = text[first.upperBound...].range(of: end) else { return nil }
  return String(text[first.upperBound..<last.lowerBound])
}

/// What a page knows of its live parts and exercises.
private struct PageData: Decodable {
  struct Exercise: Decodable {
    struct Mistake: Decodable {
      let value: Double
      let hint: String
    }
    let name: String
    let kind: String
    let value: Double?
    let tolerance: Double?
    let mistakes: [Mistake]?
  }
  struct Part: Decodable {
    struct Step: Decodable { let values: [String: Double] }
    let name: String
    let recorded: [Step]
  }
  let parts: [Part]
  let exercises: [Exercise]

  init(_ chapter: Int) throws {
    let json = try #require(between(try page(chapter), "id=\"lesson-data\">", "</script>"))
    self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
  }
}

private func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

@Suite("the lesson's pages") struct LessonTests {
  @Test("each chapter makes a page of less than a million bytes, without marks that were left", arguments: 0...11)
  func size(_ chapter: Int) throws {
    let text = try page(chapter)
    #expect(text.utf8.count < 1_000_000, "\(text.utf8.count)")
    let main = try #require(between(text, "<article", "</article>"))
      .replacingOccurrences(of: "(?s)<pre.*?</pre>", with: "", options: .regularExpression)
    for mark in ["[=", "$", "**", "\n@", "`"] { #expect(!main.contains(mark), "\(mark)") }
  }

  @Test("a page asks no other machine for anything", arguments: 0...11)
  func selfContained(_ chapter: Int) throws {
    let text = try page(chapter)
    for attribute in ["src=\"http", "href=\"http", "url(http"] { #expect(!text.contains(attribute)) }
    #expect(text.contains("default-src 'none'"))
  }

  @Test("lines of code are those of the files that they name, at the lines that they name", arguments: 1...11)
  func excerpts(_ chapter: Int) throws {
    let pattern =
      /<figure class="source">(?:<figcaption>([^<]*), line ([0-9]+)<\/figcaption>)?<pre [^>]*><code>(.*?)<\/code>/
      .dotMatchesNewlines()
    let found = try page(chapter).matches(of: pattern)
    #expect(!found.isEmpty)
    for match in found {
      let code = match.output.3.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        .split(separator: "\n", omittingEmptySubsequences: false)
      let name = match.output.1.map(String.init) ?? "bent.c"
      let path = name.contains("/") ? name : "Sources/NNKitLesson/Resources/Lines/\(name)"
      let first = try #require(Int(match.output.2 ?? "1"))
      let file = try String(contentsOfFile: "\(ProseTests.folder)/\(path)", encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in code.enumerated() {
        let own = file[first - 1 + index]
        #expect(own.drop { $0 == " " } == line.drop { $0 == " " }, "\(path), line \(first + index)")
      }
    }
  }

  @Test("a message that the pages do not send has no answer")
  func messages() throws {
    let lesson = try lesson.get()
    for message in [
      "", "{", "{}", #"{"id": 1, "chapter": 99, "part": "neuron", "values": {}}"#,
      #"{"id": 1, "chapter": 1, "part": "neuron", "values": {}}"#,
      #"{"id": 1, "chapter": 1, "part": "neuron", "values": {"x1": 99, "x2": 0, "w1": 0, "w2": 0, "b": 0, "f": 0}}"#,
      #"{"id": 1, "chapter": 1, "part": "neuron", "values": {"x1": 0, "x2": 0, "w1": 0, "w2": 0, "b": 0, "f": 0.5}}"#,
      #"{"id": 1, "chapter": 1, "part": "none", "values": {}}"#,
    ] { #expect(lesson.answer(message) == nil, "\(message)") }
  }

  @Test("chapter 1: the engine answers with the sigmoid of the weighted sum")
  func neuron() throws {
    let message =
      #"{"id": 7, "chapter": 1, "part": "neuron", "values": {"x1": 2, "x2": 1, "w1": 0.4, "w2": -0.6, "b": 0.3, "f": 0}}"#
    let answer = try #require(try lesson.get().answer(message))
    #expect(answer.contains("\"id\":7"))
    #expect(answer.contains("= 0.5\""), "\(answer)")
    #expect(answer.contains("= \(String(format: "%.6g", sigmoid(0.5)))\""), "\(answer)")
  }

  @Test("the answers of the exercises are those of formulas written out here")
  func exercises() throws {
    let a = sigmoid(-0.6)
    let delta = (a - 0.9) * a * (1 - a)
    let powers = [2, 1, 0.1].map { exp($0) }
    let expected: [Int: [String: Double]] = [
      1: ["sum": 0.5 * 3 - 0.25 * 2 - 0.2], 2: ["value": 0.18], 3: ["delta": delta, "gradient": 2 * delta],
      4: ["received": 0.04, "hidden": 0.04 * 0.4 * 0.6], 5: ["step": 0.9, "momentum": 0.95],
      6: ["mean": 0.2, "shape": 24], 7: ["factor": pow(0.25, 6)],
      8: ["delta": powers[2] / powers.reduce(0, +) - 1, "recall": 0.8], 9: ["positions": 36, "parameters": 30],
      10: ["stop": 3, "dropout": 0.75], 11: [:],
    ]
    for (chapter, values) in expected {
      let numbers = try PageData(chapter).exercises.filter { $0.kind == "number" }
      #expect(Set(numbers.map(\.name)) == Set(values.keys), "chapter \(chapter)")
      for exercise in numbers {
        let found = try #require(exercise.value)
        #expect(abs(found - (values[exercise.name] ?? .nan)) < 1e-9, "chapter \(chapter), \(exercise.name): \(found)")
      }
    }
  }

  @Test("no likely mistake passes as the answer or as another mistake", arguments: 1...11)
  func mistakes(_ chapter: Int) throws {
    let data = try PageData(chapter)
    #expect((1...2).contains(data.exercises.count))
    #expect((1...2).contains(data.parts.count))
    for exercise in data.exercises where exercise.kind == "number" {
      let (value, tolerance) = (try #require(exercise.value), try #require(exercise.tolerance))
      let mistakes = try #require(exercise.mistakes)
      #expect(mistakes.count >= 2)
      for (index, mistake) in mistakes.enumerated() {
        #expect(abs(mistake.value - value) > tolerance, "\(exercise.name): \(mistake.hint)")
        for other in mistakes[..<index] {
          #expect(abs(mistake.value - other.value) > tolerance, "\(exercise.name): \(mistake.hint) and \(other.hint)")
        }
      }
    }
  }

  @Test("what the text says of the numbers is so: remedies help, momentum helps, one rate is too large")
  func claims() throws {
    func number(_ chapter: Int, after words: String) throws -> Double {
      let text = try page(chapter).replacingOccurrences(of: "</li>", with: " ")
        .replacingOccurrences(of: "<[^>]*>", with: "", options: .regularExpression)
        .replacingOccurrences(of: "\\s+", with: " ", options: .regularExpression)
      let found = try #require(text.range(of: words), "\(words)")
      let digits = text[found.upperBound...].drop { !$0.isNumber }
      let mantissa = digits.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      let value = try #require(Double(mantissa.hasSuffix(".") ? mantissa.dropLast() : mantissa), "\(words)")
      guard digits.dropFirst(mantissa.count).hasPrefix("·10⁻") else { return value }
      let power = digits.dropFirst(mantissa.count + 4).prefix { "⁰¹²³⁴⁵⁶⁷⁸⁹".contains($0) }.reduce(0) { power, digit in
        10 * power + (Array("⁰¹²³⁴⁵⁶⁷⁸⁹").firstIndex(of: digit) ?? 0)
      }
      return value * pow(10, -Double(power))
    }
    let plain = try number(10, after: "The loss on them is")
    for remedy in [
      "patience. Validation loss:", "Biases pay no price. Validation loss:", "take part. Validation loss:",
    ] {
      #expect(try number(10, after: remedy) < 0.8 * plain, "\(remedy)")
    }
    #expect(try number(10, after: "to the left or right. Validation loss:") < 0.9 * plain)
    #expect(try number(10, after: "the training loss, ends at") < 0.5 * plain)
    #expect(try number(10, after: "The best epoch was number") < 600)
    // What plain Python computes for Mazur's network with biases that learn.
    #expect(abs(try number(5, after: "the loss at first is") - 0.298371109) < 1e-9)
    #expect(abs(try number(5, after: "the loss at first is 0.298371109. After one step it is") - 0.280471447) < 1e-9)
    // The limit is 2 / (the mean of x²) = 4, and what is said of the rates below and above it.
    #expect(abs(try number(5, after: "In this valley it is a learning rate of") - 4) < 1e-6)
    #expect(try number(5, after: "it only takes long. 1 is better. The loss is") < 0.001)
    let grown = try number(5, after: "The loss grows from 4.141 to")
    #expect(grown > 100)
    let pushed = try number(5, after: "a momentum of 0.5, the loss after 60 steps is")
    #expect(try pushed < 0.01 * number(5, after: "without momentum it was"))
    // Nielsen, "Neural Networks and Deep Learning", chapter 3: 0.09 and 0.20 after 300 epochs.
    #expect(abs(try number(7, after: "After 300 epochs it is") - 0.09) < 0.005)
    #expect(abs(try number(7, after: "and ends at") - 0.20) < 0.005)
    let vanished = try number(7, after: "in the first layer is only")
    #expect(vanished > 0 && vanished < 1e-4)
    #expect(try number(7, after: "in the first layer is about") > 20)
    // Mazur's loss before and after the first step.
    #expect(abs(try number(4, after: "neurons use the sigmoid. The loss is") - 0.298371109) < 1e-9)
    #expect(abs(try number(4, after: "After one step the loss is") - 0.291027774) < 1e-9)
  }
}
