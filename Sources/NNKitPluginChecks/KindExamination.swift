public import NNKit

/// How the functions of one kind are checked and timed: what this module adds to a `PluginKind`, a file each.
protocol KindExamination: SendableMetatype {
  associatedtype Function: PluginFunction
  /// The checks that its functions are put to, what others rely on first: then the first that fails is the cause.
  static var checks: [PluginCheck] { get }

  init(_ function: Function, _ context: ExaminationContext)

  /// Runs one of the checks.
  ///
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`, `SkippedCheck`, `FunctionFailure`.
  func run(_ check: PluginCheck) throws -> Int

  /// Measures every call of the function; nil for a kind that is not timed.
  static var speeds: Speeds? { get }
  typealias Speeds = @Sendable (_ function: Function, _ counts: [Int]) throws -> [FunctionSpeed]
}

/// What examinations of all kinds need.
struct ExaminationContext {
  /// Where the partner of a canonical pair comes from.
  let plugins: () throws -> Plugins
  /// Takes a description of each call before it is made.
  let calling: (String) -> Void
}

extension PluginKind {
  /// The examinations of all kinds.
  private static let examinations: [any KindExamination.Type] = [
    ActivationExamination.self, LossExamination.self, NeuronExamination.self, BackendExamination.self,
    CommunicatorExamination.self,
  ]

  /// That of this kind.
  var examination: (any KindExamination.Type)? { Self.examinations.first { $0.kind == self } }

  /// The checks that functions of this kind are put to.
  public var checks: [PluginCheck] { examination?.checks ?? [] }

  /// Whether its functions are timed.
  package var isTimed: Bool { examination?.isTimed ?? false }
}

extension KindExamination {
  fileprivate static var kind: PluginKind { Function.kind }
  fileprivate static var isTimed: Bool { speeds != nil }

  /// The examination of a function, if it is of this kind.
  static func of(_ function: any PluginFunction, _ context: ExaminationContext) -> (any KindExamination)? {
    (function as? Function).map { Self($0, context) }
  }

  /// How long its calls take; none if it is of another kind.
  static func speeds(of function: any PluginFunction, _ counts: [Int]) throws -> [FunctionSpeed] {
    guard let speeds, let function = function as? Function else { return [] }
    return try speeds(function, counts)
  }
}

extension PluginCheck {
  /// What `nnkit/plugin.h` asks of every call, whatever it computes.
  static func contract(_ results: PluginCheck) -> [PluginCheck] {
    [.environment, results, .inputs, .bounds, .float, .blocks, .repetition, .threads, .nonFinite]
  }
}
