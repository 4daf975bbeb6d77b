/// A question whose answer the page checks, with a hint for each likely mistake.
struct Exercise: Encodable, Sendable {
  enum Answer: Sendable {
    /// A number within a tolerance, and what comes out of likely mistakes.
    case number(Double, tolerance: Double, mistakes: [Mistake])
    /// One of several texts; those that are wrong have a hint.
    case choice([Option])
    /// A state of a live part, which says itself whether it is reached.
    case state(of: String)
  }

  struct Mistake: Encodable, Sendable {
    let value: Double
    let hint: String
    init(_ value: Double, _ hint: String) { (self.value, self.hint) = (value, hint) }
  }

  struct Option: Encodable, Sendable {
    let text: String
    /// Nil for the right one.
    let hint: String?
    init(_ text: String, _ hint: String? = nil) { (self.text, self.hint) = (text, hint) }
  }

  let name: String
  /// In the form of the prose.
  let question: String
  let answer: Answer
  /// What is said to a right answer.
  let right: String
  /// What is said to a wrong one that is no likely mistake.
  var hint = ""

  private enum Key: String, CodingKey { case name, kind, value, tolerance, mistakes, options, part, right, hint }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(right, forKey: .right)
    try container.encode(hint, forKey: .hint)
    switch answer {
    case .number(let value, let tolerance, let mistakes):
      try container.encode("number", forKey: .kind)
      try container.encode(value, forKey: .value)
      try container.encode(tolerance, forKey: .tolerance)
      try container.encode(mistakes, forKey: .mistakes)
    case .choice(let options):
      try container.encode("choice", forKey: .kind)
      try container.encode(options, forKey: .options)
    case .state(let part):
      try container.encode("state", forKey: .kind)
      try container.encode(part, forKey: .part)
    }
  }
}
