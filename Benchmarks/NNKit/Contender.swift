internal import CKernels
import NNKit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// nnkit as a contender of the benchmark: prepares a workload, says what it is, then answers each line
/// `run SECONDS` with what it did in about that time.
@main
struct Contender {
  static func main() throws {
    let workload = Workload(arguments: Array(CommandLine.arguments.dropFirst()))
    if workload.isHeldToAVX2 { nnk_limit_gemm_level(Int32(NNK_AVX2)) }
    let plugins = try Plugins(searching: SearchPath(environment: [:]))
    let network = try workload.network(plugins)
    let choice = try plugins.backend(workload.backend, for: Float.self)
    network.backend = choice.backend
    let work: any Work =
      try workload.isForward
      ? Answering(network, workload) : Training(network, workload, loss: workload.loss(plugins))
    _ = try work.run(for: .milliseconds(500))
    print(#"{"name": "nnkit", "backend": "\#(choice.name) (\#(choice.reason))"}"#)
    fflush(nil)
    while let line = readLine() {
      guard let seconds = line.split(separator: " ").last.flatMap({ Double($0) }) else { continue }
      let clock = ContinuousClock()
      let start = clock.now
      let done = try work.run(for: .seconds(seconds))
      let duration = (clock.now - start) / .seconds(1)
      print(#"{"samples": \#(done.samples), "seconds": \#(duration), "loss": \#(done.loss)}"#)
      fflush(nil)
    }
  }
}

protocol Work {
  /// Does steps for about as long; says how many samples it took, and their loss.
  func run(for duration: Duration) throws -> (samples: Int, loss: Double)
}

/// Trains for whole epochs.
struct Training: Work {
  private let trainer: Trainer<Float>
  private let samples: Samples<Float>

  init(_ network: Network<Float>, _ workload: Workload, loss: Loss) throws {
    trainer = try Trainer(network, loss: loss, settings: workload.settings)
    samples = try workload.samples()
  }

  func run(for duration: Duration) throws -> (samples: Int, loss: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    var done = (samples: 0, loss: 0.0)
    try trainer.train(
      on: samples,
      onEpoch: { epoch in
        done = (done.samples + epoch.samples, epoch.train.loss)
        return clock.now - start < duration ? .proceed : .stop
      })
    return done
  }
}

/// Runs the forward pass over batch after batch; where a batch is one sample, by a `Predictor`, as a program would.
final class Answering: Work {
  private let network: Network<Float>
  private let predictor: Predictor<Float>?
  private let batches: [Matrix<Float>]
  private var next = 0

  init(_ network: Network<Float>, _ workload: Workload) throws {
    self.network = network
    predictor = workload.batch == 1 ? try Predictor(network) : nil
    batches = try workload.batches()
  }

  func run(for duration: Duration) throws -> (samples: Int, loss: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    var samples = 0
    repeat {
      if let predictor {
        _ = try predictor.forward(batches[next].row(0))
      } else {
        try network.forward(Inputs(samples: batches[next]))
      }
      samples += batches[next].rows
      next = (next + 1) % batches.count
    } while clock.now - start < duration
    return (samples, 0)
  }
}
