import NNKit

/// A line from a child process that calls a plugin.
package struct ExaminationLine: Codable {
  package struct Function: Codable {
    package let name: String
    package let kind: String
    /// Of a communicator: what starts its ranks.
    package let launcher: String?
  }

  /// What the file offers.
  package var functions: [Function]?
  /// What it offers besides, of kinds that this nnkit does not know.
  package var skipped: [String]?
  /// The check has passed, and compared so many numbers.
  package var compared: Int?
  /// The check could not be made here, and why.
  package var obstacle: String?
  package var finding: Finding?

  init(compared: Int) { self.compared = compared }
  init(obstacle: String) { self.obstacle = obstacle }
  init(finding: Finding) { self.finding = finding }

  init(offeredBy plugin: PluginFile) {
    functions = plugin.functions.map {
      Function(name: $0.name, kind: $0.kind.name, launcher: ($0 as? Communicator)?.launcher)
    }
    skipped = plugin.skipped
  }
}
