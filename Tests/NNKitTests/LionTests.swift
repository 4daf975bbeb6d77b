import NNKit
import Testing

@Suite struct LionTests {
  @Test("moves by the paper's formula (Chen et al., 2023, algorithm 2)", arguments: Engine.allCases)
  func formula(_ engine: Engine) throws {
    let (rate, beta1, beta2, decay) = (0.03, 0.8, 0.95, 0.1)
    let samples = try Samples<Double>(inputs: [[1, -2], [0.5, 3]], targets: [[0.3], [-0.7]])
    let network = try Network<Double>(keepingWeightsOf: [layer([[0.4, -0.2]], bundled().activation("identity"))])
    network.engine = engine
    try network.train(
      on: samples, loss: bundled().loss("half_squared_error"),
      settings: TrainingSettings(
        epochs: 40, batch: 2, shuffle: false,
        optimizer: .lion(learningRate: rate, beta1: beta1, beta2: beta2, weightDecay: decay)))

    var (parameters, means) = ([0.4, -0.2, 0], [0.0, 0, 0])
    var turns = 0
    for _ in 0..<40 {
      var gradients = [0.0, 0, 0]
      for sample in 0..<2 {
        let x = samples.input(of: sample) + [1]
        let error = zip(parameters, x).reduce(0) { $0 + $1.0 * $1.1 } - Double(samples.targets[sample, 0])
        for i in 0..<3 { gradients[i] += error * x[i] / 2 }
      }
      for i in 0..<3 {
        let c = beta1 * means[i] + (1 - beta1) * gradients[i]
        if c * gradients[i] < 0 { turns += 1 }
        parameters[i] -= rate * ((c > 0 ? 1 : c < 0 ? -1 : 0) + decay * parameters[i])
        means[i] = beta2 * means[i] + (1 - beta2) * gradients[i]
      }
    }
    let found = Array(network.output.weights.row(0)) + [network.output.biases[0, 0]]
    #expect(difference([found], [parameters]) < 1e-12 && turns > 3)
  }
}
