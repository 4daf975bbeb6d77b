import NNKit
import Testing

/// Matt Mazur's "A Step by Step Backpropagation Example", to the digit.
@Suite struct MazurTests {
  private func network(_ engine: Engine) throws -> Network<Double> {
    let sigmoid = try bundled().activation("sigmoid")
    let network = try Network<Double>(keepingWeightsOf: [
      layer([[0.15, 0.20], [0.25, 0.30]], biases: [0.35, 0.35], sigmoid),
      layer([[0.40, 0.45], [0.50, 0.55]], biases: [0.60, 0.60], sigmoid),
    ])
    for layer in network.layers { layer.frozen = .biases }
    network.engine = engine
    return network
  }

  private let samples = Result { try Samples<Double>(inputs: [[0.05, 0.10]], targets: [[0.01, 0.99]]) }

  @Test("loss, weights after one step, and losses after one and 10,000 steps", arguments: Engine.allCases)
  func steps(_ engine: Engine) throws {
    let (network, samples, loss) = (try network(engine), try samples.get(), try bundled().loss("half_squared_error"))
    #expect(try abs(network.measure(loss, on: samples).loss - 0.2983711087600027) < 1e-12)
    let settings = TrainingSettings(epochs: 1, optimizer: .sgd(learningRate: 0.5))
    try network.train(on: samples, loss: loss, settings: settings)
    let expected = [
      0.1497807161327628, 0.19956143226552567, 0.24975114363236958, 0.29950228726473915,
      0.35891647971788465, 0.4086661860762334, 0.5113012702387375, 0.5613701211079891,
    ]
    for (weight, expected) in zip(network.layers.flatMap { $0.weights.values.joined() }, expected) {
      #expect(abs(weight - expected) < 1e-12)
    }
    #expect(network.layers.map(\.biases.values) == [[[0.35], [0.35]], [[0.60], [0.60]]])
    #expect(try abs(network.measure(loss, on: samples).loss - 0.29102777369359933) < 1e-12)
    try network.train(
      on: samples, loss: loss, settings: TrainingSettings(epochs: 9_999, optimizer: .sgd(learningRate: 0.5)))
    #expect(try abs(network.measure(loss, on: samples).loss - 3.510187782978859e-05) < 1e-12)
  }

  @Test("every neuron's numbers are those that the tutorial writes down")
  func details() throws {
    let network = try network(.neuron)
    try pass(network, bundled().loss("half_squared_error"), samples.get())
    let (hidden, output) = (network.layers[0].neurons, network.layers[1].neurons)
    // The tutorial prints 9 decimals, some of them rounded by hand.
    #expect(abs(hidden[0].weightedInputs[0] - 0.3775) < 1e-9 && abs(hidden[0].outputs[0] - 0.593269992) < 1e-9)
    #expect(abs(hidden[1].outputs[0] - 0.596884378) < 1e-9)
    #expect(abs(output[0].weightedInputs[0] - 1.105905967) < 1e-9 && abs(output[0].outputs[0] - 0.75136507) < 1e-8)
    #expect(abs(output[1].outputs[0] - 0.772928465) < 1e-9)
    #expect(abs(output[0].received[0] - 0.74136507) < 1e-8 && abs(output[0].localGradients[0] - 0.138498562) < 1e-8)
    #expect(abs(output[0].weightGradients[0] - 0.082167041) < 1e-8)
    #expect(abs(hidden[0].received[0] - 0.036350306) < 1e-8)
    #expect(abs(hidden[0].weightGradients[0] - 0.000438568) < 1e-8)
  }
}
