internal import NNKit
internal import Yams

/// `--set key.path=value`: a value put into a configuration before it is read; null takes an option out.
package struct Override: Equatable {
  package let path: String
  package let value: String

  /// Reads `key.path=value`.
  package init(_ argument: String) throws {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw ConfigurationError("--set \(argument)", "expected key.path=value, as in training.epochs=20")
    }
    path = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
  }

  /// Whether a value takes an option out.
  static func takesOut(_ value: String) -> Bool { ["null", "~"].contains(value) }

  /// The document with the value in its place; mappings on the way to it are made where they are missing.
  func applied(to root: Yams.Node) throws -> Yams.Node {
    let parsed: Yams.Node
    do {
      parsed = try YAMLText.compose(value) ?? Yams.Node("", .implicit, .plain)
    } catch {
      throw ConfigurationError("--set \(path)=\(value)", "the value is no YAML")
    }
    return try put(parsed, into: root, path.split(separator: ".", omittingEmptySubsequences: false)[...])
  }

  private func put(_ value: Yams.Node, into node: Yams.Node, _ keys: ArraySlice<Substring>) throws -> Yams.Node {
    guard let key = keys.first.map(String.init) else { return value }
    switch node {
    case .mapping(var mapping):
      mapping[Yams.Node(key)] = try put(
        value, into: mapping[Yams.Node(key)] ?? Yams.Node([(Yams.Node, Yams.Node)]()), keys.dropFirst())
      return .mapping(mapping)
    case .sequence(var sequence):
      guard let index = Int(key), sequence.indices.contains(index) else {
        throw ConfigurationError(
          "--set \(path)=\(self.value)",
          "`\(key)` is no element of a list of \(sequence.count), expected 0..<\(sequence.count)")
      }
      sequence[index] = try put(value, into: sequence[index], keys.dropFirst())
      return .sequence(sequence)
    default:
      // A name that stands for a mapping with defaults, {name: sgd}, becomes that mapping.
      guard let name = node.scalar?.string,
        ["optimizer", "schedule", "initializer", "activation", "loss"].contains(parent(keys))
      else { return try put(value, into: Yams.Node([(Yams.Node, Yams.Node)]()), keys) }
      return try put(value, into: Yams.Node([(Yams.Node("name"), Yams.Node(name))]), keys)
    }
  }

  /// The key above the remaining ones.
  private func parent(_ keys: ArraySlice<Substring>) -> String {
    let all = path.split(separator: ".", omittingEmptySubsequences: false)
    let index = all.count - keys.count - 1
    return index >= 0 ? String(all[index]) : ""
  }
}
