internal import CNNKit

// Values of parameters that do not go together, as for low < high: a function says so itself, by NNKIT_REFUSED.

/// Whether one of some calls returns NNKIT_REFUSED; other failures are told where the calls are needed.
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

extension FunctionFailure {
  /// Whether the plugin says that the values of its parameters do not go together.
  package var isRefusal: Bool { code == Int32(NNKIT_REFUSED) }
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
