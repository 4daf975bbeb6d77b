import NNKit
import NNKitRuns
import Testing

/// Explanations of networks that were put together in a program.
@Suite struct ExplanationTests {
  @Test("an extended neuron's further numbers are told, and moved by the step")
  func extended() throws {
    let (network, loss) = try GainNeuron.network()
    let explanation = try Explanation(
      of: network, input: [1, 2], target: [1, 3], loss: loss, optimizer: .sgd(rate: 0.1))
    // z = 2 · (0.5 + 0.5) = 2, so δ = 2 − 1 = 1; ∂L/∂w = (2 · 1, 2 · 2, 1) and the messages are 2 · (0.5, 0.25).
    let gain = try #require(explanation.layers[1].neurons.first)
    #expect(gain.weightedInput == 2 && gain.localGradient == 1 && gain.weightGradient == [2, 4, 1])
    #expect(gain.messages == [1, 0.5] && gain.updatedWeights == [0.5 - 0.1 * 2, 0.25 - 0.1 * 4, 2 - 0.1])
    #expect(explanation.text.contains("a GainNeuron"))
    #expect(explanation.jsonText.contains("\"weight_gradient\""))
  }

  @Test("explaining a network leaves its weights and biases as they are")
  func changesNothing() throws {
    let (network, loss) = try GainNeuron.network()
    let before = network.snapshot()
    let explanation = try Explanation(
      of: network, input: [1, 2], target: [1, 3], loss: loss, optimizer: .sgd(rate: 0.1))
    #expect(network.snapshot() == before)
    #expect(explanation.layers[1].neurons.contains { $0.updatedWeights != $0.weights })
  }

  @Test("what is frozen stays in the step")
  func frozen() throws {
    let (network, loss) = try GainNeuron.network()
    network.layers[1].frozen = .weights
    let explanation = try Explanation(of: network, input: [1, 2], target: [1, 0], loss: loss)
    for neuron in explanation.layers[1].neurons { #expect(neuron.updatedWeights == neuron.weights) }
    #expect(explanation.layers[1].neurons[1].updatedBias != 0)
  }

  @Test("a sample of another width is an error")
  func widths() throws {
    let (network, loss) = try GainNeuron.network()
    #expect(throws: NetworkError.self) { try Explanation(of: network, input: [1], target: [1, 0], loss: loss) }
    #expect(throws: NetworkError.self) { try Explanation(of: network, input: [1, 2], target: [1], loss: loss) }
  }
}
