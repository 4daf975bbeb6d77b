import ArgumentParser
import NNKit

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A mistake that ranks find before they have joined each other, in their options or their configuration: where all have it, one
/// of them reports it.
enum CommonMistake {
  /// Reports an error of this process, unless a lower rank has one too.
  ///
  /// - Parameters:
  ///   - error: What is wrong.
  ///   - text: What is written of it.
  static func report(_ error: any Error, _ text: String) {
    guard let ranks = try? join() else { return Program.report(text) }
    defer { try? ranks.finish() }
    do { try ranks.together { throw error } } catch is EndedByOtherRank {
    } catch {
      Program.report((ranks.rank == 0 ? "" : "rank \(ranks.rank): ") + text)
    }
  }

  /// The other ranks of `nnkit run`; nil where there are none, or where this process has tried to join them before.
  private static func join() throws -> Ranks? {
    let words = Array(CommandLine.arguments.dropFirst())
    let asked = values(of: "--communicator", words).last
    guard words.first == "run", !Ranks.isTried, asked != Communicator.noneName else { return nil }
    let folders = values(of: "--plugin-path", words)
    let plugins = try PluginOptions.parse(folders.flatMap { ["--plugin-path", $0] }).plugins()
    // The name that was asked for may be the mistake.
    let names = [asked, isStartedByMPI ? "mpi" : nil].compactMap(\.self)
    guard let communicator = names.lazy.compactMap({ try? plugins.communicator($0) }).first else { return nil }
    let ranks = try Ranks(communicator, startLimit: 10)
    return ranks.count > 1 ? ranks : nil
  }

  private static var isStartedByMPI: Bool {
    let environment = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"].contains { Int(environment[$0] ?? "") ?? 1 > 1 }
  }

  private static func values(of option: String, _ words: [String]) -> [String] {
    words.indices.compactMap { index in
      if words[index].hasPrefix(option + "=") { return String(words[index].dropFirst(option.count + 1)) }
      return words[index] == option && index + 1 < words.count ? words[index + 1] : nil
    }
  }
}
