package import NNKit

/// What the ranks of a run compare before they train: a difference would make another training of each part.
package enum RankComparison {
  /// Compares the program's version, the configuration, the samples, the plugin files and the weights.
  ///
  /// - Throws: `RanksError` that says which ranks differ from rank 0, and in what.
  package static func check<Scalar: NetworkScalar>(_ experiment: Experiment<Scalar>, _ ranks: Ranks) throws {
    let identity = try ranks.together(isPatient: true) {
      try RunIdentity(experiment.configuration, experiment.data)
    }
    let plugins = PluginRecord.records(of: experiment.trained)
    let common =
      [("the version of nnkit", digest(of: nnkitVersion.utf8))] + identity.digests + [
        ("the functions of the network", digest(of: plugins.map(\.function).joined(separator: " ").utf8)),
        ("the first weights", experiment.network.weightsDigest),
      ]
    try compare(common, ranks)
    // Each rank has as many by now.
    try compare(
      plugins.map { ("the plugin file of `\($0.function)`", digest(of: ($0.sha256 ?? "").utf8)) }, ranks)
  }

  private static func compare(_ items: [(what: String, digest: UInt64)], _ ranks: Ranks) throws {
    let differing = try ranks.differing(items.map(\.digest))
    let found = zip(items, differing).filter { !$1.isEmpty }
    if found.isEmpty { return }
    let words = found.map { item, others in
      "\(item.what) of \(Ranks.list(others)) \(item.what.hasSuffix("s") ? "differ" : "differs") from that of rank 0"
    }
    throw RanksError(
      "the ranks cannot train together: \(words.joined(separator: "; ")); all need the same program, files and options")
  }
}

/// 64 bits that follow from some bytes (FNV-1a).
func digest(of bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
