package import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// A run on a rank other than rank 0: it trains, and writes nothing.
package final class RunFollower<Scalar: NetworkScalar> {
  private let experiment: Experiment<Scalar>
  private let trainer: Trainer<Scalar>

  /// Another rank's command, or user, asks for the run's end.
  private struct FinishRequested: Error {}

  /// - Parameters:
  ///   - experiment: What the run's configuration describes, on every rank the same.
  ///   - ranks: All of them.
  ///   - state: What rank 0 begins with; empty for a new run.
  /// - Throws: `FileError` if the state does not fit the training.
  package init(_ experiment: Experiment<Scalar>, _ ranks: Ranks, state: [UInt8]) throws {
    self.experiment = experiment
    trainer = try experiment.trainer(ranks)
    if !state.isEmpty { try trainer.resume(from: Safetensors(state, path: "rank 0's state"), path: "rank 0's state") }
  }

  /// Trains with the others.
  ///
  /// - Parameter interruption: The number of a signal that has come to end the run, asked for in each batch.
  /// - Throws: `InterruptedRun`, in the same batch as on the other ranks; `NonFiniteError`; the errors of plugins and of the
  ///   connection.
  package func train(interruption: @escaping () -> Int32? = { nil }) throws {
    let exchange = trainer.exchange
    exchange?.request = { interruption().map { RankRequest(signal: $0) } }
    trainer.onProgress = { _ in
      if let signal = exchange?.agreed?.signal { throw InterruptedRun(signal: signal) }
      if exchange?.agreed == .finish { throw FinishRequested() }
    }
    let data = experiment.data
    do {
      try trainer.train(on: data.train, validation: data.validation, test: data.test)
    } catch is FinishRequested {}
  }
}

extension RankRequest {
  init(signal: Int32) { self = signal == SIGINT ? .interrupt : .terminate }

  var signal: Int32? {
    switch self {
    case .interrupt: SIGINT
    case .terminate: SIGTERM
    case .finish, .cancel, .stop: nil
    }
  }
}
