/// A number that a user may set for a function: `{name: leaky_relu, slope: 0.1}`.
public struct FunctionParameter: Equatable, Sendable {
  /// What a configuration calls it.
  public let name: String
  /// One line for tables and help.
  public let summary: String
  /// The value if none is given.
  public let defaultValue: Double
  /// The values that the function takes, both ends included.
  public let range: ClosedRange<Double>
}

/// What a plugin says of one of its functions.
public struct FunctionInformation: Sendable {
  /// What a configuration calls it.
  public let name: String
  /// One line for tables and help.
  public let summary: String
  /// The formula as the plugin states it.
  public let formula: String
  /// The paper or book that it is from; nil if the plugin names none.
  public let reference: String?
  /// The parameters that it takes.
  public let parameters: [FunctionParameter]
  /// Absolute path of the plugin's shared library.
  public let file: String
  /// Whether the plugin lies in the folder of those that come with nnkit.
  let isBundled: Bool
  /// The plugin's version.
  public let version: String

  /// The values of all parameters in the order of their declaration, the defaults where `given` has none.
  ///
  /// - Throws: `ParameterError` for a name that the function does not have or a value outside its range.
  func parameterValues(_ given: [String: Double]) throws -> [Double] {
    for name in given.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
      let names = parameters.map(\.name)
      let hint = names.isEmpty ? "it has none" : nearestNames(to: name, in: names).first.map { "did you mean `\($0)`?" }
      let known = hint ?? "it has \(names.map { "`\($0)`" }.joined(separator: ", "))"
      throw ParameterError(parameter: name, description: "`\(self.name)` has no parameter `\(name)`; \(known)")
    }
    return try parameters.map { parameter in
      let value = given[parameter.name] ?? parameter.defaultValue
      guard value.isFinite, parameter.range.contains(value) else {
        let range = "\(parameter.range.lowerBound)...\(parameter.range.upperBound)"
        throw ParameterError(
          parameter: parameter.name,
          description: "parameter `\(parameter.name)` of `\(name)` is \(value), expected a number in \(range)")
      }
      return value
    }
  }

  /// Those of the parameters' values that are not their defaults, by name.
  func differing(_ values: [Double]) -> [String: Double] {
    Dictionary(
      uniqueKeysWithValues: zip(parameters, values).filter { $0.defaultValue != $1 }.map { ($0.name, $1) })
  }
}

extension FunctionInformation {
  /// Whether another value describes the same function: two `Plugins` that load one library each have their own.
  func isSameFunction(as other: FunctionInformation) -> Bool { name == other.name && file == other.file }
}

/// Whether two functions of plugins are the same code: a library that was replaced and loaded again has other addresses.
func isSameCode<Code>(_ left: Code, _ right: Code) -> Bool {
  unsafeBitCast(left, to: UnsafeRawPointer.self) == unsafeBitCast(right, to: UnsafeRawPointer.self)
}
