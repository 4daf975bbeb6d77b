import NNKit
import Testing

/// A layer whose weights and biases are given.
func layer<Scalar: NetworkScalar>(
  _ weights: [[Scalar]], biases: [Scalar]? = nil, _ activation: Activation
) throws -> Layer<Scalar> {
  let layer = try Layer<Scalar>(neurons: weights.count, inputs: weights[0].count, activation: activation)
  for (neuron, row) in zip(layer.neurons, weights) { neuron.weights.assign(row) }
  for (neuron, bias) in zip(layer.neurons, biases ?? []) { neuron.bias = bias }
  return layer
}

/// One layer whose weighted inputs are its inputs: each neuron hears one input with weight 1.
func mirror<Scalar: NetworkScalar>(
  _ activation: Activation, width: Int, as type: Scalar.Type = Scalar.self
) throws -> Network<Scalar> {
  try Network(keepingWeightsOf: [
    layer((0..<width).map { row in (0..<width).map { $0 == row ? 1 : 0 } }, activation)
  ])
}

/// A network with the given widths, inputs first, and activations; biases not 0, weights from the seed.
func network<Scalar: NetworkScalar>(
  _ widths: [Int], _ activations: [Activation], seed: UInt64 = 1, as type: Scalar.Type = Scalar.self
) throws -> Network<Scalar> {
  let layers = try zip(zip(widths, widths.dropFirst()), activations).map { sizes, activation in
    try Layer<Scalar>(neurons: sizes.1, inputs: sizes.0, activation: activation)
  }
  let network = try Network(layers: layers, seed: seed)
  scatterBiases(of: network, seed: seed)
  return network
}

/// Biases between −0.3 and 0.3, where `Network.initialize` leaves them 0.
func scatterBiases<Scalar: NetworkScalar>(of network: Network<Scalar>, seed: UInt64) {
  var random = RandomSource(seed: seed, stream: 77)
  for neuron in network.layers.flatMap(\.neurons) { neuron.bias += Scalar(0.6 * random.uniform() - 0.3) }
}

/// Every number that a forward and a backward pass leave in a network, by name.
func traces<Scalar: NetworkScalar>(of network: Network<Scalar>) -> [(name: String, values: [[Scalar]])] {
  network.layers.enumerated().flatMap { index, layer in
    [
      ("z of layer \(index)", layer.weightedInputs.values), ("a of layer \(index)", layer.outputs.values),
      ("received of layer \(index)", layer.received.values), ("δ of layer \(index)", layer.localGradients.values),
      ("∂w of layer \(index)", layer.storage.weightGradients.values),
      ("∂b of layer \(index)", layer.storage.biasGradients.values),
    ]
  }
}

/// All weights and biases of a network.
func parameters<Scalar: NetworkScalar>(of network: Network<Scalar>) -> [[Scalar]] {
  network.layers.flatMap { $0.weights.values + $0.biases.values }
}

/// One forward and one backward pass.
///
/// - Returns: The loss, summed over the samples, and the messages to the inputs, inputs × samples.
@discardableResult
func pass<Scalar: NetworkScalar>(
  _ network: Network<Scalar>, _ loss: Loss, _ samples: Samples<Scalar>
) throws -> (loss: Double, inputGradients: [[Scalar]]) {
  let stage = try LossStage(loss, behind: network.output)
  let batch = Batch(capacity: samples.count, of: samples)
  batch.take(0..<samples.count, of: samples)
  try network.forward(batch.inputs)
  let value = try stage.evaluate(batch.targets)
  let origin = try stage.startBackward(batch.targets)
  let gradients = Matrix<Scalar>(rows: network.inputCount, columns: samples.count)
  try network.backward(from: origin, inputGradients: gradients)
  return (value, gradients.values)
}
