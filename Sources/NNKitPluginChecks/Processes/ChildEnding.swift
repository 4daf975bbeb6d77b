import Glibc
import NNKit

/// How a child process ended, and the words for it.
package enum ChildEnding: Equatable {
  case exited(Int32)
  /// It was about to fork.
  case forked
  case killed(signal: Int32)
  case timedOut(seconds: Double)
  /// It was still making one call after the other, after six times the seconds that one may take.
  case unfinished(seconds: Double)
  /// The plugin has closed its report.
  case closedFiles

  /// The exit code of a child in which a plugin is about to fork.
  static let forkCode: Int32 = 113
  /// The exit code of a child whose report a plugin has closed.
  static let closedCode: Int32 = 114

  /// - Parameter status: As `waitpid` gives it.
  init(status: Int32) {
    let (signal, code) = (status & 0x7F, status >> 8 & 0xFF)
    if signal != 0 {
      self = .killed(signal: signal)
    } else {
      self = code == Self.forkCode ? .forked : code == Self.closedCode ? .closedFiles : .exited(code)
    }
  }

  /// What a call gave during which it came to that.
  package var found: String {
    switch self {
    case .exited(let code): "the end of the process with exit code \(code)"
    case .forked: "a fork of the process"
    case .killed(let signal): "the end of the process by signal \(signal) (\(Self.name(signal)))\(Self.doubt(signal))"
    case .timedOut(let seconds): "no answer within \(seconds) s"
    case .unfinished(let seconds): "no end within six times \(seconds) s"
    case .closedFiles: "nnkit's own files closed"
    }
  }

  /// What a plugin does with which it comes to that.
  package var deed: String {
    switch self {
    case .exited(let code): "ends the process with exit code \(code)"
    case .forked: "forks the process"
    case .killed(let signal): "crashes (signal \(signal), \(Self.name(signal))\(Self.doubt(signal)))"
    case .timedOut(let seconds): "hangs (for \(seconds) s)"
    case .unfinished(let seconds): "takes more than six times \(seconds) s"
    case .closedFiles: "closes nnkit's own files"
    }
  }

  private static func name(_ signal: Int32) -> String { String(cString: strsignal(signal)) }

  /// The sender of this signal is not known.
  private static func doubt(_ signal: Int32) -> String {
    signal == SIGKILL ? ", which the system sends too where memory runs out" : ""
  }
}
