/// A part of a chapter that the reader plays with: settings go to nnkit's engine, figures come back.
///
/// A page on disk has the figures of recorded settings: of some steps in an order that explains, or of all choices.
struct LivePart: Sendable {
  enum Recorded: Sendable {
    /// Settings in an order that explains, each with a sentence.
    case steps([Step])
    /// Every combination of the choices; a part with sliders cannot have that.
    case all
  }

  struct Step: Sendable {
    let caption: String
    let values: [String: Double]
    init(_ caption: String, _ values: [String: Double] = [:]) { (self.caption, self.values) = (caption, values) }
  }

  let name: String
  /// Its accessible name.
  let title: String
  let controls: [Control]
  let recorded: Recorded
  /// What the engine says for some settings.
  let figures: @Sendable (Values) throws -> [Figure]

  /// The settings of a new page.
  var initial: Values { Values(Dictionary(uniqueKeysWithValues: controls.map { ($0.name, $0.initial) })) }

  /// The settings that a page asks for; nil if one of them is missing or out of its range.
  func values(_ asked: [String: Double]) -> Values? {
    guard controls.allSatisfy({ control in asked[control.name].map(control.allows) ?? false }) else { return nil }
    return Values(asked)
  }

  /// The recorded settings.
  var recordedSteps: [Step] {
    switch recorded {
    case .steps(let steps):
      return steps.map { Step($0.caption, initial.numbers.merging($0.values) { $1 }) }
    case .all:
      return controls.reduce([Step("")]) { steps, control in
        steps.flatMap { step in
          control.choices.indices.map { Step("", step.values.merging([control.name: Double($0)]) { $1 }) }
        }
      }
    }
  }
}

/// A slider or a menu.
struct Control: Encodable, Sendable {
  let name: String
  let label: String
  let initial: Double
  /// A slider's ends and the size of its steps.
  private(set) var minimum = 0.0
  private(set) var maximum = 0.0
  private(set) var step = 0.0
  /// What a menu offers; empty for a slider.
  private(set) var choices: [String] = []

  static func slider(
    _ name: String, _ label: String, _ range: ClosedRange<Double>, step: Double, _ initial: Double
  ) -> Control {
    var control = Control(name: name, label: label, initial: initial)
    (control.minimum, control.maximum, control.step) = (range.lowerBound, range.upperBound, step)
    return control
  }

  static func menu(_ name: String, _ label: String, _ choices: [String], _ initial: Int = 0) -> Control {
    var control = Control(name: name, label: label, initial: Double(initial))
    control.choices = choices
    return control
  }

  private init(name: String, label: String, initial: Double) {
    (self.name, self.label, self.initial) = (name, label, initial)
  }

  func allows(_ value: Double) -> Bool {
    if choices.isEmpty { return value >= minimum && value <= maximum }
    return choices.indices.contains { Double($0) == value }
  }
}

/// Settings of a part's controls.
struct Values: Sendable {
  let numbers: [String: Double]
  init(_ numbers: [String: Double]) { self.numbers = numbers }

  /// A slider's number.
  subscript(name: String) -> Double { numbers[name] ?? 0 }
  /// A menu's choice.
  func choice(_ name: String) -> Int { Int(self[name]) }
}
