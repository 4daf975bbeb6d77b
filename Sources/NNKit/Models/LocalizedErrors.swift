#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

// What `error.localizedDescription` says, in an alert for example, is what the error says.

extension FileError: LocalizedError {
  public var errorDescription: String? { description }
}

extension FormulaError: LocalizedError {
  public var errorDescription: String? { description }
}

extension FunctionFailure: LocalizedError {
  public var errorDescription: String? { description }
}

extension NetworkError: LocalizedError {
  public var errorDescription: String? { description }
}

extension NonFiniteError: LocalizedError {
  public var errorDescription: String? { description }
}

extension ParameterError: LocalizedError {
  public var errorDescription: String? { description }
}

extension PluginError: LocalizedError {
  public var errorDescription: String? { description }
}

extension PluginErrors: LocalizedError {
  public var errorDescription: String? { description }
}

extension UnknownFunctionError: LocalizedError {
  public var errorDescription: String? { description }
}
