import Foundation
import NNKit
import Testing

/// What a network that only answers takes: no memory for gradients.
@Suite struct ForwardMemoryTests {
  @Test("outputs and measure leave the gradients' memory untouched")
  func gradients() async {
    await #expect(processExitsWith: .success) {
      let (width, megabyte) = (3000, 1_000_000)
      let layer = try Layer<Double>(neurons: width, inputs: width, activation: bundled().activation("tanh"))
      let network = try Network(keepingWeightsOf: [layer])
      let before = try residentBytes()
      let sample = [Double](repeating: 1, count: width)
      let answers = try network.outputs(for: [[Double]](repeating: sample, count: 100))
      let samples = try Samples(inputs: [sample], targets: [answers[0]])
      _ = try network.measure(bundled().loss("half_squared_error"), on: samples)
      let answered = (try residentBytes() - before) / megabyte
      #expect(answered < 40, "\(answered) MB")
      try network.train(
        on: samples, loss: bundled().loss("half_squared_error"),
        settings: TrainingSettings(epochs: 1, optimizer: .adam()))
      // Gradients are as large as the weights' 72 MB; what Adam keeps is gone with the training.
      let trained = (try residentBytes() - before) / megabyte
      #expect(trained - answered > 60, "\(trained) MB after \(answered) MB: the gradients' memory was there before")
    }
  }
}

private func residentBytes() throws -> Int {
  let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return try #require(Int(pages[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
