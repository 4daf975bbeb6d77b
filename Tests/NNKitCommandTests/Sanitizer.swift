import Foundation

/// Whether the suite runs under a sanitizer, as `make sanitize` has it: that catches a crash and ends the process itself.
enum Sanitizer {
  private static let name = ProcessInfo.processInfo.environment["NNKIT_SANITIZER"]
  static let isOn = name != nil
  static let isOfThreads = name == "thread"

  /// What may come of a plugin that does something; a sanitizer that has names looked up leaves a process that does it.
  static func statuses(_ status: String) -> [String] {
    isOn && status == "crashed" ? ["crashed", "exited", "failed"] : [status]
  }
}
