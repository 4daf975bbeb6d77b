import NNKit
import Testing

/// Work shared out among threads gives the numbers of one thread, and the same number of threads the same bytes.
@Suite struct ThreadTests {
  private func train<Scalar: NetworkScalar>(
    _ widths: [Int], threads: Int, batch: Int, as type: Scalar.Type
  ) throws -> (bytes: [UInt8], traces: [[[Scalar]]]) {
    let functions = [try bundled().activation("relu"), try bundled().activation("tanh")]
    let network: Network<Scalar> = try network(widths, functions, seed: 3)
    network.threads = threads
    network.engine = .fused
    var random = RandomSource(seed: 4)
    let samples = try Samples<Scalar>(
      inputs: random.table(batch * 3 - 5, widths[0]), targets: random.table(batch * 3 - 5, widths[2]))
    try network.train(
      on: samples, loss: bundled().loss("mean_squared_error"),
      settings: TrainingSettings(epochs: 2, batch: batch, optimizer: .sgd(learningRate: 0.01, momentum: 0.9)))
    return (try Model(network).encoded(), traces(of: network).map(\.values))
  }

  @Test(
    "2, 3 and 5 threads train to the weights of 1, and to the same bytes each time",
    arguments: [[199, 203, 61], [256, 128, 64], [129, 131, 17]])
  func bytes(_ widths: [Int]) throws {
    for batch in [64, 101] {
      let floats = try train(widths, threads: 1, batch: batch, as: Float.self)
      let doubles = try train(widths, threads: 1, batch: batch, as: Double.self)
      for threads in [2, 3, 5] {
        let more = try train(widths, threads: threads, batch: batch, as: Float.self)
        #expect(try train(widths, threads: threads, batch: batch, as: Float.self).bytes == more.bytes)
        let exact = try train(widths, threads: threads, batch: batch, as: Double.self)
        #expect(try train(widths, threads: threads, batch: batch, as: Double.self).bytes == exact.bytes)
        for (one, other) in zip(floats.traces, more.traces) { #expect(difference(one, other) <= 1e-5) }
        for (one, other) in zip(doubles.traces, exact.traces) { #expect(difference(one, other) <= 1e-12) }
      }
    }
  }
}
