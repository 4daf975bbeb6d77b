public import NNKit

/// A function put to the checks of its kind.
///
///     let swirl = try Examination("swirl", in: Plugins(searching: SearchPath(["build"])))
///     for check in swirl.checks { try swirl.run(check) }
///
/// A function that is not sound may crash, hang or end the process that runs this: `PluginReport` runs each check in a
/// process of its own.
public struct Examination {
  /// The checks that a function of its kind is put to.
  public let checks: [PluginCheck]
  private let kind: any KindExamination

  /// - Parameters:
  ///   - name: The name of the function that is examined.
  ///   - plugins: Where it is, and the partner of a canonical pair.
  /// - Throws: `UnknownFunctionError` if there is no function of that name.
  public init(_ name: String, in plugins: Plugins) throws {
    guard let function = plugins.functions[name] else { throw plugins.unknown(name) }
    try self.init(function, ExaminationContext(plugins: { plugins }, calling: { _ in }))
  }

  /// - Throws: `SkippedCheck` for a kind without checks.
  init(_ function: any PluginFunction, _ context: ExaminationContext) throws {
    guard let kind = function.kind.examination?.of(function, context) else {
      throw SkippedCheck(reason: "there are no checks for \(function.kind.plural)")
    }
    checks = function.kind.checks
    self.kind = kind
  }

  /// Runs one check.
  ///
  /// - Parameter check: One of those for the function's kind.
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `SkippedCheck` where it cannot be made here; `FunctionFailure` for a call that did not return 0.
  @discardableResult
  public func run(_ check: PluginCheck) throws -> Int { try kind.run(check) }
}
