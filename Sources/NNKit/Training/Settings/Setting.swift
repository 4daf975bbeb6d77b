/// Something with settings: an optimizer, a schedule, early stopping.
///
/// What has settings declares them once, in `settings`. Readers and writers of configurations, error messages, pages and
/// the README's table of keys all work from that list.
public protocol Configurable: Hashable, Sendable {
  static var settings: [Setting<Self>] { get }
  /// Says which settings contradict each other, by their names in a configuration in backticks; nil if none do.
  var conflict: String? { get }
}

/// Something that a configuration selects by its name: `adam`, or `{name: adam, learning_rate: 0.01}`.
public protocol NamedConfigurable: Configurable {
  static var name: String { get }
  /// What it is, in a line.
  static var summary: String { get }
  /// With the default of every setting.
  init()
}

/// One setting: what a configuration calls it, what it may be, and where it is kept.
public struct Setting<Owner>: Sendable {
  /// As a configuration calls it: `learning_rate`.
  public let name: String
  /// What it does, in a line.
  public let summary: String
  /// Which values it takes.
  public let values: SettingValues
  /// Whether a configuration must give it: it has no default then.
  public let isRequired: Bool
  let read: @Sendable (Owner) -> SettingValue?
  let write: @Sendable (inout Owner, SettingValue) -> Void

  /// A setting that is a number.
  public init(
    _ name: String, _ place: any WritableKeyPath<Owner, Double> & Sendable, _ range: SettingRange, _ summary: String
  ) {
    (self.name, self.summary, values, isRequired) = (name, summary, .numbers(range), false)
    read = { .number($0[keyPath: place]) }
    write = { if case .number(let value) = $1 { $0[keyPath: place] = value } }
  }

  /// A setting that may be left out: nil then.
  public init(
    _ name: String, _ place: any WritableKeyPath<Owner, Double?> & Sendable, _ range: SettingRange, _ summary: String
  ) {
    (self.name, self.summary, values, isRequired) = (name, summary, .numbers(range), false)
    read = { $0[keyPath: place].map { .number($0) } }
    write = { if case .number(let value) = $1 { $0[keyPath: place] = value } }
  }

  /// A setting that is a whole number.
  public init(
    _ name: String, _ place: any WritableKeyPath<Owner, Int> & Sendable, _ range: ClosedRange<Int>, _ summary: String,
    isRequired: Bool = false
  ) {
    (self.name, self.summary, values, self.isRequired) = (name, summary, .counts(range), isRequired)
    read = { .count($0[keyPath: place]) }
    write = { if case .count(let value) = $1 { $0[keyPath: place] = value } }
  }

  /// A count that may be left out: nil then.
  public init(
    _ name: String, _ place: any WritableKeyPath<Owner, Int?> & Sendable, _ range: ClosedRange<Int>, _ summary: String
  ) {
    (self.name, self.summary, values, isRequired) = (name, summary, .counts(range), false)
    read = { $0[keyPath: place].map { .count($0) } }
    write = { if case .count(let value) = $1 { $0[keyPath: place] = value } }
  }

  /// A setting that is true or false.
  public init(_ name: String, _ place: any WritableKeyPath<Owner, Bool> & Sendable, _ summary: String) {
    (self.name, self.summary, values, isRequired) = (name, summary, .flags, false)
    read = { .flag($0[keyPath: place]) }
    write = { if case .flag(let value) = $1 { $0[keyPath: place] = value } }
  }

  /// A setting that is one of some names.
  public init<Choice: CaseIterable & RawRepresentable<String> & Sendable>(
    _ name: String, _ place: any WritableKeyPath<Owner, Choice> & Sendable, _ summary: String, isRequired: Bool = false
  ) {
    (self.name, self.summary, self.isRequired) = (name, summary, isRequired)
    values = .words(Choice.allCases.map(\.rawValue))
    read = { .word($0[keyPath: place].rawValue) }
    write = { owner, value in
      if case .word(let word) = value, let choice = Choice(rawValue: word) { owner[keyPath: place] = choice }
    }
  }

  /// The setting's value in `owner`; nil if it is left out there.
  public func value(in owner: Owner) -> SettingValue? { read(owner) }

