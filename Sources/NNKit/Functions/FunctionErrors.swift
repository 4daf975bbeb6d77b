internal import CNNKit

/// A parameter that a function does not have, or a value that it does not take.
public struct ParameterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The parameter.
  public let parameter: String
  /// What was expected and what was found.
  public let description: String
}

extension ParameterError {
  /// - Parameters:
  ///   - given: The values that are not the defaults.
  ///   - function: Which refused them.
  init(refused given: [String: Double], by function: FunctionInformation) {
    let names = given.keys.sorted()
    let values = names.map { "`\($0)`: \(given[$0] ?? 0)" }.joined(separator: ", ")
    let others = function.parameters.filter { given[$0.name] == nil }
      .map { "`\($0.name)`: \($0.defaultValue)" }.joined(separator: ", ")
    let beside = given.isEmpty || others.isEmpty ? "" : " beside the defaults \(others)"
    self.init(
      parameter: names.first ?? "",
      description: "`\(function.name)` refuses \(given.isEmpty ? others : values)\(beside): these values do not go "
        + "together (\(function.formula))")
  }
}

/// Throws `FunctionFailure` if a plugin's `call` returned something else than 0.
package func check(_ code: Int32, _ call: String, of function: @autoclosure () -> FunctionInformation) throws {
  if code == 0 { return }
  let function = function()
  throw FunctionFailure(function: function.name, file: function.file, call: call, code: code)
}

/// A plugin's function that returned something else than 0.
public struct FunctionFailure: Error, Sendable, CustomStringConvertible {
  /// The function.
  public let function: String
  /// The plugin file.
  public let file: String
  /// The function of the plugin that was called.
  public let call: String
  /// What it returned; 0 would be success.
  public let code: Int32
  /// Which layer (from 0) and batch it was, where known.
  public var layer: Int?
  /// In which batch of the epoch, from 0, if in any.
  public var batch: Int?

  /// Whether the plugin says that the values of its parameters do not go together.
  package var isRefusal: Bool { code == Int32(NNKIT_REFUSED) }

  /// What is wrong, where, and what to do.
  public var description: String {
    var place = ""
    if let layer { place += " in layer \(layer)" }
    if let batch { place += ", batch \(batch + 1)" }
    let meaning = isRefusal ? ": it refuses the values of its parameters" : ""
    return "the function `\(function)` of \(file) failed\(place): \(call) returned \(code) instead of 0\(meaning)"
  }
}

/// Whether one of some calls returns NNKIT_REFUSED, for values of parameters that do not go together (low < high); other failures are reported where the calls are needed.
///
/// - Parameters:
///   - parameters: The function's; where it has none there is nothing to refuse.
///   - calls: They and their names, made in this order.
///   - calling: Takes a description of each call before it is made.
/// - Returns: True if one of the calls returns the code for values that do not go together.
func refuses(
  _ parameters: [Double], _ calls: [(name: String, make: () throws -> Void)], _ calling: (String) -> Void
) -> Bool {
  !parameters.isEmpty
    && calls.contains { name, make in
      calling(name)
      do { try make() } catch { return (error as? FunctionFailure)?.isRefusal == true }
      return false
    }
}
