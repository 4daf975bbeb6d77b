import NNKit

/// z = g · Σ wᵢ xᵢ + b, the gain g being its last weight.
final class GainNeuron: Neuron<Double> {
  init(activation: Activation) { super.init(inputs: 2, activation: activation, weightCount: 3) }

  private var sum: Double { weights[0] * inputs[0, 0] + weights[1] * inputs[1, 0] }
  override func combine() { weightedInputs[0] = weights[2] * sum + bias }
  override func accumulateGradients() {
    for i in 0..<2 { weightGradients[i] += localGradients[0] * weights[2] * inputs[i, 0] }
    weightGradients[2] += localGradients[0] * sum
    biasGradient += localGradients[0]
  }
  override func sendMessages(to messages: Messages<Double>) {
    for i in 0..<2 { messages[i, 0] += localGradients[0] * weights[2] * weights[i] }
  }

  /// Two layers whose numbers are easily told by hand, the first neuron of the second a `GainNeuron`.
  static func network() throws -> (Network<Double>, Loss) {
    let plugins = try Plugins()
    let identity = try plugins.activation("identity")
    let network = try Network<Double>(keepingWeightsOf: [
      Layer(neurons: 2, inputs: 2, activation: identity),
      Layer([GainNeuron(activation: identity), Neuron(inputs: 2, activation: identity)]),
    ])
    network.layers[0].weights.row(0).assign([1, 0])
    network.layers[0].weights.row(1).assign([0, 1])
    network.layers[1].weights.row(0).assign([0.5, 0.25, 2])
    network.layers[1].weights.row(1).assign([1, 1, 0])
    return (network, try plugins.loss("half_squared_error"))
  }
}
