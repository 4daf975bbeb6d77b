package import NNKit

/// Plugins that are not bundled are opened in another process first: one that dies or hangs there is not opened here.
package enum PluginProbe {
  private static let seconds = 10.0

  /// The files on a search path that cannot be opened and survived, and what they did.
  ///
  /// - Throws: `FileError` if there can be no other process.
  package static func deadlyFiles(on path: SearchPath) throws -> [PluginError] {
    var options: [String] = []
    if path.trustsOthers { options.append("--trust-plugins") }
    var errors: [PluginError] = []
    for folder in path.folders where folder.origin != .bundled {
      for file in (try? SearchPath.libraries(in: folder)) ?? [] {
        let child = try ChildProcess(examining: file, options, seconds: seconds)
        // A fault that it could report is found again when the file is loaded.
        if child.lines.contains(where: { $0.functions != nil || $0.finding != nil }) && child.ending == .exited(0) {
          continue
        }
        errors.append(PluginError(file: file, problem: .deadly(child.ending.deed)))
      }
    }
    return errors
  }
}
