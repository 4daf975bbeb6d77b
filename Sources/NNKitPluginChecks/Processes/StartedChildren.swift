import Glibc
import NNKit

/// Whether this process starts others, by `fork` or without it, and in which of the calls that it makes.
final class StartedChildren {
  private var ended = traces
  /// The latest call.
  private(set) var call = "the file's entry"
  private var culprit: String?

  /// Gets a line about each call before it is made.
  func next(_ call: String) {
    if culprit == nil, areMore { culprit = self.call }
    self.call = call
  }

  /// Those that were started until now do not count.
  func forget() { ended = Self.traces }

  /// - Throws: `Finding` if there were any.
  func expectNone() throws {
    next("")
    if let culprit { throw Finding(culprit, found: "another process", expected: "that this one does all the work") }
  }

  private var areMore: Bool {
    // Those that have not been waited for, whether they have ended or not.
    var information = siginfo_t()
    let areThere = waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0
    return areThere || ended != Self.traces
  }

  /// What grows with each child that has ended and been waited for.
  private static var traces: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    return usage.ru_maxrss + usage.ru_minflt + usage.ru_nvcsw + usage.ru_nivcsw
  }
}
