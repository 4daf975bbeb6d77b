import ArgumentParser
import Glibc
import NNKit
import NNKitRuns

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `nnkit run` as one of several processes that train together.
///
/// Rank 0 alone has the run's folder and writes to standard output. What fails on one rank ends all, and one of them says why.
final class RankedRun: PrecisionDependent {
  private let command: RunCommand
  private let ranks: Ranks
  /// The path of the run's folder, once there is one.
  private var folder: String?

  /// - Parameters:
  ///   - command: What was asked for.
  ///   - communicator: What connects the processes.
  /// - Throws: `CommunicatorFailure`.
  init(_ command: RunCommand, _ communicator: Communicator) throws {
    self.command = command
    ranks = try Ranks(communicator)
  }

  /// Reads the configuration and trains.
  ///
  /// - Throws: What ends the program, on the rank that reports it; `ExitCode` on all others.
  func run(_ readConfiguration: () throws -> Configuration) throws {
    do {
      let configuration = try ranks.together(readConfiguration)
      ranks.timeLimit = configuration.communicator?.timeLimit ?? ranks.timeLimit
      ranks.sharesMemory = configuration.communicator?.sharesMemory ?? true
      if ranks.count == 1 { try command.execute(configuration) } else { try execute(configuration) }
    } catch let code as ExitCode {
      try ranks.finish()
      throw code
    } catch {
      report(error)
      try? ranks.finish()
      throw ExitCode.failure
    }
    try ranks.finish()
  }

  private func report(_ error: any Error) {
    guard ranks.reports(error) else { return }
    Program.report("error: \(ranks.rank == 0 ? "" : "rank \(ranks.rank): ")\(error)")
    guard ranks.isLost else { return }
    if let folder {
      Program.report("what the run has saved is whole; to continue: \(resumeCommand(for: folder))")
    }
    // The others are to find the one that has failed, and not this one, also where they come late to the processor.
    usleep(1_500_000)
  }

  private func resumeCommand(for folder: String) -> String {
    let launcher = ranks.communicator.launch(ranks: ranks.count).map { shellText($0) + " " } ?? ""
    return launcher + command.common.plugins.resumeCommand(forRunIn: folder)
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let folder = try command.existingFolder
    let isOver = try ranks.together {
      guard ranks.rank == 0, let folder else { return false }
      return try command.isFinished(folder, configuration, Scalar.self)
    }
    if try ranks.sum([isOver ? 1 : 0])[0] > 0 { return }
    let experiment = try ranks.together(isPatient: true) {
      try command.experiment(configuration, Scalar.self, threads: threads(configuration), ranks)
    }
    try RankComparison.check(experiment, ranks)
    Interruption.awaitSignals()
    let run = try ranks.together { () throws -> NNKitRuns.Run<Scalar>? in
      if ranks.rank == 0 { return try command.makeRun(experiment, in: folder, ranks) }
      // Of this rank's own samples rank 0 sees nothing.
      if configuration.data.shardingPlace != nil { _ = try experiment.warnings() }
      return nil
    }
    self.folder = String(decoding: try ranks.broadcast(Array((run?.folder.path ?? "").utf8)), as: UTF8.self)
    let state = try ranks.broadcast(run?.state ?? [])
    let signal = try ranks.together(isPatient: true) {
      do {
        if let run {
          try command.train(run)
        } else {
          try RunFollower(experiment, ranks, state: state).train(interruption: { Interruption.signal })
        }
      } catch let error as InterruptedRun {
        return error.signal as Int32?
      }
      return nil
    }
    guard let signal else { return }
    if let run { command.tellInterrupted(resumeCommand(for: run.folder.path), run.folder) }
    throw ExitCode(128 + signal)
  }

  /// As many as were asked for; else this machine's processors, shared among its ranks.
  private func threads(_ configuration: Configuration) -> Int {
    command.common.threads ?? configuration.threads
      ?? max(1, Processors.count / ranks.sharers)
  }
}
