/// Why a formula that a plugin or a neuron class states cannot be read, or has no value for the given numbers.
public struct FormulaError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The formula as it was written.
  public let formula: String
  /// Which character of it the error is at, from 1; nil if it is in no single place.
  public let column: Int?
  /// What is there.
  public let found: String
  /// What would be read there.
  public let expected: String

  /// What is wrong, where, and what to do.
  public var description: String {
    let place = column.map { ", column \($0)" } ?? ""
    return "the formula `\(formula)`\(place): found \(found), expected \(expected)"
  }
}
