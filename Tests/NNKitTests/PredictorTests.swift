import NNKit
import Testing

/// A `Predictor` gives the answers of its network, one sample after another.
@Suite struct PredictorTests {
  private func compare<Scalar: NetworkScalar>(
    _ widths: [Int], _ names: [String], threads: Int, as _: Scalar.Type, tolerance: Double
  ) throws {
    let network: Network<Scalar> = try network(widths, try names.map { try bundled().activation($0) }, seed: 4)
    network.threads = threads
    let predictor = try Predictor(network)
    var random = RandomSource(seed: 9)
    for var sample: [Scalar] in random.table(7, widths[0]) {
      for index in sample.indices where random.uniform() < 0.6 { sample[index] = 0 }
      let (answer, expected) = (try predictor.outputs(for: sample), try network.outputs(for: sample))
      #expect(difference([answer], [expected]) <= tolerance, "\(widths) \(names)")
    }
  }

  @Test("its answers are the network's, whatever the widths and activations", arguments: [1, 2])
  func answers(_ threads: Int) throws {
    for (widths, names) in [
      ([3, 2], ["sigmoid"]), ([784, 512, 70, 10], ["relu", "relu", "softmax"]),
      ([65, 64, 63, 1], ["tanh", "gelu", "identity"]),
      ([300, 1000, 520], ["relu", "log_softmax"]),
    ] {
      try compare(widths, names, threads: threads, as: Float.self, tolerance: 1e-5)
      try compare(widths, names, threads: threads, as: Double.self, tolerance: 1e-12)
    }
  }

  @Test("it keeps the weights that the network had")
  func snapshot() throws {
    let network: Network<Double> = try network(
      [4, 80, 3], [bundled().activation("tanh"), bundled().activation("sine")])
    let (predictor, sample) = (try Predictor(network), [0.5, 0, -1, 2])
    let before = try predictor.outputs(for: sample)
    network.initialize(seed: 8)
    #expect(try predictor.outputs(for: sample) == before)
    #expect(try Predictor(network).outputs(for: sample) != before)
  }

  @Test("a neuron that is no weighted sum, and a sample of another length, are refused with their reason")
  func refusals() throws {
    let tanh = try bundled().activation("tanh")
    let extended = try Network<Double>(keepingWeightsOf: [
      Layer(neurons: 3, inputs: 2, activation: tanh),
      Layer([Neuron(inputs: 3, activation: tanh), RadialNeuron(inputs: 3, activation: tanh)]),
    ])
    let error = #expect(throws: NetworkError.self) { try Predictor(extended) }
    #expect(error?.description.contains("layer 1 has neurons that are not plain weighted sums (weighted_sum") == true)
    let predictor = try Predictor(network([2, 1], [tanh], as: Float.self))
    #expect(throws: NetworkError("a sample has 3 numbers, the network takes 2")) {
      try predictor.outputs(for: [1, 2, 3])
    }
  }
}
