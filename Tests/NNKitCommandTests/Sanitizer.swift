import Foundation

/// Whether the suite runs under a sanitizer, as `make sanitize` has it: that catches a crash and ends the process itself.
enum Sanitizer {
  private static let name = ProcessInfo.processInfo.environment["NNKIT_SANITIZER"]
  static let isOn = name != nil
  static let isOfThreads = name == "thread"

  /// What may come of a plugin that does something.
  ///
  /// A crash is an exit, and the process that looks up names for it may be found as one that was left; ThreadSanitizer
  /// has an exit code of its own for an end within a fork.
  static func statuses(_ status: String) -> [String] {
    if isOn && status == "crashed" { return ["crashed", "exited", "failed"] }
    return isOfThreads && status == "failed" ? ["failed", "exited"] : [status]
  }
}
