import Glibc

/// Whether this process has started others, by `fork` or without it, since this was made.
struct StartedChildren {
  private let ended = Self.traces

  var areMore: Bool {
    // Those that nobody has waited for yet, whether they have ended or not.
    var information = siginfo_t()
    let areThere = waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0
    return areThere || ended != Self.traces
  }

  /// What grows with each child that has ended and been waited for.
  private static var traces: [Int] {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    return [usage.ru_maxrss, usage.ru_minflt, usage.ru_nvcsw, usage.ru_nivcsw]
  }
}
