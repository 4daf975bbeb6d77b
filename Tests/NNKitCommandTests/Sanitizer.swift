import Foundation

/// Whether the suite runs under a sanitizer, as `make sanitize` has it: that catches a crash and ends the process itself.
enum Sanitizer {
  static let isOn = ProcessInfo.processInfo.environment["NNKIT_SANITIZER"] != nil

  /// What may come of a plugin that does something.
  static func statuses(_ status: String) -> [String] { isOn && status == "crashed" ? ["crashed", "exited"] : [status] }
}