  /// Sets it in `owner`.
  ///
  /// - Throws: `NetworkError` that says what it may be, if `value` is something else.
  public func set(_ value: SettingValue, in owner: inout Owner) throws {
    guard values.contains(value) else { throw fault(value) }
    write(&owner, value)
  }

  func fault(_ value: SettingValue, of part: String = "") -> NetworkError {
    NetworkError("`\(part)\(programName)` is \(value), expected \(values.words)", .setting)
  }

  /// As a program calls it: `learningRate`.
  fileprivate var programName: String {
    let parts = name.split(separator: "_")
    return parts.dropFirst().reduce(String(parts.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }
}

extension Configurable {
  /// Why the settings cannot be used together; nil if they can.
  public var conflict: String? { nil }

  /// Holds every setting to its range.
  ///
  /// - Parameter part: What stands before the settings' names in errors: "schedule.".
  /// - Throws: `NetworkError` that names the setting, its value and its range.
  func check(_ part: String = "") throws(NetworkError) {
    for setting in Self.settings {
      guard let value = setting.value(in: self), !setting.values.contains(value) else { continue }
      throw setting.fault(value, of: part)
    }
    if let conflict {
      let words = Self.settings.reduce(conflict) { $0.replacing("`\($1.name)`", with: "`\($1.programName)`") }
      throw NetworkError(words, .setting)
    }
  }
}

/// A setting's value.
public enum SettingValue: Hashable, Sendable, CustomStringConvertible {
  case number(Double)
  case count(Int)
  case flag(Bool)
  case word(String)

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .number(let value): "\(value)"
    case .count(let value): "\(value)"
    case .flag(let value): "\(value)"
    case .word(let value): value
    }
  }
}

/// What a setting may be.
public enum SettingValues: Sendable {
  case numbers(SettingRange)
  case counts(ClosedRange<Int>)
  case flags
  case words([String])

  /// Whether the setting takes `value`.
  public func contains(_ value: SettingValue) -> Bool {
    switch (self, value) {
    case (.numbers(let range), .number(let value)): range.contains(value)
    case (.counts(let range), .count(let value)): range.contains(value)
    case (.flags, .flag): true
    case (.words(let words), .word(let word)): words.contains(word)
    default: false
    }
  }

  /// "a number > 0".
  public var words: String {
    switch self {
    case .numbers(let range): range.words
    case .counts(let range):
      range.upperBound == .max
        ? "a whole number >= \(range.lowerBound)" : "a whole number in \(range.lowerBound)…\(range.upperBound)"
    case .flags: "true or false"
    case .words(let words): "one of \(words.joined(separator: ", "))"
    }
  }
}

/// The numbers that a setting may be: all finite ones between two bounds.
public struct SettingRange: Hashable, Sendable {
  private let lower, upper: Double
  private let includesLower: Bool

  /// Every finite number.
  public static let any = SettingRange(lower: -.infinity, upper: .infinity, includesLower: false)

  /// `bound` and all greater ones.
  public static func atLeast(_ bound: Double) -> SettingRange {
    SettingRange(lower: bound, upper: .infinity, includesLower: true)
  }

  /// All greater than `bound`; with `limit`, those that are less than that too.
  public static func greater(than bound: Double, below limit: Double = .infinity) -> SettingRange {
    SettingRange(lower: bound, upper: limit, includesLower: false)
  }

  /// `bound` and all greater ones that are less than `limit`.
  public static func from(_ bound: Double, below limit: Double) -> SettingRange {
    SettingRange(lower: bound, upper: limit, includesLower: true)
  }

  /// Whether `value` lies in the range.
  public func contains(_ value: Double) -> Bool {
    value.isFinite && value < upper && (includesLower ? value >= lower : value > lower)
  }

  /// "a number in [0, 1)".
  public var words: String {
    if lower == -.infinity { return "a number" }
    if upper == .infinity { return "a number \(includesLower ? ">=" : ">") \(shortNumber(lower))" }
    return "a number in \(includesLower ? "[" : "(")\(shortNumber(lower)), \(shortNumber(upper)))"
  }
}
