internal import NNKit

/// The keys by which earlier versions of nnkit wrote what has another name now.
///
/// What they wrote into run folders is read all the same: configurations, metrics and what checkpoints say of the run. In a
/// user's configuration such a key is an error that gives the present name.
enum EarlierKeys {
  /// Paths in a configuration, with the present name of their last key.
  private static let renamed = ["training.optimizer.rate": "learning_rate"]

  /// What a key is called now; nil if it never had another name.
  static func presentName(of path: String) -> String? { renamed[path] }

  /// The name that a value of metrics.jsonl had in earlier versions.
  static func earlierMetric(_ name: String) -> String? { name == "learning_rate" ? "rate" : nil }

  /// The document with the present names.
  static func replaced(in root: YAML.Node) -> YAML.Node {
    renamed.reduce(root) { root, entry in
      rename(entry.key.split(separator: ".").map(String.init)[...], entry.value, in: root)
    }
  }

  private static func rename(_ path: ArraySlice<String>, _ name: String, in node: YAML.Node) -> YAML.Node {
    guard let key = path.first, case .mapping(var mapping) = node, let value = mapping[key] else { return node }
    guard path.count == 1 else {
      mapping[key] = rename(path.dropFirst(), name, in: value)
      return .mapping(mapping)
    }
    // Where both names are given, the reader says that the earlier one is not known.
    if mapping[name] != nil { return node }
    mapping.pairs = mapping.pairs.map { $0.key.scalar?.string == key ? (key: YAML.Node(name), value: $0.value) : $0 }
    return .mapping(mapping)
  }

  /// Whether a configuration lies in a run folder, with something else that a run has left.
  static func isInRunFolder(_ path: String) -> Bool {
    guard path.split(separator: "/").last == "config.yaml", let folder = try? RunFolder(existing: absolute(path)) else {
      return false
    }
    return [folder.summary, folder.metrics, folder.model, folder.checkpoints].contains { isThere($0) }
  }

  private static func absolute(_ path: String) -> String {
    let parts = absolutePath(path).split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast().joined(separator: "/")
  }
}
