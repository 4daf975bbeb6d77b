internal import NNKit

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
  func applied(to root: YAML.Node) throws -> YAML.Node {
    let parsed: YAML.Node
    do {
      parsed = try YAMLText.compose(value) ?? YAML.Node("")
    } catch {
      throw ConfigurationError("--set \(path)=\(value)", "the value is no YAML")
    }
    return try put(parsed, into: root, path.split(separator: ".", omittingEmptySubsequences: false)[...])
  }

  private static var empty: YAML.Node { .mapping(YAML.Mapping(pairs: [], isFlow: false, mark: nil)) }

  private func put(_ value: YAML.Node, into node: YAML.Node, _ keys: ArraySlice<Substring>) throws -> YAML.Node {
    guard let key = keys.first.map(String.init) else { return value }
    switch node {
    case .mapping(var mapping):
      mapping[key] = try put(value, into: mapping[key] ?? Self.empty, keys.dropFirst())
      return .mapping(mapping)
    case .sequence(var sequence):
      guard let index = Int(key), sequence.nodes.indices.contains(index) else {
        throw ConfigurationError(
          "--set \(path)=\(self.value)",
          "`\(key)` is not an element of a list of \(sequence.nodes.count), expected 0..<\(sequence.nodes.count)")
      }
      sequence.nodes[index] = try put(value, into: sequence.nodes[index], keys.dropFirst())
      return .sequence(sequence)
    default:
      // A name that stands for a mapping with defaults, {name: sgd}, becomes that mapping.
      guard let name = node.scalar?.string,
        ["optimizer", "schedule", "initializer", "activation", "neuron", "loss"].contains(parent(keys))
      else { return try put(value, into: Self.empty, keys) }
      return try put(value, into: YAML.Node([(key: YAML.Node("name"), value: YAML.Node(name))]), keys)
    }
  }

  /// The key above the remaining ones.
  private func parent(_ keys: ArraySlice<Substring>) -> String {
    let all = path.split(separator: ".", omittingEmptySubsequences: false)
    let index = all.count - keys.count - 1
    return index >= 0 ? String(all[index]) : ""
  }
}
