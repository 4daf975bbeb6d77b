import NNKit
import Testing

/// Products shared out among threads give the numbers of one thread, to the last bit.
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
      settings: TrainingSettings(epochs: 2, batch: batch, optimizer: .sgd(rate: 0.01, momentum: 0.9)))
    return (try Model(network).encoded(), traces(of: network).map(\.values))
  }

  @Test(
    "2, 3 and 5 threads train to the same bytes as 1", arguments: [[199, 203, 61], [256, 128, 64], [129, 131, 17]])
  func bytes(_ widths: [Int]) throws {
    for batch in [64, 101] {
      let (floats, doubles) = (
        try train(widths, threads: 1, batch: batch, as: Float.self),
        try train(widths, threads: 1, batch: batch, as: Double.self)
      )
      for threads in [2, 3, 5] {
        let more = try train(widths, threads: threads, batch: batch, as: Float.self)
        #expect(more.bytes == floats.bytes && more.traces == floats.traces, "\(threads) threads, batch \(batch)")
        let exact = try train(widths, threads: threads, batch: batch, as: Double.self)
        #expect(exact.bytes == doubles.bytes && exact.traces == doubles.traces, "\(threads) threads, batch \(batch)")
      }
    }
  }
}
