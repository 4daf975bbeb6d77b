import NNKit
import NNKitRuns
import Testing

/// Explanations of networks that were put together in a program.
@Suite struct ExplanationTests {
  @Test("an extended neuron's further numbers are told, and moved by the step")
  func extended() throws {
    let (network, loss) = try GainNeuron.network()
    let explanation = try Explanation(
      of: network, input: [1, 2], target: [1, 3], loss: loss, optimizer: .sgd(learningRate: 0.1))
    // z = 2 · (0.5 + 0.5) = 2, so δ = 2 − 1 = 1; ∂L/∂w = (2 · 1, 2 · 2, 1) and the messages are 2 · (0.5, 0.25).
    let gain = try #require(explanation.layers[1].neurons.first)
    #expect(gain.weightedInput == 2 && gain.localGradient == 1 && gain.weightGradient == [2, 4, 1])
    #expect(gain.messages == [1, 0.5] && gain.updatedWeights == [0.5 - 0.1 * 2, 0.25 - 0.1 * 4, 2 - 0.1])
    #expect(explanation.text.contains("a GainNeuron"))
    #expect(explanation.jsonText.contains("\"weight_gradient\""))
  }

  @Test("what is frozen stays in the step")
  func frozen() throws {
    let (network, loss) = try GainNeuron.network()
    network.layers[1].frozen = .weights
    let explanation = try Explanation(of: network, input: [1, 2], target: [1, 0], loss: loss)
    for neuron in explanation.layers[1].neurons { #expect(neuron.updatedWeights == neuron.weights) }
    #expect(explanation.layers[1].neurons[1].updatedBias != 0)
  }

  @Test("clipped gradients are shown with their formula, and moved by as a training moves by them")
  func clipped() throws {
    let (plugins, sample) = (try Plugins(), [3.0, 4.0])
    func network() throws -> Network<Double> {
      try Network(keepingWeightsOf: [Layer(neurons: 1, inputs: 2, activation: plugins.activation("identity"))])
    }
    let loss = try plugins.loss("half_squared_error")
    // g = (6, 8, 2).
    let explained = try network()
    let explanation = try Explanation(
      of: explained, input: sample, target: [-2], loss: loss, optimizer: .sgd(learningRate: 1),
      transforms: [GradientClipping.norm(1)])
    for line in [
      "norm of the gradients = sqrt(sum of their squares) = sqrt(6^2 + 8^2 + 2^2) = 10.198039",
      "clipped ∂L/∂w0 = factor·∂L/∂w0 = 0.0980580", "w0 ← w0 - 1·clipped ∂L/∂w0 = 0 - 1·0.588348",
      "STEP: each number moves against its gradient",
      "  Before the step, all gradients are made smaller together if their norm is over 1.\n",
    ] { #expect(explanation.text.contains(line), "\(line)\n\(explanation.text)") }
    #expect(explanation.jsonText.contains("\"gradient_steps\""))
    let trained = try network()
    try trained.train(
      on: Samples(inputs: [sample], targets: [[-2]]), loss: loss,
      settings: TrainingSettings(epochs: 1, optimizer: .sgd(learningRate: 1), clip: .norm(1)))
    let neuron = explanation.layers[0].neurons[0]
    #expect(neuron.updatedWeights == Array(trained.output.neurons[0].weights))
    #expect(neuron.updatedBias == trained.output.neurons[0].bias)
    let text = try Explanation(
      of: explained, input: sample, target: [-2], loss: loss, optimizer: .sgd(learningRate: 1),
      transforms: [GradientClipping.value(0.5)]
    ).text
    #expect(text.contains("clipped ∂L/∂b = max(-0.5, min(0.5, ∂L/∂b)) = max(-0.5, min(0.5, 2)) = 0.5\n"), "\(text)")
  }

  @Test("a sample of another width is an error")
  func widths() throws {
    let (network, loss) = try GainNeuron.network()
    #expect(throws: NetworkError.self) { try Explanation(of: network, input: [1], target: [1, 0], loss: loss) }
    #expect(throws: NetworkError.self) { try Explanation(of: network, input: [1, 2], target: [1], loss: loss) }
  }
}

/// Explanations of batches, of further steps, and of classes that compute in their own way.
@Suite struct OwnExplanationTests {
  /// a = z² / 2, with its own gradients; with or without formulas.
  private final class SquareNeuron: Neuron<Double> {
    var states = true
    override func respond() { for c in outputs.indices { outputs[c] = weightedInputs[c] * weightedInputs[c] / 2 } }
    override func computeLocalGradients() {
      for c in outputs.indices { localGradients[c] = received[c] * weightedInputs[c] }
    }
    override var formulas: NeuronFormulas {
      var formulas = super.formulas
      if states { (formulas.response, formulas.derivative) = ("a = z^2 / 2", "f'(z) = z") }
      return formulas
    }
  }

  private func network(states: Bool) throws -> (Network<Double>, Loss) {
    let plugins = try Plugins()
    let identity = try plugins.activation("identity")
    let neuron = SquareNeuron(inputs: 2, activation: identity)
    neuron.states = states
    neuron.weights.assign([1, 0.5])
    neuron.bias = 1
    return (try Network(keepingWeightsOf: [Layer([neuron])]), try plugins.loss("half_squared_error"))
  }

  @Test("what a class does in its own way is named, and shown by its own formulas if it states them")
  func own() throws {
    // z = 1·2 + 0.5·(-2) + 1 = 2, a = 2, δ = (2 − 1) · 2.
    let (network, loss) = try network(states: true)
    let text = try Explanation(of: network, input: [2, -2], target: [1], loss: loss).text
    #expect(text.contains("its class SquareNeuron has its own `respond` and `computeLocalGradients`"))
    for line in [
      "z = Σ w·x + b = 1·2 + 0.5·(-2) + 1 = 2", "a = z^2 / 2 = 2^2 / 2 = 2", "f′(z) = z = 2",
      "δ = ∂L/∂a·f′(z) = 1·2 = 2", "∂L/∂w0 = δ·x0 = 2·2 = 4",
    ] { #expect(text.contains(line + "\n"), "\(line)") }
    let (silent, _) = try self.network(states: false)
    let explanation = try Explanation(of: silent, input: [2, -2], target: [1], loss: loss)
    #expect(explanation.text.contains("a = 2, as SquareNeuron responds; it states no formula"))
    #expect(explanation.text.contains("δ = 2, as SquareNeuron works it out from ∂L/∂a"))
    #expect(!explanation.text.contains("a = z = ") && !explanation.text.contains("δ = ∂L/∂a·f′(z) ="))
    #expect(explanation.jsonText.contains("\"own\": [\"respond\", \"computeLocalGradients\"]"))
  }

  @Test("a network is after its explanation as it was before, gradients and outputs included")
  func unchanged() throws {
    let (network, loss) = try GainNeuron.network()
    let samples = try Samples<Double>(inputs: [[1, 2], [0.5, -1]], targets: [[1, 3], [0, 1]])
    try network.train(
      on: samples, loss: loss, settings: TrainingSettings(epochs: 1, batch: 2, optimizer: .adam(), seed: 1))
    func held() -> [[[Double]]] {
      network.layers.flatMap {
        [
          $0.weights, $0.biases, $0.storage.weightGradients, $0.storage.biasGradients, $0.weightedInputs, $0.outputs,
          $0.received,
          $0.localGradients,
        ].map(\.values)
      }
    }
    let before = held()
    _ = try Explanation(of: network, input: [1, 2], target: [1, 3], loss: loss, steps: 3).text
    #expect(held() == before)
    // A network in single precision is explained in double, by a copy: 0.3 is 0.3.
    let plugins = try Plugins()
    let single = try Network<Float>(layers: [Layer(neurons: 1, inputs: 1, activation: plugins.activation("identity"))])
    single.layers[0].weights[0, 0] = 0.5
    let explained = try Explanation(of: single, input: [0.25], target: [0], loss: loss)
    #expect(explained.text.contains("0.5·0.25 + 0 = 0.125") && single.layers[0].weights[0, 0] == 0.5)
  }
}
