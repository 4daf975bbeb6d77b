#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

// What `error.localizedDescription` says, in an alert for example, is what the error says.

extension CommunicatorFailure: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension FileError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension FormulaError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension FunctionFailure: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension NetworkError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension NonFiniteError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension ParameterError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension PluginError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension PluginErrors: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension RanksError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension UnknownFunctionError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}
