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
    guard words.first == "run", !Ranks.isTried, let name = communicator(words) else { return nil }
    let folders = values(of: "--plugin-path", words)
    let options = try PluginOptions.parse(folders.flatMap { ["--plugin-path", $0] })
    let ranks = try Ranks(options.plugins().communicator(name), startLimit: 10)
    return ranks.count > 1 ? ranks : nil
  }

  /// The one that was asked for; MPI's where its launcher has started this process.
  private static func communicator(_ words: [String]) -> String? {
    if let name = values(of: "--communicator", words).last { return name == Communicator.noneName ? nil : name }
    let environment = ProcessInfo.processInfo.environment
    let counts = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"].compactMap { environment[$0].flatMap { Int($0) } }
    return counts.contains { $0 > 1 } ? "mpi" : nil
  }

  private static func values(of option: String, _ words: [String]) -> [String] {
    words.indices.compactMap { index in
      if words[index].hasPrefix(option + "=") { return String(words[index].dropFirst(option.count + 1)) }
      return words[index] == option && index + 1 < words.count ? words[index + 1] : nil
    }
  }
}
