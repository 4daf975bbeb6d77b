package import NNKit

/// A chapter: prose with places for numbers, formulas, lines of code, live parts and exercises; and what goes there.
struct Chapter: Sendable {
  /// From 1.
  let number: Int
  /// Its page is NUMBER-NAME.html.
  let name: String
  let title: String
  /// One sentence for the table of contents.
  let summary: String
  let prose: String
  /// Computed by the engine when the page is made.
  let content: @Sendable (LessonEngine) throws -> Content

  var file: String { "\(number)-\(name).html" }

  struct Content: Sendable {
    /// The numbers that the prose names.
    var numbers: [String: Double] = [:]
    var parts: [LivePart] = []
    var exercises: [Exercise] = []
    /// Whether the page of `nnkit explain` for Mazur's network stands in it.
    var hasExplanation = false
  }

  /// All, in their order.
  static let all: [Chapter] = [
    aNeuron, howWrong, whoseFault, messages, aStep, manyNeurons, whenItGrows, classes, images, byHeart, yourOwn,
  ]
}

/// What the chapters compute with.
package struct LessonEngine: Sendable {
  /// The functions that the lesson uses.
  let plugins: Plugins
  /// Looks for plugins once more: readers make their own.
  let survey: @Sendable () throws -> Plugins
  /// The data of the page that explains Mazur's network, as JSON.
  let explanation: @Sendable () throws -> String

  /// - Parameters:
  ///   - plugins: The bundled functions.
  ///   - survey: Finds the plugins that are there at the moment.
  ///   - explanation: The data of the page that explains Mazur's network, as JSON.
  package init(
    plugins: Plugins, survey: @escaping @Sendable () throws -> Plugins,
    explanation: @escaping @Sendable () throws -> String
  ) {
    (self.plugins, self.survey, self.explanation) = (plugins, survey, explanation)
  }
}
