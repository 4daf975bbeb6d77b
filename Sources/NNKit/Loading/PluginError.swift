/// What is wrong with one plugin file, and what to do about it.
public struct PluginError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong with a plugin file.
  public enum Problem: Equatable, Sendable {
    case unreadable(String)
    case notElf
    case wrongMachine
    case truncated(expected: Int, found: Int)
    case missingEntry
    /// The dynamic loader's own words: an undefined symbol, a missing library.
    case loader(String)
    case refusedHost
    case wrongVersion(major: UInt32)
    /// A field of the plugin's description does not keep the rules of `nnkit/plugin.h`.
    case badDescription(String)
    case duplicateName(String, otherFile: String)
    case unreadableFolder(String)
    /// Another user could change the file, or what lies on the way to it.
    case untrusted(String, String, remedy: String)
    /// A process that opened it, to try that out, did not survive.
    case deadly(String)
  }

  /// The plugin's file, or the folder that could not be read.
  public let file: String
  /// What is wrong.
  public let problem: Problem

  package init(file: String, problem: Problem) {
    self.file = file
    self.problem = problem
  }

  /// What is wrong, where, and what to do.
  public var description: String { "\(file): \(words)" }

  private var words: String {
    switch problem {
    case .unreadable(let reason): return "the plugin cannot be read: \(reason)"
    case .notElf: return "not a shared library (no ELF file); expected what `cc -shared` makes"
    case .wrongMachine: return "not a shared library for this machine; rebuild the plugin here"
    case .truncated(let expected, let found):
      return
        "the shared library is truncated: its parts reach to byte \(expected), the file has \(found); copy it again"
    case .missingEntry:
      return "not an nnkit plugin: it exports no `\(PluginFile.entrySymbol)` (see NNKIT_PLUGIN in nnkit/plugin.h)"
    case .loader(let text):
      return "the plugin cannot be loaded: \(text)"
    case .refusedHost:
      return "the plugin refuses a host of ABI \(PluginFile.hostVersion); rebuild it against this nnkit/plugin.h"
    case .wrongVersion(let major):
      return
        "the plugin was built for ABI \(major), this nnkit has \(PluginFile.hostVersion); rebuild it against this nnkit/plugin.h"
    case .badDescription(let what): return "the plugin's description is not sound: \(what)"
    case .duplicateName(let name, let other):
      return "offers the function `\(name)`, which \(other) in the same folder offers too; remove one of the two"
    case .untrusted(let place, let reason, let remedy):
      return
        "the plugin is not opened, since another user could change it: \(place == file ? "" : "\(place): ")\(reason);"
        + " mend that with `\(remedy)`, or give --trust-plugins (in a program, set `SearchPath.trustsOthers`)"
    case .deadly(let how):
      return
        "the plugin \(how) when it is opened; see `nnkit plugins check \(shellText([file]))`, and remove or rebuild it"
    case .unreadableFolder(let reason): return "the plugin folder cannot be read: \(reason)"
    }
  }
}

/// All that is wrong with the plugins on the search path.
public struct PluginErrors: Error, Sendable, CustomStringConvertible {
  /// An error for each file.
  public let errors: [PluginError]
  package init(errors: [PluginError]) { self.errors = errors }
  /// What is wrong, where, and what to do.
  public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// A name that no plugin offers.
public struct UnknownFunctionError: Error, Sendable, CustomStringConvertible {
  /// The name that was asked for.
  public let name: String
  /// What it was to be; nil where any function would do.
  public let kind: PluginKind?
  /// The most similar names that are offered, best first.
  public let nearest: [String]
  /// The folders that were searched.
  public let searched: [String]
  /// Said where the name is offered, but as a function of another kind.
  public let otherKind: PluginKind?

  /// What is wrong, where, and what to do.
  public var description: String {
    var text = "no plugin offers \(kind.map { "the \($0)" } ?? "a") function `\(name)`"
    if let otherKind {
      text += " (`\(name)` is the name of \(otherKind.withArticle) function)"
    }
    if !nearest.isEmpty { text += "; did you mean \(nearest.map { "`\($0)`" }.joined(separator: " or "))?" }
    text += "\n  searched: " + (searched.isEmpty ? "no folder" : searched.joined(separator: ", "))
    if kind == .communicator, name == "mpi" {
      text +=
        "\n  mpi: `make mpi` compiles it against this machine's MPI, and installs Open MPI where there is none (Debian's"
        + " packages libopenmpi-dev and openmpi-bin)"
    }
    text += "\n  a plugin of your own: put its .so into a folder and name that with --plugin-path or NNKIT_PLUGIN_PATH"
    text += "\n  in a package that depends on NNKit: name the function's product in Package.swift,"
    text += " .product(name: \"nnkit-\(nearest.first ?? name)\", package: \"nnkit\")"
    return text
  }
}
