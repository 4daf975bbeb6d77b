import NNKit
import NNKitRuns
import Testing

/// Explanations of networks that were put together in a program.
@Suite struct ExplanationTests {
  /// z = g · Σ wᵢ xᵢ + b, the gain g being its last weight.
  private final class GainNeuron: Neuron<Double> {
    init(activation: Activation) { super.init(inputs: 2, activation: activation, weightCount: 3) }

    private var sum: Double { weights[0] * inputs[0, 0] + weights[1] * inputs[1, 0] }
    override func combine() { weightedInputs[0] = weights[2] * sum + bias }
    override func accumulateGradients() {
      for i in 0..<2 { weightGradients[i] += localGradients[0] * weights[2] * inputs[i, 0] }
      weightGradients[2] += localGradients[0] * sum
      biasGradient += localGradients[0]
    }
    override func sendMessages(to upstream: Messages<Double>) {
      for i in 0..<2 { upstream[i, 0] += localGradients[0] * weights[2] * weights[i] }
    }
  }

  private func network() throws -> (Network<Double>, Loss) {
    let plugins = try Plugins()
    let identity = try plugins.activation("identity")
    let network = try Network<Double>(layers: [
      Layer(neurons: 2, inputs: 2, activation: identity),
      Layer([GainNeuron(activation: identity), Neuron(inputs: 2, activation: identity)]),
    ])
    network.layers[0].weights.row(0).assign([1, 0])
    network.layers[0].weights.row(1).assign([0, 1])
    network.layers[1].weights.row(0).assign([0.5, 0.25, 2])
    network.layers[1].weights.row(1).assign([1, 1, 0])
    return (network, try plugins.loss("half_squared_error"))
  }

  @Test("an extended neuron's further numbers are told, and moved by the step")
  func extended() throws {
    let (network, loss) = try network()
    let explanation = try Explanation(
      of: network, input: [1, 2], target: [1, 3], loss: loss, optimizer: .sgd(rate: 0.1))
    // z = 2 · (0.5 + 0.5) = 2, so δ = 2 − 1 = 1; ∂L/∂w = (2 · 1, 2 · 2, 1) and the messages are 2 · (0.5, 0.25).
    let gain = try #require(explanation.layers[1].neurons.first)
    #expect(gain.weightedInput == 2 && gain.localGradient == 1 && gain.weightGradient == [2, 4, 1])
    #expect(gain.messages == [1, 0.5] && gain.updatedWeights == [0.5 - 0.1 * 2, 0.25 - 0.1 * 4, 2 - 0.1])
    #expect(explanation.text.contains("a GainNeuron"))
    #expect(explanation.jsonText.contains("\"weight_gradient\""))
  }

  @Test("what is frozen stays in the step")
  func frozen() throws {
    let (network, loss) = try network()
    network.layers[1].frozen = .weights
    let explanation = try Explanation(of: network, input: [1, 2], target: [1, 0], loss: loss)
    for neuron in explanation.layers[1].neurons { #expect(neuron.updatedWeights == neuron.weights) }
    #expect(explanation.layers[1].neurons[1].updatedBias != 0)
  }

  @Test("a sample of another width is an error")
  func widths() throws {
    let (network, loss) = try network()
    #expect(throws: NetworkError.self) { try Explanation(of: network, input: [1], target: [1, 0], loss: loss) }
    #expect(throws: NetworkError.self) { try Explanation(of: network, input: [1, 2], target: [1], loss: loss) }
  }
}
